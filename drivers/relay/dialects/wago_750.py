"""WAGO 750-352/-362 coupler with 8 relay outputs: written at 0, read back at 512."""

from drivers.relay.dialects.dialect import Dialect

WAGO_750 = Dialect(
    name="wago-750",
    model="WAGO 750-362 with 8 relay outputs",
    coil_count=8,
    input_count=0,
    read_base=0x0200,
    source="WAGO 750 fieldbus coupler, Modbus register pages",
)
