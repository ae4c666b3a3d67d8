"""CALLs in a wire log, each with its answer. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rig.ocppj.frames import Call, CallError, CallResult
from rig.ocppj.wirelog import WireEntry


@dataclass(frozen=True, slots=True)
class Exchange:
    """A CALL and its answer.

    Attributes:
        call: entry of the CALL.
        answer: entry of the first CALLRESULT or CALLERROR to it.
        ended_s: when the answer came, the connection went, or the log was cut off.
    """

    call: WireEntry
    answer: WireEntry | None
    ended_s: float

    @property
    def name(self) -> str:
        """Action of the CALL."""
        return self.call.frame.action if isinstance(self.call.frame, Call) else "?"

    @property
    def is_accepted(self) -> bool:
        """Whether the answer is a CALLRESULT with status Accepted."""
        frame = self.answer.frame if self.answer else None
        return isinstance(frame, CallResult) and frame.payload.get("status") == "Accepted"


def calls(entries: Iterable[WireEntry], direction: str) -> Iterator[tuple[WireEntry, Call]]:
    """CALLs of one direction, "in" or "out"."""
    for entry in entries:
        if entry.direction == direction and isinstance(entry.frame, Call):
            yield entry, entry.frame


def exchanges(entries: Sequence[WireEntry], direction: str, end_s: float) -> list[Exchange]:
    """CALLs of one direction with their answers; `end_s` is when the log was cut off."""
    answers: dict[tuple[int, str], list[WireEntry]] = {}
    closed: dict[int, float] = {}
    for entry in entries:
        if entry.direction not in ("", direction) and isinstance(
            entry.frame, CallResult | CallError
        ):
            answers.setdefault((entry.connection, entry.frame.id), []).append(entry)
        if entry.what == "close":
            closed[entry.connection] = entry.t_s
    found = []
    for entry, call in calls(entries, direction):
        later = [a for a in answers.get((entry.connection, call.id), []) if a.seq > entry.seq]
        answer = later[0] if later else None
        ended = answer.t_s if answer else closed.get(entry.connection, end_s)
        found.append(Exchange(entry, answer, ended))
    return found
