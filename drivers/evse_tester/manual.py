"""A tester plug, or a real car, in the operator's hands."""

from __future__ import annotations

from typing import Self

from drivers.errors import InterlockError, NotSupported
from drivers.operator import Hands
from drivers.ports import CpState, Observer, Operator, PlugReading

YES, NO, UNKNOWN = "yes", "no", "cannot tell"


class ManualEvseTester:
    """Manual twin of a tester plug: the same orders and interlocks, done by the operator.

    Args:
        name: of the plug on the bench.
        operator: who is asked.
        observe: told of pilot states.
        plug_type: of the socket, for the instructions.
        fixed_cable: the station has its own cable; only the EV side can be unplugged.
    """

    def __init__(
        self,
        name: str,
        operator: Operator,
        *,
        observe: Observer,
        plug_type: str = "type2",
        fixed_cable: bool = False,
    ) -> None:
        self.name = name
        self.plug_type = plug_type
        self.cp_state = CpState.A
        self._hands = Hands(name, operator)
        self._observe = observe
        self._fixed_cable = fixed_cable
        self._in_station = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.safe()

    async def plug_in(self) -> None:
        """Have the cable put into the station and the EV connected."""
        if self.cp_state is CpState.C:
            raise InterlockError(self.name, "cannot be plugged in, it is charging (state C)")
        if self.cp_state is CpState.B:
            return
        if self._in_station or self._fixed_cable:
            await self._hands.do(
                f"connect the {self.plug_type} cable of the station to the EV (or set the tester "
                "to state B), without requesting energy"
            )
        else:
            await self._hands.do(
                f"put the {self.plug_type} plug into the station's socket and connect the EV (or "
                "set the tester to state B), without requesting energy"
            )
        self._in_station = True
        self._enter(CpState.B)

    async def request_energy(self) -> None:
        """Have the EV request energy."""
        if self.cp_state is CpState.A:
            raise InterlockError(
                self.name,
                "energy cannot be requested in state A: no EV is connected",
                hint="plug in first",
            )
        if self.cp_state is CpState.B:
            await self._hands.do("let the EV request energy (set the tester to state C)")
            self._enter(CpState.C)

    async def stop_energy(self) -> None:
        """Have the EV stop taking energy."""
        if self.cp_state is CpState.C:
            await self._hands.do("let the EV stop charging (set the tester to state B)")
            self._enter(CpState.B)

    async def unplug_ev(self) -> None:
        """Have the EV side disconnected, after it stopped charging."""
        await self.stop_energy()
        if self.cp_state is CpState.B:
            await self._hands.do(
                "disconnect the cable on the EV's side only (set the tester to state A); leave "
                "the station's side as it is"
            )
            self._enter(CpState.A)
            self._in_station = not self._fixed_cable

    async def unplug_station(self) -> None:
        """Have the plug pulled out of the station's socket."""
        if self._fixed_cable:
            raise NotSupported(self.name, "the station's fixed cable has no plug at its end")
        if self.cp_state is not CpState.A:
            raise InterlockError(
                self.name,
                f"the cable cannot be pulled out of the station in state {self.cp_state}",
                hint="disconnect the EV side first",
            )
        if self._in_station:
            await self._hands.do("pull the plug out of the station's socket")
            self._in_station = False

    async def unplug(self) -> None:
        """Have everything disconnected, EV side first."""
        await self.unplug_ev()
        if self._in_station and not self._fixed_cable:
            await self.unplug_station()

    async def read(self) -> PlugReading:
        """What the operator was told to do; voltage and lock are not known."""
        return PlugReading(self.cp_state, self._in_station, None, None)

    async def confirm_voltage(self) -> bool | None:
        """Ask whether energy flows; None if the operator cannot tell."""
        answer = await self._hands.choose(
            "does the EV (or the load) get energy?", (YES, NO, UNKNOWN)
        )
        return None if answer == UNKNOWN else answer == YES

    async def prove(self) -> str:
        """Nothing to ask a device: the operator is the device."""
        return f"{self.plug_type} plug by hand, state {self.cp_state}"

    async def safe(self) -> None:
        """Have everything unplugged; asks nothing when it is."""
        await self.unplug()

    def _enter(self, state: CpState) -> None:
        self.cp_state = state
        self._observe("pilot", self.name, {"plug": self.name, "cp_state": str(state)})
