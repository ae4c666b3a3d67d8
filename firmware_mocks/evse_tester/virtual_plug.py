"""A plug worked by commands instead of relays, for a station that stands alone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Literal

from firmware_mocks.clock import MockClock
from firmware_mocks.control import Control
from firmware_mocks.electrical import Load, StationSockets
from firmware_mocks.evse_tester.circuit import CABLE_OHM, Switches, measure
from firmware_mocks.evse_tester.ev import Battery, Vehicle, offered_current_a
from firmware_mocks.operations import NoSuch, NotNow, Operation


class VirtualPlug:
    """One cable and EV per connector, on the control channel.

    Args:
        station: it is plugged into.
        clock: lab time, in which the battery fills.
        fixed_cable: the cables belong to the station, and have no plug there.
    """

    __slots__ = ("_batteries", "_clock", "_fixed_cable", "_station", "_switches", "_timers")

    def __init__(
        self, station: StationSockets, clock: MockClock, *, fixed_cable: bool = False
    ) -> None:
        self._fixed_cable = fixed_cable
        self._station = station
        self._clock = clock
        self._batteries = {n: Battery(Vehicle(), clock.now) for n in station.connector_ids}
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._switches = {n: Switches() for n in station.connector_ids}
        station.on_outputs(lambda number, _: self._apply(number))

    def operations(self) -> list[Operation]:
        """What can be done with cable and EV."""
        one = "POST /connectors/{connector}"
        return [
            Operation("plug_in", self.plug_in, f"{one}/plug_in"),
            Operation("unplug_ev", self.unplug_ev, f"{one}/unplug_ev"),
            Operation("unplug_station", self.unplug_station, f"{one}/unplug_station"),
            Operation("unplug", self.unplug, f"{one}/unplug"),
            Operation("ev_request", self.ev_request, f"{one}/ev_request"),
            Operation("ev_stop", self.ev_stop, f"{one}/ev_stop"),
            Operation("ev", self.ev, f"{one}/ev"),
            Operation("plug_fault", self.plug_fault, f"{one}/plug_fault"),
        ]

    def register(self, control: Control) -> None:
        """Offer the operations on a control channel."""
        for operation in self.operations():
            control.register(operation.name, operation)

    def plug_in(self, connector: int = 1, cable_a: Literal[13, 20, 32, 63] = 32) -> None:
        """Put the cable in, with the EV at its other end: pilot state B.

        Args:
            connector: its number.
            cable_a: what the cable carries, by its proximity resistor.
        """
        self._set(connector, cp=True, pp_ohm=CABLE_OHM[cable_a])

    def unplug_ev(self, connector: int = 1) -> None:
        """Pull the cable out of the EV; it stays in the station.

        Args:
            connector: its number.
        """
        self._set(connector, cp=False, s2=False, s2d=False)

    def unplug_station(self, connector: int = 1) -> None:
        """Pull the plug out of the station's socket, which its lock may prevent.

        Args:
            connector: its number.
        """
        self._of(connector)
        if self._fixed_cable:
            raise NotNow(
                f"the cable of connector {connector} is part of the station, there is no plug to "
                "pull; take it out of the EV: unplug_ev"
            )
        if self._station.outputs(connector).plug_locked:
            raise NotNow(f"the plug is locked in connector {connector}; stop the transaction first")
        self._set(connector, pp_ohm=None, cp=False, s2=False, s2d=False)  # the pilot goes with it

    def unplug(self, connector: int = 1) -> None:
        """Take the cable away from both sides, by force; what was wrong with it goes, too.

        Args:
            connector: its number.
        """
        self._of(connector)
        self._switches[connector] = Switches()
        self._apply(connector)

    def ev_request(self, connector: int = 1, ventilation: bool = False) -> None:
        """The EV wants energy: pilot state C.

        Args:
            connector: its number.
            ventilation: the EV needs a ventilated room: pilot state D.
        """
        self._set(connector, s2=not ventilation, s2d=ventilation)

    def ev_stop(self, connector: int = 1) -> None:
        """The EV wants no energy any more, or pauses: back to pilot state B.

        Args:
            connector: its number.
        """
        self._set(connector, s2=False, s2d=False)

    def plug_fault(
        self, name: Literal["e_hard", "e_soft", "diode", "pe"], on: bool = True, connector: int = 1
    ) -> None:
        """Put a fault into the cable, or take it out.

        Args:
            name: pilot shorted hard or softly, diode missing, PE broken.
            on: the new state.
            connector: its number.
        """
        self._set(connector, **{name: on})

    def _of(self, connector: int) -> Switches:
        if connector not in self._switches:
            raise NoSuch(f"no connector {connector}")
        return self._switches[connector]

    def _set(self, connector: int, **switches: bool | float | None) -> None:
        self._switches[connector] = replace(self._of(connector), **switches)  # type: ignore[arg-type]
        self._apply(connector)

    def ev(
        self,
        connector: int = 1,
        soc: float | None = None,
        battery_wh: float | None = None,
        max_current_a: float | None = None,
        phases: int | None = None,
    ) -> dict[str, float]:
        """Put another vehicle at the cable; without arguments, only look at the present one.

        Args:
            connector: its number.
            soc: state of charge, per cent.
            battery_wh: capacity.
            max_current_a: what it takes per phase, 6 to 80.
            phases: that its charger uses, 1 to 3.
        """
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
        offered_a = offered_current_a(outputs.pilot.duty_percent) if fed else 0.0
        current_a = battery.feed(offered_a, outputs.phases)
        if battery.is_full:
            self._switches[connector] = replace(self._switches[connector], s2=False, s2d=False)
        inputs = measure(self._switches[connector], outputs.pilot)
        load = Load(current_a, battery.fed, round(battery.soc_percent, 1))
        self._station.apply_plug(connector, replace(inputs, load=load))
        self._look_again(connector)

    def _look_again(self, connector: int) -> None:
        if (timer := self._timers.pop(connector, None)) is not None:
            timer.cancel()
        if (wait_s := self._batteries[connector].changes_in_s) is not None:
            self._timers[connector] = asyncio.get_running_loop().call_later(
                self._clock.real(wait_s), self._apply, connector
            )
