"""WebSocket connections that hand over what comes in the moment it comes in.

`websockets` does the protocol. Its queue between the socket and a reading task, and the lock
around each message that is sent, cost as much as all of our own work on a message: whole
messages go straight from the socket to a `Receiver`, and straight from a `Link` to the socket.

Source: RFC 6455; rules M1.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Protocol

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Event, State

CLOSE_TIMEOUT_S = 1.0  # real seconds; a station that lost power will not say goodbye
EARLY_FRAMES = 16


class Receiver(Protocol):
    """Takes what comes on a connection, in order, while the event loop waits for it."""

    def message(self, message: str | bytes) -> None:
        """Take a text or binary message, whole."""

    def control(self, what: str, payload: bytes) -> None:
        """Take note of a "ping", answered already, or a "pong"."""

    def gone(self) -> None:
        """The connection is closed; comes once, and last."""


class DirectConnection(Connection):
    """Either end of a connection whose messages go to a `Receiver`; `recv` gives nothing."""

    _receiver: Receiver | None = None
    _early: list[Frame] | None = None  # what came before there was a receiver
    _fragments = bytearray()  # of a message that has begun,
    _is_text = True  # and its kind
    _undecodable = False
    _patience: asyncio.TimerHandle | None = None  # with a peer after a goodbye

    def attach(self, receiver: Receiver) -> None:
        """Give everything to `receiver` from now on, and first what has come already."""
        self._receiver = receiver
        early, self._early = self._early, None
        for frame in early or ():
            self._take(receiver, frame)
        if self.connection_lost_waiter.done():
            receiver.gone()
        else:
            self.transport.resume_reading()

    @property
    def is_open(self) -> bool:
        """Whether a message may be sent."""
        return self.protocol.state is State.OPEN

    def post(self, text: str) -> None:
        """Send a text message; the caller has looked at `is_open`, and may wait for `room`."""
        self.protocol.send_text(text.encode())
        self.send_data()

    async def room(self) -> None:
        """Wait until the peer has read most of what it was sent, or is gone."""
        if self.paused:
            with contextlib.suppress(OSError):
                await self.drain()

    @property
    def backlog(self) -> int:
        """Bytes that wait for the peer to read."""
        return self.transport.get_write_buffer_size()

    def hold(self) -> None:
        """Read nothing more until the peer has read most of what it was sent."""
        self.transport.pause_reading()

    # --- called by the event loop -------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take bytes; a goodbye may be among them, or what the protocol says goodbye to."""
        super().data_received(data)
        if self.close_deadline is not None:
            self._end_soon()

    def process_event(self, event: Event) -> None:
        """Take what the protocol has read."""
        if not isinstance(event, Frame):  # the upgrade
            super().process_event(event)
        elif self._receiver is not None:
            self._take(self._receiver, event)
        else:
            self._early = [*(self._early or ()), event]
            if len(self._early) == EARLY_FRAMES:
                self.transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the connection, of whatever kind."""
        super().connection_lost(exc)
        if self._patience is not None:
            self._patience.cancel()
        if self._receiver is not None:
            self._receiver.gone()

    def resume_writing(self) -> None:
        """Read again from a peer that reads again."""
        super().resume_writing()
        if self._receiver is not None:
            self.transport.resume_reading()

    def _take(self, receiver: Receiver, frame: Frame) -> None:
        opcode = frame.opcode
        if opcode is Opcode.TEXT and frame.fin:
            self._take_text(receiver, frame.data)
        elif opcode is Opcode.TEXT or opcode is Opcode.BINARY or opcode is Opcode.CONT:
            self._take_fragment(receiver, frame)
        elif opcode is not Opcode.CLOSE:
            if opcode is Opcode.PONG:
                self.acknowledge_pings(bytes(frame.data))
            receiver.control(opcode.name.lower(), bytes(frame.data))

    def _take_text(self, receiver: Receiver, data: bytes | bytearray | memoryview) -> None:
        if self._undecodable:
            return
        try:
            text = str(data, "utf-8")
        except UnicodeDecodeError as error:  # RFC 6455, 8.1
            self._undecodable = True
            if self.is_open:
                self.protocol.fail(CloseCode.INVALID_DATA, f"{error.reason} at {error.start}")
                self.send_data()
                self._end_soon()
        else:
            receiver.message(text)

    def _take_fragment(self, receiver: Receiver, frame: Frame) -> None:
        if frame.opcode is not Opcode.CONT:
            self._fragments, self._is_text = bytearray(), frame.opcode is Opcode.TEXT
        whole = self._fragments
        whole += frame.data
        if not frame.fin:
            return
        self._fragments = bytearray()  # lets go of the memory
        if self._is_text:
            self._take_text(receiver, whole)
        elif not self._undecodable:
            receiver.message(bytes(whole))

    def _end_soon(self) -> None:
        """After a goodbye the server closes; a peer that does not is not waited for."""
        if self._patience is None:
            self._patience = self.loop.call_later(CLOSE_TIMEOUT_S, self.transport.abort)


class DirectServerConnection(DirectConnection, ServerConnection):
    """A connection of a Central System."""


class DirectClientConnection(DirectConnection, ClientConnection):
    """A connection of a station."""
