"""From the time line of the daemon that goes on with a run to that of the run. Pure.

Each daemon numbers its events from 1 and counts lab seconds from its start. A run that several of
them have made has one time line, in which all numbers and times grow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rig.events import Event
from rig.runs.records import CaseRecord


@dataclass(frozen=True, slots=True)
class Shift:
    """What is added to sequence numbers, and to lab seconds."""

    seq: int = 0
    t_s: float = 0.0

    def event(self, event: Event) -> Event:
        """The event in its place in the run."""
        if self == NO_SHIFT:
            return event
        return replace(event, seq=event.seq + self.seq, t_s=round(event.t_s + self.t_s, 4))

    def case(self, case: CaseRecord) -> CaseRecord:
        """The result with the places of its evidence in the run."""
        if self == NO_SHIFT:
            return case
        return replace(
            case,
            first_seq=case.first_seq + self.seq,
            last_seq=case.last_seq + self.seq,
            t_start_s=case.t_start_s + self.t_s,
            t_end_s=case.t_end_s + self.t_s,
            checks=tuple(
                replace(c, seqs=self._seqs(c.seqs), t_s=round(c.t_s + self.t_s, 4))
                for c in case.checks
            ),
            findings=tuple(
                replace(f, seqs=self._seqs(f.seqs), t_s=round(f.t_s + self.t_s, 4))
                for f in case.findings
            ),
        )

    def _seqs(self, seqs: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(seq + self.seq for seq in seqs)


NO_SHIFT = Shift()
