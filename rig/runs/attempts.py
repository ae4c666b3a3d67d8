"""Several executions of one case: which of them counts. Pure.

A case is executed again when the run was interrupted in it, and when a retest is ordered. All
executions are kept. The result of a row is the best of the retests that are allowed: appendix D
allows one only where the failure may be due to the test setup or to a person, and never after a
tool validation has failed or the scenario was not followed.

Source: appendix D of Document 2 v1.0.1; section 4 of the conformance reference.
"""

from __future__ import annotations

from collections.abc import Iterable

from rig.runs.records import NOT_APPLICABLE, VERDICTS, CaseRecord

DECIDED = ("PASS", "FAIL")
"""Verdicts about the device under test: after one of them a retest changes nothing."""

Key = tuple[str, str, str]


def key_of(case: CaseRecord) -> Key:
    """What an execution is an attempt at."""
    return case.dut, case.octt_id, case.variant


def that_count(cases: Iterable[CaseRecord]) -> tuple[CaseRecord, ...]:
    """One execution per case, in the order in which the cases were first executed."""
    found: dict[Key, CaseRecord] = {}
    for case in cases:
        before = found.get(key_of(case))
        if before is None or (before.verdict not in DECIDED and _rank(case) <= _rank(before)):
            found[key_of(case)] = case
    return tuple(found.values())


def next_attempt(cases: Iterable[CaseRecord], octt_id: str) -> int:
    """Number of the next execution of a case."""
    return 1 + max((case.attempt for case in cases if case.octt_id == octt_id), default=0)


def _rank(case: CaseRecord) -> int:
    """How near a verdict is to one about the device under test: a decision is the nearest."""
    if case.verdict in DECIDED:
        return -1
    return -1 if case.verdict == NOT_APPLICABLE else VERDICTS.index(case.verdict)
