"""Questions of the daemon: the oldest is shown, one can be set aside, others may be faster."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import App

from rig.client.paths import owner
from rig.client.results import PromptInfo
from rig.tui.mirror import Mirror
from rig.tui.prompting import PromptDialog
from rig.tui.screens.base import RigScreen


class Questions:
    """Keeps the dialogue on the screen in step with the daemon.

    Args:
        app: shows the dialogue.
        mirror: what is asked.
        monotonic: our own clock.
        say: shows a message.
        answer: hands a choice to the daemon.
    """

    def __init__(
        self,
        app: App[None],
        mirror: Callable[[], Mirror],
        monotonic: Callable[[], float],
        say: Callable[[str, str], None],
        answer: Callable[[PromptInfo, str], None],
    ) -> None:
        self._app = app
        self._mirror = mirror
        self._monotonic = monotonic
        self._say = say
        self._answer = answer
        self._aside: set[str] = set()

    def attend(self) -> None:
        """Close what was answered elsewhere, and show what waits."""
        mirror, shown = self._mirror(), self._app.screen
        is_open = {prompt.id for prompt in mirror.prompts}
        self._aside &= is_open
        if isinstance(shown, PromptDialog):
            if shown.prompt.id not in is_open:
                shown.dismiss(None)
                self._tell_closed(mirror, shown.prompt.id)
            return
        waiting = [p for p in mirror.prompts if p.id not in self._aside]
        if waiting and isinstance(shown, RigScreen):
            self._ask(mirror, waiting[0])

    def bring_back(self) -> None:
        """Show what was set aside."""
        self._aside.clear()
        if not self._mirror().prompts:
            self._say("Nobody asks anything.", "")
        self.attend()

    def count_down(self) -> None:
        """Show how much time is left."""
        mirror, now, shown = self._mirror(), self._monotonic(), self._app.screen
        if isinstance(shown, PromptDialog):
            if shown.is_mounted:
                shown.show_left(mirror.left_s(shown.prompt, now))
            return
        aside = [p for p in mirror.prompts if p.id in self._aside]
        if aside:
            left = mirror.left_s(aside[0], now)
            self._say(f"? {left:.0f} s left, a answers: {aside[0].question}", "warn")

    def _ask(self, mirror: Mirror, prompt: PromptInfo) -> None:
        def answered(choice: str | None) -> None:
            if choice is not None:
                self._answer(prompt, choice)
            elif prompt.id in {p.id for p in self._mirror().prompts}:
                self._aside.add(prompt.id)
                self.count_down()
            self._app.call_later(self.attend)

        self._app.push_screen(PromptDialog(prompt), answered)
        self._app.call_after_refresh(self.count_down)

    def _tell_closed(self, mirror: Mirror, prompt_id: str) -> None:
        closed = mirror.closed
        if closed is None or closed.id != prompt_id:
            return
        if closed.state == "answered":
            who = "you" if closed.by == owner() else closed.by
            where = f" ({closed.via})" if closed.via else ""
            self._say(f"{prompt_id} was answered by {who}{where}: {closed.answer}", "")
        else:
            self._say(f"{prompt_id} is {closed.state}: {closed.question}", "warn")
