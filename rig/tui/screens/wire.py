"""Every OCPP message, with filter and JSON."""

from __future__ import annotations

from itertools import islice
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.widgets import Static

from rig.client.evidence import FrameLine
from rig.client.frames import fits, pretty
from rig.tui.actions import bindings
from rig.tui.dialogs import Ask
from rig.tui.mirror import FRAMES_KEPT, Mirror, Topic
from rig.tui.screens.base import RigScreen
from rig.tui.story import arrow
from rig.tui.widgets.lines import LineList

_STYLES = {"CALL": "", "CALLRESULT": "dim", "CALLERROR": "bold red", "malformed": "bold red"}
_ENDS = {"CALL": "", "CALLRESULT": ".conf", "CALLERROR": " CALLERROR", "malformed": " malformed"}


class WireScreen(RigScreen):
    """Messages above, the JSON of the one under the cursor below (or beside it)."""

    NAME = "wire"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("wire")]

    def __init__(self) -> None:
        super().__init__()
        self._filter = ""
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

    def show(self, mirror: Mirror, topics: Topic) -> None:
        """Draw new messages."""
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

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """Show the JSON of the message under the cursor."""
        frame = event.lines.current
        if isinstance(frame, FrameLine):
            self.query_one("#json", Static).update(pretty(frame.raw))
            self.query_one("#detail").border_title = f"{frame.utc} #{frame.seq}"
        self._place_text(event.lines)

    def _place_text(self, frames: LineList[FrameLine]) -> None:
        below = len(frames.rows) - 1 - frames.index
        frames.border_subtitle = "following" if frames.at_end else f"{below} more: End follows"
        told = f" with {self._filter!r}" if self._filter else ""
        frames.border_title = f"{len(frames.rows)} OCPP messages{told}"

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

    def do_newest(self) -> None:
        """Go to the end."""
        self.query_one("#list", LineList).action_last()


def paint_frame(frame: FrameLine, width: int) -> Text:
    """A message as a line."""
    clock = frame.utc[11:23] if width >= 90 else frame.utc[14:23]
    text = Text(f"{clock} ", style="dim", no_wrap=True)
    name = f"{frame.action or '?'}{_ENDS.get(frame.type, '')}"
    text.append(f"{arrow(frame)} {name:<24} ", style=_STYLES.get(frame.type, ""))
    return text.append(frame.summary or frame.problem, style=_STYLES.get(frame.type, ""))
