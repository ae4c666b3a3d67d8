"""The station's connection: connects with back-off, sends own CALLs, hands over commands.

Between it and the link is `wire_defects`.

Source: OCPP-J 1.6, 3 and 5.4; station behaviour 4.5 (reconnecting).
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from firmware_mocks.charging_station.defects import Defects
from firmware_mocks.charging_station.habits import Habits
from firmware_mocks.charging_station.keep_alive import KeepAlive
from firmware_mocks.charging_station.storage import Json
from firmware_mocks.charging_station.wire_defects import OnCommand, WireDefects
from firmware_mocks.clock import MockClock
from rig.ocppj.dialling import ConnectRefused, connect
from rig.ocppj.endpoint import Lost, OpenCall, Outcome, never_sent
from rig.ocppj.flag import Flag
from rig.ocppj.link import Link, WireObserver

Payload = dict[str, Json]

FIRST_PAUSE_S, LONGEST_PAUSE_S, JITTER = 1.0, 60.0, 0.2
HURRY_S = 0.1
SILENT_CALLS = 2
"""Own CALLs in a row without an answer: nobody is there, whatever TCP says (ours)."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where and as whom the station connects.

    Attributes:
        csms_url: endpoint, without identity.
        identity: of the station.
        password: it is delivered with.
        endpoints: of security profiles that have another one.
        security_profile: it is delivered with; what fits the rest by default.
    """

    csms_url: str
    identity: str
    password: bytes | None = None
    endpoints: Mapping[int, str] = field(default_factory=dict)
    security_profile: int | None = None


@dataclass(frozen=True, slots=True)
class Dial:
    """How to connect now: endpoint, password, TLS; `check_peer` as for `link.connect`."""

    endpoint: str
    password: bytes | None = None
    tls: ssl.SSLContext | None = None
    check_peer: Callable[[ssl.SSLObject], None] | None = None


class Access(Protocol):
    """Decides how to connect, and is told what became of it."""

    def dial(self) -> Dial:
        """How to connect now."""

    def failed(self, refused: ConnectRefused) -> None:
        """An attempt was in vain."""

    def connected(self) -> None:
        """An attempt has worked."""

    def violated(self, rule: str, detail: str) -> None:
        """The Central System has broken a rule of OCPP-J."""


class Watching:
    """An observer that shows violations to the station itself, too."""

    def __init__(self, observer: WireObserver, access: Access) -> None:
        self.frame = observer.frame
        self._observer = observer
        self._access = access

    def transport(self, what: str, connection: int, detail: dict[str, object]) -> None:
        """Pass on an event of the connection."""
        self._observer.transport(what, connection, detail)
        if what == "violation":
            self._access.violated(str(detail["rule"]), str(detail["detail"]))


class Uplink:
    """One logical connection to the Central System.

    Args:
        account: where and as whom; may be replaced at any time.
        clock: lab time.
        defects: what goes wrong on the wire.
        observer: sees every frame.
        seed: of the jitter.
        keep_alive: pings.
        message_timeout_s: asked for each own CALL, lab seconds.
        on_command: serves a CALL of the Central System.
        habits: what is unusual about its messages, and legal; None: nothing.

    Attributes:
        network_up: cleared while the cable to the Central System is cut.
        online: connected and accepted.
        settled: online, and the statuses are reported: the queue may go out.
    """

    __slots__ = (
        "_answers",
        "_clock",
        "_defects",
        "_habits",
        "_link",
        "_observer",
        "_on_command",
        "_seed",
        "_timeout_s",
        "_unanswered",
        "_wire",
        "account",
        "keep_alive",
        "last_call_s",
        "network_up",
        "online",
        "settled",
    )

    def __init__(
        self,
        account: Account,
        clock: MockClock,
        defects: Defects,
        observer: WireObserver,
        seed: int,
        keep_alive: KeepAlive,
        message_timeout_s: Callable[[], float],
        on_command: OnCommand,
        habits: Habits | None = None,
    ) -> None:
        self.account = account
        self.keep_alive = keep_alive
        self.network_up = Flag(True)
        self.online = Flag()
        self.settled = Flag()
        self.last_call_s = clock.now()
        self._clock = clock
        self._defects = defects
        self._observer = observer
        self._seed = seed
        self._timeout_s = message_timeout_s
        self._on_command = on_command
        self._habits = habits
        self._link: Link | None = None
        self._answers = self._unanswered = 0
        self._wire: WireDefects | None = None

    @property
    def wire(self) -> WireDefects:
        """What is wrong with the messages on purpose; a station of a fleet needs none."""
        if self._wire is None:
            self._wire = WireDefects(self._defects, self._clock)
        return self._wire

    @property
    def connected(self) -> bool:
        """Whether there is a link now."""
        return self._link is not None

    async def run(self, session: Callable[[], Coroutine[None, None, None]], access: Access) -> None:
        """Connect and reconnect for ever; `session` runs once per connection, beside it."""
        pause_s, attempt = FIRST_PAUSE_S, 0
        while True:
            attempt += 1
            await self.network_up.wait()
            try:
                link = await self._connect(access, first=attempt == 1)
            except ConnectRefused as refused:
                access.failed(refused)
                hurry = self._defects.has("hurries-to-reconnect")
                await self._clock.sleep(HURRY_S if hurry else pause_s * self._jitter(attempt))
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                continue
            pause_s = FIRST_PAUSE_S
            access.connected()
            async with link:
                await self._serve(link, session)
            await self._clock.sleep(pause_s * self._jitter(attempt))
            pause_s = 2 * FIRST_PAUSE_S

    def _jitter(self, attempt: int) -> float:
        """Factor of a pause: at random, and the same whenever the seed is."""
        chance = random.Random(f"{self._seed} {attempt}").random()  # noqa: S311  # to be repeated
        return 1 + JITTER * (2 * chance - 1)

    async def _connect(self, access: Access, *, first: bool) -> Link:
        dial = access.dial()
        identity = self.account.identity
        if self._defects.has("wrong-identity"):
            identity += "-wrong"
        wrong = self._defects.has("wrong-subprotocol") or (
            first and self._defects.has("wrong-subprotocol-first")
        )
        return await connect(
            dial.endpoint,
            identity,
            now=self._clock.now,
            real=self._clock.real,
            password=dial.password,
            observer=Watching(self._observer, access),
            subprotocols=("ocpp2.0.1",) if wrong else ("ocpp1.6",),
            tls=dial.tls,
            check_peer=dial.check_peer,
        )

    async def _serve(self, link: Link, session: Callable[[], Coroutine[None, None, None]]) -> None:
        self._link, self._answers, self._unanswered = link, 0, 0
        link.on_time_out = self._mind_silence
        if self._defects.any:
            self._defects.passes("Connect", {})
        tasks = [asyncio.create_task(session())]
        if self._habits is not None and self._habits.connected_s is not None:
            tasks.append(asyncio.create_task(self._leave(link, self._habits)))
        self.keep_alive.begin(link)
        try:
            async for call in link.calls():
                if self._habits is not None:
                    with self._habits.busy():
                        await self._habits.before_answer()
                        await self.wire.serve(link, call, self._on_command)
                elif self._wire is None and not self._defects.any:
                    await self._on_command(link, call)
                else:
                    await self.wire.serve(link, call, self._on_command)
        finally:
            self._link = None
            if self._defects.any:
                self._defects.passes("Disconnect", {})
            if self._wire is not None:
                self._wire.end()
            self.online.clear()
            self.settled.clear()
            self.keep_alive.end()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _leave(self, link: Link, habits: Habits) -> None:
        """Close the connection after a time, when nothing is under way; the next one follows."""
        await self._clock.sleep(habits.connected_s or 0.0)
        await self.settled.wait()
        await habits.idle.wait()
        await link.close(1001)

    def kill(self) -> None:
        """The power is gone."""
        if self._link is not None:
            self._link.kill()

    async def drop(self) -> None:
        """Lose the connection without a word."""
        if self._link is not None:
            await self._link.abort()

    async def close(self, code: int) -> None:
        """Say goodbye."""
        if self._link is not None:
            await self._link.close(code)

    def call(
        self, action: str, payload: Payload, timeout_s: float | None = None
    ) -> Awaitable[Outcome]:
        """Send a CALL; await what becomes of it: `Lost` without a connection."""
        link = self._link
        if link is None:
            return _at_once(Lost(never_sent(action)))
        wait_s = self._timeout_s() if timeout_s is None else timeout_s
        self.last_call_s = self._clock.now()
        if self._habits is not None:
            return self._habits.call(
                self._send, action, payload, wait_s, registered=self.online.is_set()
            )
        if self._defects.any:
            return self.wire.call(link, action, payload, wait_s)
        # Awaited directly: what we do with an answer comes before a command that follows it.
        return link.call(action, payload, wait_s, validate=False)

    def _mind_silence(self, call: OpenCall) -> None:
        """Hang up, and connect anew, when nobody answers any more.

        Not where a defect may be what keeps the Central System from answering; and whoever had
        less time than is usual proves nothing.
        """
        link, usual_s = self._link, self._timeout_s()
        if link is None or self._defects.any or call.deadline_s - call.sent_s < usual_s - 1e-3:
            return
        if link.answers != self._answers:
            self._answers, self._unanswered = link.answers, 0
        self._unanswered += 1
        if self._unanswered >= SILENT_CALLS and self.online.is_set():
            self.kill()

    async def _send(self, action: str, payload: Payload, wait_s: float, id: str | None) -> Outcome:
        """Send a CALL on the connection that there is by now."""
        link = self._link
        if link is None:
            return Lost(never_sent(action))
        if self._defects.any:
            return await self.wire.call(link, action, payload, wait_s)
        return await link.call(action, payload, wait_s, id=id, validate=False)


def _at_once(outcome: Outcome) -> Awaitable[Outcome]:
    done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    done.set_result(outcome)
    return done
