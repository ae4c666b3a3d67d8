"""Moves a plug's contacts: through the interlocks, held long enough, read back, timed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from drivers.errors import ContactorClosed, InterlockError, NotSupported, PlugLocked
from drivers.evse_tester.circuit import AT_REST, PlugCircuit, Positions, Senses
from drivers.evse_tester.interlocks import REASONS, Rule, broken_rule
from drivers.evse_tester.pilot import cp_state, offered_current_a
from drivers.evse_tester.timings import MoveTimes, PlugTimings
from drivers.ports import CpState, Observer, PilotMeasurement

ERRORS = {Rule.CONTACTOR_BEFORE_CP: ContactorClosed, Rule.LOCK_BEFORE_PP: PlugLocked}


class PlugMover:
    """One plug's contacts.

    Args:
        circuit: what switches them.
        timings: waits in real seconds.
        observe: told of pilot states and inputs.

    Attributes:
        now: positions as last read.
        seen: what the inputs saw when somebody last looked.
        times: how fast moves were.
    """

    def __init__(self, circuit: PlugCircuit, timings: PlugTimings, observe: Observer) -> None:
        self.now = AT_REST
        self.seen = Senses()
        self.times = MoveTimes()
        self._circuit = circuit
        self._timings = timings
        self._observe = observe
        self._since: float | None = None  # when the pilot's state changed last
        self._told: dict[str, bool | str | float] = {}

    async def learn(self) -> None:
        """Take the positions from the device: whatever moved them, this is what is real."""
        self._be_at(await self._circuit.positions())

    async def move(self, **change: object) -> None:
        """Move one contact, if the interlocks allow it.

        Args:
            change: the field of `Positions` and its new value; nothing happens if it has it.

        Raises:
            InterlockError: a rule forbids it; the contacts stay as they are.
            NotSupported: not wired.
            DriverError: the device failed.
        """
        before, after = self.now, replace(self.now, **change)  # type: ignore[arg-type]
        if after == before:
            return
        if missing := self._circuit.lacks(after):
            raise NotSupported(self._circuit.name, missing, hint="wire it and name it in the bench "
                               "file, or use a plug that has it")  # fmt: skip
        seen = await self.sense()
        if (rule := broken_rule(before, after, seen)) is not None:
            why = seen.against_load if rule is Rule.TESTER_SAFE else ""
            error = ERRORS.get(rule, InterlockError)
            raise error(self._circuit.name, f"{why or REASONS[rule]} (interlock {rule})")
        await self._timed(before, after)

    async def _timed(self, before: Positions, after: Positions) -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await self._circuit.move(before, after)
        readback_s = loop.time() - began_s
        self._be_at(after)
        pilot_s = None
        if self._circuit.measures_pilot and after.cp_state is not before.cp_state:
            pilot_s = await self._pilot_follows(began_s)
        self.times.add(readback_s, pilot_s)

    async def _pilot_follows(self, began_s: float) -> float | None:
        """Seconds until the pilot shows the state; None if it does not.

        A station without power, or one that is not available, shows nothing: that is seen at once.
        """
        loop = asyncio.get_running_loop()
        while True:
            measured = (await self.sense()).measured
            seen = None if measured is None else cp_state(measured.cp_high_v)
            if seen is self.now.cp_state:
                return loop.time() - began_s
            if seen in (CpState.E, CpState.F) or loop.time() - began_s >= self._timings.pilot_s:
                return None
            await asyncio.sleep(self._timings.poll_s)

    async def release(self) -> None:
        """All at rest, past the interlocks."""
        await self._circuit.release()
        self._be_at(AT_REST)

    async def hold(self) -> None:
        """A pilot state shorter than the station's debounce would not be seen."""
        await self.hold_for(self._timings.hold_s)

    async def hold_for(self, span_s: float) -> None:
        """Let the present pilot state be that old; nothing to wait for if it never changed."""
        if self._since is not None:
            until_s = self._since + span_s
            await asyncio.sleep(max(0.0, until_s - asyncio.get_running_loop().time()))

    async def wait_for(self, name: str, value: bool, timeout_s: float) -> bool:
        """Look at an input until it has a value; True at once where it is not wired."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + timeout_s
        while True:
            late = loop.time() >= until_s
            if getattr(await self.sense(), name) in (value, None):
                return True
            if late:
                return False
            await asyncio.sleep(self._timings.poll_s)

    async def sense(self) -> Senses:
        """What the inputs see now; the observer hears of changes."""
        self.seen = seen = await self._circuit.sense()
        for name in ("voltage", "locked", "lid_open", "emergency_stop", "too_hot"):
            value = getattr(seen, name)
            if value is not None:
                self._tell(name, value, False)
        if seen.latch is not None:
            self._tell("latch", str(seen.latch), "")
        if seen.measured is not None:
            self._tell("offered_current_a", _offer(seen.measured), 0.0)
        return seen

    def alarm(self, text: str) -> None:
        """Put something on record that nobody asked about."""
        name = self._circuit.name
        self._observe("input", name, {"plug": name, "name": "alarm", "value": text})

    def _tell(self, name: str, value: bool | str | float, usual: bool | str | float) -> None:
        if self._told.get(name, usual) != value:
            plug = self._circuit.name
            self._observe("input", plug, {"plug": plug, "name": name, "value": value})
        self._told[name] = value

    def _be_at(self, positions: Positions) -> None:
        before, self.now = self.now, positions
        if (before.cp_state, before.fault) == (positions.cp_state, positions.fault):
            return
        self._since = asyncio.get_running_loop().time()
        plug = self._circuit.name
        data = {"plug": plug, "cp_state": str(positions.cp_state)}
        if positions.fault is not None:
            data["fault"] = str(positions.fault)
        self._observe("pilot", plug, data)


def _offer(measured: PilotMeasurement) -> float:
    """Offered current in whole amperes: the last digit of a measured duty is noise."""
    duty = measured.duty_percent
    return 0.0 if duty is None else float(round(offered_current_a(duty)))
