"""Two runs, case by case."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType

from rig.client.evidence import CompareLine, RunComparison
from rig.tui.actions import bindings
from rig.tui.mirror import Mirror, Topic
from rig.tui.screens.base import RigScreen
from rig.tui.story import TONES, verdict_sign
from rig.tui.widgets.facts import Fact, Facts
from rig.tui.widgets.lines import LineList, line_of

CHANGES = {
    "worse": ("▼", "bad"), "better": ("▲", "good"), "new": ("+", ""), "gone": ("-", "warn"),
    "same": ("=", "dim"),
}  # fmt: skip
ORDER = ("worse", "better", "gone", "new", "same")


class CompareScreen(RigScreen):
    """What got worse comes first."""

    NAME = "compare"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("compare")]

    def __init__(self) -> None:
        super().__init__()
        self._wanted = ("", "")
        self._seen: RunComparison | None = None
        self._only_changes = False

    def open(self, run_a: str, run_b: str) -> None:
        """Show two runs, the older one first."""
        self._wanted, self._seen = (run_a, run_b), None

    def body(self) -> ComposeResult:
        """Rows, and the causes of the one under the cursor."""
        yield LineList[CompareLine](
            paint_change, lambda row: row.octt_id, id="changes", classes="panel",
            empty="Asking the daemon ...",
        )  # fmt: skip
        yield Facts("Causes", id="causes", label_width=8)

    def on_mount(self) -> None:
        """Begin with the rows."""
        self.query_one("#changes").focus()

    def show(self, _mirror: Mirror, _topics: Topic) -> None:
        """Ask once."""
        run_a, run_b = self._wanted
        if self._seen is None and run_a:
            self.rig.news.look("compare", lambda c: c.compare(run_a, run_b), self._learn)

    def _learn(self, seen: RunComparison) -> None:
        self._seen = seen
        rows = self.query_one("#changes", LineList)
        kept = [r for r in seen.rows if r.change != "same" or not self._only_changes]
        rows.empty = "Nothing has changed; Space shows all cases."
        rows.set_rows(sorted(kept, key=lambda r: ORDER.index(r.change)))
        rows.border_title = Text(f"{seen.run_a} → {seen.run_b}")
        counts = {word: sum(r.change == word for r in seen.rows) for word in ORDER}
        rows.border_subtitle = ", ".join(
            f"{CHANGES[word][0]} {count} {word}" for word, count in counts.items() if count
        )
        self._show_causes()

    def on_line_list_moved(self, _event: LineList.Moved) -> None:
        """Show the causes."""
        self._show_causes()

    def _show_causes(self) -> None:
        row = self.query_one("#changes", LineList).current
        if isinstance(row, CompareLine):
            self.query_one("#causes", Facts).show(
                [Fact("before", row.cause_a or "nothing to tell"),
                 Fact("after", row.cause_b or "nothing to tell")]
            )  # fmt: skip

    def do_compared_case(self) -> None:
        """Why the case ended so."""
        row = self.query_one("#changes", LineList).current
        if isinstance(row, CompareLine) and self._seen is not None:
            run_id = self._seen.run_b if row.verdict_b else self._seen.run_a
            self.rig.open_case(run_id, row.octt_id)

    def do_only_changes(self) -> None:
        """Only changes, or all."""
        self._only_changes = not self._only_changes
        if self._seen is not None:
            self._learn(self._seen)

    def do_leave_compare(self) -> None:
        """Back to the runs."""
        self.rig.go_back()


def paint_change(row: CompareLine, width: int) -> Text:
    """A case in two runs."""
    sign, tone = CHANGES[row.change]
    text = line_of((f"{sign} {row.change:<7}", TONES[tone]))
    title = Text(f"{row.octt_id:<7} {row.title}", no_wrap=True)
    title.truncate(max(8, width - 9 - 28), overflow="ellipsis", pad=True)
    text.append_text(title)
    before, after = _verdict(row.verdict_a), _verdict(row.verdict_b)
    return text.append(" ").append_text(before).append("→ ").append_text(after)


def _verdict(verdict: str) -> Text:
    if not verdict:
        return Text(f"{'– not run':<12}", style="dim")
    sign, tone = verdict_sign(verdict)
    return Text(f"{sign} {verdict:<10}", style=TONES[tone])
