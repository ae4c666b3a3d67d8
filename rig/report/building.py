"""Makes the report model from run records."""

from __future__ import annotations

import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace

from rig.events import Event, Kind
from rig.jsontypes import Json
from rig.report import limits, timeline, words
from rig.report.messages import Messages
from rig.report.model import (
    CaseView,
    ChangeView,
    CheckView,
    Evidence,
    FindingView,
    FrameView,
    Mark,
    ReportModel,
    RowView,
    RunView,
    SessionView,
)
from rig.runs import CaseRecord, CheckRecord, FindingRecord, RunRecord
from rig.runs.attempts import that_count
from rig.runs.journal import Damage
from rig.runs.records import VERDICTS, case_from_json, to_json, worst
from rig.runs.redact import MASK, Redactor

_IDENTITY = {
    "vendor": "Vendor",
    "chargePointVendor": "Vendor",
    "model": "Model",
    "chargePointModel": "Model",
    "firmware": "Firmware",
    "firmwareVersion": "Firmware",
    "identity": "Identity",
    "serial": "Serial number",
    "chargePointSerialNumber": "Serial number",
    "chargeBoxSerialNumber": "Charge box serial number",
    "meterType": "Meter",
    "url": "URL",
    "profiles": "Profiles",
    "configuration": "Configuration (digest)",
}


def build(record: RunRecord, *more: RunRecord) -> ReportModel:
    """The report of one or more runs, free of secrets.

    Raises:
        OSError: a run cannot be read.
    """
    built = [_Run(number, run) for number, run in enumerate((record, *more), 1)]
    views = tuple(b.view() for b in built)
    counts = Counter(case.verdict for view in views for case in view.results)
    order = [*reversed(VERDICTS), *sorted(counts.keys() - set(VERDICTS))]
    verdicts = [view.verdict or "RUNNING" for view in views]
    overall = "RUNNING" if "RUNNING" in verdicts else worst(verdicts)
    if set(verdicts) == {"NOT APPLICABLE"}:
        overall = "NOT APPLICABLE"
    return ReportModel(
        _title(views),
        overall,
        tuple((verdict, counts[verdict]) for verdict in order if counts[verdict]),
        views,
        limits.of(views, [b.facts() for b in built]),
    )


def _title(views: tuple[RunView, ...]) -> str:
    names = list(dict.fromkeys(view.name for view in views))
    return " and ".join(names)


