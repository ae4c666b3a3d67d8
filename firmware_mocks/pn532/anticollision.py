"""Finding a card by hand: hosts that do it themselves, frame by frame, and not by the chip.

One card at a time; the bits of a collision are not shown. Source: ISO/IEC 14443-3, 6.5.
"""

from __future__ import annotations

from collections.abc import Sequence

from firmware_mocks.pn532.air import Answer, with_crc, without_crc
from firmware_mocks.pn532.stock import AnyCard

REQUEST, WAKE_UP = b"\x26", b"\x52"
LEVELS = (0x93, 0x95, 0x97)
GIVE, SELECT = 0x20, 0x70
MORE = 0x04
"""SAK of a card whose UID goes on at the next level."""


class Anticollision:
    """Answers for the first card in the field until it is selected."""

    def receive(
        self, frame: bytes, bits: int, field: Sequence[AnyCard]
    ) -> tuple[Answer, AnyCard | None]:
        """Answer a frame; and the card, once it is selected."""
        card = field[0] if field else None
        uid = None if card is None else card.uid
        if card is None or uid is None:
            return None, None
        if bits == 7:
            if frame not in (REQUEST, WAKE_UP):
                return None, None
            card.power_up()
            return card.atqa.to_bytes(2, "little"), None
        if len(frame) < 2 or frame[0] not in LEVELS:
            return None, None
        parts = _levels(uid)
        level = LEVELS.index(frame[0])
        if level >= len(parts):
            return None, None
        shown = parts[level] + bytes([_check(parts[level])])
        if frame[1] == GIVE:
            return shown, None
        if frame[1] == SELECT and without_crc(frame) == frame[:2] + shown:
            last = level == len(parts) - 1
            return with_crc(bytes([card.sak if last else MORE])), card if last else None
        return None, None


def cascaded(uid: bytes) -> bytes:
    """A UID with its cascade tags, as it goes through the air."""
    if len(uid) == 4:
        return uid
    return b"\x88" + uid if len(uid) == 7 else b"\x88" + uid[:3] + b"\x88" + uid[3:]


def _levels(uid: bytes) -> list[bytes]:
    whole = cascaded(uid)
    return [whole[at : at + 4] for at in range(0, len(whole), 4)]


def _check(part: bytes) -> int:
    return part[0] ^ part[1] ^ part[2] ^ part[3]
