"""A list of lines that stays calm while it grows: only what is visible is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Click, Focus, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

T = TypeVar("T")
MARKER = "▸"


class LineList(ScrollView, Generic[T], can_focus=True):
    """Rows of one line each, with a cursor that stays on its row when rows come and go.

    Args:
        paint: the text of a row for a given width.
        key: what tells rows apart.
        empty: what is shown instead of no rows; says what to do.
        follow: the cursor stays on the newest row while it is there.
        limit: rows kept; the oldest go first.
    """

    DEFAULT_CSS = "LineList { overflow-x: hidden; }"
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
        self._rows = list(rows)
        if stick or before is None:
            self._cursor = max(0, len(self._rows) - 1) if self._follow else 0
        else:
            key = self._key(before)
            places = (i for i, row in enumerate(self._rows) if self._key(row) == key)
            self._cursor = next(places, min(self._cursor, max(0, len(self._rows) - 1)))
        self._resized()
        if before is None or self.current is None or self._key(before) != self._key(self.current):
            self.post_message(self.Moved(self))

    def append(self, rows: Sequence[T]) -> None:
        """Add rows at the end."""
        if not rows:
            return
        stick = self._follow and self.at_end
        self._rows.extend(rows)
        if self._limit is not None and (over := len(self._rows) - self._limit) > 0:
            del self._rows[:over]
            self._cursor = max(0, self._cursor - over)
            self.set_scroll(None, max(0, self.scroll_offset.y - over))
        if stick:
            self._cursor = len(self._rows) - 1
        self._resized()
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
        self.refresh()

    # -- the keyboard and the mouse ---------------------------------------------------------

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
        self._to(event.y + self.scroll_offset.y)

    def on_resize(self, _event: Resize) -> None:
        """Keep the cursor in sight."""
        self._resized()

    def on_focus(self, _event: Focus) -> None:
        """The cursor looks different in the list that has the focus."""
        self.refresh()

    def _to(self, place: int) -> None:
        place = max(0, min(place, len(self._rows) - 1))
        if place == self._cursor or not self._rows:
            return
        self._cursor = place
        self._reveal()
        self.refresh()
        self.post_message(self.Moved(self))

    def _resized(self) -> None:
        self.virtual_size = Size(0, len(self._rows))
        self._reveal()
        self.refresh()

    def _reveal(self) -> None:
        region = Region(0, self._cursor, 1, 1)
        self.scroll_to_region(region, animate=False, immediate=True, force=True)

    @property
    def _width(self) -> int:
        """Columns beside the scroll bar."""
        return self.scrollable_content_region.width

    # -- drawing ------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        width, row = self._width, y + self.scroll_offset.y
        if not self._rows:
            return self._empty_line(y, width)
        if row >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        here = row == self._cursor
        text = Text(f"{MARKER if here else ' '} ", no_wrap=True, end="")
        text.append_text(self._paint(self._rows[row], width - 2))
        text.truncate(width, overflow="ellipsis")
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
