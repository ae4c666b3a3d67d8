"""A campaign: which cases, in which order, against which device; everything recorded.

Every case is stored as it ends, so that an interrupted campaign can be resumed with what is
left: it stays one run, with one time line and one report. A bench in quarantine makes all that
follows INCONCLUSIVE, with the first cause.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import structlog

from drivers.ports import Operator
from rig.bench import Bench
from rig.bench.children import Children, Processes
from rig.clock import Clock
from rig.config.edition import Edition, edition_named
from rig.config.models import BenchConfig
from rig.conformance.catalogue import Role
from rig.conformance.central_side import CentralSide
from rig.conformance.conduct import Conduct, Stopped, interrupted
from rig.conformance.order import RunOrder
from rig.conformance.pace import pace_of
from rig.conformance.plan import Plan, make_plan
from rig.conformance.sides import Side
from rig.conformance.station_side import StationSide
from rig.conformance.verdict import Verdict, exit_code, worst
from rig.csms.server import CentralSystem
from rig.errors import BenchError, RunError
from rig.events import EventBus, Kind
from rig.jsontypes import Json
from rig.runs import RunRecord, RunStore, RunWriter, SessionRecord, new_run_id
from rig.runs.records import RESUMED, RETEST, RunMeta

log = structlog.get_logger()


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
        children: makes played stations and mock CSMS; processes, as a rule.
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
        children: Children | None = None,
    ) -> None:
        self._bench = bench
        self._csms = central_system
        self._store = store
        self._bus = bus
        self._clock = clock
        self._config = config
        self._operator = operator
        self._work_dir = work_dir
        self._children = children or Processes()

    def plan(self, role: Role, ids: Sequence[str] | None, pics: Path | None) -> Plan:
        """Decide what to run; a station's PICS is by default that of the bench file.

        Raises:
            As `make_plan`.
        """
        return make_plan(role, ids, pics or (self._config.pics if role is Role.STATION else None))

    def plan_of(self, order: RunOrder) -> Plan:
        """Decide what to run for an order.

        Raises:
            RunError: the run to go on with does not exist, or was made with something else.
            As `make_plan`.
        """
        role = Role(order.dut)
        if not order.continues:
            return self.plan(role, order.cases or None, order.pics)
        meta = self._store.load(order.continues).meta
        if meta.dut != order.dut:
            raise RunError(f"run {meta.run_id} was made with a {meta.dut} under test")
        pics = order.pics or (Path(meta.pics_file) if meta.pics_file else None)
        ids = order.cases if order.retest else meta.requested
        plan = self.plan(role, ids or None, pics)
        if meta.pics != plan.digest and not order.accept_changes:
            raise RunError(
                f"run {meta.run_id} cannot go on: the PICS is not the one of the run. Start a new "
                "run, or go on all the same with --accept-changes"
            )
        return plan

    async def run(self, plan: Plan, order: RunOrder | None = None) -> RunOutcome:
        """Run a plan and keep everything.

        Args:
            plan: from `plan` or `plan_of`.
            order: how; by default a new run of the plan.

        Raises:
            RunError: the run to go on with is being written by somebody.
            asyncio.CancelledError: after the run has been stored as ABORTED.
        """
        order = order or RunOrder(plan.role.value, plan.requested)
        left_over = self._left_over(plan.role)
        earlier = self._store.load(order.continues) if order.continues else None
        pace = pace_of(self._store, plan.role.value, self._config.bench)
        writer = self._open(plan, order, earlier)
        with writer, self._bus.listen(writer.event):
            conduct = Conduct(plan, order, writer, earlier, self._bus, self._clock, pace)
            self._publish(
                writer.run_id, "started", dut=plan.role.value, total=len(plan.cases),
                expected_s=round(self._clock.real(pace.remaining(plan.cases)), 1),
                continues=order.continues,
            )  # fmt: skip
            cause = ""
            side = self._side(plan, order, left_over)
            try:
                try:
                    async with side.open(plan.facts) as ready:
                        await conduct.run(ready)
                finally:
                    if side.given_back:
                        writer.given_back(self._clock.stamp())
                verdict, cause = conduct.verdict, conduct.cause
            except Stopped as stopped:
                verdict, cause = worst([conduct.verdict, stopped.verdict]), stopped.cause
            except BenchError as fault:
                verdict, cause = worst([conduct.verdict, Verdict.INCONCLUSIVE]), str(fault)
            except RunError as refused:
                if writer.failure is None:
                    await self._make_safe(plan.role)
                    raise  # else a disk has refused a case, which itself ended as it should
                verdict, cause = worst([conduct.verdict, Verdict.INCONCLUSIVE]), str(refused)
            except asyncio.CancelledError:
                await self._make_safe(plan.role)
                self._end(writer, Verdict.ABORTED, "aborted")
                raise
            except Exception:  # a mistake of ours
                await self._make_safe(plan.role)
                raise
            self._end(writer, verdict, cause)
        return RunOutcome(writer.run_id, verdict)

    def _end(self, writer: RunWriter, verdict: Verdict, cause: str) -> None:
        """Tell and store the end; on a disk that is full the run is found as interrupted."""
        self._publish(writer.run_id, "finished", verdict=verdict.value, cause=cause)
        try:
            writer.finish(verdict.value, cause, self._clock.stamp())
        except RunError as refused:
            log.error("end of the run not stored", run_id=writer.run_id, error=str(refused))

    def _open(self, plan: Plan, order: RunOrder, earlier: RunRecord | None) -> RunWriter:
        if earlier is None:
            writer = self._store.create(self._meta(plan, order))
            occasion = ""
        else:
            writer = self._store.reopen(earlier.run_id, self._bus.last_seq, self._clock.now())
            occasion = RETEST if order.retest else RESUMED
            if (broken := interrupted(earlier)) is not None:
                writer.broken_off(broken)
        writer.session(
            SessionRecord(
                occasion,
                self._clock.stamp(),
                self._bus.last_seq + 1,
                version("evse-rig"),
                self._clock.scale,
                order.cases if order.retest else (),
                order.accept_changes,
            )
        )
        return writer

    def _meta(self, plan: Plan, order: RunOrder) -> RunMeta:
        return RunMeta(
            run_id=new_run_id(self._clock.utc()),
            dut=plan.role.value,
            bench=self._config.bench,
            started_utc=self._clock.stamp(),
            time_scale=self._clock.scale,
            tool_version=version("evse-rig"),
            simulated=self._simulated(plan.role),
            requested=plan.requested,
            selection=plan.records(),
            edition=self._edition(order).told,
            switches=self._edition(order).model_dump(mode="json"),
            pics=plan.digest,
            pics_file=str(order.pics or ""),
        )

    def _edition(self, order: RunOrder) -> Edition:
        if order.continues:  # a run keeps its edition
            return Edition.model_validate(self._store.load(order.continues).meta.switches)
        edition = edition_named(order.edition) if order.edition else self._config.edition
        if not order.strictness:
            return edition
        return edition.model_copy(update={"strictness": order.strictness})

    def _left_over(self, role: Role) -> Sequence[RunRecord]:
        """Runs that have not given the station back as it came; read before ours is open."""
        if role is Role.CSMS or self._csms is None:
            return ()
        return self._store.unrestored(self._csms.identity)

    async def _make_safe(self, role: Role) -> None:
        """After an abort or a crash nobody knows what was half done."""
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

    def _side(self, plan: Plan, order: RunOrder, left_over: Sequence[RunRecord]) -> Side:
        fitting = plan.pics.fit(self._config.parameters)
        changes = {"edition": self._edition(order), "parameters": fitting}
        config = self._config.model_copy(update=changes)
        if plan.role is Role.CSMS:
            return CentralSide(
                config, self._bus, self._clock, self._operator, self._work_dir, self._children
            )
        if self._bench is None or self._csms is None:
            raise BenchError("bench", "no bench is open", "start one with: rig up BENCH.yaml")
        return StationSide(
            self._bench, self._csms, config, self._bus, self._clock,
            plan=plan, left_over=left_over, restored=self._store.restored,
        )  # fmt: skip
