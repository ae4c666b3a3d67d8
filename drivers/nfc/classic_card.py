"""What is done with a MIFARE Classic, step by step, over a reader that does the cipher."""

from __future__ import annotations

import contextlib
from typing import Protocol

from drivers.errors import CardMismatch, CardRefused, NoCard
from drivers.nfc import classic_codec as codec
from drivers.nfc.card_types import Target
from drivers.ports import SectorKey


class Pcd(Protocol):
    """The reader; its errors are `CardProblem`s and what is wrong with itself."""

    def list_cards(self) -> list[Target]:
        """Cards in the field, woken up."""
        ...

    def exchange(self, command: bytes) -> bytes:
        """One command, framed by the chip."""
        ...

    def thru(self, command: bytes) -> bytes:
        """One command, with CRC, without cipher."""
        ...

    def raw(self, frame: bytes, bits: int = 0) -> bytes:
        """A frame as it is."""
        ...


class ClassicCard:
    """One card in the field; every order finds and wakes it anew.

    Args:
        device: name for errors.
        pcd: the reader.
        uid: of the card.
        sectors: number of them.
    """

    def __init__(self, device: str, pcd: Pcd, uid: bytes, sectors: int) -> None:
        self._device = device
        self._pcd = pcd
        self._uid = uid
        self._blocks = codec.block_count(sectors)

    def read_block(self, block: int, key: SectorKey) -> bytes:
        """16 bytes.

        Raises:
            CardRefused: wrong key, access bits, or no such block.
        """
        self._enter(block, key)
        return self._read(block)

    def write_block(self, block: int, data: bytes, key: SectorKey) -> None:
        """Write data and read it back."""
        if block == 0:
            raise self._refused("block 0 holds the UID: set the UID instead")
        self._need(block)
        if codec.is_trailer(block):
            raise self._refused(f"block {block} holds keys: write it as a sector trailer")
        self._store(block, data, key)
        if (got := self._read(block)) != data:
            raise CardMismatch(
                self._device,
                f"block {block}: wrote {data.hex().upper()}, read back {got.hex().upper()}",
            )

    def write_trailer(self, sector: int, block: bytes, key: SectorKey, *, forever: bool) -> None:
        """Write keys and access bits, and prove the new ones.

        Raises:
            CardRefused: access bits that contradict themselves, that could never be changed
                again (unless `forever`), or a key that may not write them.
        """
        try:
            trailer = codec.Trailer.parse(block)
        except ValueError as error:
            raise self._refused(str(error)) from error
        if not trailer.can_be_changed and not forever:
            raise self._refused(
                f"access bits {trailer.access[:3].hex().upper()} could never be changed again"
            )
        place = codec.trailer_of(sector)
        self._need(place)
        self._store(place, trailer.encode(), key)
        self._enter(place, SectorKey(trailer.key_a, "A"))
        got = self._read(place)
        if got[6:9] != trailer.access[:3]:
            raise CardMismatch(self._device, f"access bits of sector {sector} did not change")
        if trailer.key_b_is_key:
            self._enter(place, SectorKey(trailer.key_b, "B"))

    def set_uid(self, uid: bytes) -> None:
        """Change the UID of a magic card of either family.

        Raises:
            CardRefused: it is none, or cannot hold this UID.
        """
        if self._through_back_door(uid):
            return
        block = self._with_uid(self.read_block(0, SectorKey()), uid)
        try:
            self._pcd.exchange(codec.write(0, block))
        except (NoCard, CardRefused) as error:
            raise self._refused("the UID of this card cannot be changed") from error

    def _through_back_door(self, uid: bytes) -> bool:
        """Cards of the first generation, without key; False when it is none of them."""
        self._find()
        with contextlib.suppress(NoCard):  # halted cards say nothing
            self._pcd.thru(codec.HALT)
        try:
            if self._pcd.raw(codec.BACK_DOOR_KNOCK, 7) != codec.YES:
                return False
            if self._pcd.raw(codec.BACK_DOOR_OPEN) != codec.YES:
                return False
        except (NoCard, CardRefused):
            return False
        answer = self._pcd.raw(codec.with_crc_a(codec.read(0)))
        if len(answer) != codec.BLOCK_SIZE + 2 or codec.with_crc_a(answer[:-2]) != answer:
            raise CardMismatch(self._device, "block 0 cannot be read: the UID was left as it is")
        block = self._with_uid(answer[:-2], uid)
        for frame in (codec.write(0, block)[:2], block):
            if self._pcd.raw(codec.with_crc_a(frame)) != codec.YES:
                raise self._refused("the card did not take its new UID")
        return True

    def _with_uid(self, block_0: bytes, uid: bytes) -> bytes:
        try:
            return codec.with_uid(block_0, uid)
        except ValueError as error:
            raise self._refused(f"the UID cannot be changed: {error}") from error

    def _find(self) -> None:
        """Select the card; also after a refusal, which puts it to sleep."""
        found = [target.uid for target in self._pcd.list_cards()]
        if found != [self._uid]:
            raise NoCard(self._device, f"the card {self._uid.hex().upper()} was taken away")

    def _need(self, block: int) -> None:
        if not 0 <= block < self._blocks:
            raise self._refused(f"no block {block}; the card has 0 to {self._blocks - 1}")

    def _enter(self, block: int, key: SectorKey) -> None:
        self._need(block)
        self._find()
        try:
            self._pcd.exchange(codec.authenticate(block, key.kind, key.value, self._uid))
        except CardRefused as error:
            sector = codec.sector_of(block)
            raise self._refused(f"wrong key {key.kind} for sector {sector}") from error

    def _read(self, block: int) -> bytes:
        try:
            data = self._pcd.exchange(codec.read(block))
        except CardRefused as error:
            raise self._refused(f"reading block {block} is not allowed with this key") from error
        if len(data) != codec.BLOCK_SIZE:
            raise CardMismatch(self._device, f"block {block}: {len(data)} bytes came")
        return data

    def _store(self, block: int, data: bytes, key: SectorKey) -> None:
        try:
            command = codec.write(block, data)
        except ValueError as error:
            raise self._refused(str(error)) from error
        self._enter(block, key)
        try:
            self._pcd.exchange(command)
        except CardRefused as error:
            raise self._refused(f"writing block {block} is not allowed with this key") from error

    def _refused(self, why: str) -> CardRefused:
        return CardRefused(self._device, why)
