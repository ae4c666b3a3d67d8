"""NTAG213, 215 and 216. Source: data sheets NT2H1311, NT2H1511, NT2H1611."""

from __future__ import annotations

from typing import NamedTuple

from firmware_mocks.pn532.air import HALT, YES, Answer, Nibble, with_crc, without_crc

NO_ARGUMENT = Nibble(0x0)
NO_WRITE = Nibble(0x5)


class Layout(NamedTuple):
    """Pages and version byte of a model."""

    pages: int
    size_code: int  # CC byte 2: user bytes / 8
    version: int  # storage size in GET_VERSION


LAYOUTS = {
    "ntag213": Layout(45, 0x12, 0x0F),
    "ntag215": Layout(135, 0x3E, 0x11),
    "ntag216": Layout(231, 0x6D, 0x13),
}


class Type2Card:
    """An NTAG with its pages.

    Args:
        model: of `LAYOUTS`.
        uid: 7 bytes.
        blank: capability container and user memory were never written.
    """

    atqa = 0x0044
    sak = 0x00

    def __init__(self, model: str, uid: bytes, *, blank: bool = False) -> None:
        if len(uid) != 7:
            raise ValueError("an NTAG has a UID of 7 bytes")
        self.model = model
        self.layout = LAYOUTS[model]
        self.writes = 0
        self._awake = True
        self._unlocked = False
        self.pages = [bytes(4) for _ in range(self.layout.pages)]
        bcc0 = 0x88 ^ uid[0] ^ uid[1] ^ uid[2]
        bcc1 = uid[3] ^ uid[4] ^ uid[5] ^ uid[6]
        self.pages[0] = uid[:3] + bytes([bcc0])
        self.pages[1] = uid[3:]
        self.pages[2] = bytes([bcc1, 0x48, 0, 0])
        config = self.layout.pages - 4
        self.pages[config] = bytes.fromhex("040000ff")
        self.pages[config + 2] = b"\xff" * 4
        if not blank:
            self.pages[3] = bytes([0xE1, 0x10, self.layout.size_code, 0])
            if model == "ntag213":
                self.pages[4], self.pages[5] = b"\x01\x03\xa0\x0c", b"\x34\x03\x00\xfe"
            else:
                self.pages[4] = b"\x03\x00\xfe\x00"

    @property
    def uid(self) -> bytes:
        """As in pages 0 and 1."""
        return self.pages[0][:3] + self.pages[1]

    def power_up(self) -> None:
        """The field comes, or comes again."""
        self._awake, self._unlocked = True, False

    def content(self) -> str:
        """Everything in it, hexadecimal."""
        return b"".join(self.pages).hex()

    def receive(self, frame: bytes, bits: int = 8) -> Answer:
        """Answer a frame."""
        command = without_crc(frame) if bits == 8 else None
        if not self._awake or command is None:
            return None
        answer = None if command == HALT else self._obey(command)
        self._awake = isinstance(answer, bytes) or answer == YES
        return answer

    def _obey(self, command: bytes) -> Answer:
        code, rest = command[0], command[1:]
        if code == 0x60 and not rest:
            return with_crc(bytes([0, 4, 4, 2, 1, 0, self.layout.version, 3]))
        if code == 0x30 and len(rest) == 1:
            return self._read(rest[0], rest[0] + 3, wrap=True)
        if code == 0x3A and len(rest) == 2:
            return self._read(rest[0], rest[1], wrap=False)
        if code == 0xA2 and len(rest) == 5:
            return self._write(rest[0], rest[1:])
        if code == 0x1B and len(rest) == 4:
            password, pack = self.pages[-2], self.pages[-1][:2]
            self._unlocked = rest == password
            return with_crc(pack) if self._unlocked else NO_ARGUMENT
        if code == 0x3C and rest == b"\0":
            return with_crc(bytes(32))
        return None

    def _read(self, first: int, last: int, *, wrap: bool) -> Answer:
        count = len(self.pages)
        if first >= count or last < first or (last >= count and not wrap):
            return NO_ARGUMENT
        numbers = [number % count for number in range(first, last + 1)]
        guard = self.pages[-3][0] & 0x80  # PROT: reading needs the password too
        if guard and any(self._guarded(number) for number in numbers):
            return NO_ARGUMENT
        secret = (count - 2, count - 1)
        pages = [bytes(4) if number in secret else self.pages[number] for number in numbers]
        return with_crc(b"".join(pages))

    def _write(self, page: int, data: bytes) -> Answer:
        if not 2 <= page < len(self.pages):
            return NO_ARGUMENT
        if self._guarded(page) or self._locked(page):
            return NO_WRITE
        self.writes += 1
        old = self.pages[page]
        if page == 2:  # only the lock bits, and only up
            data = old[:2] + bytes(a | b for a, b in zip(old[2:], data[2:], strict=True))
        elif page == 3:  # one-time programmable
            data = bytes(a | b for a, b in zip(old, data, strict=True))
        self.pages[page] = data
        return YES

    def _guarded(self, page: int) -> bool:
        return page >= self.pages[-4][3] and not self._unlocked

    def _locked(self, page: int) -> bool:
        """Static lock bits: pages 3 to 15."""
        bits = int.from_bytes(self.pages[2][2:], "little")
        return 3 <= page <= 15 and bool(bits >> page & 1)
