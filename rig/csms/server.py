"""The Central System as a process-long service: listener, one station, its wire log.

The daemon owns it, so that the station's connection outlives every run. Stations with another
identity, without the subprotocol, or with wrong credentials are refused and recorded. There may be
a listener for each security profile; a station that has come by one profile is let in by a higher
one at any time, by a lower one only when somebody says so.

Source: OCPP-J 1.6, 3; security white paper, profiles 0 to 3; rules M1.3 to M1.11, M5.5.
"""

from __future__ import annotations

import asyncio
import hmac
import itertools
import ssl
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import Self

from rig.clock import Clock, DeadlineExceeded
from rig.csms.cards import CardRegistry
from rig.csms.pki import LabPki
from rig.csms.replies import Refuse as RefuseCall
from rig.csms.replies import Replies, Silence
from rig.csms.station import StationMemory
from rig.events import EventBus
from rig.ocppj.endpoint import CallReceived, Lost, Outcome, never_sent
from rig.ocppj.frames import ErrorCode, Payload
from rig.ocppj.handshake import Accept, Handshake, Refuse
from rig.ocppj.link import Link
from rig.ocppj.server import Server
from rig.ocppj.tls import TlsPeer
from rig.ocppj.wirelog import WireLog

PONG_S = 5.0
"""Lab seconds for a pong before a connection is cut on purpose."""
OUTAGE = 503
"""HTTP status for a station that dials while its network is to be down; no fault of its own."""
WITH_PASSWORD, WITH_STATION_CERTIFICATE = (1, 2), 3
"""Security profiles, by how the station proves who it is."""


@dataclass(frozen=True, slots=True)
class StationInfo:
    """The station for a status line. `last_message_s` is its age in lab seconds."""

    identity: str
    connected: bool
    registration: str
    vendor: str
    model: str
    firmware: str
    last_message_s: float | None
    statuses: dict[int, str]
    transactions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A connection that was turned away; `age_s` lab seconds ago."""

    identity: str
    remote: str
    reason: str
    age_s: float


@dataclass(frozen=True, slots=True)
class StationSubject:
    """Subject that a station's certificate must have (profile 3): CN and O."""

    serial_number: str
    organisation: str


