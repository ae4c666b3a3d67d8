"""MIFARE Classic: places, commands, access bits, and the block with the UID. Pure.

Source: NXP MF1S50yyX/V1 and MF1S70yyX data sheets, 8.6 and 8.7.
"""

from __future__ import annotations

from dataclasses import dataclass

BLOCK_SIZE = 16
BLOCKS_OF_1K = 64
FACTORY_ACCESS = bytes.fromhex("ff078069")
HALT = b"\x50\x00"
BACK_DOOR_KNOCK = b"\x40"
BACK_DOOR_OPEN = b"\x43"
YES = b"\x0a"
# C1 C2 C3 of the trailer with which the access bits can still be changed.
CHANGEABLE = (0b001, 0b011, 0b101)
# ... and those with which key B is readable, and so is no key.
KEY_B_READABLE = (0b000, 0b001, 0b010)


def sector_of(block: int) -> int:
    """Sector of a block; the 4K card has 32 sectors of 4 blocks, then 8 of 16."""
    return block // 4 if block < 128 else 32 + (block - 128) // 16


def trailer_of(sector: int) -> int:
    """Block with keys and access bits of a sector."""
    return sector * 4 + 3 if sector < 32 else 128 + (sector - 32) * 16 + 15


def is_trailer(block: int) -> bool:
    """Whether a block holds keys."""
    return block == trailer_of(sector_of(block))


def block_count(sectors: int) -> int:
    """Blocks of a card."""
    return trailer_of(sectors - 1) + 1


def authenticate(block: int, kind: str, key: bytes, uid: bytes) -> bytes:
    """Command to prove a key, for InDataExchange; `kind` is A or B."""
    return bytes([0x60 if kind == "A" else 0x61, block]) + key + uid[-4:]


def read(block: int) -> bytes:
    """Command to read a block."""
    return bytes([0x30, block])


def write(block: int, data: bytes) -> bytes:
    """Command to write a block.

    Raises:
        ValueError: not 16 bytes.
    """
    if len(data) != BLOCK_SIZE:
        raise ValueError(f"a block has {BLOCK_SIZE} bytes, not {len(data)}")
    return bytes([0xA0, block]) + data


@dataclass(frozen=True, slots=True)
class Trailer:
    """Block with keys and access bits.

    Attributes:
        key_a, key_b: 6 bytes each.
        access: 4 bytes, the last one is free.
    """

    key_a: bytes
    access: bytes
    key_b: bytes

    @classmethod
    def parse(cls, block: bytes) -> Trailer:
        """From 16 bytes.

        Raises:
            ValueError: not 16 bytes, or access bits that do not agree with their complements:
                a sector with such a trailer is lost for ever.
        """
        if len(block) != BLOCK_SIZE:
            raise ValueError(f"a sector trailer has {BLOCK_SIZE} bytes, not {len(block)}")
        trailer = cls(block[:6], block[6:10], block[10:])
        c1, c2, c3 = trailer.conditions
        inverse = (trailer.access[0] & 0xF, trailer.access[0] >> 4, trailer.access[1] & 0xF)
        if inverse != (~c1 & 0xF, ~c2 & 0xF, ~c3 & 0xF):
            raise ValueError(
                f"access bits {trailer.access[:3].hex().upper()} contradict themselves: "
                "the sector would be lost"
            )
        return trailer

    @property
    def conditions(self) -> tuple[int, int, int]:
        """C1, C2 and C3 of the four places of the sector, one bit each."""
        return self.access[1] >> 4, self.access[2] & 0xF, self.access[2] >> 4

    def condition(self, place: int) -> int:
        """C1 C2 C3 of one place, 0 to 3, as a number."""
        c1, c2, c3 = (bits >> place & 1 for bits in self.conditions)
        return c1 << 2 | c2 << 1 | c3

    @property
    def can_be_changed(self) -> bool:
        """Whether the access bits can be changed again once they are written."""
        return self.condition(3) in CHANGEABLE

    @property
    def key_b_is_key(self) -> bool:
        """Whether key B opens the sector; where it can be read it does not."""
        return self.condition(3) not in KEY_B_READABLE

    def encode(self) -> bytes:
        """The 16 bytes."""
        return self.key_a + self.access + self.key_b


def with_uid(block_0: bytes, uid: bytes) -> bytes:
    """Block 0 with another UID of 4 bytes; SAK, ATQA and the maker's data stay.

    Raises:
        ValueError: a UID that this layout cannot hold, or a block 0 of another layout. A card
            with a wrong check byte is found by no reader any more.
    """
    if len(uid) != 4:
        raise ValueError("only UIDs of 4 bytes can be written")
    if uid[0] == 0x88:
        raise ValueError("a UID of 4 bytes cannot begin with 88, the cascade tag")
    if len(block_0) != BLOCK_SIZE or block_0[4] != check_byte(block_0[:4]):
        raise ValueError(f"block 0 is not of a card with a UID of 4 bytes: {block_0.hex().upper()}")
    return uid + bytes([check_byte(uid)]) + block_0[5:]


def check_byte(uid: bytes) -> int:
    """BCC: exclusive or of the bytes."""
    value = 0
    for octet in uid:
        value ^= octet
    return value


def with_crc_a(data: bytes) -> bytes:
    """A frame with its CRC_A, for the one dialogue that the chip does not frame itself.

    Source: ISO/IEC 14443-3, annex B.
    """
    crc = 0x6363
    for octet in data:
        for bit in range(8):
            odd = (crc ^ octet >> bit) & 1
            crc = crc >> 1 ^ (0x8408 if odd else 0)
    return data + bytes([crc & 0xFF, crc >> 8])
