"""The card writer of the bench: which card is it, and how it becomes what the set says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from drivers.errors import CardProblem, CardRefused
from drivers.ports import CardSeen, CardWriter, SectorKey
from rig.bench.faults import FaultDesk
from rig.errors import BenchError

if TYPE_CHECKING:
    from rig.config.card_set import PhysicalCard

NO_WRITER = "card writer"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was done to a card that is now as it is to be.

    Attributes:
        seen: the card.
        steps: what was written, in words; none when it was right already.
    """

    seen: CardSeen
    steps: tuple[str, ...]


class BenchCardWriter:
    """The writer, with every order on the fault desk. A bench may have none.

    What is the matter with a card is a `CardProblem` and no reason to mistrust the bench.

    Args:
        name: on the bench, None without one.
        desk: of the bench.
        plastic: the cards that the rig knows, by name.
        by_hand: it is a person.

    Attributes:
        name: on the bench, or "card writer" without one.
    """

    def __init__(
        self,
        name: str | None,
        desk: FaultDesk,
        plastic: Mapping[str, PhysicalCard],
        *,
        by_hand: bool = False,
    ) -> None:
        self.name = name or NO_WRITER
        self.is_there = name is not None
        self.by_hand = by_hand
        self.plastic = dict(plastic)
        self._names = {card.uid_bytes.hex().upper(): name for name, card in plastic.items()}
        self._desk = desk
        self._driver: CardWriter | None = None

    def attach(self, driver: CardWriter | None) -> None:
        """Take the driver, or None while the bench is closed."""
        self._driver = driver

    def name_of(self, uid: str) -> str:
        """Name of the card with a UID; the UID itself where there is none."""
        return self._names.get(uid, uid)

    async def find(self, expected: bytes | None = None) -> CardSeen | None:
        """Look once.

        Raises:
            CardProblem: several cards at once, or a person cannot say.
            BenchError: there is no writer, or it failed.
        """
        return await self._at_the_card(lambda writer: writer.find_card(expected))

    async def text(self, uid: bytes) -> str | None:
        """The text on a card.

        Raises:
            BenchError: there is no writer, it failed, or the card did.
        """
        async with self._desk.order(self.name):
            return await self._writer().read_text(uid)

    async def prepare(self, name: str, seen: CardSeen) -> Prepared:
        """Make the card on the writer what the set says of `name`; verified by reading.

        Raises:
            CardProblem: the card does not do it.
            BenchError: the writer failed.
        """
        return await self._at_the_card(lambda writer: _prepare(writer, self.plastic[name], seen))

    async def differences(self, name: str, seen: CardSeen) -> tuple[str, ...]:
        """In what the card on the writer is not what the set says of `name`; only reads.

        Raises:
            CardProblem: the card does not let itself be read.
            BenchError: the writer failed.
        """
        return await self._at_the_card(lambda w: _differences(w, self.plastic[name], seen))

    async def _at_the_card(self, work: Callable[[CardWriter], Awaitable[T]]) -> T:
        """Order of the writer; what is wrong with a card is no fault of the bench."""
        problem: CardProblem
        async with self._desk.order(self.name):
            try:
                return await work(self._writer())
            except CardProblem as error:
                problem = error
        raise problem

    def need(self) -> None:
        """Raise `BenchError` unless there is a writer, and it is open."""
        self._writer()

    def _writer(self) -> CardWriter:
        if not self.is_there:
            raise BenchError(
                self.name,
                "this bench has no card writer",
                "add a device of kind card_writer or manual_card_writer to the bench file",
            )
        if self._driver is None:
            raise BenchError(self.name, "the bench is not open")
        return self._driver


