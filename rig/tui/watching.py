"""Watching the daemon: what it says goes into the mirror, what it does not say is asked for."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Protocol, TypeVar

from rig.client.api import RigClient
from rig.client.cards import CardJobInfo
from rig.client.errors import ClientError
from rig.client.modem import ModemInfo, SignalInfo
from rig.client.plug import PlugInfo
from rig.client.results import RunInfo, Status
from rig.client.stream import RigEvent
from rig.tui.follower import in_thread
from rig.tui.mirror import Mirror, Topic

T = TypeVar("T")

POLL_S = 1.0
"""Least real seconds between two looks at the same thing."""

IDLE_POLL_S = 5.0
"""The same while nothing happens."""

PAST_RUNS = 5
"""Runs from which it is known how long a case takes."""


class Stage(Protocol):
    """Where the news is shown."""

    def changed(self, topics: Topic) -> None:
        """Something is different."""

    def say(self, text: str, tone: str = "") -> None:
        """Show a message."""

    def spawn(self, work: Coroutine[object, object, None], name: str) -> None:
        """Run a worker; the one before with this name ends."""

    @property
    def place_name(self) -> str:
        """Screen that is shown."""

    @property
    def is_running(self) -> bool:
        """It has not begun to leave."""


class Watch:
    """What is known of the daemon; the `Audience` of the follower.

    Attributes:
        mirror: what the daemon has said.
        is_connected: a daemon answers.
        why_lost: if not, why; "" before the first attempt.
        modem, signal: as last read; None for a bench without modem.
        job: of the card writer, as last read.
        expected_s: lab seconds that a case took before.
    """

    def __init__(self, client: RigClient, stage: Stage, monotonic: Callable[[], float]) -> None:
        self.mirror = Mirror()
        self.is_connected = False
        self.why_lost = ""
        self.modem: ModemInfo | None = None
        self.signal: SignalInfo | None = None
        self.job: CardJobInfo | None = None
        self.expected_s: dict[str, float] = {}
        self._client = client
        self._stage = stage
        self._monotonic = monotonic
        self._read_at: dict[str, float] = {}
        self._has_modem = True  # until it is known that there is none
        self._stale: set[str] = set()
        self._readers: dict[str, Callable[[], None]] = {
            "status": self._read_status,
            "plugs": self._read_plugs,
            "run": self._read_run,
            "modem": self._read_modem,
            "job": self._read_job,
            "history": self._read_history,
        }

    @property
    def last_seq(self) -> int:
        """Number of the newest event that is known."""
        return self.mirror.last_seq

    @property
    def lab_now_s(self) -> float:
        """Lab time."""
        return self.mirror.lab_now_s(self._monotonic())

    # -- what the daemon says -------------------------------------------------------------------

    def met(self, status: Status, *, anew: bool) -> None:
        """A daemon answers."""
        if anew:
            self.mirror = Mirror()
            self.modem = self.signal = self.job = None
            self._has_modem = True
            self._read_at.clear()
        self.is_connected = True
        self._stage.changed(self.mirror.take_status(status, self._monotonic()) | ~Topic.NONE)
        self.refresh("plugs", "run", "modem", "job", "history")

    def lost(self, why: ClientError) -> None:
        """No daemon answers."""
        self.is_connected = False
        self.why_lost = why.message.split(";")[0]
        self._stage.changed(Topic.STATUS)

    def happened(self, events: list[RigEvent], missed: int) -> None:
        """Events came."""
        topics, now = Topic.NONE, self._monotonic()
        for event in events:
            topics |= self.mirror.take(event, now)
        if missed:
            self._stage.say(f"! {missed} events were lost on the way", "warn")
        stale = {
            "status": bool(topics & Topic.STATUS),
            "plugs": bool(topics & (Topic.PLUGS | Topic.FRAMES)),
            "run": any(e.kind == "run" or e.data.get("verdict") for e in events),
            "job": any(e.kind == "card" and "job" in e.data for e in events),
            "history": any(e.kind == "run" for e in events),
        }
        self._stage.changed(topics)
        self.refresh(*(name for name, is_stale in stale.items() if is_stale))

    # -- what is asked for, never more often than once a second -----------------------------

    def tick(self) -> None:
        """A second has passed."""
        if not self.is_connected:
            return
        now = self._monotonic()
        for name in ("status", "plugs", "modem"):
            busy = name == "modem" and self._stage.place_name == "modem"
            if name == "modem" and not (busy or self._has_modem):
                continue
            if now - self._read_at.get(name, now - IDLE_POLL_S) >= (
                POLL_S if busy else IDLE_POLL_S
            ):
                self._stale.add(name)
        self.refresh()

    def refresh(self, *names: str) -> None:
        """Read again: at once what was not read within the last second, the rest soon."""
        self._stale.update(names)
        now = self._monotonic()
        for name in tuple(self._stale):
            if now - self._read_at.get(name, now - POLL_S) >= POLL_S:
                self._stale.discard(name)
                self._read_at[name] = now
                self._readers[name]()

    def look(
        self,
        name: str,
        call: Callable[[RigClient], T],
        done: Callable[[T], None],
        failed: Callable[[ClientError], None] | None = None,
    ) -> None:
        """Ask the daemon something.

        Args:
            name: what for; a newer question of this name makes an older one void.
            call: the question.
            done: takes the answer.
            failed: takes a refusal; without it a line says so.
        """

        async def work() -> None:
            try:
                seen = await in_thread(partial(call, self._client), name)
            except ClientError as error:
                if failed is not None:
                    failed(error)
                else:
                    self._stage.say(f"✗ {name}: {error.message.splitlines()[0]}", "bad")
            else:
                if self._stage.is_running:
                    done(seen)

        self._stage.spawn(work(), f"look {name}")

    def learn_plugs(self, plugs: Sequence[PlugInfo]) -> None:
        """Take the state of plugs."""
        self._stage.changed(self.mirror.take_plugs(plugs))

    def _read_status(self) -> None:
        def done(status: Status) -> None:
            self._stage.changed(self.mirror.take_status(status, self._monotonic()))

        self.look("status", lambda c: c.status(), done, _no_news)

    def _read_plugs(self) -> None:
        self.look("plugs", lambda c: c.plugs(), self.learn_plugs, _no_news)

    def _read_run(self) -> None:
        run = self.mirror.run
        if run is not None and run.run_id:
            run_id = run.run_id

            def done(info: RunInfo) -> None:
                self._stage.changed(self.mirror.take_run(info))

            self.look("run", lambda c: c.run(run_id), done, _no_news)

    def _read_modem(self) -> None:
        if self._stage.place_name not in ("bench", "modem"):
            return

        def done(seen: tuple[ModemInfo, SignalInfo]) -> None:
            self.modem, self.signal = seen
            self._has_modem = True
            if self.signal.rssi_dbm is not None:
                self.mirror.signals.append(self.signal.rssi_dbm)
            self._stage.changed(Topic.MODEM)

        def failed(_error: ClientError) -> None:
            self.modem, self._has_modem = None, False

        self.look("modem", lambda c: (c.modem(), c.modem_signal()), done, failed)

    def _read_job(self) -> None:
        def done(job: CardJobInfo) -> None:
            self.job = job if job.job_id else None
            self._stage.changed(Topic.CARDS)

        self.look("job", lambda c: c.card_job(), done, _no_news)

    def _read_history(self) -> None:
        def spent(client: RigClient) -> dict[str, float]:
            past = [line.run_id for line in client.runs()][:PAST_RUNS]
            took: dict[str, list[float]] = {}
            for run_id in past:
                for case in client.run(run_id).cases:
                    took.setdefault(case.octt_id, []).append(case.duration_s)
            return {octt_id: statistics.median(times) for octt_id, times in took.items()}

        def done(expected_s: dict[str, float]) -> None:
            self.expected_s = expected_s
            self._stage.changed(Topic.RUN)

        self.look("history", spent, done, _no_news)


def _no_news(_error: ClientError) -> None:
    """Polling that fails says nothing: the connection and the screens have their own words."""
