"""OCPP-J messages of a time line, in pages."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from rig.client.evidence import FrameLine, FramePage
from rig.client.frames import Actions, fits, frame_line
from rig.events import Event, Kind


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
                line = frame_line(event, action, octt_id)
                if all(fits(line, word) for word in words):
                    yield line
