"""A plug worked by commands instead of relays, for a station that stands alone."""

from __future__ import annotations

from dataclasses import replace

from firmware_mocks.control import Control
from firmware_mocks.electrical import StationSockets
from firmware_mocks.evse_tester.circuit import CABLE_OHM, Switches, measure

FAULTS = ("e_hard", "e_soft", "diode", "pe")


class VirtualPlug:
    """One cable and EV per connector, on the control channel."""

    def __init__(self, station: StationSockets) -> None:
        self._station = station
        self._switches = {n: Switches() for n in station.connector_ids}
        station.on_outputs(lambda number, _: self._apply(number))

    def register(self, control: Control) -> None:
        """Offer the commands."""
        control.register("plug_in", self._plug_in)
        control.register("ev_request", self._ev_request)
        control.register("ev_stop", lambda connector=1: self._set(connector, s2=False, s2d=False))
        control.register(
            "unplug_ev", lambda connector=1: self._set(connector, cp=False, s2=False, s2d=False)
        )
        control.register("unplug_station", lambda connector=1: self._set(connector, pp_ohm=None))
        control.register("unplug", self._unplug)
        control.register("plug_fault", self._fault)

    def _plug_in(self, connector: int = 1, cable_a: int = 32) -> None:
        self._set(connector, cp=True, pp_ohm=CABLE_OHM[cable_a])

    def _ev_request(self, connector: int = 1, ventilation: bool = False) -> None:
        self._set(connector, s2=not ventilation, s2d=ventilation)

    def _unplug(self, connector: int = 1) -> None:
        self._of(connector)
        self._switches[connector] = Switches()
        self._apply(connector)

    def _fault(self, name: str, on: bool = True, connector: int = 1) -> None:
        if name not in FAULTS:
            raise ValueError(f"no fault {name!r}; there are {', '.join(FAULTS)}")
        self._set(connector, **{name: on})

    def _of(self, connector: int) -> Switches:
        if connector not in self._switches:
            raise ValueError(f"no connector {connector}")
        return self._switches[connector]

    def _set(self, connector: int, **switches: bool | float | None) -> None:
        self._switches[connector] = replace(self._of(connector), **switches)  # type: ignore[arg-type]
        self._apply(connector)

    def _apply(self, connector: int) -> None:
        pilot = self._station.outputs(connector).pilot
        self._station.apply_plug(connector, measure(self._switches[connector], pilot))
