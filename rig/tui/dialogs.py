"""Dialogues: a yes or no, one of several, a text, something to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from rig.tui.widgets.lines import LineList


class Confirm(ModalScreen[bool]):
    """Asks before something dangerous; only `y` is a yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "close(True)", show=False),
        Binding("n,escape,enter,q", "close(False)", show=False),
    ]

    def __init__(self, question: str, title: str) -> None:
        super().__init__()
        self._question = question
        self._title = title

    def compose(self) -> ComposeResult:
        """The question."""
        with Vertical(classes="dialog danger") as box:
            box.border_title = Text(f"! {self._title}")
            yield Static(self._question, markup=False)
            yield Static("y  yes, do it          n or Esc  no", classes="keys", markup=False)

    def action_close(self, yes: bool) -> None:
        """Answer."""
        self.dismiss(yes)


class Choose(ModalScreen[str | None]):
    """One of several, by number, or with arrows and Enter; None when left with Esc."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", show=False),
        Binding("escape,q", "leave", show=False),
        *[Binding(str(n), f"number({n})", show=False) for n in range(1, 10)],
    ]

    def __init__(self, title: str, choices: Sequence[tuple[str, str]], current: str = "") -> None:
        super().__init__()
        self._title = title
        self._choices = [(n, *choice) for n, choice in enumerate(choices, 1)]
        self._current = current

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="dialog") as box:
            box.border_title = Text(self._title)
            lines: LineList[tuple[int, str, str]] = LineList(self._paint, lambda c: c[1])
            lines.styles.height = min(14, len(self._choices))
            yield lines
            yield Static("", id="full", markup=False)
            yield Static("number or Enter  take it          Esc  leave", classes="keys")

    def on_mount(self) -> None:
        """Fill it."""
        lines = self.query_one(LineList)
        lines.set_rows(self._choices)
        lines.go_to(lambda c: c[1] == self._current)

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """Say in full what did not fit into its line."""
        choice = event.lines.current
        words = choice[2] if choice is not None else ""
        fits = len(words) <= event.lines.size.width - 8
        self.query_one("#full", Static).update("" if fits else words)

    def action_number(self, number: int) -> None:
        """Take a choice by its number."""
        if number <= len(self._choices):
            self.dismiss(self._choices[number - 1][1])

    def action_take(self) -> None:
        """Take the one under the cursor."""
        choice = self.query_one(LineList).current
        self.dismiss(None if choice is None else choice[1])

    def action_leave(self) -> None:
        """Take none."""
        self.dismiss(None)

    def _paint(self, choice: tuple[int, str, str], _width: int) -> Text:
        number, name, words = choice
        mark = " (now)" if name == self._current else ""
        return Text(f"{number if number < 10 else ' '}  {words}{mark}")


class Ask(ModalScreen[str | None]):
    """A line of text; None when left with Esc."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(self, title: str, value: str = "", hint: str = "") -> None:
        super().__init__()
        self._title = title
        self._value = value
        self._hint = hint

    def compose(self) -> ComposeResult:
        """The field."""
        with Vertical(classes="dialog") as box:
            box.border_title = Text(self._title)
            yield Input(self._value)
            keys = "Enter  take it          Esc  leave"
            yield Static(f"{self._hint}\n{keys}" if self._hint else keys, classes="keys",
                         markup=False)  # fmt: skip

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take it."""
        self.dismiss(event.value)

    def action_leave(self) -> None:
        """Take nothing."""
        self.dismiss(None)


class Reading(ModalScreen[None]):
    """Something to read: an error with its remedy, the result of a check, the help."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,f1,question_mark", "leave", show=False),
    ]

    def __init__(self, title: str, text: Text | str, *, bad: bool = False) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._bad = bad

    def compose(self) -> ComposeResult:
        """The text."""
        with Vertical(classes="dialog danger" if self._bad else "dialog") as box:
            box.border_title = Text(f"✗ {self._title}" if self._bad else self._title)
            with VerticalScroll(classes="reading"):
                yield Static(self._text, markup=False)
            yield Static("Esc or Enter  close", classes="keys")

    def on_mount(self) -> None:
        """Arrows scroll it."""
        self.query_one(VerticalScroll).focus()

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(None)
