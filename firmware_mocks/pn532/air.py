"""What goes through the air between chip and card: ISO 14443-3 A frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

HALT = b"\x50\x00"


def crc_a(data: bytes) -> bytes:
    """CRC_A, low byte first. Source: ISO/IEC 14443-3, annex B."""
    crc = 0x6363
    for octet in data:
        octet ^= crc & 0xFF
        octet ^= octet << 4 & 0xFF
        crc = crc >> 8 ^ octet << 8 ^ octet << 3 ^ octet >> 4
    return crc.to_bytes(2, "little")


def with_crc(data: bytes) -> bytes:
    """A frame as it goes through the air."""
    return data + crc_a(data)


def without_crc(frame: bytes) -> bytes | None:
    """The content of a frame, None when its check sum is wrong."""
    whole = len(frame) > 2 and crc_a(frame[:-2]) == frame[-2:]
    return frame[:-2] if whole else None


@dataclass(frozen=True, slots=True)
class Nibble:
    """An answer of four bits: 0xA is yes, everything else is no."""

    value: int


YES = Nibble(0xA)
Answer = bytes | Nibble | None
"""With its CRC; None is silence."""


class Card(Protocol):
    """A card in front of the antenna."""

    model: str

    @property
    def uid(self) -> bytes | None:
        """4, 7 or 10 bytes; None when the anticollision finds a wrong check byte."""
        ...

    @property
    def atqa(self) -> int:
        """Answer to the request, two bytes."""
        ...

    @property
    def sak(self) -> int:
        """Answer to the selection."""
        ...

    def power_up(self) -> None:
        """The field comes, or comes again."""

    def receive(self, frame: bytes, bits: int = 8) -> Answer:
        """Answer a frame; `bits` are those of its last byte."""
        ...

    def content(self) -> str:
        """Everything in it, hexadecimal."""
        ...
