"""WAGO 750-352/-362 coupler with 8 relay outputs: written at 0, read back at 512.

The order in which the watchdog is set up is from the register pages of the coupler; it was not
tried on one. That is why its state is read afterwards, and why a coupler whose watchdog does not
run is used with a warning instead of being refused. PFC controllers have other registers
(0x1100 up) and get that warning.
"""

from drivers.relay.dialects.dialect import Dialect
from drivers.relay.dialects.watchdogs import CouplerWatchdog

WAGO_750 = Dialect(
    name="wago-750",
    model="WAGO 750-362 with 8 relay outputs",
    coil_count=8,
    input_count=0,
    read_base=0x0200,
    watchdog=CouplerWatchdog(
        time=0x1000,
        unit_s=0.1,
        mask=0x1001,
        every_function=0xFFFF,
        trigger=0x1003,
        state=0x1006,
        running=1,
        expired=2,
        stop=0x1008,
        stop_word=0xAA55,
    ),
    source="WAGO 750 fieldbus coupler, Modbus register pages",
)
