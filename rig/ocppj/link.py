"""An endpoint on a WebSocket: one `Link` per connection, for either side.

The link owns the reading, the writing and the deadlines; everything that passes is shown to
a `WireObserver`, word for word, malformed messages included.

Source: OCPP-J 1.6, section 3; rules M1. Without permessage-deflate: it triples the memory
of a station and hides the text from a network trace.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol, Self

from websockets.exceptions import ConnectionClosed

from rig.ocppj.endpoint import (
    BadAnswer,
    CallReceived,
    Endpoint,
    EndpointEvent,
    Error,
    LateAnswer,
    Lost,
    OpenCall,
    Outcome,
    PeerViolation,
    Result,
    Side,
    never_sent,
)
from rig.ocppj.flag import Flag
from rig.ocppj.frames import Payload
from rig.ocppj.websocket import CLOSE_TIMEOUT_S, DirectConnection

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
MANY_CALLS = 16
"""Of a peer that may have one open."""
MAX_BACKLOG_BYTES = 2 * MAX_MESSAGE_BYTES
"""What we send of our own accord is never as much; see `room`."""
ANSWERS = (Result, Error, BadAnswer)
connection_numbers = itertools.count(1)


class WireObserver(Protocol):
    """Sees everything on the wire. `direction` is "in" or "out" as seen by this side."""

    def frame(self, direction: str, connection: int, raw: str | bytes) -> None:
        """Take one WebSocket message, word for word."""

    def transport(self, what: str, connection: int, detail: dict[str, object]) -> None:
        """Take an event: connect, refused, close, ping, pong, violation, late-answer."""


class NoObserver:
    """Looks away."""

    def frame(self, direction: str, connection: int, raw: str | bytes) -> None:
        """Ignore."""

    def transport(self, what: str, connection: int, detail: dict[str, object]) -> None:
        """Ignore."""


class Link:
    """A connection that speaks OCPP-J. `dialling.connect` and `server.Server` give one.

    Attributes:
        identity: of the station at either end.
        connection: number of this connection, unique in this process.
        closed: set when the connection is gone; `close_code` then says how (1006: lost).
        answers: how many own CALLs the peer has answered.
        on_time_out: told of each own CALL that it has not.
    """

    __slots__ = (
        "_has_more",
        "_incoming",
        "_leaving",
        "_now",
        "_observer",
        "_real",
        "_running",
        "_timer",
        "_timer_s",
        "_waiting",
        "_ws",
        "answers",
        "close_code",
        "closed",
        "connection",
        "endpoint",
        "identity",
        "on_time_out",
    )

    def __init__(
        self,
        ws: DirectConnection,
        side: Side,
        identity: str,
        *,
        now: Callable[[], float],
        real: Callable[[float], float] = float,
        observer: WireObserver | None = None,
        connection: int | None = None,
    ) -> None:
        self.identity = identity
        self.connection = next(connection_numbers) if connection is None else connection
        self.closed = Flag()
        self.close_code: int | None = None
        self.endpoint = Endpoint(side, secrets.token_hex(8))
        self.answers = 0
        self.on_time_out: Callable[[OpenCall], None] | None = None
        self._ws = ws
        self._now = now
        self._real = real
        self._observer: WireObserver = observer or NoObserver()
        self._incoming: list[CallReceived] = []
        self._has_more = Flag()
        self._waiting: dict[str, asyncio.Future[Outcome]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_s = 0.0
        self._running = False
        self._leaving = False

    # --- life -------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        self._running = True
        self._ws.attach(self)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close with a WebSocket handshake; after a short wait without one."""
        self._leaving = True
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await self._ws.close(code, reason)
        finally:  # also for who has no time even for this
            self.kill()
        await self.abort()

    def kill(self) -> None:
        """Drop the TCP connection without a word, as a power failure does."""
        self._leaving = True
        self._ws.transport.abort()

    async def abort(self) -> None:
        """Kill the connection and wait until everything of it has ended."""
        self.kill()
        if self._running:
            await self.closed.wait()

    # --- what the connection tells ------------------------------------------------------------

    def message(self, message: str | bytes) -> None:
        """Take a message of the peer."""
        self._observer.frame("in", self.connection, message)
        self._dispatch(self.endpoint.receive(message, self._now()))
        self._flush()
        if self._ws.paused:
            self._save_memory()

    def control(self, what: str, payload: bytes) -> None:
        """Show a ping or a pong of the peer."""
        self._observer.transport(
            what, self.connection, {"direction": "in", "payload": payload.hex()}
        )
        if self._ws.paused:
            self._save_memory()

    def gone(self) -> None:
        """End every CALL, and tell everybody who waits."""
        self.close_code = self._ws.close_code
        if self._timer is not None:
            self._timer.cancel()
        self._dispatch(self.endpoint.lost())
        for id_, future in self._waiting.items():
            if not future.done():
                future.set_result(Lost(never_sent("", id_)))
        self._waiting.clear()
        by = "self" if self._leaving else "peer"
        detail: dict[str, object] = {
            "code": self.close_code,
            "reason": self._ws.close_reason,
            "by": by,
        }
        try:
            self._observer.transport("close", self.connection, detail)
        finally:
            self.closed.set()
            self._has_more.set()

    # --- messages ---------------------------------------------------------------------------

    def call(
        self,
        action: str,
        payload: Payload,
        timeout_s: float,
        *,
        id: str | None = None,
        validate: bool = True,
    ) -> asyncio.Future[Outcome]:
        """Send a CALL; await what becomes of it.

        Args:
            action: name of the action.
            payload: camelCase.
            timeout_s: in the seconds of `now`, counted from the sending.
            id: message id, chosen by the endpoint when absent.
            validate: False to send a wrong message on purpose.

        Raises:
            InvalidMessage: the payload breaks the schema.
        """
        # A future and no coroutine: nobody keeps the payload until the answer has come.
        future: asyncio.Future[Outcome] = self._ws.loop.create_future()
        if self.closed.is_set():
            future.set_result(Lost(never_sent(action, id or "")))
            return future
        key = self.endpoint.call(action, payload, self._now(), timeout_s, id=id, validate=validate)
        self._waiting[key] = future
        self._flush()
        return future

    async def reply(self, id: str, payload: Payload, *, validate: bool = True) -> None:
        """Answer a CALL of the peer; does nothing when the connection is gone.

        Raises:
            InvalidMessage: the payload breaks the schema.
        """
        with contextlib.suppress(KeyError):
            self.endpoint.reply(id, payload, validate=validate)
        self._flush()
        await self._ws.room()

    async def reply_error(
        self, id: str, code: str, description: str = "", details: Payload | None = None
    ) -> None:
        """Refuse a CALL of the peer; does nothing when the connection is gone."""
        with contextlib.suppress(KeyError):
            self.endpoint.reply_error(id, code, description, details)
        self._flush()
        await self._ws.room()

    async def send_raw(self, text: str) -> None:
        """Send any text, also what is no frame."""
        self.endpoint.send_raw(text)
        self._flush()
        await self._ws.room()

    def ignore(self, id: str) -> None:
        """Leave a CALL of the peer without an answer for ever."""
        self.endpoint.ignore(id)

    async def calls(self) -> AsyncIterator[CallReceived]:
        """CALLs of the peer that keep the schema, until the connection ends."""
        while True:
            while self._incoming:
                yield self._incoming.pop(0)
            if self.closed.is_set():
                return
            self._has_more.clear()
            await self._has_more.wait()

    async def ping(self) -> float:
        """Round trip of a WebSocket ping in real seconds.

        Raises:
            ConnectionError: the connection is gone.
        """
        payload = secrets.token_bytes(4)
        detail: dict[str, object] = {"direction": "out", "payload": payload.hex()}
        try:
            pong = await self._ws.ping(payload)
            self._observer.transport("ping", self.connection, detail)
            return await pong
        except ConnectionClosed as error:
            raise ConnectionResetError(str(error)) from error

    def _dispatch(self, events: Sequence[EndpointEvent]) -> None:
        for event in events:
            if isinstance(event, ANSWERS):
                self.answers += 1
                self._tell(event)
            elif isinstance(event, CallReceived):
                self._take_call(event)
            elif isinstance(event, PeerViolation):
                self._observer.transport(
                    "violation", self.connection, {"rule": event.rule, "detail": event.detail}
                )
            elif isinstance(event, LateAnswer):
                self._observer.transport("late-answer", self.connection, {"id": event.id})
            else:
                self._tell(event)

    def _tell(self, outcome: Outcome) -> None:
        future = self._waiting.pop(outcome.call.id, None)
        if future is not None and not future.done():
            future.set_result(outcome)

    def _take_call(self, call: CallReceived) -> None:
        if self._leaving:  # it has crossed our goodbye: nobody would hear the answer
            self.endpoint.ignore(call.id)
            return
        self._incoming.append(call)
        self._has_more.set()

    def _save_memory(self) -> None:
        """A peer that asks and asks and reads no answer is not read from until it does.

        Not sooner: two ends that wait for each other to read wait for ever.
        """
        if len(self._incoming) > MANY_CALLS or self._ws.backlog > MAX_BACKLOG_BYTES:
            self._ws.hold()

    def _flush(self) -> None:
        texts = self.endpoint.data_to_send()
        if not texts:
            return
        for text in texts:
            if not self._ws.is_open:
                return
            self._observer.frame("out", self.connection, text)
            self._ws.post(text)
        self._schedule()

    def _schedule(self) -> None:
        """Have a timer that fires no later than the next deadline; an early one is harmless."""
        deadline = self.endpoint.next_deadline()
        if deadline is None or self.closed.is_set():
            return
        if self._timer is not None:
            if self._timer_s <= deadline:
                return
            self._timer.cancel()
        delay = max(0.0, self._real(deadline - self._now()))
        self._timer_s = deadline
        self._timer = asyncio.get_running_loop().call_later(delay, self._expire)

    def _expire(self) -> None:
        self._timer = None
        given_up = self.endpoint.expire(self._now())
        self._dispatch(given_up)
        self._flush()
        self._schedule()  # it was set for an earlier CALL, if that which is open now goes on
        if given_up and self.on_time_out is not None:
            for outcome in given_up:
                self.on_time_out(outcome.call)
