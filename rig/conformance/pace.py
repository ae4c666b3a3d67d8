"""How long a campaign will take: from what its cases have taken before, else an estimate."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rig.errors import RunError
from rig.runs import RunStore

REMEMBERED = 5
"""Earlier runs that are looked at."""

TYPICAL_S = 30.0
"""Lab seconds of a case about which nothing is known."""


@dataclass(slots=True)
class Pace:
    """Expected time of a campaign, in lab seconds.

    Attributes:
        known: what cases have taken before, by id.
    """

    known: Mapping[str, float]

    def expected(self, octt_id: str) -> float:
        """Lab seconds that a case will take."""
        if octt_id in self.known:
            return self.known[octt_id]
        return statistics.median(self.known.values()) if self.known else TYPICAL_S

    def remaining(self, cases: Sequence[str]) -> float:
        """Lab seconds that these cases will take."""
        return sum(map(self.expected, cases))


def pace_of(store: RunStore, dut: str, bench: str) -> Pace:
    """What is known from the newest runs of the same role on the same bench."""
    taken: dict[str, list[float]] = defaultdict(list)
    looked_at = 0
    for summary in store.list():
        if (summary.dut, summary.bench) != (dut, bench) or summary.state != "finished":
            continue
        try:
            cases = store.load(summary.run_id).results
        except RunError:
            continue
        for case in cases:
            if case.verdict == "PASS":  # others end early, or wait in vain
                taken[case.octt_id].append(case.duration_s)
        looked_at += 1
        if looked_at == REMEMBERED:
            break
    return Pace({octt_id: statistics.median(spans) for octt_id, spans in taken.items()})