class _Run:
    """One record on its way to a view."""

    def __init__(self, number: int, record: RunRecord) -> None:
        self._number = number
        self._record = record
        self._redact = Redactor()
        self._damage = Damage(record.damage.torn, record.damage.lost)
        self._events = self._read()
        self._seqs = [event.seq for event in self._events]
        self._by_seq = {event.seq: event for event in self._events}
        dut, tool = timeline.sides(record.meta.dut)
        self._messages = Messages(number, dut, tool)
        self._cited: set[int] = set()
        self._marks: dict[int, list[Mark]] = defaultdict(list)

    def _read(self) -> list[Event]:
        events = list(self._record.events(self._damage))
        for event in events:  # first what is secret, then where it shows
            if event.kind == Kind.FRAME:
                self._redact.raw(str(event.data.get("raw", "")))
        clean = [replace(event, data=self._redact.members(event.data)) for event in events]
        return sorted(clean, key=lambda event: event.seq)

    def view(self) -> RunView:
        record, meta = self._record, self._record.meta
        cases = [self._clean(case) for case in record.cases]
        if (broken_off := record.broken_off()) is not None:
            cases.append(self._clean(broken_off))
        intake = [self._clean(case) for case in record.intake]
        judged = [self._judge(f"c{index}", case) for index, case in enumerate(cases, 1)]
        tried = [self._judge(f"i{index}", case) for index, case in enumerate(intake, 1)]
        frames = self._frames([*intake, *cases])
        counted = {id(case) for case in that_count(cases)}
        identity = _identity(self._redact.members(record.identity))
        names = dict(identity)
        name = " ".join(names[k] for k in ("Vendor", "Model") if names.get(k))
        ran = {case.octt_id for case in cases}
        return RunView(
            self._number,
            record.run_id,
            meta.dut,
            name or names.get("Identity") or ("CSMS" if meta.dut == "csms" else "Charging station"),
            meta.bench,
            record.state,
            record.verdict,
            self._redact.text(record.cause),
            meta.started_utc,
            record.finished_utc,
            meta.simulated,
            meta.time_scale,
            meta.tool_version,
            self._run_facts(),
            identity,
            tuple(
                self._case(c, *j, frames, counts=id(c) in counted)
                for c, j in zip(cases, judged, strict=True)
            ),
            self._not_run(ran),
            tuple(
                RowView(s.octt_id, s.title, s.obligation, s.reason)
                for s in meta.selection
                if not s.applies and s.octt_id not in ran
            ),
            self._outside([*intake, *cases], frames),
            tuple(self._case(c, *j, frames) for c, j in zip(intake, tried, strict=True)),
            tuple(
                ChangeView(c.kind, self._redact.text(c.detail), c.where, c.consequence, c.utc,
                           c.accepted)
                for c in record.changes
            ),
            tuple(
                SessionView(s.occasion, s.started_utc, s.tool_version, s.asked, s.accept_changes)
                for s in record.sessions
            ),
        )  # fmt: skip

    def facts(self) -> limits.Facts:
        """What the limits of the report depend on, beside the view."""
        mocks = {e.source.removeprefix("mock+") for e in self._events if e.source[:5] == "mock+"}
        masked = sum(MASK in str(e.data.get("raw", "")) for e in self._events)
        warnings = dict.fromkeys(
            (str(e.data.get("device")), str(e.data.get("cause")))
            for e in self._events
            if e.kind == Kind.BENCH and e.data.get("state") == "warning"
        )
        return limits.Facts(tuple(sorted(mocks)), masked, self._damage, tuple(warnings))

    # --- cases ------------------------------------------------------------------------------

    def _clean(self, case: CaseRecord) -> CaseRecord:
        return case_from_json(self._redact.members(to_json(case)))

    def _judge(
        self, place: str, case: CaseRecord
    ) -> tuple[str, tuple[CheckView, ...], tuple[FindingView, ...]]:
        anchor = f"r{self._number}-{place}"
        checks = tuple(
            self._check(f"{anchor}-k{n}", c, case.t_start_s) for n, c in enumerate(case.checks, 1)
        )
        findings = tuple(
            self._finding(f"{anchor}-f{n}", f, case.t_start_s)
            for n, f in enumerate(case.findings, 1)
        )
        return anchor, checks, findings

    def _check(self, anchor: str, check: CheckRecord, start_s: float) -> CheckView:
        state = "ok" if check.ok else "warned" if check.severity == "warn" else "failed"
        self._cited.update(check.seqs)
        if state != "ok":
            for seq in check.seqs:
                self._marks[seq].append(Mark(state, check.name, anchor))
        return CheckView(
            anchor,
            state,
            check.name,
            check.requirement,
            check.expected,
            check.seen,
            check.kind,
            check.t_s - start_s,
            self._evidence(check.seqs, start_s),
        )

    def _finding(self, anchor: str, finding: FindingRecord, start_s: float) -> FindingView:
        self._cited.update(finding.seqs)
        for seq in finding.seqs:
            self._marks[seq].append(Mark("finding", finding.rule, anchor))
        family = "StatusNotification rule, appendix D"
        if not finding.rule.startswith("D"):
            family = "message rule"
        return FindingView(
            anchor,
            finding.rule,
            family,
            finding.severity,
            finding.detail,
            self._evidence(finding.seqs, start_s),
        )

    def _evidence(self, seqs: Iterable[int], start_s: float) -> tuple[Evidence, ...]:
        found = []
        for seq in seqs:
            event = self._by_seq.get(seq)
            if event is None:
                continue
            at = words.stamp(event.t_s - start_s)
            if event.kind == Kind.FRAME:
                found.append(Evidence(at, self._messages.anchor(seq)))
            else:
                found.append(Evidence(f"{at} {timeline.place(event.kind)}", ""))
        return tuple(found)

    def _case(
        self,
        case: CaseRecord,
        anchor: str,
        checks: tuple[CheckView, ...],
        findings: tuple[FindingView, ...],
        frames: dict[int, FrameView],
        *,
        counts: bool = True,
    ) -> CaseView:
        events = self._between(case.first_seq, case.last_seq)
        own = {e.seq: frames[e.seq] for e in events if e.kind == Kind.FRAME}
        return CaseView(
            anchor,
            case.octt_id,
            case.title,
            case.dut,
            case.feature,
            case.obligation,
            case.variant,
            case.attempt,
            case.verdict,
            case.tool_verdict,
            case.result,
            case.cause,
            case.started_utc,
            case.duration_s,
            checks,
            findings,
            tuple(own.values()),
            timeline.rows(events, own, checks, case.t_start_s, case.dut),
            timeline.lanes(case.dut),
            timeline.prompts(events, case.t_start_s),
            case.failed_as,
            case.occasion,
            counts,
            case.edition_id,
        )

    # --- frames -----------------------------------------------------------------------------

    def _frames(self, cases: list[CaseRecord]) -> dict[int, FrameView]:
        """Every frame of the run, its time counted from the start of its case."""
        starts = sorted((c.first_seq, c.last_seq, c.t_start_s) for c in cases)
        firsts = [first for first, _, _ in starts]
        begin_s = self._events[0].t_s if self._events else 0.0
        found: dict[int, FrameView] = {}
        for event in self._events:
            if event.kind != Kind.FRAME:
                continue
            place = bisect.bisect_right(firsts, event.seq) - 1
            inside = place >= 0 and event.seq <= starts[place][1]
            start_s = starts[place][2] if inside else begin_s
            marks = tuple(self._marks.get(event.seq, ()))
            cited = event.seq in self._cited
            found[event.seq] = self._messages.view(event, start_s, marks, cited)
        return found

    def _outside(
        self, cases: list[CaseRecord], frames: dict[int, FrameView]
    ) -> tuple[FrameView, ...]:
        inside: set[int] = set()
        for case in cases:
            inside.update(e.seq for e in self._between(case.first_seq, case.last_seq))
        return tuple(frame for seq, frame in frames.items() if seq not in inside)

    def _between(self, first: int, last: int) -> list[Event]:
        low = bisect.bisect_left(self._seqs, first)
        return self._events[low : bisect.bisect_right(self._seqs, last)]

    # --- header -----------------------------------------------------------------------------

    def _run_facts(self) -> tuple[tuple[str, str], ...]:
        record, meta = self._record, self._record.meta
        speed = "real time" if meta.time_scale == 1 else f"lab time, ×{meta.time_scale:g}"
        facts = [
            ("Device under test", "CSMS" if meta.dut == "csms" else "charging station"),
            ("Run", record.run_id),
            ("Bench", meta.bench),
            ("Devices", "simulated" if meta.simulated else "real"),
            ("Time", speed),
            ("Started", words.day_and_time(meta.started_utc)),
            ("Ended", words.day_and_time(record.finished_utc)),
            ("Asked for", ", ".join(meta.requested) or "all that apply"),
            ("Tool", f"evse-rig {meta.tool_version}"),
        ]
        if meta.edition:
            facts.append(("Edition of the tests", meta.edition))
        if len(record.sessions) > 1:
            facts.append(("Made in", words.plural(len(record.sessions), "session")))
        if meta.dut == "station" and not record.intake and not meta.requested:
            facts.append(("Intake", "not made"))
        if meta.dut == "station":
            facts.append(("Self-test of the bench", self._self_test()))
        return tuple(facts)

    def _self_test(self) -> str:
        """What the bench knew about itself when the run began."""
        known = [e for e in self._events if e.data.get("state") == "self-test-known"]
        if not known or not known[-1].data.get("made"):
            return "none since the bench was opened"
        data = known[-1].data
        steps = data.get("steps")
        told = words.plural(len(steps), "step") if isinstance(steps, list) else ""
        outcome = "passed" if data.get("ok") else "failed"
        return f"{outcome}, {told}, {words.day_and_time(str(data.get('utc', '')))}"

    def _not_run(self, ran: set[str]) -> tuple[RowView, ...]:
        meta = self._record.meta
        found = []
        for row in meta.selection:
            if not row.applies or row.octt_id in ran:
                continue
            if meta.requested and row.octt_id not in meta.requested:
                reason = f"applies ({row.reason}), was not asked for"
            elif self._record.cause:
                reason = f"applies ({row.reason}), was not run: {self._record.cause}"
            else:
                reason = f"applies ({row.reason}), has no result"
            found.append(RowView(row.octt_id, row.title, row.obligation, reason))
        return tuple(found)


def _identity(said: dict[str, Json]) -> tuple[tuple[str, str], ...]:
    facts: dict[str, str] = {}
    for key, value in said.items():
        if value not in (None, "", [], {}):
            facts.setdefault(_IDENTITY.get(key, key), str(value))
    first = [label for label in dict.fromkeys(_IDENTITY.values()) if label in facts]
    return tuple((label, facts[label]) for label in [*first, *(facts.keys() - set(first))])
