"""The serial line to a PN532, in the shape that the reader library wants its transports.

Blocking, for a thread of its own. Unlike the library's transport it holds the port exclusively,
finds frames among noise, drops what is not due, knows whether anything was heard at all, and can
be told from another thread to give up.
"""

from __future__ import annotations

import errno
import os
import re
import termios
import threading
import time

import serial

from drivers.errors import DeviceGone, NotSupported
from drivers.nfc.frames import ACK, NACK, FrameFinder
from drivers.serial_link import SerialSettings, open_port

PLAIN_PATH = re.compile(r"/dev/[A-Za-z0-9_][A-Za-z0-9_/.:-]*")
"""The library hands the path to a shell, unquoted."""
SLICE_S = 0.02
WRITE_S = 1.0
LEAST_S = 0.5
"""The library gives the chip 100 ms for an answer. A busy host may be late to look at it, and then
leaves a card half written."""


def plain_path(device: str, port: str) -> str:
    """The device node behind a path, if it may be handed to a shell.

    Raises:
        DeviceGone: nothing there.
        NotSupported: a node whose name is not plain.
    """
    if not os.path.exists(port):
        raise DeviceGone(device, f"no such port {port}", hint="check the cable of the reader")
    path = os.path.realpath(port)
    if PLAIN_PATH.fullmatch(path) is None or ".." in path:
        raise NotSupported(
            device,
            f"the port {path!r} has a name that is not safe to use",
            hint="use a path below /dev of letters, digits and - _ . :",
        )
    return path


class Pn532Line:
    """Frames over one serial port.

    Args:
        device: name for errors.
        path: as from `plain_path`.
        give_up: set by another thread to end a wait.

    Attributes:
        heard: something came since the last frame was sent.
        tty: the open port, None when closed; the library looks at it.

    Raises:
        DeviceGone: the port cannot be opened, or another program has it.
    """

    TYPE = "TTY"

    def __init__(self, device: str, path: str, give_up: threading.Event) -> None:
        self.heard = False
        self.tty: serial.Serial | None = None
        self._path = path
        self._give_up = give_up
        self._finder = FrameFinder()
        self._ready: list[bytes] = []
        self._ack_due = False
        # Held all the time: nobody else gets the port while the library closes and opens it.
        self._guard = open_port(device, SerialSettings(path, 115200))

    @property
    def port(self) -> str:
        """Path of the port."""
        return self._path

    @property
    def baudrate(self) -> int:
        """Bits per second."""
        return int(self.tty.baudrate) if self.tty is not None else 0

    @baudrate.setter
    def baudrate(self, value: int) -> None:
        if self.tty is not None:
            self.tty.baudrate = value

    def open(self, _port: str, baudrate: int = 115200) -> None:
        """Open, or open again at another speed."""
        self._shut()
        self.tty = serial.Serial(self._path, baudrate, timeout=SLICE_S, write_timeout=WRITE_S)

    def write(self, frame: bytes) -> None:
        """Send a frame; what came before is dropped.

        Raises:
            OSError: the port is dead or takes nothing.
        """
        tty = self._open_tty()
        if self._give_up.is_set():
            raise OSError(errno.ECANCELED, "given up")
        tty.reset_input_buffer()
        self._finder.clear()
        self._ready, self.heard, self._ack_due = [], False, frame != ACK
        tty.write(bytes(frame))

    def read(self, timeout: float) -> bytearray:
        """The next frame that is due, within `timeout` milliseconds, or `LEAST_S` if that is more.

        Raises:
            OSError: ETIMEDOUT, ECANCELED, or the port is dead.
        """
        tty = self._open_tty()
        until = time.monotonic() + max(timeout / 1000, LEAST_S)
        while True:
            while self._ready:
                frame = self._ready.pop(0)
                if self._is_due(frame):
                    return bytearray(frame)
            if self._give_up.is_set():
                raise OSError(errno.ECANCELED, "given up")
            if time.monotonic() > until:
                raise OSError(errno.ETIMEDOUT, "no frame in time")
            data = tty.read(max(1, tty.in_waiting))
            self.heard = self.heard or bool(data)
            self._ready += self._finder.feed(data)

    def finish(self) -> None:
        """Nobody makes us give up any more: what follows leaves the chip in order."""
        self._give_up = threading.Event()

    def is_alive(self) -> bool:
        """Whether the port is still there."""
        try:
            termios.tcgetattr(self._guard.fileno())
        except (OSError, termios.error, serial.SerialException):
            return False
        return os.path.exists(self._path)

    def close(self) -> None:
        """Close the port; the library calls it too."""
        self._shut()

    def release(self) -> None:
        """Close for good: others may have the port."""
        self._shut()
        self._guard.close()

    def _is_due(self, frame: bytes) -> bool:
        """One ACK, then no more of it; and no answer before the ACK."""
        if frame == ACK:
            due, self._ack_due = self._ack_due, False
            return due
        return frame == NACK or not self._ack_due

    def _open_tty(self) -> serial.Serial:
        if self.tty is None:
            raise OSError(errno.ENODEV, "the port is closed")
        return self.tty

    def _shut(self) -> None:
        tty, self.tty = self.tty, None
        if tty is not None:
            tty.close()
