"""Runs one case with a station under test and says what it is worth.

Preparation (000_RESET, configuration, reusable states), the steps, clean-up; then the rules
over the whole log, then the verdict. Whatever happens, a record comes out.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from rig.bench import Bench
from rig.clock import Clock
from rig.conformance.acts import ActLog
from rig.conformance.cases import Case, Setting
from rig.conformance.catalogue import Obligation, Role, Row
from rig.conformance.energy import EnergyLog
from rig.conformance.evidence import Evidence, Phase, StepFailed, Unprepared
from rig.conformance.guarded import Ended, guarded
from rig.conformance.judging import judge_station
from rig.conformance.log_memory import LogMemory
from rig.conformance.recovery import bring_to_rest
from rig.conformance.security_profile import reach_profile
from rig.conformance.states import reach, write_key
from rig.conformance.steps import StationCase
from rig.conformance.utilities import (
    lab_at_rest,
    reset,
    settle,
    stop_transactions,
    take_cables_out,
    wait_registered,
)
from rig.conformance.verdict import Outcome, Verdict, decide
from rig.runs.records import CaseRecord

OF_SCENARIO = ("scenario", "5.5")
"""Rules that are broken by not following the scenario; such a run has `strayed`, too."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a case begins on the time line and in the wire log; security profile then."""

    utc: str
    t_s: float
    seq: int
    wire: int
    profile: int = 0


class StationRunner:
    """Runs cases one after the other.

    Args:
        make: makes the context of a case from its evidence.
        bench, clock: of the lab.
    """

    def __init__(self, make: Callable[[Evidence], StationCase], bench: Bench, clock: Clock) -> None:
        self._make = make
        self._bench = bench
        self._clock = clock
        self._known: LogMemory | None = None

    def _memory(self, s: StationCase) -> LogMemory:
        if self._known is None:
            self._known = LogMemory(s.csms.log, Role.STATION, self._clock)
        return self._known

    async def run(
        self,
        case: Case[StationCase],
        row: Row,
        evidence: Evidence,
        attempt: int,
        *,
        rules: bool = True,
    ) -> CaseRecord:
        """Run a case and judge it.

        Args:
            case: what to run.
            row: of the catalogue.
            evidence: where it is kept.
            attempt: number of the execution.
            rules: whether the rules over the whole log count.
        """
        s = self._make(evidence)
        start = Start(
            self._clock.stamp(),
            self._clock.now(),
            evidence.seq + 1,
            len(s.csms.log.entries),
            s.csms.profile,
        )
        before_log = self._memory(s).until(start.wire, s.connectors)
        evidence.enter(Phase.PREPARATION)
        before: dict[str, str] = {}
        places = {p.name: p.connector_id for p in self._bench.plugs.values()}
        energy, acts = EnergyLog(places), ActLog(places)
        with evidence.listen(energy.hear), evidence.listen(acts.hear):
            ended = await guarded(lambda: self._body(s, case, before), self._clock, self._bench)
        ended = _failed_first(ended, evidence)
        s.inbox.drain()
        if ended.verdict is None and rules:
            profile = start.profile if start.profile == s.csms.profile else None
            entries = s.csms.log.entries[start.wire :]
            judge_station(s, row, entries, before_log, acts, energy, profile)
        if self._bench.quarantine is None and ended.verdict is not Verdict.ABORTED:
            evidence.enter(Phase.CLEANUP)
            cleaned = await guarded(
                lambda: self._clean_up(s, before, ended), self._clock, self._bench
            )
            ended = cleaned if cleaned.verdict is Verdict.ABORTED else ended
        outcome = judge(evidence, ended)
        return record(case.octt_id, row, Role.STATION, evidence, start, outcome, ended,
                      self._clock.now(), attempt)  # fmt: skip

    async def _body(self, s: StationCase, case: Case[StationCase], before: dict[str, str]) -> None:
        await reach_profile(s, case.profiles)
        await self._reach_start_state(s)
        for setting in case.config:
            if s.facts.get(setting.unless):
                continue
            await self._configure(s, setting, before)
        for variant in case.variants or ("",):
            s.variant = s.evidence.variant = variant
            for state in case.prepare:
                try:
                    await reach(s, state)
                except StepFailed as failed:
                    raise StepFailed(f"state {state} not reached: {failed}") from failed
            if s.evidence.phase is Phase.PREPARATION:
                s.inbox.skip()
                s.evidence.enter(Phase.STEPS)
            await case.run(s)
        s.evidence.variant = ""

    async def _reach_start_state(self, s: StationCase) -> None:
        """000_RESET, which must pass: once more after everything was done that can be done."""
        with contextlib.suppress(StepFailed):
            await reset(s)
        if s.evidence.failed:
            s.evidence.excuse()
            await bring_to_rest(s)
            try:
                await reset(s)
            except StepFailed as failed:
                raise StepFailed(f"000_RESET: {failed}") from failed
        s.evidence.idle_from = 0 if s.evidence.failed else s.evidence.seq + 1
        s.inbox.forget()  # whatever ended what was there before is no part of the case

    async def _configure(self, s: StationCase, setting: Setting, before: dict[str, str]) -> None:
        value = _value(s, setting)
        old = await s.read_key(setting.key)
        if old is None:
            if setting.if_supported:
                return
            raise Unprepared(f"the station does not know the key {setting.key}")
        if setting.restore:
            before.setdefault(setting.key, old)
        answer = await write_key(s, setting.key, value)
        if answer != "Accepted" and old.casefold() != value.casefold():
            raise Unprepared(f"{setting.key} = {value}: the station answered {answer}")

    async def _clean_up(self, s: StationCase, before: dict[str, str], ended: Ended) -> None:
        """Leave no transaction, no cable and no changed key behind, nor what lasts; not judged."""
        s.evidence.muted = True
        await lab_at_rest(s)
        await wait_registered(s)
        if s.csms.station.transactions:
            await stop_transactions(s)
        await take_cables_out(s)
        for action, payload in reversed(s.lasting):
            await s.csms.call(action, payload, s.parameters.message_timeout)
        for key, value in before.items():
            await write_key(s, key, value)
        if ended.cause or s.evidence.failed:
            await settle(s)


