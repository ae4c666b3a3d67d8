"""Test cards: presenting them to the station, reading and writing them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from drivers.ports.device import Device


@runtime_checkable
class CardPresenter(Device, Protocol):
    """Puts a test card in front of the station's reader. Safe state: no card presented."""

    async def present(self, card: str, hold_s: float) -> None:
        """Present the card named `card` for `hold_s` real seconds, then remove it.

        Raises:
            NotSupported: no such card on this presenter.
        """
        ...


@dataclass(frozen=True, slots=True)
class CardSeen:
    """A contactless card on the writer, ISO 14443-3 A.

    Attributes:
        uid: 4, 7 or 10 bytes, first byte first.
        card_type: what it seems to be, e.g. "NTAG213".
        atqa, sak: its answers to request and selection; None where nobody could read them.
    """

    uid: bytes
    card_type: str
    atqa: int | None = None
    sak: int | None = None

    @property
    def uid_is_random(self) -> bool:
        """Whether it makes up a new UID every time: useless as a test card."""
        return len(self.uid) == 4 and self.uid[0] == 0x08


@dataclass(frozen=True, slots=True)
class SectorKey:
    """A key of a MIFARE Classic sector: 6 bytes, and whether it is key A or key B."""

    value: bytes = b"\xff" * 6
    kind: str = "A"

    def __post_init__(self) -> None:
        if len(self.value) != 6 or self.kind not in ("A", "B"):
            raise ValueError("a sector key is 6 bytes, and A or B")


@runtime_checkable
class CardWriter(Device, Protocol):
    """Reads and writes test cards. Safe state: nothing to do, its field is off.

    Orders name the card by its UID, so that a card exchanged meanwhile is not written. What is
    the matter with a card is a `CardProblem`; the writer is well then.
    """

    async def find_card(self, expected: bytes | None = None) -> CardSeen | None:
        """Look once; None when there is no card.

        Args:
            expected: UID that should be there, for a person who is asked.

        Raises:
            NoCard: several cards at once.
        """
        ...

    async def read_text(self, uid: bytes) -> str | None:
        """Text of the first NDEF text record; None when there is none."""
        ...

    async def write_text(self, uid: bytes, text: str, *, format_blank: bool = False) -> None:
        """Write an NDEF text record and read it back.

        Args:
            uid: of the card.
            text: up to what the card takes.
            format_blank: prepare a card that was never formatted; cannot be undone.

        Raises:
            CardRefused: locked, protected, too small or never formatted.
            CardMismatch: it reads back otherwise.
        """
        ...

    async def read_block(self, uid: bytes, block: int, key: SectorKey) -> bytes:
        """16 bytes of a MIFARE Classic.

        Raises:
            CardRefused: wrong key, or the access bits forbid it.
        """
        ...

    async def write_block(self, uid: bytes, block: int, data: bytes, key: SectorKey) -> None:
        """Write 16 bytes of a MIFARE Classic and read them back; no trailer, not block 0.

        Raises:
            CardRefused: wrong key, the access bits forbid it, or a block that is not for this.
        """
        ...

    async def write_trailer(
        self, uid: bytes, sector: int, trailer: bytes, key: SectorKey, *, forever: bool = False
    ) -> None:
        """Write key A, access bits and key B of a sector; proved by using the new keys.

        Args:
            uid: of the card.
            sector: 0 up.
            trailer: 16 bytes.
            key: that may write it now.
            forever: allow access bits that can never be changed again.

        Raises:
            CardRefused: access bits that would lose the sector; wrong key.
        """
        ...

    async def set_uid(self, uid: bytes, new_uid: bytes) -> CardSeen:
        """Give a UID-changeable card another UID; returns the card as it is then found.

        Raises:
            CardRefused: this card's UID cannot be changed.
        """
        ...
