"""A campaign: which cases, in which order, against which device; everything recorded.

Every case is stored as it ends, so that an interrupted campaign can be resumed with what is
left. A bench in quarantine makes all that follows INCONCLUSIVE, with the first cause.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from drivers.ports import Operator
from rig.bench import Bench
from rig.clock import Clock
from rig.config.models import BenchConfig
from rig.conformance.catalogue import Role
from rig.conformance.central_side import CentralSide
from rig.conformance.evidence import Evidence
from rig.conformance.plan import Plan, make_plan
from rig.conformance.sides import RunCase, Side, row_of
from rig.conformance.station_side import StationSide
from rig.conformance.verdict import Verdict, exit_code, worst
from rig.csms.server import CentralSystem
from rig.errors import BenchError, RunError
from rig.events import EventBus, Kind
from rig.jsontypes import Json
from rig.runs import RunStore, RunWriter, new_run_id
from rig.runs.records import CaseRecord, RunMeta


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended."""

    run_id: str
    verdict: Verdict

    @property
    def exit_code(self) -> int:
        """For the command line."""
        return exit_code(self.verdict)


class Campaign:
    """Plans and runs.

    Args:
        bench: open, for a station under test; None when there is none.
        central_system: listening, for a station under test.
        store: keeps the runs.
        bus, clock: time line and lab time.
        config: the bench file.
        operator: answers prompts.
        work_dir: for the logs of played stations.
    """

    def __init__(
        self,
        *,
        bench: Bench | None,
        central_system: CentralSystem | None,
        store: RunStore,
        bus: EventBus,
        clock: Clock,
        config: BenchConfig,
        operator: Operator,
        work_dir: Path,
    ) -> None:
        self._bench = bench
        self._csms = central_system
        self._store = store
        self._bus = bus
        self._clock = clock
        self._config = config
        self._operator = operator
        self._work_dir = work_dir

    def plan(self, role: Role, ids: Sequence[str] | None, pics: Path | None) -> Plan:
        """Decide what to run; a station's PICS is by default that of the bench file.

        Raises:
            As `make_plan`.
        """
        return make_plan(role, ids, pics or (self._config.pics if role is Role.STATION else None))

    async def run(self, plan: Plan, *, resume: str | None = None) -> RunOutcome:
        """Run a plan and keep everything.

        Args:
            plan: from `plan`.
            resume: id of an interrupted run; its finished cases are taken over, not repeated.

        Raises:
            RunError: the run to resume does not exist or is of another role.
            asyncio.CancelledError: after the run has been stored as ABORTED.
        """
        done = self._finished_before(plan, resume)
        run_id = new_run_id(self._clock.utc())
        meta = RunMeta(
            run_id=run_id,
            dut=plan.role.value,
            bench=self._config.bench,
            started_utc=self._clock.stamp(),
            time_scale=self._clock.scale,
            tool_version=version("evse-rig"),
            simulated=self._simulated(plan.role),
            requested=plan.requested,
            selection=plan.records(),
            resumed_from=resume or "",
        )
        writer = self._store.create(meta)
        verdicts = [Verdict(record.verdict) for record in done]
        with writer, self._bus.listen(writer.event):
            self._publish(run_id, "started", dut=plan.role.value, total=len(plan.cases))
            for record in done:
                writer.case(record)
            try:
                async with self._side(plan.role).open(plan.facts) as ready:
                    writer.identity(ready.identity)
                    if ready.keys is not None:
                        plan = plan.decided(ready.keys)
                        writer.select(plan.records())
                    for octt_id in plan.cases:
                        if octt_id not in {r.octt_id for r in done}:
                            verdicts.append(await self._one(ready.run_case, octt_id, plan, writer))
                verdict, cause = worst(verdicts), ""
            except BenchError as fault:
                verdict, cause = worst([*verdicts, Verdict.INCONCLUSIVE]), str(fault)
            except asyncio.CancelledError:
                await self._make_safe(plan.role)
                self._publish(run_id, "finished", verdict=Verdict.ABORTED.value)
                writer.finish(Verdict.ABORTED.value, "aborted", self._clock.stamp())
                raise
            self._publish(run_id, "finished", verdict=verdict.value, cause=cause)
            writer.finish(verdict.value, cause, self._clock.stamp())
        return RunOutcome(run_id, verdict)

    async def _make_safe(self, role: Role) -> None:
        """After an abort nobody knows what was half done."""
        if role is Role.STATION and self._bench is not None and self._bench.quarantine is None:
            with contextlib.suppress(BenchError):  # it is in quarantine then, with the cause
                await self._bench.safe()

    def _simulated(self, role: Role) -> bool:
        under_test = self._config.csms_under_test
        if role is Role.CSMS:
            return under_test is None or under_test.kind == "mock"
        return self._config.virtual is not None

    def _publish(self, run_id: str, phase: str, **data: Json) -> None:
        self._bus.publish(Kind.RUN, "tool", run_id=run_id, phase=phase, **data)

    def _finished_before(self, plan: Plan, resume: str | None) -> list[CaseRecord]:
        if resume is None:
            return []
        earlier = self._store.load(resume)
        if earlier.meta.dut != plan.role.value:
            raise RunError(
                f"run {earlier.meta.run_id} was made with a {earlier.meta.dut} under test"
            )
        wanted = set(plan.cases)
        final = (Verdict.PASS.value, Verdict.FAIL.value)
        return [
            _carried_over(c) for c in earlier.cases if c.octt_id in wanted and c.verdict in final
        ]

    async def _one(self, run_case: RunCase, octt_id: str, plan: Plan, writer: RunWriter) -> Verdict:
        index, row = plan.cases.index(octt_id) + 1, row_of(octt_id)
        self._bus.publish(
            Kind.CASE, "tool", octt_id=octt_id, phase="started", index=index,
            total=len(plan.cases), title=row.title,
        )  # fmt: skip
        evidence = Evidence(octt_id, self._bus, self._clock)
        record = await run_case(octt_id, evidence, 1)
        writer.case(record)
        self._bus.publish(
            Kind.CASE, "tool", octt_id=octt_id, phase="finished", index=index,
            total=len(plan.cases), verdict=record.verdict, cause=record.cause,
            duration_s=round(record.duration_s, 3), title=row.title,
        )  # fmt: skip
        if record.verdict == Verdict.ABORTED:
            raise asyncio.CancelledError
        return Verdict(record.verdict)

    def _side(self, role: Role) -> Side:
        if role is Role.CSMS:
            return CentralSide(self._config, self._bus, self._clock, self._operator, self._work_dir)
        if self._bench is None or self._csms is None:
            raise BenchError("bench", "no bench is open", "start one with: rig up BENCH.yaml")
        return StationSide(self._bench, self._csms, self._config, self._bus, self._clock)


def _carried_over(case: CaseRecord) -> CaseRecord:
    """A result of an earlier run: its time line stays there, and so do the places in it."""
    return replace(
        case,
        first_seq=0,
        last_seq=0,
        checks=tuple(replace(check, seqs=()) for check in case.checks),
        findings=tuple(replace(finding, seqs=()) for finding in case.findings),
    )
