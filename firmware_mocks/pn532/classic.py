"""MIFARE Classic 1K and its UID-changeable copies, as seen through a PN532.

The cipher is in the chip: the host only says "authenticate". Source: MF1S50yyX data sheet.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from firmware_mocks.pn532.air import HALT, YES, Answer, Nibble, with_crc, without_crc

FACTORY_KEY = b"\xff" * 6
TRAILER = FACTORY_KEY + bytes.fromhex("ff078069") + FACTORY_KEY
NO = Nibble(0x4)
NOT_AUTHENTICATED = 0x14
NO_ANSWER = 0x01
REFUSED = 0x05
MAGIC = ("", "gen1a", "gen2")

# By C1 C2 C3 as a number: who may read and who may write a data block.
DATA_READ = ("AB", "AB", "AB", "B", "AB", "B", "AB", "")
DATA_WRITE = ("AB", "", "", "B", "B", "", "B", "")
# ... and who may write key A, the access bits and key B of a trailer.
TRAILER_WRITE = (
    ("A", "", "A"), ("A", "A", "A"), ("", "", ""), ("B", "B", "B"),
    ("B", "", "B"), ("", "B", ""), ("", "", ""), ("", "", ""),
)  # fmt: skip


class Door(Enum):
    """How far somebody came at the back door of a gen1a card."""

    SHUT = auto()
    HALTED = auto()
    KNOCKED = auto()
    OPEN = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Status of the chip, 0 is good, and data."""

    status: int
    data: bytes = b""


