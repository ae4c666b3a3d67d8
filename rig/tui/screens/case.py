"""Why a case ended as it did: its checks, the rules it broke, and its time line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical

from rig.client.evidence import CaseTimeline, TimelineLine
from rig.tui.actions import bindings
from rig.tui.mirror import Mirror, Topic
from rig.tui.reporting import open_report
from rig.tui.screens.base import RigScreen
from rig.tui.story import TONES, verdict_sign
from rig.tui.widgets.facts import Fact, Facts
from rig.tui.widgets.lines import LineList, line_of


@dataclass(frozen=True, slots=True)
class Claim:
    """A check or a broken rule, as a line; the worst come first."""

    sign: str
    tone: str
    text: str
    source: str
    expected: str
    seen: str
    at_s: float
    seqs: tuple[int, ...]


RULE_SOURCES = {
    "D": "status rules of the test procedure, appendix D",
    "S": "table of states of OCPP 1.6",
    "M": "OCPP-J 1.6: frames, answers, times",
}
"""Where a family of rules comes from."""


class CaseScreen(RigScreen):
    """Verdict and cause; checks and rules; what the one under the cursor says; time line."""

    NAME = "case"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("case")]

    def __init__(self) -> None:
        super().__init__()
        self._run_id = ""
        self._octt_id = ""
        self._case: CaseTimeline | None = None

    def open(self, run_id: str, octt_id: str) -> None:
        """Show a case of a run."""
        if (run_id, octt_id) != (self._run_id, self._octt_id):
            self._run_id, self._octt_id, self._case = run_id, octt_id, None

    def body(self) -> ComposeResult:
        """The panels."""
        yield Facts("Case", id="verdict", label_width=9)
        with Container(id="split"):
            with Vertical(id="list"):
                yield LineList[Claim](
                    paint_claim, id="claims", classes="panel",
                    key=lambda claim: (claim.text, claim.at_s),
                    empty="This case made no check.",
                )  # fmt: skip
                yield Facts("", id="claim", label_width=9, framed=False)
            yield LineList[TimelineLine](
                paint_row, lambda row: (row.seq, row.at_s, row.text), id="detail", classes="panel",
                empty="Asking the daemon ...",
            )  # fmt: skip

    def on_mount(self) -> None:
        """Begin with the checks."""
        self.query_one("#claims").border_title = "Checks and rules, the broken ones first"
        self.query_one("#detail").border_title = "Time line"
        self.query_one("#claims").focus()

    def show(self, _mirror: Mirror, _topics: Topic) -> None:
        """Ask for the case once."""
        if self._case is not None or not self._run_id:
            return
        run_id, octt_id = self._run_id, self._octt_id
        self.rig.news.look("case", lambda c: c.timeline(run_id, octt_id), self._learn)

    def _learn(self, case: CaseTimeline) -> None:
        if (case.run_id, case.octt_id) != (self._run_id, self._octt_id):
            return
        self._case = case
        sign, tone = verdict_sign(case.verdict)
        title = f"{case.octt_id} {case.title}" + (f" [{case.variant}]" if case.variant else "")
        panel = self.query_one("#verdict", Facts)
        panel.border_title = Text(title)
        failed = sum(not c.ok for c in case.checks)
        told = f"{len(case.checks) - failed} of {len(case.checks)} checks held"
        if case.findings:
            told += f", {len(case.findings)} broken rule{'s' * (len(case.findings) > 1)}"
        panel.show(
            [Fact("verdict", f"{sign} {case.verdict}   {told}   {case.duration_s:.1f} s", tone)]
            + ([Fact("cause", case.cause)] if case.cause else [])
        )
        claims = self.query_one("#claims", LineList)
        claims.set_rows(claims_of(case))
        self.query_one("#detail", LineList).set_rows(case.rows)
        claims.action_first()
        self._show_claim()

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """The time line goes where the check was made."""
        if event.lines.id == "claims":
            self._show_claim()

    def _show_claim(self) -> None:
        claim = self.query_one("#claims", LineList).current
        panel = self.query_one("#claim", Facts)
        if not isinstance(claim, Claim):
            panel.show([Fact("", "nothing")])
            return
        facts = [Fact("check", claim.text, claim.tone)]
        if claim.expected or claim.seen:
            facts += [Fact("expected", claim.expected), Fact("seen", claim.seen, claim.tone)]
        panel.show([*facts, Fact("source", claim.source)])
        rows = self.query_one("#detail", LineList)
        seqs = set(claim.seqs)
        if not seqs or not rows.go_to(lambda row: row.seq in seqs):
            rows.go_to(lambda row: row.at_s >= claim.at_s)

    def do_message(self) -> None:
        """Go to the message."""
        if self._case is None:
            return
        seq = 0
        if self.focused is not None and self.focused.id == "detail":
            row = self.query_one("#detail", LineList).current
            seq = row.seq if isinstance(row, TimelineLine) else 0
        else:
            claim = self.query_one("#claims", LineList).current
            seq = claim.seqs[-1] if isinstance(claim, Claim) and claim.seqs else 0
        if not seq:
            self.rig.say("No message shows it: it is the absence of one, or was seen at the plug.",
                         "warn")  # fmt: skip
            return
        self.rig.open_frames(self._run_id, self._octt_id, seq)

    def do_case_html(self) -> None:
        """Open the report of the run."""
        open_report(self.rig, self._run_id)

    def do_leave_case(self) -> None:
        """Back."""
        self.rig.go_back()


def claims_of(case: CaseTimeline) -> list[Claim]:
    """Checks and findings of a case, the worst first, then in order of time."""
    claims = [
        Claim(
            "✓" if c.ok else "✗" if c.severity == "error" else "!",
            "" if c.ok else "bad" if c.severity == "error" else "warn",
            c.name, c.requirement, c.expected, c.seen, c.at_s, c.seqs,
        )
        for c in case.checks
    ]  # fmt: skip
    claims += [
        Claim(
            "✗" if f.severity == "fail" else "!",
            "bad" if f.severity == "fail" else "warn",
            f"rule {f.rule}: {f.detail}", RULE_SOURCES.get(f.rule[:1], "OCPP 1.6"), "", "",
            f.at_s, f.seqs,
        )
        for f in case.findings
    ]  # fmt: skip
    worst = {"✗": 0, "!": 1, "✓": 2}
    return sorted(claims, key=lambda c: (worst[c.sign], c.at_s))


def paint_claim(claim: Claim, _width: int) -> Text:
    """A check as a line."""
    return Text(f"{claim.sign} {claim.text}", style=TONES[claim.tone], no_wrap=True)


_SHAPES = {
    "call": "", "result": "dim", "error": "bold red", "malformed": "bold red", "alert": "bold red",
    "step": "dim", "phase": "bold", "note": "dim",
}  # fmt: skip


def paint_row(row: TimelineLine, _width: int) -> Text:
    """A row of the time line of a case; a sign says what it is evidence of."""
    marks = {mark.kind for mark in row.marks}
    sign = "✗" if marks & {"failed", "finding"} else "!" if "warned" in marks else " "
    way = f"{row.source}→{row.target} " if row.source and row.target else f"{row.source or ''} "
    style = "bold red" if sign == "✗" else "dim"
    text = line_of((f"{row.at_s:9.3f} {sign} ", style), (way.lstrip(), "dim"))
    return text.append(f"{row.bold} {row.text}".strip(), style=_SHAPES.get(row.shape, ""))
