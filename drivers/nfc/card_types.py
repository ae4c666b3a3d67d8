"""What a card is, from what it answers while it is being found.

Sources: NXP AN10833 (ATQA and SAK), NTAG21x and MIFARE Ultralight EV1 data sheets (GET_VERSION).
"""

from __future__ import annotations

from dataclasses import dataclass

GET_VERSION = b"\x60"
UNKNOWN_TYPE_2 = "Type 2 tag"
CLASSIC_SECTORS = {"MIFARE Classic Mini": 5, "MIFARE Classic 1K": 16, "MIFARE Classic 4K": 40}

_OF_SAK = {
    0x08: "MIFARE Classic 1K",
    0x88: "MIFARE Classic 1K",
    0x28: "MIFARE Classic 1K",  # emulated by a card with processor
    0x09: "MIFARE Classic Mini",
    0x18: "MIFARE Classic 4K",
    0x38: "MIFARE Classic 4K",
    0x10: "MIFARE Plus 2K",
    0x11: "MIFARE Plus 4K",
}
_OF_VERSION = {
    bytes.fromhex("0004040201000f"): "NTAG213",
    bytes.fromhex("00040402010011"): "NTAG215",
    bytes.fromhex("00040402010013"): "NTAG216",
    bytes.fromhex("0004030101000b"): "MIFARE Ultralight EV1",
    bytes.fromhex("0004030101000e"): "MIFARE Ultralight EV1",
}
CAPABILITY = {"NTAG213": 0x12, "NTAG215": 0x3E, "NTAG216": 0x6D}
"""Size byte of the capability container, by type: user memory in units of 8 bytes."""


@dataclass(frozen=True, slots=True)
class Target:
    """A card as the reader lists it."""

    atqa: int
    sak: int
    uid: bytes


def parse_targets(data: bytes) -> list[Target]:
    """Cards in the answer to InListPassiveTarget (type A, without automatic RATS).

    Raises:
        ValueError: not such an answer.
    """
    if not data:
        raise ValueError("the list of cards is empty, without even a count")
    found: list[Target] = []
    rest = data[1:]
    for _ in range(data[0]):
        if len(rest) < 5 or len(rest) < 5 + rest[4]:
            raise ValueError(f"the list of cards ends in the middle: {data.hex()}")
        uid = rest[5 : 5 + rest[4]]
        if len(uid) not in (4, 7, 10):
            raise ValueError(f"a UID of {len(uid)} bytes: {data.hex()}")
        found.append(Target(rest[1] << 8 | rest[2], rest[3], uid))
        rest = rest[5 + rest[4] :]
    return found


def type_name(target: Target, version: bytes | None = None) -> str:
    """What a card seems to be; `version` is its answer to GET_VERSION, if it gave one."""
    if target.sak in _OF_SAK:
        return _OF_SAK[target.sak]
    if target.sak & 0x20:
        return "MIFARE DESFire" if target.atqa & 0x0F00 == 0x0300 else "ISO 14443-4 card"
    if target.sak & 0x64 == 0:
        return _OF_VERSION.get((version or b"")[:7], UNKNOWN_TYPE_2)
    return f"unknown (SAK {target.sak:02X})"
