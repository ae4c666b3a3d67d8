"""OCPP-J messages of a time line, in pages."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from rig.client.evidence import FrameLine, FramePage
from rig.events import Event, Kind
from rig.report.messages import Actions, number, problem, summary

TYPES = {word.casefold(): word for word in ("CALL", "CALLRESULT", "CALLERROR", "malformed")}


@dataclass(frozen=True, slots=True)
class FrameQuery:
    """Which frames.

    Attributes:
        after: sequence number of the last one already known.
        limit: how many at most.
        words: each must fit: "in" and "out" the direction, the name of a message type the type,
            any other word something in action, id or text.
        octt_id: of this case only; "" for all.
        newest: the last ones instead of the first.
    """

    after: int = 0
    limit: int = 500
    words: tuple[str, ...] = ()
    octt_id: str = ""
    newest: bool = False


def page(events: Iterable[Event], query: FrameQuery) -> FramePage:
    """The frames of a time line that fit a query.

    Args:
        events: from its beginning, in order: which CALL an answer is for, and which case it
            came in, is learnt from earlier ones.
        query: which frames.
    """
    frames = _matching(events, query)
    if query.newest:
        last = deque(frames, query.limit + 1)
        more = len(last) > query.limit
        found = tuple(islice(last, int(more), None))
    else:
        found = tuple(islice(frames, query.limit))
        more = next(frames, None) is not None
    return FramePage(found, more, found[-1].seq if found else query.after)


def _matching(events: Iterable[Event], query: FrameQuery) -> Iterator[FrameLine]:
    actions, octt_id = Actions(), ""
    words = tuple(word.casefold() for word in query.words)
    for event in events:
        if event.kind == Kind.CASE:
            octt_id = "" if event.data.get("verdict") else str(event.data.get("octt_id") or "")
        elif event.kind == Kind.RUN:
            octt_id = ""
        elif event.kind == Kind.FRAME:
            action = actions.of(event.data)
            if event.seq > query.after and query.octt_id in ("", octt_id):
                line = _line(event, action, octt_id)
                if all(_fits(line, word) for word in words):
                    yield line


def _line(event: Event, action: str, octt_id: str) -> FrameLine:
    data = event.data
    kind, raw = str(data.get("type") or "malformed"), str(data.get("raw", ""))
    return FrameLine(
        event.seq,
        event.t_s,
        event.utc,
        "in" if data.get("direction") == "in" else "out",
        kind,
        action,
        str(data.get("id") or ""),
        raw,
        number(data.get("connection")),
        octt_id,
        summary(kind, raw),
        problem(data),
    )


def _fits(line: FrameLine, word: str) -> bool:
    if word in ("in", "out"):
        return line.direction == word
    if word in TYPES:
        return line.type == TYPES[word]
    return any(word in text.casefold() for text in (line.action, line.id, line.raw))
