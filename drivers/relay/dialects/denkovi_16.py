"""Denkovi smartDEN IP-16R-MT, 16 relays on Modbus TCP."""

from drivers.relay.dialects.dialect import Dialect, Setting

DENKOVI_16 = Dialect(
    name="denkovi-16",
    model="Denkovi smartDEN IP-16R-MT",
    coil_count=16,
    input_count=0,
    settings=(Setting(0x6800, 0, "else relays come back closed after a power failure"),),
    source="manual of smartDEN IP-16R-MT, April 2021, table 10.7",
)
