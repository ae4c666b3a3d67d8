"""Verdicts, which only get worse, and how the parts of a run become one. Pure.

Source: appendix D of Document 2 v1.0.1, as rule D4 of the conformance reference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rig.runs.records import STRAYED, VALIDATION


class Verdict(StrEnum):
    """Verdict of a case or of a run."""

    PASS = "PASS"  # noqa: S105  # a verdict, no password
    INCONCLUSIVE = "INCONCLUSIVE"
    FAIL = "FAIL"
    ABORTED = "ABORTED"
    ERROR = "ERROR"
    NOT_APPLICABLE = "NOT APPLICABLE"


_ORDER = (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.ABORTED, Verdict.ERROR)

EXIT_CODES = {
    Verdict.PASS: 0,
    Verdict.FAIL: 1,
    Verdict.INCONCLUSIVE: 3,
    Verdict.NOT_APPLICABLE: 5,
    Verdict.ERROR: 70,
    Verdict.ABORTED: 130,
}


class Result(StrEnum):
    """What appendix D calls the result of a run."""

    SUCCESS = "success"
    FAILED = "failed"
    RETEST = "retest"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts; NOT APPLICABLE when there is none but that."""
    judged = [v for v in verdicts if v is not Verdict.NOT_APPLICABLE]
    return max(judged, key=_ORDER.index, default=Verdict.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of a case comes to.

    Attributes:
        verdict: of the run.
        tool_verdict: without the status rules.
        result: word of appendix D.
        failed_as: of FAIL, which of the two of appendix D, as in `rig.runs.records`.
    """

    verdict: Verdict
    tool_verdict: Verdict
    result: Result
    failed_as: str = ""


def decide(
    *,
    checks_ok: bool,
    strayed: bool,
    frame_rules_ok: bool,
    status_rules_ok: bool,
    only_absent: bool = False,
    retest: bool = False,
    override: Verdict | None = None,
) -> Outcome:
    """The verdict of the tool and the rules D1 to D3 together make success, failed or retest.

    A failed validation or rule, or a device that strays from the scenario, is *failed*; retest is
    what D2-b or something on the side of the laboratory has spoilt.

    Looks at: what checks, steps and rules have found.

    Args:
        checks_ok: every validation of severity error held.
        strayed: the device did not follow the scenario.
        frame_rules_ok: no framework rule of class fail was broken.
        status_rules_ok: D1, D2 and D3 hold.
        only_absent: every check that failed is one for a message that did not come.
        retest: rule D2-b: the failure would go away without certain reports.
        override: INCONCLUSIVE, ABORTED or ERROR when the run itself went wrong.
    """
    tool_ok = checks_ok and frame_rules_ok and not strayed
    tool = Verdict.PASS if tool_ok else Verdict.FAIL
    if override is not None:
        tool = worst([override, tool]) if override is not Verdict.INCONCLUSIVE else override
        return Outcome(override, tool, Result.RETEST)
    if tool_ok and status_rules_ok:
        return Outcome(Verdict.PASS, tool, Result.SUCCESS)
    if retest:
        return Outcome(Verdict.INCONCLUSIVE, tool, Result.RETEST)
    # "A missing message that is not a StatusNotification counts as strayed."
    validated = (checks_ok or only_absent) and frame_rules_ok and status_rules_ok
    return Outcome(Verdict.FAIL, tool, Result.FAILED, STRAYED if validated else VALIDATION)


def exit_code(verdict: Verdict) -> int:
    """Exit code of a command that ends with this verdict."""
    return EXIT_CODES[verdict]
