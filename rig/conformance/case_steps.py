"""What every case has: a clock, parameters, and a place for what it finds out."""

from __future__ import annotations

from collections.abc import Sequence

from rig.clock import Clock
from rig.config.edition import Edition
from rig.config.parameters import Parameters
from rig.conformance.evidence import Evidence


class CaseSteps:
    """Context of one case run, whatever is under test.

    Attributes:
        evidence: what has been found out.
        parameters, edition: of the campaign.
    """

    def __init__(
        self, clock: Clock, evidence: Evidence, parameters: Parameters, edition: Edition
    ) -> None:
        self.clock = clock
        self.evidence = evidence
        self.parameters = parameters
        self.edition = edition

    def check(
        self,
        name: str,
        ok: bool,
        source: str,
        *,
        expected: object = "",
        seen: object = "",
        seqs: Sequence[int] = (),
        severity: str = "error",
        kind: str = "tool",
    ) -> bool:
        """Record whether something is as `source` requires. See `Evidence.check`."""
        return self.evidence.check(
            name,
            ok,
            source,
            expected=expected,
            seen=seen,
            seqs=seqs,
            severity=severity,
            kind=kind,
        )

    def check_interval(
        self, name: str, seen_s: float, wanted_s: float, source: str, *seqs: int
    ) -> None:
        """Check a time between two messages, with the tolerance of the laboratory."""
        tolerance = self.parameters.max_time_deviation
        self.check(
            name,
            abs(seen_s - wanted_s) <= tolerance,
            source,
            expected=f"{wanted_s:g} ± {tolerance:g} s",
            seen=f"{seen_s:.1f} s",
            seqs=seqs,
        )
