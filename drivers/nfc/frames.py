"""Finding the frames of a PN532 in the bytes of its serial line.

Source: PN532 user manual, 6.2: preamble, start code 00 FF, length and its complement.
"""

from __future__ import annotations

ACK = bytes.fromhex("0000ff00ff00")
NACK = bytes.fromhex("0000ffff0000")
START = b"\x00\xff"
LONGEST = 300
"""No frame is longer; a length beyond that is noise."""


class FrameFinder:
    """Cuts the line's bytes into frames; noise before a frame is dropped."""

    def __init__(self) -> None:
        self._tail = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes; the frames that are complete now, each from preamble to postamble."""
        self._tail += data
        frames: list[bytes] = []
        while (at := self._tail.find(START)) >= 0:
            rest = self._tail[at + 2 :]
            size = _size(rest)
            if size is None or len(rest) < size:
                self._tail = self._tail[at:]
                return frames
            if size:
                # The byte after the check sum is 00 by definition; lines have lost it before.
                frames.append(b"\x00" + START + rest[: size - 1] + b"\x00")
            self._tail = rest[size:]
        self._tail = self._tail[-1:]
        return frames

    def clear(self) -> None:
        """Forget what has come."""
        self._tail = b""


def _size(rest: bytes) -> int | None:
    """Bytes of a frame behind its start code; None when too few are known, 0 for noise."""
    if len(rest) < 2:
        return None
    if rest[:2] in (b"\x00\xff", b"\xff\x00"):
        return 3
    if rest[:2] == b"\xff\xff":
        if len(rest) < 5:
            return None
        length = rest[2] << 8 | rest[3]
        right = sum(rest[2:5]) & 0xFF == 0
        return length + 7 if right and 0 < length <= LONGEST else 0
    return rest[0] + 4 if sum(rest[:2]) & 0xFF == 0 else 0
