"""Wiren Board WB-MR6C: 6 relays, 7 inputs, and a real communication watchdog."""

from drivers.relay.dialects.dialect import Dialect, Setting
from drivers.relay.dialects.watchdogs import SilenceTimer

WIRENBOARD_6 = Dialect(
    name="wirenboard-6",
    model="Wiren Board WB-MR6C",
    coil_count=6,
    input_count=7,
    settings=(Setting(6, 0, "else relays come back closed after a power failure"),),
    watchdog=SilenceTimer(register=8, unit_s=1.0),
    source="Wiren Board wiki, WB-MR relay modules",
)
