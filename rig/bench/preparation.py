"""Preparing a set of cards: one after the other is asked for, written, verified and noted.

Or only verified: then nothing is written, and what differs is told.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from drivers.errors import CardMismatch, CardProblem, NoCard
from drivers.ports import CardSeen, Operator, OperatorUnavailable, PromptKind
from rig.bench.card_writer import BenchCardWriter
from rig.errors import OperatorAbort

if TYPE_CHECKING:
    from rig.config.card_set import PhysicalCard

READY, SKIP, STOP = "ready", "skip", "stop"
ANSWER_TIMEOUT_S = 600.0
LOOK_S = 0.3
"""Real seconds between two looks while somebody is asked: most people lay a card down and wait."""
TRIES = 3


class Outcome(StrEnum):
    """What became of a card."""

    RIGHT = "right"  # it was already
    WRITTEN = "written"
    KNOWN = "known"  # prepared in an earlier run; not looked at again
    DIFFERS = "differs"  # and nothing was to be written
    FAILED = "failed"
    SKIPPED = "skipped"  # by the operator, or the operator stopped before


@dataclass(frozen=True, slots=True)
class CardOutcome:
    """One card: what became of it, and why or what was written."""

    name: str
    uid: str
    outcome: Outcome
    detail: str = ""


class Hand(Protocol):
    """Lays cards on the writer."""

    async def lay(self, name: str, card: PhysicalCard, question: str) -> str:
        """Lay the card called `name` there; returns READY, SKIP or STOP.

        Raises:
            OperatorUnavailable: nobody answered.
        """
        ...


class OperatorHand:
    """A person does it."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    async def lay(self, name: str, card: PhysicalCard, question: str) -> str:
        """Ask for it."""
        del name, card
        return await self._operator.ask(
            question, (READY, SKIP, STOP), ANSWER_TIMEOUT_S, kind=PromptKind.PHYSICAL
        )


class VirtualHand:
    """On a virtual bench cards come from the simulated table, where they keep their content.

    Args:
        control: gives orders to the virtual world.
    """

    def __init__(self, control: Callable[..., Awaitable[object]]) -> None:
        self._control = control

    async def lay(self, name: str, card: PhysicalCard, question: str) -> str:
        """Take it from the table; a new one is as it comes from the shop."""
        del question
        await self._control("nfc_card", name=name, card=shop_model(card), keep=True)
        await self._control("nfc_lay", name=name)
        return READY


def shop_model(card: PhysicalCard) -> str:
    """The unwritten card that fits, as the mock writes it: `MODEL:UID`."""
    uid = card.uid_bytes
    kind = card.type or {4: "MIFARE Classic 1K", 7: "NTAG213", 10: "MIFARE DESFire"}[len(uid)]
    if kind.startswith("NTAG"):
        return f"{'blank-' if card.format else ''}{kind.lower()}:{uid.hex()}"
    if kind.startswith("MIFARE Classic"):
        return "gen2:5EED0001" if card.set_uid else f"classic:{uid.hex()}"
    return f"desfire:{uid.hex()}"


