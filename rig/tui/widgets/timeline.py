"""The one stream of what happens, as a list that follows it."""

from __future__ import annotations

from itertools import islice

from rich.text import Text

from rig.tui.mirror import LINES_KEPT, Mirror
from rig.tui.story import TONES, Line
from rig.tui.widgets.lines import LineList, line_of

WIDE = 90
"""From this width on the hour is shown, too."""


class Timeline(LineList[Line]):
    """Lines of the mirror; it follows the newest while the cursor is on it."""

    def __init__(
        self,
        title: str,
        empty: str,
        *,
        lanes: tuple[str, ...] = (),
        id: str | None = None,
    ) -> None:
        super().__init__(
            paint_line, lambda line: line.seq, empty=empty, follow=True, limit=LINES_KEPT, id=id,
            classes="panel",
        )  # fmt: skip
        self.border_title = title
        self._mirror: Mirror | None = None
        self._seen = 0
        self._lanes = lanes

    def show(self, mirror: Mirror) -> None:
        """Show what is new."""
        if mirror is not self._mirror:
            self._mirror = mirror
            self.set_rows([line for line in mirror.lines if self._wanted(line)])
        elif fresh := min(mirror.lines_seen - self._seen, len(mirror.lines)):
            new = islice(mirror.lines, len(mirror.lines) - fresh, None)
            self.append([line for line in new if self._wanted(line)])
        self._seen = mirror.lines_seen
        below = len(self.rows) - 1 - self.index
        self.border_subtitle = "following" if self.at_end else f"{below} more below: End follows"

    def _wanted(self, line: Line) -> bool:
        return not self._lanes or line.lane in self._lanes


def paint_line(line: Line, width: int) -> Text:
    """A line of the time line."""
    clock = line.clock if width >= WIDE else line.clock[3:]
    text = line_of((f"{clock} ", "dim"))
    text.append(f"{line.lane:<6} ", style="bold" if line.tone == "bad" else "dim")
    return text.append(line.text, style=TONES[line.tone])
