"""The daemon's question to a person, on whatever screen the person is."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from rig.client.results import PromptInfo

ARMING_S = 0.6
"""Real seconds for which keys do nothing: they were meant for what was on the screen before."""

KINDS = {"physical": "Do this", "look": "Look and tell", "confirm": "Decide"}


COLUMNS = 72
"""Of the dialogue, inside."""


def _cut(text: str) -> str:
    return text if len(text) <= COLUMNS else text[: COLUMNS - 1] + "…"


class PromptDialog(ModalScreen[str | None]):
    """A question; returns the choice, or None when it was set aside or closed elsewhere."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "aside", show=False),
        *[Binding(str(n), f"number({n})", show=False) for n in range(1, 10)],
    ]

    def __init__(self, prompt: PromptInfo) -> None:
        super().__init__()
        self.prompt = prompt
        self.armed = False

    def compose(self) -> ComposeResult:
        """Question, what was seen, choices, time left."""
        prompt = self.prompt
        with Vertical(classes="dialog question") as box:
            box.border_title = Text(f"? {KINDS.get(prompt.kind, 'Question')} ({prompt.id})")
            yield Static(prompt.question, id="question", markup=False)
            where = f"case {prompt.octt_id}" + (f": {prompt.step}" if prompt.step else "")
            told = ([where] if prompt.octt_id else []) + [
                _cut(f"  {line}") for line in prompt.evidence
            ]
            if told:
                yield Static("\n".join(told), id="evidence", markup=False)
            choices = Text()
            for number, choice in enumerate(prompt.choices, 1):
                choices.append(f"  {number}  ", style="bold")
                choices.append(f"{choice}\n")
            choices.rstrip()
            yield Static(choices, id="choices")
            if prompt.remedy:
                yield Static(prompt.remedy, classes="keys", markup=False)
            yield Static("", id="left", classes="keys", markup=False)

    def on_mount(self) -> None:
        """Keys count from a moment later on."""
        self.set_timer(ARMING_S, self._arm)

    def show_left(self, seconds: float) -> None:
        """Show how much time is left."""
        minutes, rest = divmod(int(seconds), 60)
        text = f"{minutes}:{rest:02d} left     number  answer     Esc  set aside (a brings it back)"
        self.query_one("#left", Static).update(text)

    def action_number(self, number: int) -> None:
        """Answer with a choice."""
        if self.armed and number <= len(self.prompt.choices):
            self.dismiss(self.prompt.choices[number - 1])

    def action_aside(self) -> None:
        """Look at something else first."""
        self.dismiss(None)

    def _arm(self) -> None:
        self.armed = True
