"""The lines at the top and the bottom of every screen."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text
from textual.events import Click
from textual.widget import Widget

from rig.tui.actions import OF, SCREENS, Action, key_text
from rig.tui.story import TONES


class Bar(Widget):
    """One line; draws only when its text is different."""

    DEFAULT_CSS = "Bar { height: 1; width: 100%; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = Text()

    def show(self, text: Text) -> None:
        """Show this text."""
        if text != self._text:
            self._text = text
            self.refresh()

    def render(self) -> Text:
        """The text, cut to fit."""
        text = self._text.copy()
        text.no_wrap = True
        text.truncate(max(1, self.size.width), overflow="ellipsis")
        return text


class StatusBar(Bar):
    """What one must always know; parts that do not fit are left out from the right."""

    def show_parts(self, parts: Sequence[tuple[str, str]]) -> None:
        """Show texts with their tones."""
        text, room = Text(), self.size.width or 80
        for words, tone in parts:
            piece = Text(f" {words} ", style=TONES[tone])
            if text.cell_len + piece.cell_len > room:
                break
            text.append_text(piece)
        self.show(text)


class TabBar(Bar):
    """The screens and their keys; the one that is shown stands in brackets."""

    def __init__(self, current: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._spans: list[tuple[int, int, str]] = []
        text = Text()
        for name in SCREENS:
            action = OF.get(("everywhere", name))
            if action is None:
                continue
            label = f"{key_text(action.key)} {action.title}"
            here = name == current
            start = text.cell_len
            label = f"[{label}]" if here else f" {label} "
            text.append(label, style="bold reverse" if here else "")
            self._spans.append((start, text.cell_len, name))
            text.append(" ")
        self._text = text

    def on_click(self, event: Click) -> None:
        """Go to the screen that was clicked."""
        for start, end, name in self._spans:
            if start <= event.x < end:
                self.app.call_later(self.app.run_action, f"act('everywhere','{name}')")


class KeyBar(Bar):
    """Keys of the screen, as many as fit."""

    def __init__(self, actions: Sequence[Action], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._actions = [a for a in actions if a.shown]
        self._spans: list[tuple[int, int, Action]] = []

    def render(self) -> Text:
        """The keys."""
        text, self._spans = Text(no_wrap=True), []
        fixed = [a for a in self._actions if a.where == "everywhere"]
        own = [a for a in self._actions if a.where != "everywhere"]
        room = max(1, self.size.width) - sum(_length(a) for a in fixed)
        for action in own:
            if text.cell_len + _length(action) <= room:
                self._add(text, action)
        for action in fixed:
            if text.cell_len + _length(action) <= max(1, self.size.width):
                self._add(text, action)
        return text

    def on_click(self, event: Click) -> None:
        """Do what was clicked."""
        for start, end, action in self._spans:
            if start <= event.x < end:
                run = f"act('{action.where}','{action.name}')"
                self.app.call_later(self.app.run_action, run)

    def _add(self, text: Text, action: Action) -> None:
        start = text.cell_len
        text.append(f" {key_text(action.key)}", style="bold")
        text.append(f" {action.title} ")
        self._spans.append((start, text.cell_len, action))


def _length(action: Action) -> int:
    return cell_len(f" {key_text(action.key)} {action.title} ")
