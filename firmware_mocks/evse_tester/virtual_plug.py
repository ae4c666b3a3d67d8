"""A plug worked by commands instead of relays, for a station that stands alone."""

from __future__ import annotations

from dataclasses import replace

from firmware_mocks.control import Control
from firmware_mocks.electrical import StationSockets
from firmware_mocks.evse_tester.circuit import Switches, measure


class VirtualPlug:
    """One cable and EV per connector, on the control channel."""

    def __init__(self, station: StationSockets) -> None:
        self._station = station
        self._switches = {n: Switches() for n in station.connector_ids}
        station.on_outputs(lambda number, _: self._apply(number))

    def register(self, control: Control) -> None:
        """Offer the commands."""
        control.register("plug_in", lambda connector=1: self._set(connector, cp=True, pp=True))
        control.register("ev_request", lambda connector=1: self._set(connector, s2=True))
        control.register("ev_stop", lambda connector=1: self._set(connector, s2=False))
        control.register("unplug_ev", lambda connector=1: self._set(connector, cp=False, s2=False))
        control.register("unplug_station", lambda connector=1: self._set(connector, pp=False))
        control.register(
            "unplug", lambda connector=1: self._set(connector, cp=False, s2=False, pp=False)
        )

    def _set(self, connector: int, **switches: bool) -> None:
        if connector not in self._switches:
            raise ValueError(f"no connector {connector}")
        self._switches[connector] = replace(self._switches[connector], **switches)
        self._apply(connector)

    def _apply(self, connector: int) -> None:
        pilot = self._station.outputs(connector).pilot
        self._station.apply_plug(connector, measure(self._switches[connector], pilot))
