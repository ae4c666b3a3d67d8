"""Wiren Board WB-MR6C: 6 relays, 7 inputs, and a real communication watchdog."""

from drivers.relay.dialects.dialect import Dialect, Setting
from drivers.relay.dialects.watchdogs import SilenceTimer

WIRENBOARD_6 = Dialect(
    name="wirenboard-6",
    model="Wiren Board WB-MR6C",
    coil_count=6,
    input_count=7,
    settings=(
        Setting(6, 0, "else relays come back closed after a power failure"),
        # Mode 3 of inputs 1 to 6 takes them off the relays; as delivered each moves its own.
        # Input 0 opens all relays as delivered, which is left so.
        Setting(9, 3, "else an input moves its relay", count=6),
    ),
    watchdog=SilenceTimer(register=8, unit_s=1.0),
    source="Wiren Board wiki, WB-MR relay modules",
)
