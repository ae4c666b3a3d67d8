"""The run store as the API shows it, and the reports made from it."""

from __future__ import annotations

from collections.abc import Sequence

from rig.client.errors import OF_VERDICT
from rig.client.evidence import CaseTimeline, FramePage, RunComparison
from rig.client.results import CaseResult, DutChange, RunInfo, RunLine
from rig.daemon.frames import FrameQuery, page
from rig.daemon.looking import case_timeline, compare
from rig.report import build, html, json, junit
from rig.runs import RunStore
from rig.runs.attempts import that_count
from rig.runs.records import CaseRecord

RENDER = {"html": html.render, "junit": junit.render, "json": json.render}


class Archive:
    """Finished and unfinished runs.

    Attributes:
        store: the run store itself, for who writes to it.
    """

    def __init__(self, store: RunStore) -> None:
        self.store = store

    def recover(self) -> Sequence[str]:
        """Declare runs that a dead daemon left open as interrupted; their ids."""
        return self.store.recover()

    def lines(self) -> tuple[RunLine, ...]:
        """Every run, newest first."""
        return tuple(
            RunLine(s.run_id, s.dut, s.bench, s.state, s.verdict, s.started_utc, dict(s.counts))
            for s in self.store.list()
        )

    def info(self, run_id: str) -> RunInfo:
        """One run.

        Raises:
            RunError: there is no such run.
        """
        record = self.store.load(run_id)
        meta = record.meta
        return RunInfo(
            meta.run_id,
            meta.dut,
            meta.bench,
            record.state,
            record.verdict,
            record.cause,
            meta.started_utc,
            record.finished_utc,
            meta.simulated,
            meta.time_scale,
            meta.requested,
            OF_VERDICT.get(record.verdict) if record.state != "running" else None,
            _results(record.cases),
            _results(record.intake)[-1] if record.intake else None,
            meta.edition,
            max(1, len(record.sessions)),
            tuple(
                DutChange(c.kind, c.detail, c.where, c.consequence, c.accepted)
                for c in record.changes
            ),
        )

    def frames(self, run_id: str, query: FrameQuery) -> FramePage:
        """OCPP-J messages of a run."""
        return page(self.store.load(run_id).events(), query)

    def timeline(self, run_id: str, octt_id: str, attempt: int | None) -> CaseTimeline:
        """One execution of a case in order of time."""
        return case_timeline(self.store.load(run_id), octt_id, attempt)

    def compare(self, run_a: str, run_b: str) -> RunComparison:
        """Two runs, case by case."""
        return compare(self.store.load(run_a), self.store.load(run_b))

    def report(self, run_ids: Sequence[str], form: str) -> str:
        """A report over one or more runs; `form` is a key of `RENDER`."""
        model = build(*(self.store.load(run_id) for run_id in run_ids))
        return RENDER[form](model)


def _results(cases: Sequence[CaseRecord]) -> tuple[CaseResult, ...]:
    counted = {id(case) for case in that_count(cases)}
    return tuple(_case(case, counts=id(case) in counted) for case in cases)


def _case(case: CaseRecord, *, counts: bool) -> CaseResult:
    return CaseResult(
        case.octt_id,
        case.title,
        case.dut,
        case.verdict,
        case.cause,
        round(case.t_end_s - case.t_start_s, 1),
        len(case.checks),
        sum(not check.ok and check.severity == "error" for check in case.checks),
        len(case.findings),
        case.variant,
        case.attempt,
        case.occasion,
        case.result,
        case.failed_as,
        counts,
    )
