"""What all screens have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.screen import Screen

from rig.tui.actions import of_screen
from rig.tui.mirror import Mirror, Topic
from rig.tui.widgets.bars import Bar, KeyBar, StatusBar, TabBar
from rig.tui.widgets.facts import Fact, Facts

if TYPE_CHECKING:
    from rig.tui.app import RigApp

ALL = ~Topic.NONE


class RigScreen(Screen[None]):
    """A screen: status, tabs, body, message, keys.

    A subclass gives its `NAME`, composes its `body`, draws what `show` tells it, and has a method
    `do_<name>` for each of its actions.
    """

    NAME: ClassVar[str]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 (Textual declares it so)

    def compose(self) -> ComposeResult:
        """The frame around the body."""
        yield StatusBar(id="status")
        yield TabBar(self.NAME, id="tabs")
        yield Facts("✗ No daemon", id="lost", label_width=6)
        yield from self.body()
        yield Bar(id="message")
        yield KeyBar(of_screen(self.NAME), id="keys")

    def body(self) -> ComposeResult:
        """The widgets of this screen."""
        raise NotImplementedError

    def show(self, mirror: Mirror, topics: Topic) -> None:
        """Draw what has changed."""
        raise NotImplementedError

    def tick(self) -> None:
        """A second has passed."""

    def show_lost(self, why: str) -> None:
        """Say that no daemon answers, and what to do; "" when one does."""
        panel = self.query_one("#lost", Facts)
        panel.display = bool(why)
        facts = [
            Fact("", f"{why}."),
            Fact("do", "u starts one with the virtual bench, which needs no hardware;"),
            Fact("", "in another shell, rig up BENCH.yaml starts one with your bench."),
        ]
        if self.rig.mirror.status is not None:
            facts.append(Fact("", "What stands below is from before."))
        panel.show(facts)

    @property
    def rig(self) -> RigApp:
        """The application."""
        return cast("RigApp", self.app)

    def on_screen_resume(self) -> None:
        """Draw everything: it may have been behind another screen."""
        self.rig.redraw()
