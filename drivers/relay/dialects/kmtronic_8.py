"""KMTronic RS485 relay board, 8 channels: FC01 and FC05 only."""

from drivers.relay.dialects.dialect import Dialect

KMTRONIC_8 = Dialect(
    name="kmtronic-8",
    model="KMTronic RS485 relay (8 channels)",
    coil_count=8,
    input_count=0,
    writes_several=False,
    source="KMTronic, Modbus page",
)