class ClassicCard:
    """64 blocks.

    Args:
        uid: 4 or 7 bytes.
        magic: "", "gen1a" (back door) or "gen2" (block 0 is written like any other).
    """

    def __init__(self, uid: bytes, magic: str = "") -> None:
        if len(uid) not in (4, 7):
            raise ValueError("a MIFARE Classic has a UID of 4 or 7 bytes")
        if magic not in MAGIC:
            raise ValueError(f"no magic {magic!r}; there are {', '.join(MAGIC)}")
        self.model = {"": "classic", "gen1a": "gen1a", "gen2": "gen2"}[magic]
        self.writes = 0
        self.blocks = [TRAILER if n % 4 == 3 else bytes(16) for n in range(64)]
        self.blocks[0] = block_0(uid)
        self._long = len(uid) == 7
        self._magic = magic
        self._door = Door.SHUT
        self._awaited: int | None = None
        self._open: tuple[int, str] | None = None
        self._awake = True

    @property
    def uid(self) -> bytes | None:
        """As in block 0; None when its check byte is wrong."""
        if self._long:
            return self.blocks[0][:7]
        uid, bcc = self.blocks[0][:4], self.blocks[0][4]
        return uid if bcc == uid[0] ^ uid[1] ^ uid[2] ^ uid[3] else None

    @property
    def sak(self) -> int:
        """Answer to the selection."""
        return 0x08 if self._long else self.blocks[0][5]

    @property
    def atqa(self) -> int:
        """Answer to the request."""
        return 0x0044 if self._long else int.from_bytes(self.blocks[0][6:8], "little")

    def power_up(self) -> None:
        """The field comes, or comes again."""
        self._awake, self._open, self._door, self._awaited = True, None, Door.SHUT, None

    def content(self) -> str:
        """Everything in it, hexadecimal."""
        return b"".join(self.blocks).hex()

    # -- commands of the chip, which does the cipher ------------------------------------------

    def exchange(self, command: bytes) -> Outcome:
        """InDataExchange."""
        if not self._awake:
            return Outcome(NO_ANSWER)
        code, block = command[0], command[1] if len(command) > 1 else 0
        if code in (0x60, 0x61) and len(command) >= 12:
            return self._authenticate("A" if code == 0x60 else "B", block, command[2:])
        if self._open is None or self._open[0] != block // 4 or block >= 64:
            self._awake = False
            return Outcome(NOT_AUTHENTICATED if self._open is None else REFUSED)
        key = self._open[1]
        if code == 0x30 and len(command) == 2 and self._may(DATA_READ, block, key):
            return Outcome(0, self._shown(block))
        if code == 0xA0 and len(command) == 18 and self._store(block, command[2:], key):
            return Outcome(0)
        self._awake, self._open = False, None
        return Outcome(REFUSED)

    def _authenticate(self, key: str, block: int, rest: bytes) -> Outcome:
        trailer = self.blocks[min(block | 3, 63)]
        wanted = trailer[:6] if key == "A" else trailer[10:]
        uid = self.uid or b""
        self._open = None
        if block >= 64 or rest[:6] != wanted or rest[6:10] != uid[-4:] or not valid(trailer):
            self._awake = False
            return Outcome(NOT_AUTHENTICATED)
        self._open = (block // 4, key)
        return Outcome(0)

    def _shown(self, block: int) -> bytes:
        data = self.blocks[block]
        if block % 4 != 3:
            return data
        readable = condition(data, 3) in (0, 1, 2)  # key B is data there
        return bytes(6) + data[6:10] + (data[10:] if readable else bytes(6))

    def _may(self, table: tuple[str, ...], block: int, key: str) -> bool:
        return block % 4 == 3 or key in table[condition(self.blocks[block | 3], block % 4)]

    def _store(self, block: int, data: bytes, key: str) -> bool:
        if block == 0 and self._magic != "gen2":
            return False
        if block % 4 != 3:
            if not self._may(DATA_WRITE, block, key):
                return False
            self.blocks[block] = data
        else:
            old = self.blocks[block]
            key_a, access, key_b = (key in who for who in TRAILER_WRITE[condition(old, 3)])
            if not (key_a or access or key_b):
                return False
            parts = ((key_a, 0, 6), (access, 6, 10), (key_b, 10, 16))
            self.blocks[block] = b"".join(
                (data if may else old)[a:b] for may, a, b in parts
            )  # fmt: skip
        self.writes += 1
        return True

    # -- the back door, without cipher --------------------------------------------------------

    def receive(self, frame: bytes, bits: int = 8) -> Answer:
        """InCommunicateThru: nothing but halting, and the back door of a gen1a card."""
        if self._magic == "gen1a" and self._door is not Door.SHUT:
            return self._at_the_door(frame, bits)
        if without_crc(frame) == HALT:
            self._door, self._awake = Door.HALTED, False
        return None

    def _at_the_door(self, frame: bytes, bits: int) -> Answer:
        if (frame, bits) == (b"\x40", 7):
            self._door = Door.KNOCKED
            return YES
        if self._door is Door.KNOCKED and frame == b"\x43":
            self._door = Door.OPEN
            return YES
        data = without_crc(frame)
        if self._door is not Door.OPEN or data is None:
            return None
        if self._awaited is not None and len(data) == 16:
            self.blocks[self._awaited], self._awaited = data, None
            self.writes += 1
            return YES
        if data[0] in (0x30, 0xA0) and len(data) == 2 and data[1] < 64:
            if data[0] == 0x30:
                return with_crc(self.blocks[data[1]])
            self._awaited = data[1]
            return YES
        return NO


def block_0(uid: bytes) -> bytes:
    """The manufacturer's block."""
    if len(uid) == 7:
        return uid + bytes.fromhex("884400c82000000000")
    bcc = uid[0] ^ uid[1] ^ uid[2] ^ uid[3]
    return uid + bytes([bcc, 0x08, 0x04, 0x00]) + bytes.fromhex("6263646566676869")


def condition(trailer: bytes, place: int) -> int:
    """C1 C2 C3 of one place of a sector (0 to 3) as a number."""
    c1, c2, c3 = trailer[7] >> 4, trailer[8] & 0xF, trailer[8] >> 4
    return (c1 >> place & 1) << 2 | (c2 >> place & 1) << 1 | c3 >> place & 1


def valid(trailer: bytes) -> bool:
    """Whether the access bits agree with their complements; a sector with others is lost."""
    c1, c2, c3 = trailer[7] >> 4, trailer[8] & 0xF, trailer[8] >> 4
    return trailer[6] == (~c1 & 0xF | (~c2 & 0xF) << 4) and trailer[7] & 0xF == ~c3 & 0xF
