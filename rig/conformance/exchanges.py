"""CALLs in a wire log, each with its answer. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rig.jsontypes import Json
from rig.ocppj.frames import Call, CallError, CallResult, Payload
from rig.ocppj.wirelog import WireEntry


@dataclass(frozen=True, slots=True)
class Exchange:
    """A CALL and its answer.

    Attributes:
        call: entry of the CALL.
        answer: entry of the first CALLRESULT or CALLERROR to it.
        ended_s: when the answer came, the connection went, or the log was cut off.
        is_lost: the connection went before an answer came.
    """

    call: WireEntry
    answer: WireEntry | None
    ended_s: float
    is_lost: bool = False

    @property
    def name(self) -> str:
        """Action of the CALL."""
        return self.call.frame.action if isinstance(self.call.frame, Call) else "?"

    @property
    def req(self) -> Payload:
        """Payload of the CALL."""
        return self.call.frame.payload if isinstance(self.call.frame, Call) else {}

    @property
    def conf(self) -> Payload:
        """Payload of the CALLRESULT; {} when there is none."""
        frame = self.answer.frame if self.answer else None
        return frame.payload if isinstance(frame, CallResult) else {}

    @property
    def error(self) -> CallError | None:
        """The CALLERROR, if that was the answer."""
        frame = self.answer.frame if self.answer else None
        return frame if isinstance(frame, CallError) else None

    @property
    def has_result(self) -> bool:
        """Whether the answer is a CALLRESULT."""
        return self.answer is not None and isinstance(self.answer.frame, CallResult)

    @property
    def status(self) -> Json:
        """Field status of the CALLRESULT; None without."""
        return self.conf.get("status")

    @property
    def is_accepted(self) -> bool:
        """Whether the answer is a CALLRESULT with status Accepted."""
        return self.status == "Accepted"

    @property
    def t_s(self) -> float:
        """Lab time of the CALL."""
        return self.call.t_s

    @property
    def seq(self) -> int:
        """Place of the CALL on the time line."""
        return self.call.seq

    @property
    def end_seq(self) -> int:
        """Place of the answer on the time line, or of the CALL when there is none."""
        return self.answer.seq if self.answer else self.call.seq


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
        key = (entry.connection, call.id)
        answer = next((a for a in answers.get(key, ()) if a.seq > entry.seq), None)
        ended = answer.t_s if answer else closed.get(entry.connection, end_s)
        lost = answer is None and entry.connection in closed
        found.append(Exchange(entry, answer, ended, lost))
    return found
