"""Denkovi smartDEN IP-16R-MT, 16 relays on Modbus TCP."""

from drivers.relay.dialects.dialect import Dialect, Pulse, Setting

DENKOVI_16 = Dialect(
    name="denkovi-16",
    model="Denkovi smartDEN IP-16R-MT",
    coil_count=16,
    input_count=0,
    # FC06 on register n, counted as the coils, with the time: the pulse begins at once.
    pulse=Pulse(function=6, base=0, unit_s=0.1, longest=0xFFFF),
    settings=(
        Setting(0x6800, 0, "else relays come back closed after a power failure"),
        Setting(0x6200, 0, "else its weekly schedule moves relays", count=30),
    ),
    source="manual of smartDEN IP-16R-MT, April 2021, tables 10.7 and 10.24",
)
