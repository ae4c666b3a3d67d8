"""Runs one case with a CSMS under test."""

from __future__ import annotations

from collections.abc import Callable

from rig.clock import Clock
from rig.conformance.cases import Case
from rig.conformance.catalogue import Role, Row
from rig.conformance.central_states import booted, reach
from rig.conformance.central_steps import CentralCase
from rig.conformance.evidence import Evidence, Phase, StepFailed
from rig.conformance.guarded import guarded
from rig.conformance.judging import judge_central
from rig.conformance.log_memory import LogMemory
from rig.conformance.runner import Start, judge, record
from rig.conformance.verdict import Verdict
from rig.runs.records import CaseRecord

BOOT_CASE = "000_BOOT"


class CentralRunner:
    """Runs cases one after the other.

    Args:
        make: makes the context of a case from its evidence.
        clock: lab time.
    """

    def __init__(self, make: Callable[[Evidence], CentralCase], clock: Clock) -> None:
        self._make = make
        self._clock = clock
        self._known: LogMemory | None = None

    def _memory(self, s: CentralCase) -> LogMemory:
        if self._known is None:
            self._known = LogMemory(s.log, Role.CSMS, self._clock)
        return self._known

    async def run(
        self, case: Case[CentralCase], row: Row, evidence: Evidence, attempt: int
    ) -> CaseRecord:
        """Run a case and judge it."""
        s = self._make(evidence)
        start = Start(self._clock.stamp(), self._clock.now(), evidence.seq + 1, len(s.log.entries))
        before = self._memory(s).until(start.wire)
        evidence.enter(Phase.PREPARATION)
        ended = await guarded(lambda: self._body(s, case), self._clock, None)
        entries = list(s.log.since(start.wire))
        if ended.verdict is None:
            judge_central(s, entries, before, self._clock)
        if ended.verdict is not Verdict.ABORTED:
            evidence.enter(Phase.CLEANUP)
            cleaned = await guarded(lambda: self._clean_up(s), self._clock, None)
            ended = cleaned if cleaned.verdict is Verdict.ABORTED else ended
        outcome = judge(evidence, ended)
        return record(case.octt_id, row, Role.CSMS, evidence, start, outcome, ended,
                      self._clock.now(), attempt)  # fmt: skip

    async def _body(self, s: CentralCase, case: Case[CentralCase]) -> None:
        try:
            if case.octt_id != BOOT_CASE:
                await booted(s)
            for state in case.prepare:
                await reach(s, state)
        except StepFailed as failed:
            raise StepFailed(f"start state not reached: {failed}") from failed
        s.skip()
        s.evidence.enter(Phase.STEPS)
        await case.run(s)

    async def _clean_up(self, s: CentralCase) -> None:
        s.evidence.muted = True
        await s.do("unplug", connector=1)
