"""Frames between host and PN532 on a serial line. Source: PN532 user manual, chapter 6."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

ACK = bytes.fromhex("0000ff00ff00")
NACK = bytes.fromhex("0000ffff0000")
ERROR = bytes.fromhex("0000ff01ff7f8100")
START = b"\x00\xff"
TO_CHIP = 0xD4
TO_HOST = 0xD5
LONGEST = 265


class Mark(Enum):
    """A frame without content."""

    ACK = auto()
    NACK = auto()


@dataclass(frozen=True, slots=True)
class Command:
    """A command and its parameters."""

    code: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Bad:
    """A frame whose check sums are wrong."""


Received = Mark | Command | Bad


class FrameReader:
    """Finds frames in the bytes from the host; what is between frames is wake-up or noise."""

    def __init__(self) -> None:
        self._tail = b""

    def feed(self, data: bytes) -> list[Received]:
        """Take bytes; the frames that are now complete."""
        self._tail += data
        found: list[Received] = []
        while (at := self._tail.find(START)) >= 0:
            rest = self._tail[at + 2 :]
            taken = self._frame(rest, found)
            if taken is None:
                self._tail = self._tail[at:]
                return found
            self._tail = rest[taken:]
        self._tail = self._tail[-1:]  # may be the first half of a start code
        return found

    @staticmethod
    def _frame(rest: bytes, found: list[Received]) -> int | None:
        """Bytes of `rest` that are dealt with; None while the frame is not complete."""
        if len(rest) < 2:
            return None
        if rest[:2] in (b"\x00\xff", b"\xff\x00"):
            found.append(Mark.ACK if rest[0] == 0 else Mark.NACK)
            return 2
        head, length = 2, rest[0]
        if rest[:2] == b"\xff\xff":
            if len(rest) < 5:
                return None
            head, length = 5, rest[2] << 8 | rest[3]
        if sum(rest[head - 2 - (head == 5) : head]) & 0xFF or not 1 <= length <= LONGEST:
            found.append(Bad())
            return 0
        end = head + length + 1
        if len(rest) < end:
            return None
        body = rest[head:end]
        if sum(body) & 0xFF or body[0] != TO_CHIP or length < 2:
            found.append(Bad())
        else:
            found.append(Command(body[1], body[2:-1]))
        return end


def response(code: int, data: bytes) -> bytes:
    """The frame of a response to command `code`."""
    body = bytes([TO_HOST, code + 1]) + data
    if len(body) < 256:
        head = bytes([len(body), -len(body) & 0xFF])
    else:
        size = len(body).to_bytes(2, "big")
        head = b"\xff\xff" + size + bytes([-sum(size) & 0xFF])
    return b"\x00\x00\xff" + head + body + bytes([-sum(body) & 0xFF, 0])
