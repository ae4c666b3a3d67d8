"""Past runs: their cases and reports, and two of them compared."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from rig.client.results import CaseResult, RunInfo, RunLine
from rig.client.wishes import RunWishes
from rig.tui.actions import bindings
from rig.tui.dialogs import Ask, Choose
from rig.tui.mirror import Mirror, Topic
from rig.tui.reporting import open_report, write_report
from rig.tui.screens.base import RigScreen
from rig.tui.story import TONES, verdict_sign
from rig.tui.widgets.lines import LineList
from rig.tui.widgets.results import result_line

FORMS = {"html": "html", "junit": "xml", "json": "json"}


class ReportsScreen(RigScreen):
    """Runs above, the cases of the one under the cursor below (or beside them)."""

    NAME = "reports"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("reports")]

    def __init__(self) -> None:
        super().__init__()
        self._marked = ""
        self._infos: dict[str, RunInfo] = {}

    def body(self) -> ComposeResult:
        """The lists."""
        with Container(id="split"):
            yield LineList[RunLine](
                self._paint_run, lambda run: run.run_id, id="list", classes="panel",
                empty="No run yet; Run (2) is where one is started.",
            )  # fmt: skip
            yield LineList[CaseResult](
                paint_result, lambda case: (case.octt_id, case.variant), id="detail",
                classes="panel", empty="This run has no case with a verdict.",
            )  # fmt: skip

    def on_mount(self) -> None:
        """Begin with the runs."""
        self.query_one("#list").border_title = "Runs, the newest first"
        self.query_one("#detail").border_title = "Cases"
        self.query_one("#list").focus()

    def show(self, _mirror: Mirror, topics: Topic) -> None:
        """Read the list again after a run has begun or ended."""
        if topics & Topic.RUN:
            self.rig.news.look("runs", lambda c: c.runs(), self._learn)

    def _learn(self, runs: tuple[RunLine, ...]) -> None:
        for run in runs:
            known = self._infos.get(run.run_id)
            if known is not None and known.state != run.state:
                del self._infos[run.run_id]
        self.query_one("#list", LineList).set_rows(runs)
        self._show_cases()

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """Show the cases of the run under the cursor."""
        if event.lines.id == "list":
            self._show_cases()

    def _show_cases(self) -> None:
        run = self._run()
        if run is None:
            return
        run_id = run.run_id
        info = self._infos.get(run_id)
        cases = self.query_one("#detail", LineList)
        cases.border_title = Text(f"Cases of {run_id}: Enter says why")
        if info is not None:
            cases.set_rows(info.cases)
            return

        def done(info: RunInfo) -> None:
            if info.state != "running":
                self._infos[run_id] = info
            if (now := self._run()) is not None and now.run_id == run_id:
                cases.set_rows(info.cases)

        self.rig.news.look("cases of a run", lambda c: c.run(run_id), done)

    def _run(self) -> RunLine | None:
        run = self.query_one("#list", LineList).current
        return run if isinstance(run, RunLine) else None

    def _paint_run(self, run: RunLine, width: int) -> Text:
        mark = "●" if run.run_id == self._marked else " "
        done = run.state == "finished"
        sign, tone = verdict_sign(run.verdict if done else "")
        word = run.verdict if done else run.state
        text = Text(f"{mark} {run.started_utc[:16].replace('T', ' ')}  ", no_wrap=True)
        text.append(f"{sign} {word:<14}", style=TONES[tone])
        counts = ", ".join(f"{n} {verdict}" for verdict, n in run.counts.items() if n)
        text.append(f"{run.dut:<8} ")
        if width > 90:
            text.append(f"{run.bench:<12} {run.run_id}  ", style="dim")
        return text.append(counts)

    # -- orders ---------------------------------------------------------------------------------

    def do_open_run(self) -> None:
        """To the cases, and from a case to why."""
        cases, run = self.query_one("#detail", LineList), self._run()
        if self.focused is not cases:
            cases.focus()
        elif run is not None and isinstance(cases.current, CaseResult):
            self.rig.open_case(run.run_id, cases.current.octt_id)

    def do_html(self) -> None:
        """Open the HTML report."""
        if (run := self._run()) is not None:
            open_report(self.rig, run.run_id)

    def do_write(self) -> None:
        """Write a report where the person says."""
        run = self._run()
        if run is None:
            return
        run_id = run.run_id

        def named(form: str, name: str | None) -> None:
            if name:
                write_report(self.rig, run_id, form, Path(name).expanduser())

        def chosen(form: str | None) -> None:
            if form is not None:
                path = Path.cwd() / f"rig-report-{run_id}.{FORMS[form]}"
                dialog = Ask("Write it to", str(path))
                self.rig.push_screen(dialog, lambda name: named(form, name))

        choices = [("html", "HTML, one file"), ("junit", "JUnit XML, for CI"), ("json", "JSON")]
        self.rig.push_screen(Choose(f"Report of {run_id}", choices), chosen)

    def do_mark_run(self) -> None:
        """Mark the run to compare with."""
        if (run := self._run()) is not None:
            self._marked = "" if run.run_id == self._marked else run.run_id
            self.query_one("#list", LineList).repaint()

    def do_compare(self) -> None:
        """With the marked run, or the one before of the same role."""
        run, runs = self._run(), list(self.query_one("#list", LineList).rows)
        if run is None:
            return
        other = self._marked
        if not other:
            older = runs[runs.index(run) + 1 :]
            other = next((r.run_id for r in older if r.dut == run.dut), "")
        if not other or other == run.run_id:
            self.rig.say("There is no other run; Space marks one to compare with.", "warn")
            return
        older_first = sorted((other, run.run_id))
        self.rig.open_comparison(*older_first)

    def do_resume(self) -> None:
        """Go on with a run."""
        run = self._run()
        if run is None:
            return
        run_id, dut = run.run_id, run.dut

        def done(_started: object) -> None:
            self.rig.go("run")

        wishes = RunWishes(resume=run_id)
        self.rig.order("go on with the run", lambda c: c.start(dut, None, wishes), done)


def paint_result(case: CaseResult, width: int) -> Text:
    """A case of a past run."""
    name = f"{case.octt_id:<7} {case.title}" + (f" [{case.variant}]" if case.variant else "")
    held = (case.checks - case.checks_failed, case.checks)
    return result_line(case.verdict, name, held, case.duration_s, width)
