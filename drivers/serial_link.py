"""One serial port, and every way it can fail as a `DriverError` with a reason.

pyserial, the asyncio transport and the kernel report the same event (port missing, port in
use, adapter pulled) in several ways; behind this module there is one: `DeviceGone`, at once.
"""

from __future__ import annotations

import asyncio
import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import serial
import serial_asyncio_fast

from drivers.errors import DeviceGone


@dataclass(frozen=True, slots=True)
class SerialSettings:
    """A port and its line settings.

    Attributes:
        port: path of the device node, best one below /dev/serial/by-id.
        baudrate: bits per second.
        parity: "N", "E" or "O".
        stopbits: 1 or 2.
    """

    port: str
    baudrate: int = 9600
    parity: str = "N"
    stopbits: int = 1

    def __str__(self) -> str:
        return f"{self.port} ({self.baudrate} 8{self.parity}{self.stopbits})"


def open_port(device: str, settings: SerialSettings, *, exclusive: bool = True) -> serial.Serial:
    """Open a port, non-blocking, without touching the modem lines.

    Args:
        device: name for errors.
        settings: port and line settings.
        exclusive: take the advisory lock, so that a second program cannot open the port.

    Raises:
        DeviceGone: missing, not a serial port, not permitted or in use; `hint` says what to do.
    """
    path = Path(settings.port)
    if not path.exists():
        raise DeviceGone(
            device,
            f"no such port {settings.port}",
            hint=_neighbours(path),
        )
    try:
        return serial.Serial(
            settings.port,
            baudrate=settings.baudrate,
            parity=settings.parity,
            stopbits=settings.stopbits,
            timeout=0,
            write_timeout=0,
            rtscts=False,
            dsrdtr=False,
            exclusive=exclusive or None,
        )
    except (OSError, ValueError) as error:
        raise _reason(device, settings, error) from error


def _reason(device: str, settings: SerialSettings, error: OSError | ValueError) -> DeviceGone:
    port = settings.port
    code = error.errno if isinstance(error, OSError) else None
    if code in (errno.EAGAIN, errno.EBUSY):
        return DeviceGone(
            device,
            f"port {port} is in use by another program",
            hint=f"find it with: fuser -v {port}",
        )
    if code in (errno.EACCES, errno.EPERM):
        return DeviceGone(
            device,
            f"no permission to open {port}",
            hint="add the user of the daemon to the group dialout and log in again",
        )
    if code in (errno.EIO, errno.ENXIO, errno.ENODEV):
        return DeviceGone(
            device, f"port {port} is dead ({os.strerror(code)})", hint="replug the adapter"
        )
    return DeviceGone(device, f"{port} cannot be used as a serial port: {error}")


def _neighbours(path: Path) -> str:
    by_id = Path("/dev/serial/by-id")
    names = sorted(str(entry) for entry in by_id.iterdir()) if by_id.is_dir() else []
    present = f"present now: {', '.join(names)}" if names else "no serial adapter is plugged in"
    return f"check the adapter's cable and the path {path}; {present}"


class _Transport(serial_asyncio_fast.SerialTransport):
    """The library's transport, without its two surprises."""

    def close(self) -> None:
        """Close without draining: a device that takes no bytes must not keep us waiting."""
        if not self.is_closing():
            self.abort()

    def _fatal_error(self, exc: BaseException, message: str = "") -> None:
        """Report a failed write to the protocol only; the library also logs a traceback."""
        del message
        self._abort(exc)


class _Forward(asyncio.Protocol):
    """Passes everything on to the real protocol and remembers the loss of the port."""

    def __init__(self, inner: asyncio.BaseProtocol, lost: asyncio.Future[None]) -> None:
        self._inner = inner
        self._lost = lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if isinstance(self._inner, asyncio.Protocol):
            self._inner.data_received(data)
        else:  # a duck-typed protocol, such as pymodbus's
            self._inner.data_received(data)  # type: ignore[attr-defined]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._lost.done():
            self._lost.set_result(None)
        self._inner.connection_lost(exc)


@dataclass(frozen=True, slots=True)
class SerialConnection:
    """An open port: its transport, and a future that is done once the port is closed."""

    transport: asyncio.Transport
    lost: asyncio.Future[None]

    async def close(self) -> None:
        """Close and wait until the port is free for the next one."""
        self.transport.close()
        await asyncio.shield(self.lost)


def connect(
    device: str,
    settings: SerialSettings,
    protocol: asyncio.BaseProtocol,
    *,
    exclusive: bool = True,
) -> SerialConnection:
    """Open a port and attach a protocol to it. Needs a running loop.

    Raises:
        DeviceGone: as `open_port`.
    """
    port = open_port(device, settings, exclusive=exclusive)
    loop = asyncio.get_running_loop()
    lost: asyncio.Future[None] = loop.create_future()
    return SerialConnection(_Transport(loop, _Forward(protocol, lost), port), lost)


class SerialLink(asyncio.Protocol):
    """Bytes to and from one serial port.

    Entering opens the port exclusively, leaving frees it. Once the other side is gone every
    call raises `DeviceGone`; entering again after replug starts afresh.
    """

    def __init__(self, device: str, settings: SerialSettings) -> None:
        self._device = device
        self._settings = settings
        self._connection: SerialConnection | None = None
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._cause = "not open"

    async def __aenter__(self) -> Self:
        self._chunks = asyncio.Queue()
        self._connection = connect(self._device, self._settings, self)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        connection, self._connection = self._connection, None
        self._cause = "not open"
        if connection is not None:
            await connection.close()

    async def read(self) -> bytes:
        """Wait for the next bytes, at least one.

        Raises:
            DeviceGone: the port is closed or the other side hung up.
        """
        if self._connection is None and self._chunks.empty():
            raise self._gone()
        chunk = await self._chunks.get()
        if chunk is None:
            self._chunks.put_nowait(None)  # whoever reads next learns it too
            raise self._gone()
        return chunk

    def write(self, data: bytes) -> None:
        """Hand bytes to the port.

        Raises:
            DeviceGone: the port is closed or the other side hung up.
        """
        if self._connection is None or self._connection.transport.is_closing():
            raise self._gone()
        self._connection.transport.write(data)

    def _gone(self) -> DeviceGone:
        return DeviceGone(self._device, f"port {self._settings.port}: {self._cause}")

    def data_received(self, data: bytes) -> None:
        """Take bytes from the transport."""
        self._chunks.put_nowait(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the port from the transport."""
        if self._connection is not None:
            self._cause = f"hang-up ({exc})" if exc else "hang-up"
        self._chunks.put_nowait(None)
