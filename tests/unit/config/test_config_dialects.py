"""The table of boards agrees with what the drivers know."""

from __future__ import annotations

from drivers.relay.dialects import DIALECTS as DRIVEN
from drivers.relay.dialects.watchdogs import CouplerWatchdog, SilenceTimer
from rig.config.dialects import DIALECTS, Size


def test_configuration_and_drivers_know_the_same_boards() -> None:
    driven = {
        name: Size(
            d.coil_count,
            d.input_count,
            watchdog=isinstance(d.watchdog, SilenceTimer | CouplerWatchdog),
        )
        for name, d in DRIVEN.items()
    }
    assert driven == DIALECTS
