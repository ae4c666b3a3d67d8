"""The wire log: every message and transport event of one device under test, in order.

It is data, not logging: verdicts are decided on it and the report shows it. Each entry is
also an event of the one time line, with the same sequence number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from rig.events import Event, EventBus, Kind
from rig.jsontypes import Json
from rig.ocppj.frames import Call, CallError, CallResult, Frame, Malformed, MessageType, parse


@dataclass(frozen=True, slots=True)
class WireEntry:
    """One message or transport event.

    Attributes:
        seq: sequence number on the time line.
        t_s: monotonic lab time in seconds.
        direction: "in" from the device under test, "out" from the tool, "" for transport.
        connection: number of the connection.
        raw: text as on the wire; hex for a binary message; "" for transport.
        frame: what `raw` says; None for transport.
        what: of a transport event: connect, refused, close, violation, late-answer.
        detail: of a transport event.
    """

    seq: int
    t_s: float
    direction: str
    connection: int
    raw: str
    frame: Frame | Malformed | None
    what: str
    detail: dict[str, Json]

    @property
    def call(self) -> Call | None:
        """The CALL of this entry, if it is one."""
        return self.frame if isinstance(self.frame, Call) else None


class WireLog:
    """Collects what a link observes; `WireObserver` of `rig.ocppj.link`.

    Args:
        bus: time line.
        source: name of the device under test on the time line.
    """

    def __init__(self, bus: EventBus, source: str) -> None:
        self._bus = bus
        self._source = source
        self.entries: list[WireEntry] = []
        self._answers: dict[tuple[str, int, str], list[WireEntry]] = {}
        self._changed = asyncio.Event()

    def frame(self, direction: str, connection: int, raw: str | bytes) -> None:
        """Take one WebSocket message."""
        frame = parse(raw)
        text = raw if isinstance(raw, str) else raw.hex()
        data: dict[str, Json] = {"direction": direction, "connection": connection, "raw": text}
        data |= _summary(frame)
        event = self._bus.publish(Kind.FRAME, self._source if direction == "in" else "tool", **data)
        self._append(event, direction, connection, text, frame, "", {})

    def transport(self, what: str, connection: int, detail: dict[str, object]) -> None:
        """Take an event of the connection."""
        plain: dict[str, Json] = {k: _plain(v) for k, v in detail.items()}
        event = self._bus.publish(
            Kind.TRANSPORT, self._source, what=what, connection=connection, detail=plain
        )
        self._append(event, "", connection, "", None, what, plain)

    def _append(
        self,
        event: Event,
        direction: str,
        connection: int,
        raw: str,
        frame: Frame | Malformed | None,
        what: str,
        detail: dict[str, Json],
    ) -> None:
        entry = WireEntry(event.seq, event.t_s, direction, connection, raw, frame, what, detail)
        self.entries.append(entry)
        if isinstance(frame, CallResult | CallError):
            self._answers.setdefault((direction, connection, frame.id), []).append(entry)
        self._changed.set()
        self._changed = asyncio.Event()

    async def grow(self, length: int) -> None:
        """Return once the log has more than `length` entries."""
        while len(self.entries) <= length:
            await self._changed.wait()

    def since(self, index: int) -> Iterator[WireEntry]:
        """Entries from position `index` on."""
        yield from self.entries[index:]

    def answer_to(self, call: WireEntry) -> WireEntry | None:
        """First answer after `call`, on the same connection, with its message id."""
        if call.call is None:
            return None
        other = "out" if call.direction == "in" else "in"
        answers = self._answers.get((other, call.connection, call.call.id), ())
        return next((entry for entry in answers if entry.seq > call.seq), None)


def _summary(frame: Frame | Malformed) -> dict[str, Json]:
    if isinstance(frame, Call):
        return {"type": "CALL", "id": frame.id, "action": frame.action}
    if isinstance(frame, CallResult):
        return {"type": "CALLRESULT", "id": frame.id, "action": None}
    if isinstance(frame, CallError):
        return {"type": "CALLERROR", "id": frame.id, "action": None}
    kind = frame.type if frame.type in (2, 3, 4) else None
    name = MessageType(kind).name if kind else None
    return {"type": "malformed", "id": frame.id, "action": frame.action, "meant": name,
            "rule": frame.rule, "reason": frame.reason}  # fmt: skip


def _plain(value: object) -> Json:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value)