class CentralSystem:
    """Central System for one station under test.

    Args:
        host, port, path: where to listen; port 0 takes a free one.
        identity: of the station.
        password: bytes of Basic authentication (profile 1); None lets everybody in.
        bus, clock: time line and lab time.
        source: name of the station on the time line.
        first_transaction_id: first transactionId handed out.
        tls: context of a listener with TLS (profiles 2 and 3).
        profile: security profile of that listener; when absent, whatever is set counts: a
            password, a subject, both.
        name: host that the station is to dial, `host` when empty.

    Attributes:
        host: as given.
        password: as given; another one counts from the next connection on.
        other_password: counts as well, where nobody knows which one the station has; None for none.
        subject: of the certificate that the station must show; None asks for none.
        profile: security profile that the station is to use, or has come with.
        pki: authorities of the laboratory, where there are any.
        text_password: the station has sent the hexadecimal text of its password (M1.9).
        peer: what TLS knows of the station now connected.
        log: everything on the wire.
        replies: how calls of the station are answered.
        cards: registry of identifiers.
        station: what the station has said so far.
    """

    def __init__(
        self,
        host: str,
        port: int,
        path: str,
        identity: str,
        *,
        bus: EventBus,
        clock: Clock,
        password: bytes | None = None,
        source: str = "dut",
        first_transaction_id: int = 1,
        tls: ssl.SSLContext | None = None,
        profile: int | None = None,
        name: str = "",
    ) -> None:
        self.host = host
        self._name = name
        self._any_means = profile is None
        self.identity = identity
        self.log = WireLog(bus, source)
        self.cards = CardRegistry()
        self.replies = Replies(clock, self.cards, first_transaction_id)
        self.station = StationMemory()
        self.password = password
        self.other_password: bytes | None = None
        self.subject: StationSubject | None = None
        self._clock = clock
        self._link: Link | None = None
        self.pki: LabPki | None = None
        self.peer: TlsPeer | None = None
        self.profile = (0 if password is None else 1) if profile is None else profile
        self.text_password = False
        self._away = False
        self._ids = itertools.count(1)
        self._changed = asyncio.Condition()
        self._path = path
        self._stack = AsyncExitStack()
        self._servers: dict[int, Server] = {}
        self.listen(self.profile, port, tls)

    def listen(self, profile: int, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Have a listener for one more security profile; before the Central System is entered."""
        self._servers[profile] = Server(
            self.host,
            port,
            self._path,
            partial(self._accept, profile),
            partial(self._serve, profile),
            now=self._clock.now,
            real=self._clock.real,
            observer=self.log,
            tls=tls,
            name=self._name,
        )

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            for server in self._servers.values():
                await stack.enter_async_context(server)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    @property
    def url(self) -> str:
        """Endpoint URL to configure in the station; it appends "/" and its identity."""
        return self._servers[self.profile].url

    @property
    def urls(self) -> dict[int, str]:
        """Endpoint URL by security profile, of all that there is a listener for."""
        return {profile: server.url for profile, server in self._servers.items()}

    @property
    def connected(self) -> bool:
        """Whether the station is connected now."""
        return self._link is not None

    def stations(self) -> tuple[StationInfo, ...]:
        """The station as far as it is known."""
        s = self.station
        age = None if s.last_message_s is None else self._clock.now() - s.last_message_s
        return (
            StationInfo(
                self.identity,
                self.connected,
                s.registration,
                str(s.boot.get("chargePointVendor", "")),
                str(s.boot.get("chargePointModel", "")),
                str(s.boot.get("firmwareVersion", "")),
                age,
                dict(s.statuses),
                tuple(s.transactions),
            ),
        )

    def refusals(self) -> tuple[Refusal, ...]:
        """Connections that were turned away, oldest first, but for outages that we play."""
        return tuple(
            Refusal(
                str(e.detail.get("identity") or ""),
                str(e.detail.get("remote") or ""),
                str(e.detail.get("reason") or ""),
                self._clock.now() - e.t_s,
            )
            for e in self.log.entries
            if e.what == "refused" and e.detail.get("status") != OUTAGE
        )

    # --- the connection ---------------------------------------------------------------------

    def _accept(self, profile: int, handshake: Handshake) -> Accept | Refuse:
        if self._away:
            return Refuse(OUTAGE, "the network is cut on purpose")
        if handshake.identity is None:
            return Refuse(404, f"no station identity in {handshake.target}")
        if handshake.identity != self.identity:
            return Refuse(404, f"unknown identity {handshake.identity!r}; want {self.identity!r}")
        if profile < self.profile:
            lower = f"security profile {profile} is lower than {self.profile}, which is in use"
            return Refuse(403, f"{lower} at {self.url}")
        if self.subject is not None and (self._any_means or profile == WITH_STATION_CERTIFICATE):
            return self._accept_certificate(self.subject, handshake.tls)
        if self.password is None or not (self._any_means or profile in WITH_PASSWORD):
            return Accept()
        user_ok = handshake.user == self.identity
        if user_ok and self._is_password(handshake.password or b""):
            return Accept()
        return Refuse(401, "wrong or missing credentials")

    def _accept_certificate(self, wanted: StationSubject, peer: TlsPeer | None) -> Accept | Refuse:
        """TLS has checked chain and dates; who it is must fit as well (M1.11)."""
        if peer is None or peer.certificate is None:
            return Refuse(401, "no station certificate")
        if (peer.common_name, peer.organisation) != (wanted.serial_number, wanted.organisation):
            return Refuse(401, f"certificate of {peer.common_name!r}, {peer.organisation!r}")
        return Accept()

    def _is_password(self, given: bytes) -> bool:
        return any(
            # "hex text as password: warn, the tester's side lets it in" (M1.9)
            hmac.compare_digest(given, known) or hmac.compare_digest(given.lower(), _as_text(known))
            for known in (self.password, self.other_password)
            if known is not None
        )

    async def _serve(self, profile: int, link: Link, handshake: Handshake) -> None:
        old, self._link = self._link, link
        self.profile = profile
        self.peer = handshake.tls
        self.text_password = handshake.password not in (None, self.password)
        if old is not None:
            await old.abort()  # M1.7: a new connection replaces the old one
        await self._notify()
        try:
            async for call in link.calls():
                await self._answer(link, call)
                await self._notify()
        finally:
            if self._link is link:
                self._link = None
                await self._notify()

    async def _answer(self, link: Link, call: CallReceived) -> None:
        self.station.last_message_s = self._clock.now()
        if not self.station.may_call(call.action):
            await link.reply_error(call.id, ErrorCode.SECURITY_ERROR, "registration was rejected")
            return
        answer = self.replies.answer(call)
        if isinstance(answer, Silence):
            link.ignore(call.id)
            return
        if isinstance(answer, RefuseCall):
            await link.reply_error(call.id, answer.code, answer.description)
            return
        self.station.learn(call, answer)
        await link.reply(call.id, answer)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def wait_registered(self) -> None:
        """Return once the station is connected and was not refused."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.connected and self.station.is_registered)

    async def wait_boots(self, count: int) -> None:
        """Return once the station has booted `count` times since we listen, and is served."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: self.station.boots >= count and self.station.is_registered
            )

    async def wait_connected(self) -> None:
        """Return once the station is connected."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.connected)

    def new_id(self) -> int:
        """A number for a reservation, a charging profile or a request, each given once."""
        return next(self._ids)

    @property
    def connection(self) -> int | None:
        """Number of the connection that there is now; None from its end on."""
        link = self._link
        return None if link is None or link.closed.is_set() else link.connection

    async def turn_to(self, profile: int) -> None:
        """Let the station in by this security profile or a higher one only, from now on."""
        self.profile = profile
        await self.drop()

    async def wait_gone(self) -> None:
        """Return once the station is not connected."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self.connected)

    async def wait_profile(self, profile: int) -> None:
        """Return once the station is connected by this security profile."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.connected and self.profile == profile)

    async def wait_other_connection(self, than: int | None) -> None:
        """Return once the station is connected by another connection."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.connection not in (None, than))

    async def settle(self) -> None:
        """Return once what was sent before has arrived, unless the station answers no ping."""
        link = self._link
        if link is not None:
            with suppress(DeadlineExceeded, ConnectionError):  # it is as good as cut
                async with self._clock.deadline(PONG_S, "pong"):
                    await link.ping()

    async def cut(self) -> None:
        """Be out of reach until `restore`: the connection ends, and no other is let in.

        What was sent before has arrived by then, unless the station answers no ping.
        """
        await self.settle()
        self._away = True
        await self.drop()

    def restore(self) -> None:
        """Be there again."""
        self._away = False

    async def drop(self) -> None:
        """Abort the connection: it is half-open once the station has lost power.

        Afterwards `wait_connected` means a new one.
        """
        link = self._link
        if link is None:
            return
        await link.abort()
        async with self._changed:
            await self._changed.wait_for(lambda: self._link is not link)

    async def call(
        self, action: str, payload: Payload, timeout_s: float, *, validate: bool = True
    ) -> Outcome:
        """Send a CALL to the station, once its own CALLs are answered; `Lost` when it is away.

        Args:
            action: name of the action.
            payload: camelCase.
            timeout_s: lab seconds for the answer.
            validate: False to send what breaks the schema, on purpose.

        Raises:
            InvalidMessage: the payload breaks the schema.
        """
        link = self._link
        if link is None:
            return Lost(never_sent(action))
        async with self._changed:
            await self._changed.wait_for(
                lambda: link is not self._link or not link.endpoint.unanswered()
            )
        return await link.call(action, payload, timeout_s, validate=validate)


def _as_text(key: bytes) -> bytes:
    return key.hex().encode()
