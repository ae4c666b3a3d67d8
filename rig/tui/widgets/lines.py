"""A list of lines that stays calm while it grows: only what is visible is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Blur, Click, Focus, MouseScrollDown, MouseScrollUp, Resize
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

T = TypeVar("T")
MARKER = "▸"
BLANK = ("blank",)


def line_of(*parts: tuple[str, str]) -> Text:
    """A line of texts with their styles; what is appended later has none of them."""
    text = Text(no_wrap=True, end="")
    for words, style in parts:
        text.append(words, style=style)
    return text


class LineList(Widget, Generic[T], can_focus=True):
    """Rows of one line each, with a cursor that stays on its row when rows come and go.

    It scrolls by itself: a widget that tells Textual its size anew for each row has the whole
    screen laid out and drawn again each time.

    Args:
        paint: the text of a row for a given width.
        key: what tells rows apart.
        empty: what is shown instead of no rows; says what to do.
        follow: the cursor stays on the newest row while it is there.
        limit: rows kept; the oldest go first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "first", show=False),
        Binding("end", "last", show=False),
    ]

    class Moved(Message):
        """The cursor is on another row, or the row has changed."""

        def __init__(self, lines: LineList[Any]) -> None:
            self.lines = lines
            super().__init__()

        @property
        def control(self) -> LineList[Any]:
            """The list."""
            return self.lines

    def __init__(
        self,
        paint: Callable[[T, int], Text],
        key: Callable[[T], object],
        *,
        empty: str = "",
        follow: bool = False,
        limit: int | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._paint = paint
        self._key = key
        self._rows: list[T] = []
        self._cursor = 0
        self._top = 0
        self._strips: dict[object, Strip] = {}
        self._follow = follow
        self._limit = limit
        self.empty = empty

    @property
    def rows(self) -> Sequence[T]:
        """All rows."""
        return self._rows

    @property
    def current(self) -> T | None:
        """The row under the cursor."""
        return self._rows[self._cursor] if self._rows else None

    @property
    def index(self) -> int:
        """Its position."""
        return self._cursor

    @property
    def at_end(self) -> bool:
        """The cursor is on the last row, so that it follows new ones."""
        return self._cursor >= len(self._rows) - 1

    def set_rows(self, rows: Sequence[T]) -> None:
        """Show other rows; the cursor stays on its row if that is still there."""
        before, stick = self.current, self._follow and self.at_end
        if self._rows == list(rows):
            return
        old, self._rows = self._rows, list(rows)
        self._strips.clear()
        if len(old) == len(self._rows) and not stick and self._redraw_changed(old):
            return
        if stick or before is None:
            self._cursor = max(0, len(self._rows) - 1) if self._follow else 0
        else:
            key = self._key(before)
            places = (i for i, row in enumerate(self._rows) if self._key(row) == key)
            self._cursor = next(places, min(self._cursor, max(0, len(self._rows) - 1)))
        self._settle()
        if before is None or self.current is None or self._key(before) != self._key(self.current):
            self.post_message(self.Moved(self))

    def _redraw_changed(self, old: Sequence[T]) -> bool:
        """Draw only the rows that are different, if they are still the same ones."""
        pairs = zip(old, self._rows, strict=True)
        changed = [i for i, (was, now) in enumerate(pairs) if was != now]
        if any(self._key(old[i]) != self._key(self._rows[i]) for i in changed):
            return False
        width, height = self.size.width, self.size.height
        visible = [i - self._top for i in changed if 0 <= i - self._top < height]
        if visible:
            self.refresh(*(Region(0, y, width, 1) for y in visible))
        return True

    def append(self, rows: Sequence[T]) -> None:
        """Add rows at the end."""
        if not rows:
            return
        stick = self._follow and self.at_end
        self._rows.extend(rows)
        if self._limit is not None and (over := len(self._rows) - self._limit) > 0:
            del self._rows[:over]
            self._cursor = max(0, self._cursor - over)
            self._top = max(0, self._top - over)
        if stick:
            self._cursor = len(self._rows) - 1
        self._settle()
        if stick:
            self.post_message(self.Moved(self))

    def go_to(self, found: Callable[[T], bool]) -> bool:
        """Put the cursor on the first row that is `found`; whether there is one."""
        for place, row in enumerate(self._rows):
            if found(row):
                self._to(place)
                return True
        return False

    def repaint(self) -> None:
        """Draw anew, after something that `paint` looks at has changed."""
        self._strips.clear()
        self.refresh()

    # -- the keyboard and the mouse -------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Up or down."""
        self._to(self._cursor + by)

    def action_page(self, by: int) -> None:
        """A page up or down."""
        self._to(self._cursor + by * max(1, self.size.height - 1))

    def action_first(self) -> None:
        """To the first row."""
        self._to(0)

    def action_last(self) -> None:
        """To the last row."""
        self._to(len(self._rows) - 1)

    def on_click(self, event: Click) -> None:
        """Put the cursor there."""
        offset = event.get_content_offset(self)
        if offset is not None:
            self._to(offset.y + self._top)

    def on_mouse_scroll_down(self, _event: MouseScrollDown) -> None:
        """Down."""
        self.action_move(3)

    def on_mouse_scroll_up(self, _event: MouseScrollUp) -> None:
        """Up."""
        self.action_move(-3)

    def on_resize(self, _event: Resize) -> None:
        """Keep the cursor in sight."""
        self._strips.clear()
        self._settle()

    def on_focus(self, _event: Focus) -> None:
        """The cursor looks different in the list that has the focus."""
        self.repaint()

    def on_blur(self, _event: Blur) -> None:
        """And in one that has lost it."""
        self.repaint()

    def notify_style_update(self) -> None:
        """Colours are others, e.g. after a change of theme."""
        self._strips.clear()
        super().notify_style_update()

    def _to(self, place: int) -> None:
        place = max(0, min(place, len(self._rows) - 1))
        if place == self._cursor or not self._rows:
            return
        self._cursor = place
        self._settle()
        self.post_message(self.Moved(self))

    def _settle(self) -> None:
        """Have the cursor in sight, and no room below the last row that rows could fill."""
        height = max(1, self.size.height)
        self._top = max(0, min(self._top, len(self._rows) - height))
        self._top = max(self._cursor - height + 1, min(self._top, self._cursor))
        self.refresh()

    # -- drawing --------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One visible line; ▲ and ▼ say that there is more."""
        width, place = self.size.width, y + self._top
        if not self._rows:
            return self._empty_line(y, width)
        if place >= len(self._rows):
            if BLANK not in self._strips:
                self._strips[BLANK] = Strip.blank(width, self.rich_style)
            return self._strips[BLANK]
        row, here = self._rows[place], place == self._cursor
        more = "▲" if y == 0 and self._top else ""
        if y == self.size.height - 1 and place < len(self._rows) - 1:
            more = "▼"
        if here or more:
            return self._strip(row, width, here, more)
        key = self._key(row)
        if key not in self._strips:
            self._strips[key] = self._strip(row, width, here, more)
        return self._strips[key]

    def _strip(self, row: T, width: int, here: bool, more: str) -> Strip:
        text = Text(f"{MARKER if here else ' '} ", no_wrap=True, end="")
        text.append_text(self._paint(row, width - 3))
        text.truncate(width - 1, overflow="ellipsis", pad=bool(more))
        text.append(more)
        strip = Strip(text.render(self.app.console)).adjust_cell_length(width)
        style = self.rich_style
        if here and self.has_focus:
            style += Style(reverse=True)
        return strip.apply_style(style)

    def _empty_line(self, y: int, width: int) -> Strip:
        lines = Text(self.empty, style="dim").wrap(self.app.console, max(1, width - 2))
        if y >= len(lines):
            return Strip.blank(width, self.rich_style)
        text = Text(" ", end="") + lines[y]
        strip = Strip(text.render(self.app.console)).adjust_cell_length(width)
        return strip.apply_style(self.rich_style)