async def _prepare(writer: CardWriter, wanted: PhysicalCard, seen: CardSeen) -> Prepared:
    steps: list[str] = []
    by_hand = seen.sak is None
    if wanted.type is not None and seen.card_type != wanted.type and not by_hand:
        raise CardRefused(writer.name, f"a {seen.card_type}, and it is to be a {wanted.type}")
    uid = wanted.uid_bytes
    if seen.uid != uid:
        old = seen.uid.hex().upper()
        seen = await writer.set_uid(seen.uid, uid)
        steps.append(f"UID changed from {old}")
    if wanted.text is not None and await writer.read_text(uid) != wanted.text:
        await writer.write_text(uid, wanted.text, format_blank=wanted.format)
        steps.append("text")
    key = SectorKey(bytes.fromhex(wanted.key), wanted.key_kind)
    steps += await _blocks(writer, wanted, key, by_hand=by_hand)
    return Prepared(seen, tuple(steps))


async def _blocks(
    writer: CardWriter, wanted: PhysicalCard, key: SectorKey, *, by_hand: bool
) -> list[str]:
    """Data, sector by sector, then the sector's keys, which may lock the data."""
    uid, steps = wanted.uid_bytes, []
    rekeyed: set[int] = set()
    for sector, text in wanted.trailers.items():
        if not by_hand and await _has_trailer(writer, uid, sector, bytes.fromhex(text)):
            rekeyed.add(sector)
    for block, text in wanted.blocks.items():
        data = bytes.fromhex(text)
        mine = _key_of(wanted, _sector_of(block), key, rekeyed)
        if by_hand or await writer.read_block(uid, block, mine) != data:
            await writer.write_block(uid, block, data, mine)
            steps.append(f"block {block}")
    for sector, text in wanted.trailers.items():
        if sector not in rekeyed:
            await writer.write_trailer(uid, sector, bytes.fromhex(text), key)
            steps.append(f"keys of sector {sector}")
    return steps


async def _differences(writer: CardWriter, wanted: PhysicalCard, seen: CardSeen) -> tuple[str, ...]:
    by_hand = seen.sak is None
    if wanted.type is not None and seen.card_type != wanted.type and not by_hand:
        return (f"a {seen.card_type}, and it is to be a {wanted.type}",)
    uid, found = wanted.uid_bytes, []
    if seen.uid != uid:
        return (f"its UID is {seen.uid.hex().upper()}",)
    if wanted.text is not None and (text := await writer.read_text(uid)) != wanted.text:
        found.append("it has no text" if text is None else f"its text is {text!r}")
    if by_hand:  # nobody can see what is in a sector
        return tuple(found)
    key, rekeyed = SectorKey(bytes.fromhex(wanted.key), wanted.key_kind), set[int]()
    for sector, trailer in wanted.trailers.items():
        if await _has_trailer(writer, uid, sector, bytes.fromhex(trailer)):
            rekeyed.add(sector)
        else:
            found.append(f"keys of sector {sector}")
    for block, data in wanted.blocks.items():
        mine = _key_of(wanted, _sector_of(block), key, rekeyed)
        try:
            if await writer.read_block(uid, block, mine) != bytes.fromhex(data):
                found.append(f"block {block}")
        except CardRefused as refused:
            found.append(f"block {block}: {refused.what}")
    return tuple(found)


def _sector_of(block: int) -> int:
    return block // 4 if block < 128 else 32 + (block - 128) // 16


def _key_of(wanted: PhysicalCard, sector: int, key: SectorKey, rekeyed: set[int]) -> SectorKey:
    return SectorKey(bytes.fromhex(wanted.trailers[sector])[:6]) if sector in rekeyed else key


async def _has_trailer(writer: CardWriter, uid: bytes, sector: int, trailer: bytes) -> bool:
    """Whether the sector has these keys and access bits; keys show only by being used."""
    place = sector * 4 + 3 if sector < 32 else 128 + (sector - 32) * 16 + 15
    try:
        got = await writer.read_block(uid, place, SectorKey(trailer[:6]))
    except CardRefused:
        return False
    return got[6:9] == trailer[6:9]
