"""The application: it draws what the mirror says, and hands orders to the daemon."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, TypeVar

from rich.text import Text
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from rig.client.api import RigClient
from rig.client.errors import ClientError, NoDaemon
from rig.client.launcher import start_in_background
from rig.client.modem import ModemInfo, SignalInfo
from rig.client.paths import owner, socket_path
from rig.client.plug import PlugInfo
from rig.client.results import LeaseInfo, PromptInfo, RunInfo, Status
from rig.client.stream import RigEvent
from rig.tui.actions import ACTIONS, EVERYWHERE, OF, Action, all_keys, bindings, of_screen
from rig.tui.dialogs import Confirm, Reading
from rig.tui.follower import follow, in_thread
from rig.tui.jump import Jump
from rig.tui.mirror import Mirror, Topic
from rig.tui.prompting import PromptDialog
from rig.tui.screens.base import ALL, RigScreen
from rig.tui.screens.bench import BenchScreen
from rig.tui.screens.run import RunScreen
from rig.tui.screens.wire import WireScreen
from rig.tui.status_parts import status_parts
from rig.tui.story import TONES
from rig.tui.widgets.bars import Bar, StatusBar

T = TypeVar("T")

REDRAW_S = 0.05
"""Least real seconds between two drawings of events: a burst becomes one."""

POLL_S = 1.0
"""Least real seconds between two looks at the same thing."""

IDLE_POLL_S = 5.0
"""The same while nothing happens."""


class RigApp(App[None]):
    """The operator's seat.

    Args:
        socket: of the daemon.
        monotonic: seconds of our own clock.
    """

    CSS_PATH = "style.tcss"
    TITLE = "rig"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(EVERYWHERE)]

    def __init__(self, socket: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.client = RigClient(socket)
        self.mirror = Mirror()
        self.modem: ModemInfo | None = None
        self.signal: SignalInfo | None = None
        self.expected_s: dict[str, float] = {}
        self.is_connected = False
        self._socket = socket
        self._monotonic = monotonic
        self._why_lost = "connecting ..."
        self._topics = Topic.NONE
        self._scheduled = False
        self._drawn_at = -1.0
        self._read_at: dict[str, float] = {}
        self._stale: set[str] = set()
        self._busy: set[str] = set()
        self._aside: set[str] = set()
        self._places = {"bench": BenchScreen(), "run": RunScreen(), "wire": WireScreen()}
        self._place = "bench"

    # -- life -----------------------------------------------------------------------------

    async def on_mount(self) -> None:
        """Show the bench and follow the daemon."""
        for name, screen in self._places.items():
            self.install_screen(screen, name)
        await self.push_screen("bench")
        self.run_worker(follow(self.client, self), name="follow", group="follow", exclusive=True)
        self.set_interval(1.0, self._tick)

    @property
    def last_seq(self) -> int:
        """Number of the newest event that is known."""
        return self.mirror.last_seq

    @property
    def lab_now_s(self) -> float:
        """Lab time."""
        return self.mirror.lab_now_s(self._monotonic())

    @property
    def place(self) -> RigScreen:
        """The screen below all dialogues."""
        return self._places[self._place]

    # -- what the daemon says -----------------------------------------------------------------

    def met(self, status: Status, *, anew: bool) -> None:
        """A daemon answers."""
        if anew:
            self.mirror = Mirror()
            self.mirror.last_seq = 0
            self.modem = self.signal = None
            self._read_at.clear()
        self.is_connected = True
        self._changed(self.mirror.take_status(status, self._monotonic()) | ALL)
        self._stale |= {"plugs", "run", "modem"}
        self._catch_up()

    def lost(self, why: ClientError) -> None:
        """No daemon answers."""
        self.is_connected = False
        start = "u starts one with the virtual bench" if isinstance(why, NoDaemon) else "waiting"
        self._why_lost = f"✗ {why.message.split(';')[0]}; {start}"
        self._changed(Topic.STATUS)

    def happened(self, events: list[RigEvent], missed: int) -> None:
        """Events came."""
        topics = Topic.NONE
        for event in events:
            topics |= self.mirror.take(event)
        if missed:
            self.mirror.missed += missed
            self.say(f"! {missed} events were lost on the way", "warn")
        if topics & Topic.STATUS:
            self._stale.add("status")
        if topics & (Topic.PLUGS | Topic.FRAMES):
            self._stale.add("plugs")
        if any(e.kind == "run" or (e.kind == "case" and e.data.get("verdict")) for e in events):
            self._stale.add("run")
        self._changed(topics)

    def _changed(self, topics: Topic) -> None:
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
        if not place.is_mounted or not topics:
            return
        with self.batch_update():
            self._draw_status(place)
            if topics & Topic.PROMPTS:
                self._attend_prompts()
            place.show(self.mirror, topics)

    def _draw_status(self, place: RigScreen) -> None:
        parts = status_parts(self.mirror, connected=self.is_connected, lost=self._why_lost)
        place.query_one(StatusBar).show_parts(parts)

    # -- looking, never more often than once a second ---------------------------------------------

    def _tick(self) -> None:
        if not self.is_connected:
            return
        now = self._monotonic()
        for what in ("status", "plugs", "modem"):
            if now - self._read_at.get(what, now - IDLE_POLL_S) >= IDLE_POLL_S:
                self._stale.add(what)
        self._catch_up()
        if self.place.is_mounted:
            self.place.tick()
        self._count_down()

    def _catch_up(self) -> None:
        """Read again what is out of date, and was not read within the last second."""
        now = self._monotonic()
        readers: dict[str, Callable[[], None]] = {
            "status": lambda: self.look("status", lambda c: c.status(), self._learn_status),
            "plugs": lambda: self.look("plugs", lambda c: c.plugs(), self.learn_plugs),
            "run": self._read_run,
            "modem": self._read_modem,
        }
        for what in tuple(self._stale):
            if now - self._read_at.get(what, now - POLL_S) >= POLL_S:
                self._stale.discard(what)
                self._read_at[what] = now
                readers[what]()

    def _learn_status(self, status: Status) -> None:
        self._changed(self.mirror.take_status(status, self._monotonic()))

    def learn_plugs(self, plugs: Sequence[PlugInfo]) -> None:
        """Take the state of plugs."""
        self._changed(self.mirror.take_plugs(plugs))

    def _read_run(self) -> None:
        run = self.mirror.run
        if run is not None and run.run_id:
            run_id = run.run_id
            self.look("run", lambda c: c.run(run_id), self._learn_run)

    def _learn_run(self, info: RunInfo) -> None:
        self._changed(self.mirror.take_run(info))

    def _read_modem(self) -> None:
        if self._place not in ("bench", "modem"):
            return

        def done(seen: tuple[ModemInfo, SignalInfo]) -> None:
            self.modem, self.signal = seen
            if self.signal.rssi_dbm is not None:
                self.mirror.signals.append(self.signal.rssi_dbm)
            self._changed(Topic.MODEM)

        self.look("modem", lambda c: (c.modem(), c.modem_signal()), done)

    def look(self, name: str, call: Callable[[RigClient], T], done: Callable[[T], None]) -> None:
        """Ask the daemon something; a failure is no news, the connection has its own."""

        async def work() -> None:
            try:
                seen = await in_thread(partial(call, self.client), name)
            except ClientError:
                return
            done(seen)

        self.run_worker(work(), name=name, group=f"look {name}", exclusive=True)

    # -- orders --------------------------------------------------------------------------------

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
                done(seen)
            finally:
                self._busy.discard(name)

        self.run_worker(work(), name=name, group=f"order {name}", exclusive=True)

    def say(self, text: str, tone: str = "") -> None:
        """Show a message above the keys, until the next one."""
        for screen in self._places.values():
            if screen.is_mounted:
                screen.query_one("#message", Bar).show(Text(f" {text}", style=TONES[tone]))

    # -- actions ---------------------------------------------------------------------------------

    def action_act(self, where: str, name: str) -> None:
        """Carry out an action of the table."""
        self.act(OF[where, name])

    def act(self, action: Action) -> None:
        """Carry out an action; a dangerous one asks first."""
        if action.where not in (EVERYWHERE, self._place):
            self._go(action.where)
        if not action.confirm:
            self._carry_out(action)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._carry_out(action)

        self.push_screen(Confirm(action.confirm, action.title), answered)

    def _carry_out(self, action: Action) -> None:
        target = self if action.where == EVERYWHERE else self._places[action.where]
        getattr(target, f"do_{action.name}")()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every action of the table."""
        for action in ACTIONS:
            where = "" if action.where == EVERYWHERE else f"{action.where.capitalize()}: "
            told = f"{action.help}  [{all_keys(action)}]"
            yield SystemCommand(f"{where}{action.title}", told, partial(self.act, action))

    def _go(self, name: str) -> None:
        if name != self._place:
            self._place = name
            while len(self.screen_stack) > 1 and not isinstance(self.screen, RigScreen):
                self.pop_screen()
            self.switch_screen(name)

    def do_safe(self) -> None:
        """Abort everything, open every relay."""
        self.order("SAFE", lambda c: c.bench_safe(), lambda _: self.say("✓ the bench is safe"))

    def do_bench(self) -> None:
        """Show the bench."""
        self._go("bench")

    def do_run(self) -> None:
        """Show the run."""
        self._go("run")

    def do_wire(self) -> None:
        """Show the wire."""
        self._go("wire")

    def do_help(self) -> None:
        """Show what every key does."""
        text = Text()
        for action in of_screen(self._place):
            text.append(f"{all_keys(action):<10}", style="bold")
            text.append(f"{action.title:<20}{action.help}\n")
        text.append("\nTab goes from place to place, arrows move, PgUp and PgDn turn pages.")
        self.push_screen(Reading(f"Keys of {self._place} and of everywhere", text))

    def do_answer(self) -> None:
        """Bring the oldest open question back."""
        self._aside.clear()
        if not self.mirror.prompts:
            self.say("Nobody asks anything.")
        self._attend_prompts()

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
            self._stale.add("status")
            self._catch_up()
            self.say(f"✓ the bench is {'held by ' + lease.owner if lease.owner else 'free'}")

        if mine:
            self.order("give the bench back", lambda c: c.lease_release(), done)
        else:
            self.order("hold the bench", lambda c: c.lease_take("by hand", 3600.0, 0.0), done)

    def do_break_lease(self) -> None:
        """Take the bench from its holder."""
        self.order(
            "break the lease",
            lambda c: c.lease_break("broken at the terminal"),
            lambda _: self.say("✓ the lease is broken, the bench is safe"),
        )

    def do_recover(self) -> None:
        """Open the bench again."""
        self.order("recover", lambda c: c.bench_recover(), lambda _: self.say("✓ open again"))

    def do_up(self) -> None:
        """Start a daemon with the virtual bench."""
        if self.is_connected:
            self.say("A daemon is running already.", "warn")
        elif self._socket != socket_path():
            self.say(f"Start the daemon of {self._socket} where it is configured.", "warn")
        else:
            self.order(
                "start the virtual bench",
                lambda _: start_in_background(None),
                lambda pid: self.say(f"✓ daemon {pid} is up with the virtual bench"),
            )

    def do_jump(self) -> None:
        """Letters on every place."""
        screen = self.screen
        places = [w for w in screen.focus_chain if w.region and w.display]

        def chosen(widget: object) -> None:
            for place in places:
                if place is widget:
                    place.focus()

        self.push_screen(Jump(places), chosen)

    def do_palette(self) -> None:
        """Find an action by name."""
        self.action_command_palette()

    def do_theme(self) -> None:
        """Light or dark."""
        self.theme = "textual-dark" if self.theme == "textual-light" else "textual-light"

    def do_leave(self) -> None:
        """Leave; the daemon goes on."""
        self.exit()

    # -- questions -----------------------------------------------------------------------------

    def _attend_prompts(self) -> None:
        """Show the oldest question that is not set aside; close the one that is answered."""
        is_open = {prompt.id for prompt in self.mirror.prompts}
        self._aside &= is_open
        shown = self.screen
        if isinstance(shown, PromptDialog):
            if shown.prompt.id not in is_open:
                shown.dismiss(None)
                self._tell_closed(shown.prompt.id)
            return
        waiting = [p for p in self.mirror.prompts if p.id not in self._aside]
        if waiting and isinstance(shown, RigScreen):
            self._ask(waiting[0])

    def _ask(self, prompt: PromptInfo) -> None:
        evidence = tuple(self.mirror.lines)[-5:-1]

        def answered(choice: str | None) -> None:
            if choice is None:
                self._aside.add(prompt.id)
                self._attend_prompts()
                return
            self.order(
                f"answer {prompt.id}",
                lambda c: c.answer(prompt.id, choice, owner()),
                lambda _: self.say(f"✓ {prompt.id}: {choice}"),
            )

        dialog = PromptDialog(prompt, evidence)
        self.push_screen(dialog, answered)
        self.call_after_refresh(self._count_down)

    def _tell_closed(self, prompt_id: str) -> None:
        closed = self.mirror.closed
        if closed is None or closed.id != prompt_id:
            return
        if closed.state == "answered":
            self.say(f"{prompt_id} was answered by {closed.by}: {closed.answer}")
        else:
            self.say(f"{prompt_id} is {closed.state}: {closed.question}", "warn")

    def _count_down(self) -> None:
        now = self._monotonic()
        shown = self.screen
        if isinstance(shown, PromptDialog):
            if shown.is_mounted:
                shown.show_left(self.mirror.left_s(shown.prompt, now))
            return
        aside = [p for p in self.mirror.prompts if p.id in self._aside]
        if aside:
            left = self.mirror.left_s(aside[0], now)
            self.say(f"? {aside[0].question}  {left:.0f} s left, a answers", "warn")
