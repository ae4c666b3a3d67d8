"""Cards with a processor (DESFire and the like) that show their UID and hold nothing for us."""

from __future__ import annotations

from firmware_mocks.pn532.air import HALT, Answer, with_crc, without_crc

ATS = bytes.fromhex("067577810280")
NOT_FOUND = b"\x6a\x82"


class SmartCard:
    """ISO 14443-4 card.

    Args:
        uid: 4, 7 or 10 bytes.
    """

    sak = 0x20

    def __init__(self, uid: bytes) -> None:
        self.model = "desfire"
        self.uid = uid
        self.atqa = {4: 0x0304, 7: 0x0344, 10: 0x0384}[len(uid)]
        self.writes = 0
        self._awake = True
        self._selected = False

    def power_up(self) -> None:
        """The field comes, or comes again."""
        self._awake, self._selected = True, False

    def content(self) -> str:
        """Everything in it, hexadecimal."""
        return ""

    def receive(self, frame: bytes, bits: int = 8) -> Answer:
        """Answer a frame."""
        data = without_crc(frame) if bits == 8 else None
        if data is None or not self._awake:
            return None
        if data == HALT:
            self._awake = False
            return None
        if data[0] == 0xE0:
            self._selected = True
            return with_crc(ATS)
        if not self._selected:
            return None
        if data[0] & 0xF7 == 0xC2:  # deselect
            self._selected = False
            return with_crc(data)
        if data[0] & 0xE2 == 0x02:  # a command in an information block
            return with_crc(data[:1] + NOT_FOUND)
        return with_crc(data[:1]) if data[0] & 0xE6 == 0xA2 else None
