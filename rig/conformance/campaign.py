"""A campaign: which cases, in which order, against which device; everything recorded.

Every case is stored as it ends, so that an interrupted campaign can be resumed with what is
left. A bench in quarantine makes all that follows INCONCLUSIVE, with the first cause.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import cast

from drivers.ports import Operator
from rig.bench import Bench
from rig.bench.mock_process import MockProcess
from rig.clock import Clock, DeadlineExceeded
from rig.config.models import BenchConfig
from rig.conformance import cases
from rig.conformance.cases import Case
from rig.conformance.catalogue import Role, Row, load
from rig.conformance.central_runner import CentralRunner
from rig.conformance.central_steps import CentralCase
from rig.conformance.evidence import Evidence
from rig.conformance.expressions import ConfigKey
from rig.conformance.operators import CsmsOperator
from rig.conformance.operators.manual import ManualOperator
from rig.conformance.operators.mock import MockOperator
from rig.conformance.pics import default_pics, load_pics
from rig.conformance.played_station import PlayedStation
from rig.conformance.runner import StationRunner
from rig.conformance.select import Selection, select
from rig.conformance.steps import StationCase
from rig.conformance.verdict import Verdict, exit_code, worst
from rig.csms.server import CentralSystem
from rig.errors import BenchError, RunError
from rig.events import EventBus, Kind
from rig.jsontypes import Json
from rig.ocppj.endpoint import Result
from rig.runs import RunStore, RunWriter, new_run_id
from rig.runs.records import CaseRecord, RunMeta, SelectionRecord

RunCase = Callable[[str, Evidence, int], Awaitable[CaseRecord]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be run.

    Attributes:
        role: of the device under test.
        selection: every row, with the reason why it is run or not.
        cases: ids in the order of the run.
        requested: ids asked for by name; empty for all that apply.
        facts: of the PICS.
    """

    role: Role
    selection: tuple[Selection, ...]
    cases: tuple[str, ...]
    requested: tuple[str, ...]
    facts: dict[str, object]


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
        self._csms_url = ""

    # --- planning ---------------------------------------------------------------------------

    async def plan(self, role: Role, ids: Sequence[str] | None, pics: Path | None) -> Plan:
        """Decide what to run.

        Args:
            role: of the device under test.
            ids: cases by name, run whatever the PICS says; None for all that apply.
            pics: PICS file; the one of the bench for a station when absent.

        Raises:
            UnknownCase: with the nearest ids.
            ConfigError: the PICS is not valid.
        """
        file = pics or (self._config.pics if role is Role.STATION else None)
        declared = default_pics(role) if file is None else load_pics(file)
        facts = declared.facts()
        selection = select(load(), role, facts, None)
        ready = cases.implemented(role)
        if ids is None:
            chosen = _to_run(role, selection)
        else:
            chosen = [row.octt_id for row in load().find(ids)]
            missing = [octt_id for octt_id in chosen if octt_id not in ready]
            if missing:
                listed = ", ".join(missing)
                raise RunError(f"no case yet for a {role.words} under test: {listed}")
        return Plan(role, selection, tuple(dict.fromkeys(chosen)), tuple(ids or ()), facts)

    def _decide(self, plan: Plan, keys: dict[str, ConfigKey]) -> Plan:
        """The plan once the configuration of the station is known: no row stays undecided."""
        selection = select(load(), plan.role, plan.facts, keys)
        chosen = plan.cases if plan.requested else tuple(_to_run(plan.role, selection))
        return replace(plan, selection=selection, cases=chosen)

    # --- running ----------------------------------------------------------------------------

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
            selection=tuple(_selection(s, plan) for s in plan.selection),
            resumed_from=resume or "",
        )
        writer = self._store.create(meta)
        verdicts = [Verdict(record.verdict) for record in done]
        with writer, self._bus.listen(writer.event):
            self._publish(run_id, "started", dut=plan.role.value, total=len(plan.cases))
            for record in done:
                writer.case(record)
            try:
                async with self._running(plan, writer) as (run_case, decided):
                    for octt_id in decided.cases:
                        if octt_id not in {r.octt_id for r in done}:
                            verdicts.append(await self._one(run_case, octt_id, decided, writer))
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
        return [c for c in earlier.cases if c.octt_id in wanted and c.verdict in final]

    async def _one(self, run_case: RunCase, octt_id: str, plan: Plan, writer: RunWriter) -> Verdict:
        index = plan.cases.index(octt_id) + 1
        (row,) = load().find([octt_id])
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

    @asynccontextmanager
    async def _running(self, plan: Plan, writer: RunWriter) -> AsyncIterator[tuple[RunCase, Plan]]:
        """What runs a case, and the plan once the device under test has been asked."""
        if plan.role is Role.STATION:
            yield await self._with_station(plan, writer)
            return
        async with self._with_csms() as run_case:
            writer.identity(
                {"identity": self._csms_identity, "vendor": "CSMS", "url": self._csms_url}
            )
            yield run_case, plan

    # --- a station under test ---------------------------------------------------------------

    async def _with_station(self, plan: Plan, writer: RunWriter) -> tuple[RunCase, Plan]:
        bench, csms = self._bench, self._csms
        if bench is None or csms is None:
            raise BenchError("bench", "no bench is open", "start one with: rig up BENCH.yaml")
        await bench.prove()
        self._tell_self_test(bench)
        if not bench.mains.is_on:
            await bench.mains.on()
        csms.replies.heartbeat_interval_s = self._config.parameters.heartbeat_interval
        keys = await self._intake(bench, csms)
        writer.identity(_identity(csms, keys))
        plan = self._decide(plan, keys)
        writer.select(tuple(_selection(s, plan) for s in plan.selection))
        count = keys.get("numberofconnectors")
        reported = max(csms.station.statuses, default=1)
        connectors = int(count.value) if count and count.value.isdigit() else reported

        def make(evidence: Evidence) -> StationCase:
            return StationCase(
                bench, csms, self._clock, evidence, self._config.parameters,
                self._config.edition, connectors=connectors, facts=plan.facts,
            )  # fmt: skip

        runner = StationRunner(make, bench, self._clock)

        async def run_case(octt_id: str, evidence: Evidence, attempt: int) -> CaseRecord:
            case = cast("Case[StationCase]", cases.find(Role.STATION, octt_id))
            return await runner.run(case, _row(octt_id), evidence, attempt)

        return run_case, plan

    def _tell_self_test(self, bench: Bench) -> None:
        """Put on the record of this run what is known about its bench."""
        last = bench.last_self_test
        if last is None:
            self._bus.publish(Kind.BENCH, bench.name, state="self-test-known", made=False)
            return
        self._bus.publish(
            Kind.BENCH, bench.name, state="self-test-known", made=True, utc=last.utc, ok=last.ok,
            steps=[f"{s.device}: {s.what}: {s.detail or 'ok'}" for s in last.steps],
        )  # fmt: skip

    async def _intake(self, bench: Bench, csms: CentralSystem) -> dict[str, ConfigKey]:
        """Wait for the station and read its configuration."""
        timeout_s = self._config.parameters.long_operation_timeout
        if not csms.connected:
            doing = f"wait for {csms.identity} to connect to {csms.url}"
            self._bus.publish(Kind.STEP, "tool", state="waiting", text=doing)
        try:
            async with self._clock.deadline(timeout_s, "station"):
                await csms.wait_registered()
        except DeadlineExceeded:
            await bench.prove()
            raise BenchError(
                "station under test",
                f"not connected and accepted within {timeout_s:g} s" + _refusals(csms),
                f"point it at {csms.url} with the identity {csms.identity}",
            ) from None
        timeout_s = self._config.parameters.message_timeout
        outcome = await csms.call("GetConfiguration", {}, timeout_s)
        listed = outcome.payload.get("configurationKey") if isinstance(outcome, Result) else None
        found: dict[str, ConfigKey] = {}
        for entry in listed if isinstance(listed, list) else []:
            if isinstance(entry, dict):
                value = ConfigKey(str(entry.get("value", "")), bool(entry.get("readonly")))
                found[str(entry.get("key")).casefold()] = value
        return found

    # --- a CSMS under test ------------------------------------------------------------------

    @property
    def _csms_identity(self) -> str:
        under_test = self._config.csms_under_test
        return "CP-RIG-1" if under_test is None else under_test.identity

    @asynccontextmanager
    async def _with_csms(self) -> AsyncIterator[RunCase]:
        under_test = self._config.csms_under_test
        identity = self._csms_identity
        password = None
        if under_test is not None and under_test.password is not None:
            password = under_test.password.get_secret_value()
        async with AsyncExitStack() as stack:
            operator: CsmsOperator
            if under_test is None or under_test.kind == "mock":
                defects = () if under_test is None else under_test.defects
                arguments = ["central-system", "--time-scale", repr(self._clock.scale),
                             "--epoch", repr(self._clock.epoch)]  # fmt: skip
                for defect in defects:
                    arguments += ["--defect", defect]
                mock = MockProcess("mock CSMS", arguments, self._work_dir / "csms.log")
                await stack.enter_async_context(mock)
                self._csms_url = str(mock.ready["url"])
                operator = MockOperator(mock, identity)
            else:
                self._csms_url = under_test.url or ""
                timeout_s = self._config.parameters.long_operation_timeout
                operator = ManualOperator(self._operator, identity, self._clock.real(timeout_s))
            station = PlayedStation(
                self._csms_url, identity, password, self._bus, self._clock, self._work_dir
            )
            await stack.enter_async_context(station)
            yield self._central_cases(station, operator)

    def _central_cases(self, station: PlayedStation, operator: CsmsOperator) -> RunCase:
        def make(evidence: Evidence) -> CentralCase:
            return CentralCase(
                station, operator, self._clock, evidence, self._config.parameters,
                self._config.edition, valid_id_tag=self._id_tag("Accepted"),
                invalid_id_tag=self._id_tag("Invalid"),
            )  # fmt: skip

        runner = CentralRunner(make, self._clock)

        async def run_case(octt_id: str, evidence: Evidence, attempt: int) -> CaseRecord:
            case = cast("Case[CentralCase]", cases.find(Role.CSMS, octt_id))
            return await runner.run(case, _row(octt_id), evidence, attempt)

        return run_case

    def _id_tag(self, status: str) -> str:
        for card in self._config.cards.values():
            if card.status == status:
                return card.id_tag
        raise BenchError("cards", f"no card with status {status}", "add one to the bench file")


