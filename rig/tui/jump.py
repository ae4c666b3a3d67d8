"""Jump mode: a letter on every place that can have the focus."""

from __future__ import annotations

import string
from collections.abc import Sequence

from textual.app import ComposeResult
from textual.events import Key
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Label

LETTERS = "asdfghjklqwertyuiopzxcvbnm"


class Jump(ModalScreen[Widget | None]):
    """Shows letters on widgets and returns the one whose letter was typed; any other key leaves."""

    def __init__(self, places: Sequence[Widget]) -> None:
        super().__init__()
        self._places = dict(zip(LETTERS, places, strict=False))

    def compose(self) -> ComposeResult:
        """The letters."""
        for letter, widget in self._places.items():
            label = Label(f" {letter} ", classes="jump")
            label.styles.offset = (widget.region.x, widget.region.y)
            yield label

    def on_key(self, event: Key) -> None:
        """Go there."""
        if event.key in string.ascii_lowercase or event.key == "escape":
            event.stop()
            self.dismiss(self._places.get(event.key))
