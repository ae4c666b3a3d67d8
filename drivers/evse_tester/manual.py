"""A tester plug, or a real car, in the operator's hands."""

from __future__ import annotations

from typing import Self

from drivers.errors import InterlockError, NotSupported
from drivers.operator import Hands
from drivers.ports import CableCode, CpState, Observer, Operator, PlugFault, PlugReading

FAULTS = {
    PlugFault.CP_PE_SHORT: "short the control pilot to PE (state E, before the diode)",
    PlugFault.CP_PE_SHORT_AFTER_DIODE: "press the tester's E button (CP to PE behind its diode)",
    PlugFault.DIODE_SHORT: "bypass the diode of the tester's pilot",
    PlugFault.PE_OPEN: "open PE of the tester's pilot and proximity (PE error)",
    PlugFault.CP_OPEN: "open the control pilot, the plug stays in the station",
    PlugFault.PP_OPEN: "open the proximity contact, the plug stays in the station",
    PlugFault.PP_SHORT: "short the proximity contact to PE",
}
CHARGING = (CpState.C, CpState.D)
YES, NO, UNKNOWN = "yes", "no", "cannot tell"


class ManualEvseTester:
    """Manual twin of a tester plug: the same orders and interlocks, done by the operator.

    Args:
        name: of the plug on the bench.
        operator: who is asked.
        observe: told of pilot states.
        plug_type: of the socket, for the instructions.
        fixed_cable: the station has its own cable; only the EV side can be unplugged. Type 1
            knows nothing else.
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
        self._fixed_cable = fixed_cable or plug_type == "type1"
        self._in_station = False
        self._cable: CableCode | None = None
        self._fault: PlugFault | None = None
        self._load = 0
        self._pressed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.safe()

    async def plug_in(self, cable: CableCode | None = None) -> None:
        """Have the cable put into the station and the EV connected."""
        if cable is not None and self._fixed_cable:
            raise NotSupported(self.name, "the station's fixed cable cannot be coded")
        self._refuse_another(cable)
        if self.cp_state is CpState.B:
            return
        if self._in_station or self._fixed_cable:
            await self._hands.do(
                f"connect the {self.plug_type} cable of the station to the EV (or set the tester "
                "to state B), without requesting energy"
            )
        else:
            await self._hands.do(
                f"put the {self.plug_type} plug{_coded(cable)} into the station's socket and "
                "connect the EV (or set the tester to state B), without requesting energy"
            )
            self._cable = cable
        self._in_station = True
        self._enter(CpState.B)

    async def plug_in_station(self, cable: CableCode | None = None) -> None:
        """Have the cable put into the station only."""
        if self._fixed_cable:
            raise NotSupported(self.name, "the station's fixed cable has no plug at its end")
        self._refuse_another(cable)
        if not self._in_station:
            await self._hands.do(
                f"put the {self.plug_type} plug{_coded(cable)} into the station's socket; leave "
                "the EV's side open (tester: state A)"
            )
            self._in_station, self._cable = True, cable

    async def request_energy(self, *, ventilation: bool = False) -> None:
        """Have the EV request energy."""
        wanted = CpState.D if ventilation else CpState.C
        if self.cp_state is CpState.A:
            raise InterlockError(
                self.name,
                "energy cannot be requested in state A: no EV is connected",
                hint="plug in first",
            )
        if self.cp_state is not wanted:
            await self.stop_energy()
            await self._hands.do(f"let the EV request energy (set the tester to state {wanted})")
            self._enter(wanted)

    async def stop_energy(self) -> None:
        """Have the EV stop taking energy."""
        if self.cp_state in CHARGING:
            await self.set_load(0)
            await self._hands.do("let the EV stop charging (set the tester to state B)")
            self._enter(CpState.B)

    async def press_button(self, pressed: bool) -> None:
        """Have the release button of a Type 1 connector pressed or let go."""
        if self.plug_type != "type1":
            raise NotSupported(self.name, f"a {self.plug_type} plug has no release button")
        if pressed is not self._pressed:
            await self._hands.do(
                "press the release button of the connector and keep it pressed"
                if pressed
                else "let the release button of the connector go"
            )
            self._pressed = pressed
            if pressed and self.cp_state in CHARGING:
                self._enter(CpState.B)  # the EV opens S2

    async def inject(self, fault: PlugFault, at_most_s: float) -> None:
        """Have a fault put in and, after a time, taken out again; returns when that is done."""
        if self._load:
            raise InterlockError(self.name, "a fault goes in without a load", hint="load off first")
        await self._hands.do(FAULTS[fault])
        self._fault = fault
        self._enter(self.cp_state)
        await self._hands.do(f"keep the fault for {at_most_s:g} s at most, then take it out")
        await self.clear_fault(done=True)

    async def clear_fault(self, *, done: bool = False) -> None:
        """Have the fault taken out; nothing to do without one.

        Args:
            done: the operator was asked already.
        """
        if self._fault is None:
            return
        if not done:
            await self._hands.do("take the fault out of the tester")
        self._fault = None
        self._enter(self.cp_state)

    async def set_load(self, phases: int) -> None:
        """Have the load switched."""
        if not 0 <= phases <= 3:
            raise NotSupported(self.name, f"a load has 0 to 3 phases, not {phases}")
        if phases and self.cp_state not in CHARGING:
            raise InterlockError(self.name, f"no load in state {self.cp_state}")
        if phases != self._load:
            await self._hands.do(
                f"switch the load on, {phases} phases" if phases else "switch the load off"
            )
            self._load = phases

    async def unplug_ev(self) -> None:
        """Have the EV side disconnected, after it stopped charging."""
        await self.clear_fault()
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
            self._cable = None

    async def unplug(self) -> None:
        """Have everything disconnected, EV side first."""
        await self.unplug_ev()
        if self._in_station and not self._fixed_cable:
            await self.unplug_station()

    async def read(self) -> PlugReading:
        """What the operator was told to do; voltage and lock are not known."""
        return self.known

    @property
    def known(self) -> PlugReading:
        """The same: there is nothing to ask."""
        return PlugReading(
            self.cp_state,
            self._in_station,
            None,
            None,
            cable=self._cable,
            fault=self._fault,
            load_phases=self._load,
        )

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

    def _refuse_another(self, cable: CableCode | None) -> None:
        if self.cp_state in CHARGING:
            raise InterlockError(
                self.name, f"cannot be plugged in, it is charging (state {self.cp_state})"
            )
        if self._in_station and cable not in (None, self._cable):
            raise InterlockError(
                self.name, f"another cable than {cable} is in the station", hint="unplug first"
            )

    def _enter(self, state: CpState) -> None:
        self.cp_state = state
        data = {"plug": self.name, "cp_state": str(state)}
        if self._fault is not None:
            data["fault"] = str(self._fault)
        self._observe("pilot", self.name, data)


def _coded(cable: CableCode | None) -> str:
    return "" if cable is None else f" of {cable} (tester: PP to {cable})"
