"""Stored runs looked at closely: the time line of a case, two runs side by side."""

from __future__ import annotations

from rig.client.evidence import (
    CaseTimeline,
    CheckLine,
    CompareLine,
    FindingLine,
    MarkLine,
    RunComparison,
    TimelineLine,
)
from rig.errors import ConfigError, RunError
from rig.report import build
from rig.report.model import CaseView, TimelineRow
from rig.runs import CaseRecord, RunRecord
from rig.runs.records import VERDICTS


def case_timeline(record: RunRecord, octt_id: str, attempt: int | None) -> CaseTimeline:
    """One execution of a case, or of the intake.

    Args:
        record: of the run.
        octt_id: of the case; "INTAKE".
        attempt: which execution of several, from 1; None for the last.

    Raises:
        RunError: the run has no result of it.
    """
    model = build(record)
    tried_out = [view for run in model.runs for view in run.intake]
    views = [case for case in (*tried_out, *model.cases) if case.octt_id == octt_id]
    chosen = [case for case in views if attempt in (None, case.attempt)]
    if not chosen:
        raise RunError(_missing(record, octt_id, attempt, len(views)))
    view = chosen[-1]
    executions = (*record.intake, *record.cases)
    stored = [c for c in executions if (c.octt_id, c.attempt) == (octt_id, view.attempt)]
    checks, findings = _judged(stored[-1]) if stored else ((), ())
    return CaseTimeline(
        record.run_id,
        view.octt_id,
        view.title,
        view.variant,
        view.attempt,
        len(views),
        view.verdict,
        view.cause,
        view.started_utc,
        round(view.duration_s, 3),
        _rows(view),
        checks,
        findings,
    )


def _missing(record: RunRecord, octt_id: str, attempt: int | None, attempts: int) -> str:
    if attempts:
        return f"run {record.run_id} has {attempts} attempts of case {octt_id}, not {attempt}"
    if record.state == "running":
        return f"case {octt_id} has no result yet; follow it on /v1/events"
    ran = ", ".join(case.octt_id for case in (*record.intake, *record.cases)) or "none"
    return f"run {record.run_id} has no result of case {octt_id}; it has: {ran}"


def _rows(view: CaseView) -> tuple[TimelineLine, ...]:
    return tuple(_row(row) for row in view.rows)


def _row(row: TimelineRow) -> TimelineLine:
    return TimelineLine(
        round(row.at_s, 4),
        row.seq,
        row.shape.value,
        row.bold,
        row.text,
        None if row.source is None else row.source.value,
        None if row.target is None else row.target.value,
        tuple(MarkLine(mark.kind, mark.text) for mark in row.marks),
    )


def _judged(case: CaseRecord) -> tuple[tuple[CheckLine, ...], tuple[FindingLine, ...]]:
    """Checks and findings of the record: unlike the report's they say where the evidence is."""
    start_s = case.t_start_s
    checks = tuple(
        CheckLine(c.name, c.requirement, c.ok, c.severity, c.expected, c.seen, c.kind,
                  round(c.t_s - start_s, 4), c.seqs)
        for c in case.checks
    )  # fmt: skip
    findings = tuple(
        FindingLine(f.rule, f.severity, f.detail, round(f.t_s - start_s, 4), f.seqs)
        for f in case.findings
    )
    return checks, findings


def compare(a: RunRecord, b: RunRecord) -> RunComparison:
    """Two runs of the same kind of device, case by case; of several attempts one counts.

    Raises:
        ConfigError: one tested a station, the other a CSMS.
    """
    if a.meta.dut != b.meta.dut:
        raise ConfigError(
            f"run {a.run_id} tested a {a.meta.dut}, run {b.run_id} a {b.meta.dut}; "
            "choose two runs with the same device under test"
        )
    was = {case.octt_id: case for case in a.results}
    now = {case.octt_id: case for case in b.results}
    names = dict.fromkeys([*was, *now])
    return RunComparison(
        a.run_id, b.run_id, tuple(_compared(was.get(name), now.get(name)) for name in names)
    )


def _compared(was: CaseRecord | None, now: CaseRecord | None) -> CompareLine:
    known = now or was
    assert known is not None, "the case is in one of the runs"  # noqa: S101
    return CompareLine(
        known.octt_id,
        known.title,
        was.verdict if was else "",
        now.verdict if now else "",
        was.cause if was else "",
        now.cause if now else "",
        _change(was, now),
    )


def _change(was: CaseRecord | None, now: CaseRecord | None) -> str:
    if was is None:
        return "new"
    if now is None:
        return "gone"
    if was.verdict == now.verdict:
        return "same"
    return "better" if _badness(now) < _badness(was) else "worse"


def _badness(case: CaseRecord) -> int:
    return VERDICTS.index(case.verdict) if case.verdict in VERDICTS else -1
