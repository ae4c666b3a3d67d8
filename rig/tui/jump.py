"""Jump mode: a letter on every place that can have the focus."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.events import Key
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.widgets import Label

LETTERS = "asdfghjklqwertyuiopzxcvbnm"


class Jump(ModalScreen[int | None]):
    """Shows letters at places; returns the number of the typed one, None for another key."""

    def __init__(self, places: Sequence[Offset]) -> None:
        super().__init__()
        self._places = dict(zip(LETTERS, enumerate(places), strict=False))

    def compose(self) -> ComposeResult:
        """The letters."""
        for letter, (_, place) in self._places.items():
            label = Label(f" {letter} ", classes="jump")
            label.styles.offset = place
            yield label

    def on_key(self, event: Key) -> None:
        """Go there."""
        if event.key in self._places:
            event.stop()
            self.dismiss(self._places[event.key][0])
        elif event.key != "f9":
            event.stop()
            self.dismiss(None)