def _to_run(role: Role, selection: Sequence[Selection]) -> list[str]:
    ready = cases.implemented(role)
    return [
        s.row.octt_id
        for s in selection
        if s.row.octt_id in ready and (s.applies or not s.decided) and s.executable
    ]


def _row(octt_id: str) -> Row:
    (row,) = load().find([octt_id])
    return row


def _selection(s: Selection, plan: Plan) -> SelectionRecord:
    reason = s.reason
    applies = s.row.octt_id in plan.cases
    if not applies and s.applies and s.executable:
        ready = s.row.octt_id in cases.implemented(plan.role)
        reason = "not asked for in this run" if ready else "applies, but there is no case yet"
    return SelectionRecord(s.row.octt_id, s.row.title, s.obligation.value, applies, reason)


def _identity(csms: CentralSystem, keys: dict[str, ConfigKey]) -> dict[str, Json]:
    (info,) = csms.stations()
    profiles = keys.get("supportedfeatureprofiles")
    return {
        "identity": info.identity,
        "vendor": info.vendor,
        "model": info.model,
        "firmware": info.firmware,
        "profiles": "" if profiles is None else profiles.value,
    }


def _refusals(csms: CentralSystem) -> str:
    """What the Central System has turned away meanwhile, as the end of a sentence."""
    refused = csms.refusals()
    if not refused:
        return ""
    count = "a connection was" if len(refused) == 1 else f"{len(refused)} connections were"
    return f"; {count} refused, the last one: {refused[-1].reason}"
