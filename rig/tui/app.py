"""The application: it draws what the mirror says, and hands orders to the daemon."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from rich.text import Text
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from rig.client.api import RigClient
from rig.client.errors import ClientError
from rig.client.launcher import start_in_background
from rig.client.paths import owner, seat, socket_path
from rig.client.results import LeaseInfo, PromptInfo
from rig.tui.actions import ACTIONS, EVERYWHERE, OF, Action, all_keys, bindings
from rig.tui.dialogs import Ask, Confirm, Reading
from rig.tui.follower import follow, in_thread
from rig.tui.helping import help_text
from rig.tui.jump import Jump
from rig.tui.mirror import Mirror, Topic
from rig.tui.questions import Questions
from rig.tui.screens.base import ALL, RigScreen
from rig.tui.screens.bench import BenchScreen
from rig.tui.screens.cards import CardsScreen
from rig.tui.screens.case import CaseScreen
from rig.tui.screens.compare import CompareScreen
from rig.tui.screens.manual import ManualScreen
from rig.tui.screens.modem import ModemScreen
from rig.tui.screens.reports import ReportsScreen
from rig.tui.screens.run import RunScreen
from rig.tui.screens.wire import WireScreen
from rig.tui.status_parts import status_parts
from rig.tui.story import TONES
from rig.tui.watching import Watch
from rig.tui.widgets.bars import Bar, StatusBar

T = TypeVar("T")

REDRAW_S = 0.03
"""Least real seconds between two drawings of events: a burst becomes one."""


class RigApp(App[None]):
    """The operator's seat.

    Args:
        socket: of the daemon.
        monotonic: seconds of our own clock.
    """

    CSS_PATH = "style.tcss"
    TITLE = "rig"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(EVERYWHERE)]

    def __init__(self, socket: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.client = RigClient(socket)
        self.news = Watch(self.client, self, monotonic)
        self._socket = socket
        self._monotonic = monotonic
        self._questions = Questions(self, lambda: self.mirror, monotonic, self.say, self._answer)
        self._topics = Topic.NONE
        self._scheduled = False
        self._drawn_at = -1.0
        self._busy: set[str] = set()
        screens = (BenchScreen(), RunScreen(), WireScreen(), CardsScreen(), ModemScreen(),
                   ReportsScreen(), ManualScreen(), CaseScreen(), CompareScreen())  # fmt: skip
        self.places: dict[str, RigScreen] = {screen.NAME: screen for screen in screens}
        self._place = "bench"
        self._trail: list[str] = []  # screens that Esc goes back to

    # -- life -----------------------------------------------------------------------------------

    async def on_mount(self) -> None:
        """Show the bench and follow the daemon."""
        for name, screen in self.places.items():
            self.install_screen(screen, name)
        await self.push_screen("bench")
        self.spawn(follow(self.client, self.news), "follow")
        self.set_interval(1.0, self._tick)

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run a worker; the one before with this name ends."""
        self.run_worker(work, name=name, group=name, exclusive=True)

    @property
    def mirror(self) -> Mirror:
        """What the daemon has said."""
        return self.news.mirror

    @property
    def place(self) -> RigScreen:
        """The screen below all dialogues."""
        return self.places[self._place]

    @property
    def place_name(self) -> str:
        """Its name."""
        return self._place

    # -- drawing --------------------------------------------------------------------------------

    def changed(self, topics: Topic) -> None:
        """Draw soon: at once, or when the last drawing is long enough ago."""
        self._topics |= topics
        if self._topics and not self._scheduled:
            self._scheduled = True
            since = self._monotonic() - self._drawn_at
            self.set_timer(max(0.001, REDRAW_S - since), self._draw)

    def redraw(self) -> None:
        """Draw everything on the screen that is shown."""
        self._topics |= ALL
        self._draw()

    def _draw(self) -> None:
        self._scheduled, self._drawn_at = False, self._monotonic()
        topics, self._topics = self._topics, Topic.NONE
        place = self.place
        if not (topics and self.is_running and place.query(StatusBar)):  # not yet, or no more
            return
        with self.batch_update():
            parts = status_parts(self.mirror, self.news)
            place.query_one(StatusBar).show_parts(parts)
            place.show_lost("" if self.news.is_connected else self.news.why_lost)
            place.show(self.mirror, topics)
        if topics & Topic.PROMPTS:
            self._questions.attend()

    def _tick(self) -> None:
        self.news.tick()
        if self.news.is_connected and self.is_running and self.place.query(StatusBar):
            self.place.tick()
            self._questions.count_down()

    def say(self, text: str, tone: str = "") -> None:
        """Show a message above the keys, until the next one."""
        for screen in self.places.values():
            for bar in screen.query("#message").results(Bar):
                bar.show(Text(f" {text}", style=TONES[tone]))

    # -- orders ---------------------------------------------------------------------------------

    def order(self, name: str, call: Callable[[RigClient], T], done: Callable[[T], None]) -> None:
        """Have the daemon do something; a refusal is shown in full."""
        if name in self._busy:
            self.say(f"… {name}: still at it", "warn")
            return
        self._busy.add(name)
        self.say(f"… {name}")

        async def work() -> None:
            try:
                seen = await in_thread(partial(call, self.client), name)
            except ClientError as error:
                self.say(f"✗ {name}: {error.message.splitlines()[0]}", "bad")
                self.push_screen(Reading(name, str(error), bad=True))
            else:
                if self.is_running:
                    done(seen)
            finally:
                self._busy.discard(name)

        self.spawn(work(), f"order {name}")

    def _answer(self, prompt: PromptInfo, choice: str) -> None:
        self.order(
            f"answer {prompt.id}",
            lambda c: c.answer(prompt.id, choice, owner(), via=seat("tui")),
            lambda _: self.say(f"✓ {prompt.id}: {choice}"),
        )

    # -- actions --------------------------------------------------------------------------------

    def action_act(self, where: str, name: str) -> None:
        """Carry out an action of the table."""
        self.act(OF[where, name])

    def act(self, action: Action) -> None:
        """Carry out an action; a dangerous one asks first."""
        if action.where not in (EVERYWHERE, self._place):
            self.go(action.where)
        if not action.confirm:
            self._carry_out(action)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._carry_out(action)

        ask = getattr(self._target(action), f"ask_{action.name}", None)
        self.push_screen(Confirm(ask() if ask else action.confirm, action.title), answered)

    def _carry_out(self, action: Action) -> None:
        getattr(self._target(action), f"do_{action.name}")()

    def _target(self, action: Action) -> RigApp | RigScreen:
        return self if action.where == EVERYWHERE else self.places[action.where]

    def get_system_commands(self, _screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: every action of the table."""
        for action in ACTIONS:
            where = "" if action.where == EVERYWHERE else f"{action.where.capitalize()}: "
            told = f"{action.help} ({all_keys(action)})"
            yield SystemCommand(f"{where}{action.title}", told, partial(self.act, action))

    # -- going about ----------------------------------------------------------------------------

    def go(self, name: str) -> None:
        """Show a screen; the one before can be gone back to."""
        if name == self._place:
            return
        if name in self._trail:
            del self._trail[self._trail.index(name) :]
        else:
            self._trail.append(self._place)
        self._place = name
        self.say("")
        while len(self.screen_stack) > 1 and not isinstance(self.screen, RigScreen):
            self.pop_screen()
        self.switch_screen(name)

    def go_back(self) -> None:
        """Show the screen before."""
        self.go(self._trail[-1] if self._trail else "bench")

    def open_case(self, run_id: str, octt_id: str) -> None:
        """Show why a case ended as it did."""
        case = self.places["case"]
        assert isinstance(case, CaseScreen)  # noqa: S101 (our own table)
        case.open(run_id, octt_id)
        self.go("case")

    def open_frames(self, run_id: str, octt_id: str, seq: int) -> None:
        """Show the messages of a case, with the cursor on or after an event."""
        wire = self.places["wire"]
        assert isinstance(wire, WireScreen)  # noqa: S101 (our own table)
        wire.open(run_id, octt_id, seq)
        self.go("wire")

    def open_comparison(self, run_a: str, run_b: str) -> None:
        """Show two runs, case by case."""
        compare = self.places["compare"]
        assert isinstance(compare, CompareScreen)  # noqa: S101 (our own table)
        compare.open(run_a, run_b)
        self.go("compare")

    def do_bench(self) -> None:
        """Show the bench."""
        self.go("bench")

    def do_run(self) -> None:
        """Show the run."""
        self.go("run")

    def do_wire(self) -> None:
        """Show the wire."""
        self.go("wire")

    def do_cards(self) -> None:
        """Show the card writer."""
        self.go("cards")

    def do_modem(self) -> None:
        """Show the modem."""
        self.go("modem")

    def do_reports(self) -> None:
        """Show past runs."""
        self.go("reports")

    def do_manual(self) -> None:
        """Show the Central System by hand."""
        self.go("manual")

    def do_help(self) -> None:
        """Show what every key does."""
        title = f"Keys of {self._place} and of everywhere"
        self.push_screen(Reading(title, help_text(self._place)))

    def do_jump(self) -> None:
        """Letters on every place."""
        places = [w for w in self.screen.focus_chain if w.region and w.display]

        def chosen(index: int | None) -> None:
            if index is not None:
                places[index].focus()

        self.push_screen(Jump([w.region.offset for w in places]), chosen)

    def do_palette(self) -> None:
        """Find an action by name."""
        self.action_command_palette()

    def do_theme(self) -> None:
        """Light or dark."""
        self.theme = "textual-dark" if self.theme == "textual-light" else "textual-light"

    def do_leave(self) -> None:
        """Leave; the daemon goes on."""
        self.exit()

    # -- orders of everywhere -------------------------------------------------------------------

    def do_safe(self) -> None:
        """Abort everything, open every relay."""
        self.order("SAFE", lambda c: c.bench_safe(), lambda _: self.say("✓ the bench is safe"))

    def do_answer(self) -> None:
        """Bring open questions back."""
        self._questions.bring_back()

    def do_abort(self) -> None:
        """Abort the run."""
        run = self.mirror.run
        if run is None or run.state != "running":
            self.say("No run is in progress.", "warn")
            return
        run_id = run.run_id
        self.order("abort", lambda c: c.abort(run_id), lambda _: self.say("✓ the run is aborted"))

    def do_hold(self) -> None:
        """Take the lease, or give it back."""
        status = self.mirror.status
        mine = status is not None and status.lease is not None and status.lease.owner == owner()

        def done(lease: LeaseInfo) -> None:
            self.news.refresh("status")
            self.say(f"✓ the bench is {'held by ' + lease.owner if lease.owner else 'free'}")

        if mine:
            self.order("give the bench back", lambda c: c.lease_release(), done)
        else:
            self.order("hold the bench", lambda c: c.lease_take("by hand", 3600.0, 0.0), done)

    def do_break_lease(self) -> None:
        """Take the bench from its holder; why goes on record."""

        def why(reason: str | None) -> None:
            if reason:
                self.order(
                    "break the lease",
                    lambda c: c.lease_break(reason),
                    lambda _: self.say("✓ the lease is broken, the bench is safe"),
                )

        self.push_screen(Ask("Why? It goes on record with your name"), why)

    def do_recover(self) -> None:
        """Open the bench again."""
        self.order("recover", lambda c: c.bench_recover(), lambda _: self.say("✓ open again"))

    def do_up(self) -> None:
        """Start a daemon with the virtual bench."""
        if self.news.is_connected:
            self.say("A daemon is running already.", "warn")
        elif self._socket != socket_path():
            self.say(f"Start the daemon of {self._socket} where it is configured.", "warn")
        else:
            self.order(
                "start the virtual bench",
                lambda _: start_in_background(None),
                lambda pid: self.say(f"✓ daemon {pid} is up with the virtual bench"),
            )
