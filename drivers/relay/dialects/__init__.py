"""How boards of one make want to be spoken to: data, one file per make."""

from drivers.relay.dialects.adam import ADAM_4068, ADAM_6060
from drivers.relay.dialects.denkovi_16 import DENKOVI_16
from drivers.relay.dialects.dialect import Commands, Dialect, Pulse, Setting, VersionRule
from drivers.relay.dialects.eletechsup import R4D8A08
from drivers.relay.dialects.kmtronic_8 import KMTRONIC_8
from drivers.relay.dialects.wago_750 import WAGO_750
from drivers.relay.dialects.watchdogs import (
    CouplerWatchdog,
    ForeignWatchdog,
    SilenceTimer,
    Watchdog,
)
from drivers.relay.dialects.waveshare_8 import WAVESHARE_8
from drivers.relay.dialects.waveshare_16_32 import WAVESHARE_16, WAVESHARE_32
from drivers.relay.dialects.wirenboard_6 import WIRENBOARD_6

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        WAVESHARE_8,
        WAVESHARE_16,
        WAVESHARE_32,
        R4D8A08,
        KMTRONIC_8,
        DENKOVI_16,
        WIRENBOARD_6,
        ADAM_6060,
        ADAM_4068,
        WAGO_750,
    )
}

__all__ = [
    "DIALECTS",
    "WAVESHARE_8",
    "Commands",
    "CouplerWatchdog",
    "Dialect",
    "ForeignWatchdog",
    "Pulse",
    "Setting",
    "SilenceTimer",
    "VersionRule",
    "Watchdog",
]
