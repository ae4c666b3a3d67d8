"""What happened, as frozen records on one time line, and the bus that carries them.

One vocabulary for electrical and OCPP events (`Kind`), one monotonic clock, one order: the
sequence number. Listeners are called at once and in order (the run store writes that way);
subscribers read from a bounded queue of their own and may fall behind without harm.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from rig.clock import Clock
from rig.jsontypes import Json


class Kind(StrEnum):
    """What an event is about; the fields of `data` in brackets."""

    RELAY = "relay"  # board, coil, closed, role
    PILOT = "pilot"  # plug, cp_state
    INPUT = "input"  # plug, name, value
    CARD = "card"  # card, id_tag, action
    MAINS = "mains"  # on
    NETWORK = "network"  # of the station: up
    MODEM = "modem"  # step, text, lock; or the values of a reading
    FRAME = "frame"  # direction (in, out), connection, raw, type, id, action
    TRANSPORT = "transport"  # what, connection, detail
    RUN = "run"  # run_id, phase, ...
    CASE = "case"  # octt_id, phase, verdict, index, total
    STEP = "step"  # octt_id, text, state (waiting, done, failed)
    CHECK = "check"  # octt_id, name, requirement, ok, expected, seen
    FINDING = "finding"  # octt_id, rule, severity, detail
    PROMPT = "prompt"  # id, question, choices, state (asked, answered, expired), answer, by
    BRIDGE = "bridge"  # a prompt of another tool: id, text, state, rule, detail
    BENCH = "bench"  # state (open, warning, safe, quarantined, closed), device, cause


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Attributes:
        seq: position in the daemon's life, from 1.
        t_s: monotonic lab time in seconds.
        utc: lab time, ISO 8601 with milliseconds.
        kind: one of `Kind`.
        source: device, "dut", "tool" or case; simulated devices carry the prefix `mock+`.
        data: JSON values.
    """

    seq: int
    t_s: float
    utc: str
    kind: str
    source: str
    data: dict[str, Json]

    def to_json(self) -> dict[str, Json]:
        """The record as JSON values; `data` is not copied, and not to be changed."""
        return {
            "seq": self.seq,
            "t_s": self.t_s,
            "utc": self.utc,
            "kind": self.kind,
            "source": self.source,
            "data": self.data,
        }


class EventBus:
    """Numbers events and hands them to listeners and subscribers."""

    def __init__(self, clock: Clock, backlog: int = 4096) -> None:
        self._clock = clock
        self._backlog = backlog
        self._seq = 0
        self._listeners: list[Callable[[Event], None]] = []
        self._queues: set[asyncio.Queue[Event]] = set()

    @property
    def last_seq(self) -> int:
        """Sequence number of the newest event, 0 before the first."""
        return self._seq

    def publish(self, kind: Kind, source: str, /, **data: Json) -> Event:
        """Record that something happened, now."""
        self._seq += 1
        event = Event(
            self._seq, round(self._clock.now(), 4), self._clock.stamp(), kind, source, data
        )
        for listener in tuple(self._listeners):
            listener(event)
        for queue in self._queues:
            if queue.full():
                queue.get_nowait()  # a slow reader loses the oldest, never blocks the bench
            queue.put_nowait(event)
        return event

    @contextmanager
    def listen(self, listener: Callable[[Event], None]) -> Iterator[None]:
        """Call `listener` for every event, in order, inside `publish`."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    @contextmanager
    def subscribe(self) -> Iterator[AsyncIterator[Event]]:
        """Read events from a queue of one's own; a gap in `seq` shows that some were dropped."""
        queue: asyncio.Queue[Event] = asyncio.Queue(self._backlog)
        self._queues.add(queue)
        try:
            yield _drain(queue)
        finally:
            self._queues.discard(queue)


async def _drain(queue: asyncio.Queue[Event]) -> AsyncIterator[Event]:
    while True:
        yield await queue.get()