def _value(s: StationCase, setting: Setting) -> str:
    if not setting.value.startswith("$"):
        return setting.value
    name = setting.value.removeprefix("$")
    if name.startswith("edition."):
        return str(getattr(s.edition, name.removeprefix("edition.")))
    return str(getattr(s.parameters, name))


def _failed_first(ended: Ended, evidence: Evidence) -> Ended:
    """Rule D4: a check that has failed decides, whatever could not be done after it.

    An order may well be refused because the station misbehaved before (a lock that stays shut).
    """
    if ended.verdict is Verdict.INCONCLUSIVE and evidence.failed and not ended.bench_failed:
        return Ended(None, evidence.first_failure())
    return ended


def _cause(evidence: Evidence, ended: Ended) -> str:
    """Of several checks that failed, the first is nearer to the root than the one that ended it."""
    if ended.cause and (ended.verdict is not None or evidence.failed < 2):
        return ended.cause
    return evidence.first_failure()


def judge(evidence: Evidence, ended: Ended) -> Outcome:
    """Rule D4 on what a case has found."""
    fails = [f for f in evidence.findings if f.severity == "fail"]
    of_status = [f for f in fails if f.rule[0] in "DS"]
    of_scenario = [f for f in fails if f.rule in OF_SCENARIO]
    return decide(
        checks_ok=not evidence.failed,
        strayed=evidence.strayed or bool(ended.cause),
        frame_rules_ok=len(of_status) + len(of_scenario) == len(fails),
        status_rules_ok=not of_status,
        only_absent=evidence.failed == evidence.absent,
        retest=_is_rescued(evidence, ended),
        override=ended.verdict,
    )


def _is_rescued(evidence: Evidence, ended: Ended) -> bool:
    """Rule D2-b: whether the case would have passed without reports of the station itself."""
    own = {seq for f in evidence.findings if f.rule == "D2-b" for seq in f.seqs}
    if not own or evidence.strayed or ended.cause:
        return False
    bad = [set(c.seqs) for c in evidence.checks if not c.ok and c.severity == "error"]
    bad += [set(f.seqs) for f in evidence.findings if f.severity == "fail"]
    return bool(bad) and all(seqs and seqs <= own for seqs in bad)


def record(
    octt_id: str, row: Row, role: Role, evidence: Evidence, start: Start, outcome: Outcome,
    ended: Ended, end_s: float, attempt: int,
) -> CaseRecord:  # fmt: skip
    """The record of a case that has ended."""
    obligation = row.obligation[role]
    return CaseRecord(
        octt_id=octt_id,
        title=row.title,
        dut=role.value,
        feature=row.feature,
        obligation=(Obligation.UTILITY if row.row == 0 else obligation).value,
        verdict=outcome.verdict.value,
        tool_verdict=outcome.tool_verdict.value,
        result=outcome.result.value,
        cause=_cause(evidence, ended),
        started_utc=start.utc,
        t_start_s=start.t_s,
        t_end_s=end_s,
        first_seq=start.seq,
        last_seq=evidence.seq,
        checks=tuple(evidence.checks),
        findings=tuple(evidence.findings),
        attempt=attempt,
        failed_as=outcome.failed_as,
        idle=role is Role.CSMS or evidence.idle_from > 0,
    )
