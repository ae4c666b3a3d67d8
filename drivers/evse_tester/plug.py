"""A tester plug that plays cable and EV, with the order in which hands and EVs do things.

Source: IEC 61851-1 annex A (states, sequences), annex B (cable codes); SAE J1772 (Type 1).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Self

from drivers.errors import ContactorClosed, DriverError, InterlockError, NotSupported
from drivers.evse_tester.circuit import S2, PlugCircuit
from drivers.evse_tester.moves import PlugMover
from drivers.evse_tester.opening import PlugOpening
from drivers.evse_tester.timings import PlugTimings
from drivers.ports import CableCode, CpState, Latch, Observer, PlugFault, PlugReading

PHASES = 3


class PlugDriver:
    """Tester plug, Type 1 or Type 2.

    Entering learns the state from the device; leaving opens everything in the safe order. So
    does a device that fails in the middle of an order, as far as it still can.

    Args:
        circuit: what switches it.
        observe: told of pilot states and inputs.
        plug_type: "type1" or "type2".
        fixed_cable: the cable is the station's own: no proximity to code, no station side.
        cable: code to present where an order names none.
        timings: waits in real seconds.

    Attributes:
        name: of the plug on the bench.
        plug_type: as given.
        circuit: as given.
    """

    def __init__(
        self,
        circuit: PlugCircuit,
        *,
        observe: Observer,
        plug_type: str = "type2",
        fixed_cable: bool = False,
        cable: CableCode = CableCode.A32,
        timings: PlugTimings | None = None,
    ) -> None:
        self.name = circuit.name
        self.plug_type = plug_type
        self.circuit = circuit
        self._fixed_cable = fixed_cable or plug_type == "type1"  # Type 1 knows nothing else
        self._cable = cable
        self._timings = timings or PlugTimings()
        self._mover = PlugMover(circuit, self._timings, observe)
        self._opening = PlugOpening(self.name, plug_type, self._mover, self._timings, self._clear)
        self._lock = asyncio.Lock()
        self._fault_ends: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        async with self._lock:
            await self.circuit.enter()
            try:
                await self._mover.learn()
            except BaseException:
                await self.circuit.leave()
                raise
        return self

    async def __aexit__(self, *_exc: object) -> None:
        try:
            await self.safe()
        finally:
            await self.circuit.leave()

    @property
    def cp_state(self) -> CpState:
        """State that the circuit presents."""
        return self._mover.now.cp_state

    async def plug_in(self, cable: CableCode | None = None) -> None:
        """Cable into the station, EV connected: proximity, then CP A to B.

        With the cable still in the station's socket only the EV side is connected.

        Args:
            cable: code of the cable; None for that of the bench file.

        Raises:
            InterlockError: the EV is charging, or another cable is in.
            NotSupported: no such code is wired, or the cable is the station's own.
        """
        if cable is not None and self._fixed_cable:
            raise NotSupported(self.name, "the station's fixed cable cannot be coded")
        async with self._order():
            now = self._mover.now
            if await self._make_pp(cable):
                await asyncio.sleep(self._timings.pp_to_cp_s)
            if not now.cp:
                await self._mover.hold()
                await self._mover.move(cp=True)

    async def plug_in_station(self, cable: CableCode | None = None) -> None:
        """Cable into the station only: proximity; the EV side is connected by `plug_in`.

        Args:
            cable: code of the cable; None for that of the bench file.

        Raises:
            InterlockError: as `plug_in`.
            NotSupported: no such code is wired, or the cable is the station's own.
        """
        if self._fixed_cable:
            raise NotSupported(self.name, "the station's fixed cable has no plug at its end")
        async with self._order():
            await self._make_pp(cable)

    async def request_energy(self, *, ventilation: bool = False) -> None:
        """EV closes S2: CP B to C, or to D. From C to D it opens S2 in between.

        Args:
            ventilation: the EV needs the room to be ventilated: state D.

        Raises:
            InterlockError: no EV is connected (state A), or the release button is pressed.
        """
        wanted = S2.VENTILATE if ventilation else S2.CHARGE
        async with self._order():
            self._refuse_with_fault()
            if not self._mover.now.cp:
                raise InterlockError(
                    self.name,
                    "energy cannot be requested in state A: no EV is connected",
                    hint="plug in first",
                )
            if (await self._mover.sense()).latch is Latch.PRESSED or self._mover.now.button:
                raise InterlockError(
                    self.name,
                    "energy cannot be requested while the release button is pressed",
                    hint="let the button of the connector go",
                )
            if self._mover.now.s2 is wanted:
                return
            await self._opening.open_s2()
            await self._mover.hold()
            await self._mover.move(s2=wanted)

    async def stop_energy(self) -> None:
        """Load off, EV opens S2: CP to B. Nothing to do in another state."""
        async with self._order():
            await self._opening.open_s2()

    async def unplug_ev(self) -> None:
        """EV side out: load, S2, then, once the contactor is open, CP to A. The cable stays.

        Raises:
            ContactorClosed: voltage was still there when the contactor should have opened.
        """
        async with self._order():
            await self._opening.open_cp()

    async def unplug_station(self) -> None:
        """Plug out of the station's socket: proximity open.

        Raises:
            InterlockError: the EV side is still connected.
            PlugLocked: the station does not release the plug.
            NotSupported: fixed cable.
        """
        if self._fixed_cable:
            raise NotSupported(self.name, "the station's fixed cable has no plug at its end")
        async with self._order():
            if self._mover.now.cp:
                raise InterlockError(
                    self.name,
                    f"the cable cannot be pulled out of the station in state {self.cp_state}",
                    hint="disconnect the EV side first",
                )
            await self._opening.open_pp()

    async def unplug(self) -> None:
        """Both sides out: load, S2, CP, proximity.

        Raises:
            ContactorClosed: as `unplug_ev`.
            PlugLocked: as `unplug_station`.
        """
        async with self._order():
            await self._opening.open_cp()
            await self._opening.open_pp()

    async def press_button(self, pressed: bool) -> None:
        """Press or let go the release button (S3). A charging EV opens S2 at once.

        Raises:
            NotSupported: Type 2, or nothing that presses it is wired.
        """
        if self.plug_type != "type1":
            raise NotSupported(self.name, f"a {self.plug_type} plug has no release button")
        async with self._order():
            await self._opening.press(pressed)

    async def inject(self, fault: PlugFault, at_most_s: float) -> None:
        """Put a fault in. It takes itself out after a time, unless somebody does before.

        Args:
            fault: what to put in.
            at_most_s: real seconds.

        Raises:
            InterlockError: another fault is in, or a load is on.
            NotSupported: not wired.
        """
        if at_most_s <= 0:
            raise ValueError(f"a fault cannot last {at_most_s:g} s")
        async with self._order():
            await self._mover.move(fault=fault)
            self._end_fault_timer()
            self._fault_ends = asyncio.create_task(
                self._clear_after(at_most_s), name=f"fault of {self.name}"
            )

    async def clear_fault(self) -> None:
        """Take the fault out; nothing to do without one."""
        async with self._order():
            await self._clear()

    async def set_load(self, phases: int) -> None:
        """Have 0 to 3 phases of the load on, one after the other.

        Raises:
            InterlockError: nobody sees the station's contactor closed, a fault is in, or the
                tester itself forbids it.
            NotSupported: not so many loads are wired.
        """
        if not 0 <= phases <= PHASES:
            raise NotSupported(self.name, f"a load has 0 to {PHASES} phases, not {phases}")
        async with self._order():
            if phases > self._mover.now.load_phases and self._mover.now.s2 is not S2.OPEN:
                await self._mover.wait_for("voltage", True, self._timings.energise_s)
            while phases > (on := self._mover.now.load_phases):
                await self._mover.move(load_phases=on + 1)
            await self._mover.move(load_phases=phases)

    async def read(self) -> PlugReading:
        """What the circuit presents and what the inputs see, now."""
        async with self._order():
            seen = await self._mover.sense()
            if self._mover.now.load_phases and (seen.voltage is False or seen.against_load):
                await self._mover.move(load_phases=0)
                why = seen.against_load or "the station has opened its contactor under load"
                self._mover.alarm(f"load switched off: {why}")
        return self.known

    @property
    def known(self) -> PlugReading:
        """What is known without asking the device: positions and inputs as last seen."""
        now, seen = self._mover.now, self._mover.seen
        return PlugReading(
            now.cp_state,
            now.cp if self._fixed_cable else now.cable is not None,
            seen.voltage,
            seen.locked,
            cable=now.cable,
            fault=now.fault,
            load_phases=now.load_phases,
            latch=seen.latch,
            measured=seen.measured,
            timing=self._mover.times.summary(),
        )

    async def prove(self) -> str:
        """The device answers and its contacts make a legal state."""
        reading = await self.read()
        cable = "in" if reading.cable_in_station else "not in"
        fault = f", fault {reading.fault}" if reading.fault is not None else ""
        return f"{self.plug_type} plug, state {reading.cp_state}, cable {cable} the station{fault}"

    async def safe(self) -> None:
        """Everything open: load, S2, CP, fault, proximity, in this order.

        The order is kept as long as the station plays along. A contactor that stays closed or a
        lock that holds does not keep the plug from reaching its safe state: the contacts carry
        signals, and the load is off before.
        """
        async with self._lock:
            self._end_fault_timer()
            try:
                await self._mover.learn()
                await self._opening.open_cp(hurry=True)
                if self._mover.now.cable is not None:
                    await asyncio.sleep(self._timings.cp_to_pp_s)
            except ContactorClosed as alarm:
                self._mover.alarm(str(alarm))
            except DriverError:
                pass  # what follows says whether the device is still there
            await self._mover.release()

    @contextlib.asynccontextmanager
    async def _order(self) -> AsyncIterator[None]:
        """One order at a time, from real positions; a failing device has everything opened."""
        async with self._lock:
            await self._mover.learn()
            try:
                yield
            except (InterlockError, NotSupported):
                raise
            except DriverError:
                with contextlib.suppress(DriverError):
                    await self._mover.release()
                raise

    async def _make_pp(self, cable: CableCode | None) -> bool:
        """Have a cable in the station; whether it came in now."""
        self._refuse_with_fault()
        now = self._mover.now
        if now.s2 is not S2.OPEN:
            raise InterlockError(
                self.name, f"cannot be plugged in, it is charging (state {now.cp_state})"
            )
        if cable not in (None, now.cable) and now.cable is not None:
            raise InterlockError(
                self.name,
                f"a cable of {now.cable} is in the station, {cable} was asked for",
                hint="unplug first",
            )
        if self._fixed_cable or now.cable is not None:
            return False
        await self._mover.move(cable=cable or self._cable)
        return True

    def _refuse_with_fault(self) -> None:
        if (fault := self._mover.now.fault) is not None:
            raise InterlockError(
                self.name, f"the fault {fault} is put in", hint="take the fault out first"
            )

    async def _clear(self) -> None:
        await self._mover.move(fault=None)
        if asyncio.current_task() is not self._fault_ends:
            self._end_fault_timer()

    async def _clear_after(self, span_s: float) -> None:
        await asyncio.sleep(span_s)
        with contextlib.suppress(DriverError):  # the next look at the device finds it too
            await self.clear_fault()

    def _end_fault_timer(self) -> None:
        timer, self._fault_ends = self._fault_ends, None
        if timer is not None:
            timer.cancel()
