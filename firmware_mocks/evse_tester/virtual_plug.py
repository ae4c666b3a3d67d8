"""A plug worked by commands instead of relays, for a station that stands alone."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from firmware_mocks.clock import MockClock
from firmware_mocks.control import Control
from firmware_mocks.electrical import Load, StationSockets
from firmware_mocks.evse_tester.circuit import CABLE_OHM, Switches, measure
from firmware_mocks.evse_tester.ev import Battery, Vehicle, offered_current_a

FAULTS = ("e_hard", "e_soft", "diode", "pe")


class VirtualPlug:
    """One cable and EV per connector, on the control channel.

    Args:
        station: it is plugged into.
        clock: lab time, in which the battery fills.
    """

    def __init__(self, station: StationSockets, clock: MockClock) -> None:
        self._station = station
        self._clock = clock
        self._batteries = {n: Battery(Vehicle(), clock.now) for n in station.connector_ids}
        self._timers: dict[int, asyncio.TimerHandle] = {}
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
        control.register("ev", self._ev)

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

    def _ev(
        self,
        connector: int = 1,
        soc: float | None = None,
        battery_wh: float | None = None,
        max_current_a: float | None = None,
        phases: int | None = None,
    ) -> dict[str, float]:
        """Put another vehicle at the cable; without arguments, only look at the present one."""
        self._of(connector)
        battery = self._batteries[connector]
        kind = battery.vehicle
        other = Vehicle(
            kind.battery_wh if battery_wh is None else battery_wh,
            kind.max_current_a if max_current_a is None else max_current_a,
            kind.phases if phases is None else phases,
        )
        if soc is not None or other != kind:
            charge = battery.soc_percent if soc is None else soc
            battery = Battery(other, self._clock.now, charge)
            self._batteries[connector] = battery
            self._apply(connector)
        return {"soc": round(battery.soc_percent, 2), "wants_a": round(battery.wants_a, 2)}

    def _apply(self, connector: int) -> None:
        outputs = self._station.outputs(connector)
        battery = self._batteries[connector]
        fed = outputs.contactor_closed and self._switches[connector].cp
        current_a = battery.feed(offered_current_a(outputs.pilot.duty_percent) if fed else 0.0)
        if battery.is_full:
            self._switches[connector] = replace(self._switches[connector], s2=False, s2d=False)
        inputs = measure(self._switches[connector], outputs.pilot)
        load = Load(current_a, battery.vehicle.phases, round(battery.soc_percent, 1))
        self._station.apply_plug(connector, replace(inputs, load=load))
        self._look_again(connector)

    def _look_again(self, connector: int) -> None:
        if (timer := self._timers.pop(connector, None)) is not None:
            timer.cancel()
        if (wait_s := self._batteries[connector].changes_in_s) is not None:
            self._timers[connector] = asyncio.get_running_loop().call_later(
                self._clock.real(wait_s), self._apply, connector
            )