class Ledger:
    """What was prepared before, in a file, so that a set can be gone on with.

    Args:
        file: where it is kept; None for a table of cards that does not outlive us either.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._entries: dict[str, str] = {}

    def knows(self, name: str, card: PhysicalCard) -> bool:
        """Whether this card was prepared with exactly this content."""
        return self._read().get(name) == digest(card)

    def note(self, name: str, card: PhysicalCard | None) -> None:
        """Remember a card as prepared, or (None) forget it."""
        entries = self._read()
        if card is None:
            entries.pop(name, None)
        else:
            entries[name] = digest(card)
        self._entries = entries
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        half = self._file.with_suffix(".new")
        half.write_text(json.dumps(entries, indent=2))
        half.replace(self._file)

    def _read(self) -> dict[str, str]:
        if self._file is None:
            return self._entries
        try:
            found = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def digest(card: PhysicalCard) -> str:
    """UID, type and content as one number."""
    return hashlib.sha256(card.model_dump_json(exclude={"key", "key_kind"}).encode()).hexdigest()


class Preparation:
    """Prepares or verifies cards, one after the other.

    Args:
        writer: of the bench.
        hand: lays the cards on it.
        ledger: what was done before.
        tell: told what happens: name of the card, an outcome or "asked", and a sentence.
        verify: only look at every card; write nothing.
    """

    def __init__(
        self,
        writer: BenchCardWriter,
        hand: Hand,
        ledger: Ledger,
        tell: Callable[[str, str, str], None],
        *,
        verify: bool = False,
    ) -> None:
        self._verify = verify
        self._writer = writer
        self._hand = hand
        self._ledger = ledger
        self._tell = tell
        self._done_with: bytes | None = None
        self._stopped = False

    async def run(self, names: Sequence[str], *, again: bool) -> list[CardOutcome]:
        """Prepare the cards `names`.

        Args:
            names: cards with known plastic.
            again: look also at those that were prepared before.

        Raises:
            BenchError: the writer failed, or nobody answered; what was done until then was told.
        """
        return [await self.one(name, again=again) for name in names]

    async def one(self, name: str, *, again: bool) -> CardOutcome:
        """Prepare one card."""
        card = self._writer.plastic[name]
        if self._stopped:
            done = CardOutcome(name, card.uid, Outcome.SKIPPED, "stopped before")
        elif not again and not self._verify and self._ledger.knows(name, card):
            done = CardOutcome(name, card.uid, Outcome.KNOWN, "prepared before")
        else:
            done = await self._handle(name, card)
            if done.outcome in (Outcome.RIGHT, Outcome.WRITTEN):
                self._ledger.note(name, card)
            elif done.outcome in (Outcome.FAILED, Outcome.DIFFERS):
                self._ledger.note(name, None)
        self._tell(name, done.outcome.value, done.detail)
        return done

    async def _handle(self, name: str, card: PhysicalCard) -> CardOutcome:
        why = ""
        for _ in range(TRIES):
            try:
                seen = await self._lay(name, card, why)
                if isinstance(seen, str):
                    self._stopped = seen == STOP
                    return CardOutcome(name, card.uid, Outcome.SKIPPED, why or "by the operator")
                self._done_with = seen.uid
                why = self._unfit(card, seen)
                if why:
                    continue
                if self._verify:
                    return await self._compared(name, card, seen)
                prepared = await self._writer.prepare(name, seen)
            except (NoCard, CardMismatch) as problem:  # taken away too soon: try again
                self._done_with, why = None, problem.what
                continue
            except CardProblem as problem:
                return CardOutcome(name, card.uid, Outcome.FAILED, problem.what)
            self._done_with = prepared.seen.uid
            outcome = Outcome.WRITTEN if prepared.steps else Outcome.RIGHT
            return CardOutcome(name, card.uid, outcome, ", ".join(prepared.steps))
        return CardOutcome(name, card.uid, Outcome.FAILED, why)

    async def _compared(self, name: str, card: PhysicalCard, seen: CardSeen) -> CardOutcome:
        differences = await self._writer.differences(name, seen)
        outcome = Outcome.DIFFERS if differences else Outcome.RIGHT
        return CardOutcome(name, card.uid, outcome, ", ".join(differences))

    def _unfit(self, card: PhysicalCard, seen: CardSeen) -> str:
        """Why this card cannot become `card`; "" if it can, as far as one sees."""
        uid = seen.uid.hex().upper()
        if seen.uid == card.uid_bytes:
            return ""
        if (other := self._writer.name_of(uid)) != uid:
            return f"that was card {other}"
        if seen.uid_is_random:
            return f"that card makes up a new UID every time ({uid})"
        if not card.set_uid:
            return f"that was a card with UID {uid}"
        return ""

    async def _lay(self, name: str, card: PhysicalCard, why: str) -> CardSeen | str:
        """Have a card laid down: the card, or SKIP or STOP.

        Raises:
            NoCard: none, or several.
            OperatorAbort: nobody answered.
        """
        kind = f" ({card.type})" if card.type else ""
        is_made = card.set_uid and not self._verify
        wanted = "a card whose UID can be changed" if is_made else f"UID {card.uid}"
        question = f"lay card {name}{kind}, {wanted}, on the writer"
        question = f"{self._writer.name}: {why + '; ' if why else ''}{question}"
        self._tell(name, "asked", why)
        async with self._asking(name, card, question) as asked:
            while not asked.done():
                await asyncio.wait({asked}, timeout=None if self._writer.by_hand else LOOK_S)
                if not asked.done() and (seen := await self._glance()) is not None:
                    return seen
            try:
                answer = asked.result()
            except OperatorUnavailable as error:
                raise OperatorAbort(self._writer.name, str(error)) from error
        if answer != READY:
            return answer
        found = await self._writer.find(card.uid_bytes)
        if found is None:
            raise NoCard(self._writer.name, "no such card was seen")
        return found

    @asynccontextmanager
    async def _asking(
        self, name: str, card: PhysicalCard, question: str
    ) -> AsyncIterator[asyncio.Task[str]]:
        asked = asyncio.create_task(self._hand.lay(name, card, question), name=f"lay {name}")
        try:
            yield asked
        finally:
            if not asked.done():
                asked.cancel()  # the question is withdrawn: the card is there
                await asyncio.wait({asked})

    async def _glance(self) -> CardSeen | None:
        """A card that has been laid down since the last one was dealt with."""
        try:
            seen = await self._writer.find()
        except CardProblem:
            return None
        if seen is None:
            self._done_with = None
        return seen if seen is not None and seen.uid != self._done_with else None
