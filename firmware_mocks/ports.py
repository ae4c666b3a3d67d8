"""Where a mock is reached: a pseudo terminal, or TCP on loopback.

A pseudo terminal has no baud rate, no parity and no line delay: 8E1 framing, turn-round times
and a wrong speed show only on real hardware.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import termios
import tty
from collections.abc import Callable
from typing import Protocol, Self

Write = Callable[[bytes], None]


class Receiver(Protocol):
    """Takes what arrives on one connection."""

    async def __call__(self, data: bytes, write: Write) -> None:
        """Handle bytes; `write` answers."""


class PtyPort:
    """A pseudo terminal; `path` is what a driver opens.

    Args:
        make: makes the receiver.
    """

    def __init__(self, make: Callable[[], Receiver]) -> None:
        self._make = make
        self.path = ""
        self._master = -1
        self._slave = -1
        self._pending: asyncio.Queue[bytes] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)  # a fresh pty echoes
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)  # kept open: else the master sees EIO between opens
        asyncio.get_running_loop().add_reader(self._master, self._readable)
        self._task = asyncio.create_task(self._handle(self._make()), name=f"pty {self.path}")
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.hang_up()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def hang_up(self) -> None:
        """The device is pulled out of its socket: every open of the port ends."""
        if self._master >= 0:
            asyncio.get_running_loop().remove_reader(self._master)
            os.close(self._slave)
            os.close(self._master)
            self._master = self._slave = -1

    def baudrate(self) -> int | None:
        """Speed that the other side has set; None when the port is gone or the speed is odd."""
        if self._slave < 0:
            return None
        speed = termios.tcgetattr(self._slave)[5]
        rates = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
        return {getattr(termios, f"B{rate}"): rate for rate in rates}.get(speed)

    def _readable(self) -> None:
        try:
            data = os.read(self._master, 4096)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EIO):
                raise
            return
        self._pending.put_nowait(data)

    async def _handle(self, receive: Receiver) -> None:
        while True:
            await receive(await self._pending.get(), self._write)

    def _write(self, data: bytes) -> None:
        if self._master >= 0:
            with contextlib.suppress(BlockingIOError):  # nobody reads: the line is not patient
                os.write(self._master, data)


class TcpPort:
    """A TCP listener on loopback."""

    def __init__(
        self, make: Callable[[], Receiver], host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._make = make
        self._host, self._port = host, port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self._host, self._port)
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._server is not None:
            self._server.close()
            self.hang_up()
            await self._server.wait_closed()

    @property
    def address(self) -> dict[str, object]:
        """Host and port, as in the ready line."""
        if self._server is None:
            raise RuntimeError("port is not open")
        host, port = self._server.sockets[0].getsockname()[:2]
        return {"host": host, "port": port}

    def hang_up(self) -> None:
        """Reset every connection and take no more."""
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        receive = self._make()
        try:
            while data := await reader.read(4096):
                await receive(data, writer.write)
        except ConnectionError:
            pass
        finally:
            self._writers.discard(writer)
            writer.close()
