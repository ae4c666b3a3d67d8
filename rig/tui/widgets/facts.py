"""A panel of labels and values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.widgets import Static

from rig.tui.story import TONES
from rig.tui.widgets.lines import line_of


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value; `tone` is a key of `TONES`."""

    label: str
    value: str
    tone: str = ""


class Facts(Static):
    """Shows facts, one a line; long values go on in the next line, below their beginning.

    Args:
        title: on the frame.
        label_width: columns for the labels.
    """

    def __init__(
        self,
        title: str,
        *,
        label_width: int = 10,
        id: str | None = None,
        can_focus: bool = False,
        framed: bool = True,
    ) -> None:
        super().__init__("", id=id, classes="panel" if framed else "plain")
        self.border_title = Text(title)
        self.can_focus = can_focus
        self._label_width = label_width
        self._facts: tuple[Fact, ...] = ()

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What is shown."""
        return self._facts

    def show(self, facts: Sequence[Fact]) -> None:
        """Show these; draws only when something is different."""
        if self._facts == tuple(facts):
            return
        grown = len(facts) != len(self._facts)
        self._facts = tuple(facts)
        self.refresh(layout=grown)

    def render(self) -> Text:
        """The text."""
        width = max(8, self.content_size.width or 36)
        lines = []
        for fact in self._facts:
            label = fact.label if fact.label else ""
            room = width - self._label_width if fact.label or self._label_width else width
            value = Text(fact.value, style=TONES[fact.tone])
            for number, part in enumerate(value.wrap(self.app.console, max(4, room))):
                head = label if number == 0 else ""
                line = line_of((f"{head:<{self._label_width}}", "dim"))
                lines.append(line.append_text(part))
        return Text("\n").join(lines)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as the facts need."""
        room = max(4, width - self._label_width)
        console = self.app.console
        return max(1, sum(len(Text(f.value).wrap(console, room)) or 1 for f in self._facts))
