"""Choosing cases, running them, and what happens meanwhile."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from rig.client.results import CaseLine, RunStarted
from rig.tui.actions import bindings
from rig.tui.bench_facts import span
from rig.tui.dialogs import Ask
from rig.tui.mirror import CaseRow, Mirror, RunView, Topic
from rig.tui.reporting import open_report
from rig.tui.screens.base import RigScreen
from rig.tui.story import TONES, verdict_sign
from rig.tui.widgets.bars import Bar
from rig.tui.widgets.lines import LineList, line_of
from rig.tui.widgets.results import result_line
from rig.tui.widgets.timeline import Timeline

DUTS = {"station": "station under test", "csms": "CSMS under test"}


class RunScreen(RigScreen):
    """The run in progress or the last one above, the time line below (or beside it)."""

    NAME = "run"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("run")]

    def __init__(self) -> None:
        super().__init__()
        self._choosing: bool | None = None  # None until it is known whether there is a run
        self._dut = "station"
        self._catalogue: dict[str, tuple[CaseLine, ...]] = {}
        self._marked: dict[str, set[str]] = {"station": set(), "csms": set()}
        self._filter = ""
        self._shown_run = ""

    def body(self) -> ComposeResult:
        """What goes on, cases, time line."""
        yield Bar(id="now")
        yield Bar(id="doing")
        with Container(id="running"):
            yield LineList[CaseRow](
                self._paint_case, lambda case: case.octt_id, id="cases", classes="panel",
                empty="The run has begun; its first case comes when the station is ready.",
            )  # fmt: skip
            yield LineList[CaseLine](
                self._paint_choice, lambda case: case.octt_id, id="choices", classes="panel",
                empty="Asking the daemon for its cases ...",
            )  # fmt: skip
            yield Timeline(
                "Time line", "Nothing yet. Relays, pilot, cards, messages and rules come here.",
                id="timeline",
            )  # fmt: skip

    def on_mount(self) -> None:
        """Begin with what there is."""
        self.query_one("#cases").display = False
        self.query_one("#choices").focus()

    # -- drawing ------------------------------------------------------------------------------

    def show(self, mirror: Mirror, topics: Topic) -> None:
        """Draw what has changed."""
        if topics & Topic.LINES:
            self.query_one("#timeline", Timeline).show(mirror)
        if topics & (Topic.RUN | Topic.STATUS):
            running = mirror.run is not None and mirror.run.state == "running"
            run_id = mirror.run.run_id if mirror.run is not None and running else ""
            begun = bool(run_id) and run_id != self._shown_run
            if mirror.status is not None and (
                self._choosing is None or (begun and not self._marked[self._dut])
            ):
                self._choose(not running)
            self._shown_run = run_id or self._shown_run
            self._show_run(mirror.run)
            self._load_catalogue()
            self.tick()

    def tick(self) -> None:
        """Time passes."""
        run = self.rig.mirror.run
        now, doing = self.query_one("#now", Bar), self.query_one("#doing", Bar)
        if self._choosing or run is None:
            now.show(self._choice_text())
            doing.show(Text(" Space marks, g runs the marked cases, / filters, d changes the role",
                            style="dim"))  # fmt: skip
            return
        now.show(_headline(run))
        if run.state == "running":
            news = self.rig.news
            doing.show(_progress(run, news.lab_now_s, news.expected_s.get(run.current)))
        else:
            told = " Enter says why a case ended so, o opens the report, n chooses new cases"
            doing.show(Text(told, style="dim"))

    def _show_run(self, run: RunView | None) -> None:
        cases = self.query_one("#cases", LineList)
        if run is None:
            cases.set_rows(())
            return
        grown = len(run.cases) > len(cases.rows)
        at_end = cases.at_end
        cases.set_rows(run.cases)
        if grown and at_end and run.cases:
            cases.action_last()
        cases.border_title = Text(f"Run {run.run_id}")

    def _choose(self, choosing: bool) -> None:
        self._choosing = choosing
        cases, choices = self.query_one("#cases"), self.query_one("#choices")
        had_focus = self.focused in (cases, choices)
        cases.display, choices.display = not choosing, choosing
        if had_focus or self.focused is None:
            (choices if choosing else cases).focus()
        self._show_choices()
        self.tick()

    def _load_catalogue(self) -> None:
        dut = self._dut
        if not self._choosing or dut in self._catalogue or not self.rig.news.is_connected:
            return

        def done(cases: tuple[CaseLine, ...]) -> None:
            self._catalogue[dut] = cases
            self._show_choices()

        self.rig.news.look(f"cases of {dut}", lambda c: c.cases(dut), done)

    def _visible(self) -> list[CaseLine]:
        known = self._catalogue.get(self._dut, ())
        wanted = self._filter.casefold()
        return [
            c for c in known
            if c.applies and c.implemented
            and wanted in f"{c.octt_id} {c.title} {c.feature}".casefold()
        ]  # fmt: skip

    def _show_choices(self) -> None:
        choices = self.query_one("#choices", LineList)
        if self._dut in self._catalogue:
            choices.empty = (
                f"No case has {self._filter!r} in it; / changes the filter."
                if self._filter
                else "No case applies to this device; see its PICS file."
            )
        choices.set_rows(self._visible())
        filtered = f", filter {self._filter!r}" if self._filter else ""
        choices.border_title = Text(f"Cases for a {DUTS[self._dut]}{filtered}")
        self._count_marks()

    def _count_marks(self) -> None:
        choices = self.query_one("#choices", LineList)
        choices.border_subtitle = Text(
            f"{len(self._marked[self._dut])} of {len(choices.rows)} marked"
        )
        choices.repaint()

    def _choice_text(self) -> Text:
        run = self.rig.mirror.run
        text = line_of((" Choose cases", "bold"))
        if run is not None and run.verdict:
            sign, tone = verdict_sign(run.verdict)
            text.append(f"   last run {run.run_id} ", style="dim")
            text.append(f"{sign} {run.verdict}", style=TONES[tone])
        return text

    def _paint_choice(self, case: CaseLine, width: int) -> Text:
        mark = "[x]" if case.octt_id in self._marked[self._dut] else "[ ]"
        text = Text(f"{mark} {case.octt_id:<7} ", no_wrap=True)
        text.append(case.title)
        if width > 80:
            text.pad_right(max(0, width - text.cell_len - len(case.feature)))
            text.append(case.feature, style="dim")
        return text

    def _paint_case(self, case: CaseRow, width: int) -> Text:
        run = self.rig.mirror.run
        running = run is not None and run.current == case.octt_id
        verdict = "running" if running else case.verdict
        name = f"{case.octt_id:<7} {case.title}"
        return result_line(
            verdict, name, (case.checks - case.checks_failed, case.checks), case.duration_s, width
        )

    # -- orders -------------------------------------------------------------------------------

    def do_mark(self) -> None:
        """Mark the case under the cursor, and go to the next."""
        choices = self.query_one("#choices", LineList)
        case = choices.current
        if self._choosing and isinstance(case, CaseLine):
            self._marked[self._dut] ^= {case.octt_id}
            self._count_marks()
            choices.action_move(1)

    def do_mark_all(self) -> None:
        """All that are shown, or none of them."""
        shown = {case.octt_id for case in self._visible()}
        marked = self._marked[self._dut]
        self._marked[self._dut] = marked - shown if shown <= marked else marked | shown
        self._count_marks()

    def do_start(self) -> None:
        """Run what is marked."""
        if not self._choosing:
            self.rig.say("n shows the catalogue, to choose cases from.", "warn")
            return
        marked, dut = self._marked[self._dut], self._dut
        cases = [c.octt_id for c in self._catalogue.get(dut, ()) if c.octt_id in marked]
        case = self.query_one("#choices", LineList).current
        if not cases and isinstance(case, CaseLine):
            cases = [case.octt_id]
        if not cases:
            self.rig.say("No case is marked.", "warn")
            return

        def done(started: RunStarted) -> None:
            self._marked[dut] = set()
            self._choose(False)
            count = len(started.cases)
            self.rig.say(f"✓ run {started.run_id} of {count} case{'s' * (count != 1)} has begun")

        self.rig.order("start the run", lambda c: c.start(dut, cases), done)

    def do_choose(self) -> None:
        """Back to the catalogue, or to the run."""
        self._choose(not self._choosing if self.rig.mirror.run is not None else True)
        self._load_catalogue()

    def do_dut(self) -> None:
        """The other role."""
        self._dut = "csms" if self._dut == "station" else "station"
        self._choose(True)
        self._load_catalogue()

    def do_filter_cases(self) -> None:
        """Ask for a text."""

        def done(text: str | None) -> None:
            if text is not None:
                self._filter = text.strip()
                self._choose(True)

        hint = "a word of the title, a number, or a feature; empty shows all"
        self.rig.push_screen(Ask("Show only cases with", self._filter, hint), done)

    def do_run_html(self) -> None:
        """Open the report of the run that is shown."""
        if (run := self.rig.mirror.run) is not None and run.run_id:
            open_report(self.rig, run.run_id)
        else:
            self.rig.say("No run is shown; 6 has those of the past.", "warn")

    def do_why(self) -> None:
        """Checks, rules and time line of a case."""
        case: object = self.query_one("#cases", LineList).current
        run = self.rig.mirror.run
        if self._choosing or run is None or not isinstance(case, CaseRow):
            self.do_mark()
        elif not case.verdict:
            self.rig.say(f"{case.octt_id} has no verdict yet.", "warn")
        else:
            self.rig.open_case(run.run_id, case.octt_id)


def _headline(run: RunView) -> Text:
    if run.state != "running":
        sign, tone = verdict_sign(run.verdict)
        text = line_of((f" {sign} {run.verdict or 'ended'}", TONES[tone]))
        counts: dict[str, int] = {}
        for case in run.cases:
            counts[case.verdict] = counts.get(case.verdict, 0) + 1
        told = ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if verdict)
        return text.append(f"  {told}" if told else "")
    if not run.current:
        return Text(f" ▶ {run.index}/{run.total}  getting the station ready", style="bold")
    current = run.case(run.current)
    title = current.title if current is not None else ""
    return Text(f" ▶ {run.index}/{run.total} {run.current}  {title}", style="bold")


def _progress(run: RunView, now_s: float, expected_s: float | None) -> Text:
    spent = span(max(0.0, now_s - run.began_s)) if run.current and run.began_s else ""
    about = f" of about {span(expected_s)}" if spent and expected_s else ""
    phase = {"preparation": "preparing", "cleanup": "cleaning up"}.get(run.phase, "")
    step = f"… {run.step}" if run.step else ""
    return Text(" " + "  ".join(filter(None, (spent + about, phase, step))), style="dim")
