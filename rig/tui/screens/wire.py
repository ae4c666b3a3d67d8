"""Every OCPP message, with filter and JSON."""

from __future__ import annotations

from itertools import islice
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.widgets import Static

from rig.client.evidence import FrameLine, FramePage
from rig.client.frames import fits, pretty
from rig.tui.actions import bindings
from rig.tui.dialogs import Ask
from rig.tui.mirror import FRAMES_KEPT, Mirror, Topic
from rig.tui.screens.base import RigScreen
from rig.tui.story import arrow
from rig.tui.widgets.lines import LineList, line_of

PAGE = 5000
"""Messages of a case that are shown at most; a case has some dozens."""

_STYLES = {"CALL": "", "CALLRESULT": "dim", "CALLERROR": "bold red", "malformed": "bold red"}
_ENDS = {"CALL": "", "CALLRESULT": ".conf", "CALLERROR": " CALLERROR", "malformed": " malformed"}


class WireScreen(RigScreen):
    """Messages above, the JSON of the one under the cursor below (or beside it)."""

    NAME = "wire"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("wire")]

    def __init__(self) -> None:
        super().__init__()
        self._filter = ""
        self._source: tuple[str, str] | None = None  # run and case; None for what happens now
        self._seq = 0
        self._mirror: Mirror | None = None
        self._seen = 0

    def body(self) -> ComposeResult:
        """List and JSON."""
        with Container(id="split"):
            yield LineList[FrameLine](
                paint_frame, lambda frame: frame.seq, id="list", classes="panel", follow=True,
                limit=FRAMES_KEPT,
                empty="No message yet. They come when the station is connected: see Bench (1).",
            )  # fmt: skip
            with VerticalScroll(id="detail", classes="panel"):
                yield Static("", id="json", markup=False)

    def on_mount(self) -> None:
        """Begin with the list."""
        self.query_one("#list").border_title = "OCPP messages"
        self.query_one("#detail").border_title = "JSON"
        self.query_one("#list").focus()

    def open(self, run_id: str, octt_id: str, seq: int) -> None:
        """Show the messages of a case of a run, with the cursor on or after event `seq`."""
        self._source, self._seq, self._filter, self._mirror = (run_id, octt_id), seq, "", None

    def show(self, mirror: Mirror, topics: Topic) -> None:
        """Draw new messages."""
        if self._source is not None:
            self._show_stored(mirror, *self._source)
            return
        if not topics & Topic.FRAMES:
            return
        frames = self.query_one("#list", LineList)
        if mirror is not self._mirror:
            self._mirror = mirror
            frames.set_rows([f for f in mirror.frames if self._wanted(f)])
        elif fresh := min(mirror.frames_seen - self._seen, len(mirror.frames)):
            new = islice(mirror.frames, len(mirror.frames) - fresh, None)
            frames.append([f for f in new if self._wanted(f)])
        self._seen = mirror.frames_seen
        self._place_text(frames)

    def _show_stored(self, mirror: Mirror, run_id: str, octt_id: str) -> None:
        if mirror is self._mirror:
            return
        self._mirror, words = mirror, self._filter
        frames = self.query_one("#list", LineList)
        frames.empty = "This case has no message with this text." if words else "No message."

        def done(page: FramePage) -> None:
            if self._source == (run_id, octt_id):
                frames.set_rows(page.frames)
                frames.go_to(lambda frame: frame.seq >= self._seq)
                self._place_text(frames)

        self.rig.news.look(
            "frames",
            lambda c: c.frames(run_id, octt_id=octt_id, words=words, limit=PAGE),
            done,
        )

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """Show the JSON of the message under the cursor."""
        frame = event.lines.current
        if isinstance(frame, FrameLine):
            self.query_one("#json", Static).update(pretty(frame.raw))
            self.query_one("#detail").border_title = Text(f"{frame.utc} #{frame.seq}")
        self._place_text(event.lines)

    def _place_text(self, frames: LineList[FrameLine]) -> None:
        told = f" with {self._filter!r}" if self._filter else ""
        if self._source is not None:
            run_id, octt_id = self._source
            frames.border_title = Text(
                f"{len(frames.rows)} messages of {octt_id}, run {run_id}{told}"
            )
            frames.border_subtitle = "v shows those of now, Esc goes back"
            return
        below = len(frames.rows) - 1 - frames.index
        frames.border_subtitle = "following" if frames.at_end else f"{below} more: End follows"
        frames.border_title = Text(f"{len(frames.rows)} OCPP messages{told}")

    def _wanted(self, frame: FrameLine) -> bool:
        return all(fits(frame, word) for word in self._filter.casefold().split())

    def do_filter_frames(self) -> None:
        """Ask for a text."""

        def done(text: str | None) -> None:
            if text is not None:
                self._filter = text.strip()
                self._mirror = None
                self.query_one(
                    "#list", LineList
                ).empty = f"No message with {self._filter!r}; / changes the filter."
                self.rig.redraw()

        hint = "words that must all be in it: an action, a value; empty shows all"
        self.rig.push_screen(Ask("Show only messages with", self._filter, hint), done)

    def do_live(self) -> None:
        """The messages of now."""
        if self._source is not None:
            self._source, self._filter, self._mirror = None, "", None
            self.query_one("#list", LineList).set_rows(())
            self.rig.redraw()

    def do_leave_wire(self) -> None:
        """Back to the case, or to where one came from."""
        self.rig.go_back()

    def do_newest(self) -> None:
        """Go to the end."""
        self.query_one("#list", LineList).action_last()


def paint_frame(frame: FrameLine, width: int) -> Text:
    """A message as a line."""
    clock = frame.utc[11:23] if width >= 90 else frame.utc[14:23]
    text = line_of((f"{clock} ", "dim"))
    name = f"{frame.action or '?'}{_ENDS.get(frame.type, '')}"
    text.append(
        f"{arrow(frame)} {name:<{32 if width >= 90 else 26}} ", style=_STYLES.get(frame.type, "")
    )
    return text.append(frame.summary or frame.problem, style=_STYLES.get(frame.type, ""))
