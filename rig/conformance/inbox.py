"""Matches what the device under test sends with what a case expects, in order.

Every CALL is looked at once. One that an open expectation fits is *expected*; one that is
always free (Heartbeat, MeterValues, SecurityEventNotification) is passed over; a
StatusNotification that nobody expects is kept for the status rules, with what the case was
waiting for at that moment; any other CALL strays from the scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from rig.clock import Clock, DeadlineExceeded
from rig.jsontypes import Json
from rig.ocppj.frames import Payload
from rig.ocppj.wirelog import WireEntry, WireLog

LONGEST = 80
"""Characters of a value that people are shown; certificates and profiles are longer."""

ALWAYS_FREE = frozenset({"Heartbeat", "MeterValues", "SecurityEventNotification"})


@dataclass(frozen=True, slots=True)
class Received:
    """A CALL of the device under test that was expected."""

    entry: WireEntry
    action: str
    payload: Payload

    @property
    def t_s(self) -> float:
        """Lab time of its arrival."""
        return self.entry.t_s

    @property
    def seq(self) -> int:
        """Its place on the time line."""
        return self.entry.seq

    def __getitem__(self, name: str) -> Json:
        return self.payload.get(name)


@dataclass(slots=True)
class Expectation:
    """A CALL that a case waits for.

    Attributes:
        action: name of the action.
        match: fields that decide whether a message is meant; a tuple lists alternatives.
        optional: may be missing.
        fields: what the message that is meant must say; "*" is any value.
        found: the message once it came.
    """

    action: str
    match: dict[str, Json | tuple[Json, ...]] = field(default_factory=dict)
    optional: bool = False
    fields: dict[str, Json] = field(default_factory=dict)
    found: Received | None = None

    @property
    def received(self) -> Received:
        """The message; only to be asked for once the expectation has been met."""
        if self.found is None:
            raise LookupError(f"{self} was not received")
        return self.found

    def fits(self, action: str, payload: Payload) -> bool:
        """Whether this message is the one."""
        return action == self.action and all(
            payload.get(name) in (wanted if isinstance(wanted, tuple) else (wanted,))
            for name, wanted in self.match.items()
        )

    def __str__(self) -> str:
        fields = ", ".join(
            f"{k} {'|'.join(map(str, v)) if isinstance(v, tuple) else v}"
            for k, v in self.match.items()
        )
        return f"{self.action}({fields})" if fields else self.action


@dataclass(frozen=True, slots=True)
class Unexpected:
    """A CALL that no step fits, and what the case was waiting for when it came."""

    received: Received
    waited_for: frozenset[str]


class Missing(Exception):
    """What did not come in time, and what came instead."""

    def __init__(self, expected: tuple[Expectation, ...], instead: tuple[Received, ...]) -> None:
        self.expected = expected
        self.instead = instead
        super().__init__(expected, instead)

    def __str__(self) -> str:
        wanted = ", ".join(map(str, self.expected))
        seen = ", ".join(describe(r) for r in self.instead) or "nothing"
        return f"no {wanted}; received instead: {seen}"


class Inbox:
    """CALLs of the device under test, in the order of arrival.

    Attributes:
        expected: those that a step was waiting for.
        unexpected: the others, but for what is always free.
        triggered: seq of those that a TriggerMessage has asked for.
    """

    def __init__(self, log: WireLog, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._next = len(log.entries)
        self._lingering: list[Expectation] = []
        self.expected: list[Received] = []
        self.unexpected: list[Unexpected] = []
        self.triggered: set[int] = set()

    @property
    def position(self) -> int:
        """Index of the first log entry that was not looked at yet."""
        return self._next

    def forget(self) -> None:
        """Pass over everything, also what has been looked at."""
        self.skip()
        self.expected.clear()
        self.unexpected.clear()

    def skip(self) -> None:
        """Pass over everything that is there: preparation and clean-up are not judged."""
        self._next = len(self._log.entries)
        self._lingering = []

    async def wait(
        self,
        expectations: Sequence[Expectation],
        timeout_s: float,
        *,
        free: Iterable[str] = ALWAYS_FREE,
        patient: bool = False,
    ) -> None:
        """Wait until every expectation that is not optional has been met, in any order.

        Args:
            expectations: a group of free order; `found` is set on those that were met.
            timeout_s: lab seconds for the whole group.
            free: actions that never disturb.
            patient: give what is optional the whole time, too, before going on without it.

        Raises:
            Missing: something did not come in time.
        """
        group = list(expectations)
        instead: list[Received] = []

        def step(received: Received) -> None:
            if not self._take(received, group, frozenset(free)):
                instead.append(received)

        def complete() -> bool:
            return all(e.found or (e.optional and not patient) for e in group)

        try:
            async with self._clock.deadline(timeout_s, "messages"):
                await self._read(step, complete)
        except DeadlineExceeded:
            open_ = tuple(e for e in group if not e.found and not e.optional)
            if open_:
                raise Missing(open_, tuple(instead)) from None
        finally:
            self._lingering += [e for e in group if e.optional and not e.found]

    def tolerate(self, *expectations: Expectation) -> None:
        """From here on each of these may come once, and is no deviation."""
        for expectation in expectations:
            expectation.optional = True
        self._lingering += expectations

    async def watch(self, lab_s: float, *, free: Iterable[str] = ALWAYS_FREE) -> list[Received]:
        """Look on for `lab_s` lab seconds; returns every CALL that came, free ones too."""
        seen: list[Received] = []

        def step(received: Received) -> None:
            seen.append(received)
            self._take(received, [], frozenset(free))

        try:
            async with self._clock.deadline(lab_s, "watching"):
                await self._read(step, lambda: False)
        except DeadlineExceeded:
            pass
        return seen

    def drain(self) -> None:
        """Judge what has come since the last step."""
        for received in self._pending():
            self._take(received, [], ALWAYS_FREE)

    async def _read(self, step: Callable[[Received], None], done: Callable[[], bool]) -> None:
        while not done():
            for received in self._pending():
                step(received)
                if done():
                    return
            await self._log.grow(self._next)

    def _pending(self) -> Iterable[Received]:
        while self._next < len(self._log.entries):
            entry = self._log.entries[self._next]
            self._next += 1
            if entry.direction == "in" and (call := entry.call) is not None:
                yield Received(entry, call.action, call.payload)

    def _take(self, received: Received, group: list[Expectation], free: frozenset[str]) -> bool:
        for expectation in (*group, *self._lingering):
            if not expectation.found and expectation.fits(received.action, received.payload):
                expectation.found = received
                self.expected.append(received)
                return True
        if received.action in free:
            return True
        waited_for = frozenset(e.action for e in group if not e.found)
        self.unexpected.append(Unexpected(received, waited_for))
        return False


def describe(received: Received) -> str:
    """A CALL in a few words."""
    shown = ("connectorId", "status", "idTag", "transactionId", "reason")
    return phrase(received.action, {k: v for k, v in received.payload.items() if k in shown})


def phrase(action: str, fields: Mapping[str, Json]) -> str:
    """An action and fields of its payload, for people."""
    words = ", ".join(f"{name} {_value(value)}" for name, value in fields.items())
    return f"{action}({words})" if words else action


def _value(value: Json) -> str:
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= LONGEST else f"{text[:LONGEST].splitlines()[0]}..."
