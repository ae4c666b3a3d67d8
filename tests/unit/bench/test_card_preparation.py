"""Preparing cards: who is asked what, what is written, and what stands at the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from drivers.errors import CardRefused, DeviceGone, NoCard
from drivers.ports import CardSeen, OperatorUnavailable, SectorKey
from rig.bench.card_writer import BenchCardWriter
from rig.bench.faults import FaultDesk
from rig.bench.preparation import (
    CardOutcome,
    Ledger,
    OperatorHand,
    Outcome,
    Preparation,
    VirtualHand,
    shop_model,
)
from rig.clock import Clock
from rig.config.card_set import PhysicalCard
from rig.errors import BenchError, OperatorAbort
from rig.events import EventBus

A, B, C = "04A1B2C3D4E5F6", "DEADBEEF", "C0FFEE01"
DATA = "00112233445566778899AABBCCDDEEFF"
TRAILER = "A0A1A2A3A4A5FF078069B0B1B2B3B4B5"


class TableWriter:
    """A writer in memory: one card on it, or none; what is in the cards by UID."""

    name = "writer"

    def __init__(self) -> None:
        self.seen: CardSeen | None = None
        self.texts: dict[bytes, str] = {}
        self.blocks: dict[tuple[bytes, int], bytes] = {}
        self.keys: dict[int, bytes] = {}
        self.done: list[str] = []
        self.fail: list[Exception] = []

    async def __aenter__(self) -> TableWriter:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        return None

    async def prove(self) -> str:
        return "in memory"

    async def safe(self) -> None:
        return None

    async def find_card(self, expected: bytes | None = None) -> CardSeen | None:
        return self.seen

    async def read_text(self, uid: bytes) -> str | None:
        return self.texts.get(uid)

    async def write_text(self, uid: bytes, text: str, *, format_blank: bool = False) -> None:
        if self.fail:
            raise self.fail.pop(0)
        self.texts[uid] = text
        self.done.append(f"text {text}{' formatted' if format_blank else ''}")

    async def read_block(self, uid: bytes, block: int, key: SectorKey) -> bytes:
        if key.value != self.keys.get(block // 4, b"\xff" * 6):
            raise CardRefused(self.name, "wrong key")
        if block % 4 == 3:
            return bytes(6) + bytes.fromhex("ff078069") + bytes(6)
        return self.blocks.get((uid, block), bytes(16))

    async def write_block(self, uid: bytes, block: int, data: bytes, key: SectorKey) -> None:
        self.blocks[uid, block] = data
        self.done.append(f"block {block}")

    async def write_trailer(
        self, uid: bytes, sector: int, trailer: bytes, key: SectorKey, *, forever: bool = False
    ) -> None:
        self.keys[sector] = trailer[:6]
        self.done.append(f"keys {sector}")

    async def set_uid(self, uid: bytes, new_uid: bytes) -> CardSeen:
        if self.seen is not None and self.seen.card_type != "MIFARE Classic 1K":
            raise CardRefused(self.name, "the UID of this card cannot be changed")
        self.seen = CardSeen(new_uid, "MIFARE Classic 1K", 4, 8)
        self.done.append("UID")
        return self.seen


class Helper:
    """An operator who lays cards down: per question a card, or an answer."""

    def __init__(self, writer: TableWriter, *acts: str) -> None:
        self.writer = writer
        self.acts = list(acts)
        self.questions: list[str] = []

    async def ask(self, question: str, choices: Sequence[str], timeout_s: float, **_: str) -> str:
        self.questions.append(question)
        act = self.acts.pop(0)
        if act in choices:
            return act
        if act == "silent":
            raise OperatorUnavailable("nobody answered")
        card_type, uid = act.rpartition(" ")[::2]
        there = uid != "nothing"
        self.writer.seen = CardSeen(bytes.fromhex(uid), card_type, 0, 0) if there else None
        return "ready"


def plastic(uid: str, **more: object) -> PhysicalCard:
    return PhysicalCard.model_validate({"uid": uid, **more})


class Table:
    """Everything together."""

    def __init__(
        self, folder: Path, *acts: str, cards: dict[str, PhysicalCard], by_hand: bool = False
    ) -> None:
        clock = Clock()
        self.desk = FaultDesk("b", EventBus(clock), clock, self.nobody)
        self.writer = TableWriter()
        self.helper = Helper(self.writer, *acts)
        self.bench_writer = BenchCardWriter("writer", self.desk, cards, by_hand=by_hand)
        self.bench_writer.attach(self.writer)
        self.ledger = Ledger(folder / "cards.json")
        self.told: list[tuple[str, str]] = []

    async def nobody(self) -> None:
        return None

    async def run(self, *, again: bool = False, verify: bool = False) -> list[tuple[str, str, str]]:
        preparation = Preparation(
            self.bench_writer,
            OperatorHand(self.helper),
            self.ledger,
            lambda name, what, _: self.told.append((name, what)),
            verify=verify,
        )
        done: list[CardOutcome] = await preparation.run(
            list(self.bench_writer.plastic), again=again
        )
        return [(card.name, card.outcome.value, card.detail) for card in done]


async def test_what_differs_is_written_and_what_is_right_is_left(tmp_path: Path) -> None:
    cards = {
        "label": plastic(A, type="NTAG213", text="hello", format=True),
        "sector": plastic(B, blocks={4: DATA, 8: DATA}, trailers={2: TRAILER}),
    }
    table = Table(tmp_path, f"NTAG213 {A}", f"MIFARE Classic 1K {B}", cards=cards)
    assert await table.run() == [
        ("label", "written", "text"),
        ("sector", "written", "block 4, block 8, keys of sector 2"),
    ]
    assert table.writer.done == ["text hello formatted", "block 4", "block 8", "keys 2"]
    assert table.told == [
        ("label", "asked"), ("label", "written"), ("sector", "asked"), ("sector", "written")
    ]  # fmt: skip
    table.helper.acts = [f"NTAG213 {A}", f"MIFARE Classic 1K {B}"]
    assert await table.run(again=True) == [("label", "right", ""), ("sector", "right", "")]
    assert len(table.writer.done) == 4


async def test_verifying_writes_nothing_and_says_what_differs(tmp_path: Path) -> None:
    cards = {
        "label": plastic(A, type="NTAG213", text="hello"),
        "blank": plastic(A[:-2] + "00", text="hello"),
        "sector": plastic(B, blocks={4: DATA, 8: DATA}, trailers={2: TRAILER}),
        "remade": plastic(C, set_uid=True),
        "other-type": plastic(A[:-2] + "01", type="NTAG215"),
    }
    acts = (
        f"NTAG213 {A}", f"NTAG213 {A[:-2]}00", f"MIFARE Classic 1K {B}",
        "MIFARE Classic 1K 11223344", f"NTAG213 {A[:-2]}01",
    )  # fmt: skip
    table = Table(tmp_path, *acts, cards=cards)
    table.writer.texts[bytes.fromhex(A)] = "hallo"
    table.writer.keys[2] = bytes(6)
    assert await table.run(verify=True) == [
        ("label", "differs", "its text is 'hallo'"),
        ("blank", "differs", "it has no text"),
        ("sector", "differs", "keys of sector 2, block 4, block 8: wrong key"),
        ("remade", "differs", "its UID is 11223344"),
        ("other-type", "differs", "a NTAG213, and it is to be a NTAG215"),
    ]
    assert table.writer.done == []
    assert f"UID {C}, on the writer" in table.helper.questions[3]


async def test_verifying_looks_also_at_what_was_prepared_before(tmp_path: Path) -> None:
    cards = {
        "label": plastic(A, text="hello"),
        "sector": plastic(B, blocks={4: DATA, 8: DATA}, trailers={2: TRAILER}),
    }
    acts = (f"NTAG213 {A}", f"MIFARE Classic 1K {B}")
    table = Table(tmp_path, *acts, cards=cards)
    await table.run()
    table.helper.acts = [*acts]
    assert await table.run(verify=True) == [("label", "right", ""), ("sector", "right", "")]
    table.writer.texts.clear()
    table.helper.acts = [*acts]
    assert (await table.run(verify=True))[0][1] == "differs"
    assert not table.ledger.knows("label", cards["label"])


async def test_verifying_by_hand_compares_what_a_person_can_read(tmp_path: Path) -> None:
    card = plastic(B, text="hello", blocks={4: DATA})
    table = Table(tmp_path, "stop", cards={"a": card})
    table.writer.texts[bytes.fromhex(B)] = "hello"
    seen = CardSeen(bytes.fromhex(B), "", None, None)
    assert await table.bench_writer.differences("a", seen) == ()


async def test_a_set_is_gone_on_with(tmp_path: Path) -> None:
    cards = {"a": plastic(A, text="a"), "b": plastic(B), "c": plastic(C)}
    table = Table(tmp_path, f"NTAG213 {A}", "stop", cards=cards)
    assert await table.run() == [
        ("a", "written", "text"),
        ("b", "skipped", "by the operator"),
        ("c", "skipped", "stopped before"),
    ]
    table = Table(tmp_path, "skip", f"MIFARE Classic 1K {C}", cards=cards)
    assert await table.run() == [
        ("a", "known", "prepared before"), ("b", "skipped", "by the operator"), ("c", "right", "")
    ]  # fmt: skip
    changed = Table(tmp_path, f"NTAG213 {A}", cards={"a": plastic(A, text="another")})
    assert (await changed.run())[0][1] == "written"


async def test_a_card_that_cannot_be_written_is_told_with_its_reason(tmp_path: Path) -> None:
    cards = {
        "wrong-type": plastic(A, type="NTAG215"),
        "locked": plastic(A[:-2] + "00", text="x"),
        "fine": plastic(B),
    }
    acts = (f"NTAG213 {A}", f"NTAG213 {A[:-2]}00", f"MIFARE Classic 1K {B}")
    table = Table(tmp_path, *acts, cards=cards)
    table.writer.fail = [CardRefused("writer", "the card is write-protected")]
    assert await table.run() == [
        ("wrong-type", "failed", "a NTAG213, and it is to be a NTAG215"),
        ("locked", "failed", "the card is write-protected"),
        ("fine", "right", ""),
    ]
    assert table.desk.quarantine is None
    assert set(json.loads((tmp_path / "cards.json").read_text())) == {"fine"}


@pytest.mark.parametrize(
    ("acts", "outcome", "questions"),
    [
        ([f"NTAG213 {A}"], ("right", ""), 1),
        (["nothing", f"NTAG213 {A}"], ("right", ""), 2),
        ([f"MIFARE Classic 1K {B}", f"NTAG213 {A}"], ("right", ""), 2),
        (["nothing"] * 3, ("failed", "no such card was seen"), 3),
        ([f"NTAG213 {'11' * 7}"] * 3, ("failed", "that was a card with UID 11111111111111"), 3),
        (["MIFARE DESFire 08010203"] * 3,
         ("failed", "that card makes up a new UID every time (08010203)"), 3),
        (["nothing", "skip"], ("skipped", "no such card was seen"), 2),
    ],
)  # fmt: skip
async def test_the_wrong_card_is_asked_about_again(
    tmp_path: Path, acts: list[str], outcome: tuple[str, str], questions: int
) -> None:
    table = Table(tmp_path, *acts, "stop", cards={"a": plastic(A), "other": plastic(B)})
    assert (await table.run())[0][1:] == outcome
    assert len([q for q in table.helper.questions if "lay card a," in q]) == questions


async def test_a_question_says_what_was_wrong(tmp_path: Path) -> None:
    cards = {"a": plastic(A, type="NTAG213"), "other": plastic(B)}
    table = Table(tmp_path, f"MIFARE Classic 1K {B}", f"NTAG213 {A}", "skip", cards=cards)
    await table.run()
    assert table.helper.questions[:2] == [
        f"writer: lay card a (NTAG213), UID {A}, on the writer",
        f"writer: that was card other; lay card a (NTAG213), UID {A}, on the writer",
    ]


async def test_a_card_taken_away_too_soon_is_asked_for_again(tmp_path: Path) -> None:
    table = Table(tmp_path, f"NTAG213 {A}", f"NTAG213 {A}", cards={"a": plastic(A, text="x")})
    table.writer.fail = [NoCard("writer", "the card fell silent")]
    assert await table.run() == [("a", "written", "text")]
    assert "the card fell silent; lay card a" in table.helper.questions[1]


async def test_a_new_uid_only_for_a_card_that_is_none_of_the_set(tmp_path: Path) -> None:
    cards = {"a": plastic(C, set_uid=True), "other": plastic(B)}
    blank = "MIFARE Classic 1K 11223344"
    table = Table(tmp_path, f"MIFARE Classic 1K {B}", blank, "skip", cards=cards)
    assert (await table.run())[0] == ("a", "written", "UID changed from 11223344")
    assert table.writer.done == ["UID"]


async def test_a_card_laid_down_needs_no_answer(tmp_path: Path) -> None:
    table = Table(tmp_path, cards={"a": plastic(A), "b": plastic(B)})
    asked: list[str] = []

    class Slow:
        async def ask(
            self, question: str, choices: Sequence[str], timeout_s: float, **_: str
        ) -> str:
            asked.append(question)
            uid, kind = (A, "NTAG213") if len(asked) == 1 else (B, "MIFARE Classic 1K")
            table.writer.seen = CardSeen(bytes.fromhex(uid), kind, 0, 0)
            await asyncio.Event().wait()
            return "ready"

    table.helper = Slow()  # type: ignore[assignment]
    assert [outcome for _, outcome, _ in await table.run()] == ["right", "right"]
    assert len(asked) == 2


async def test_a_writer_that_fails_ends_it_and_condemns_the_bench(tmp_path: Path) -> None:
    table = Table(tmp_path, f"NTAG213 {A}", cards={"a": plastic(A, text="x"), "b": plastic(B)})
    table.writer.fail = [DeviceGone("writer", "hang-up")]
    with pytest.raises(BenchError, match="hang-up"):
        await table.run()
    assert table.desk.quarantine is not None


async def test_nobody_answers(tmp_path: Path) -> None:
    table = Table(tmp_path, "silent", cards={"a": plastic(A)})
    with pytest.raises(OperatorAbort, match="nobody answered"):
        await table.run()


async def test_by_hand_nothing_is_looked_at_unasked(tmp_path: Path) -> None:
    table = Table(tmp_path, f" {A}", by_hand=True, cards={"a": plastic(A)})
    assert await table.run() == [("a", "right", "")]


async def test_no_writer() -> None:
    clock = Clock()
    desk = FaultDesk("b", EventBus(clock), clock, Table.nobody)  # type: ignore[arg-type]
    writer = BenchCardWriter(None, desk, {})
    with pytest.raises(BenchError, match="this bench has no card writer"):
        writer.need()
    writer = BenchCardWriter("w", desk, {})
    with pytest.raises(BenchError, match="not open"):
        await writer.find()


@pytest.mark.parametrize("content", ["", "[]", "{", "null"])
def test_a_damaged_ledger_knows_nothing(tmp_path: Path, content: str) -> None:
    file = tmp_path / "cards.json"
    file.write_text(content)
    ledger = Ledger(file)
    assert not ledger.knows("a", plastic(A))
    ledger.note("a", plastic(A))
    assert ledger.knows("a", plastic(A))
    assert not ledger.knows("a", plastic(A, text="x"))
    ledger.note("a", None)
    assert not Ledger(file).knows("a", plastic(A))


@pytest.mark.parametrize(
    ("card", "model"),
    [
        (plastic(A), "ntag213:04a1b2c3d4e5f6"),
        (plastic(A, type="NTAG216", format=True), "blank-ntag216:04a1b2c3d4e5f6"),
        (plastic(B), "classic:deadbeef"),
        (plastic(B, set_uid=True), "gen2:5EED0001"),
        (plastic(A, type="MIFARE Classic 1K"), "classic:04a1b2c3d4e5f6"),
        (plastic(A + "112233"), "desfire:04a1b2c3d4e5f6112233"),
    ],
)
async def test_the_virtual_table_has_the_card_that_fits(card: PhysicalCard, model: str) -> None:
    assert shop_model(card) == model
    orders: list[tuple[str, dict[str, object]]] = []

    async def control(do: str, **args: object) -> None:
        orders.append((do, args))

    assert await VirtualHand(control).lay("x", card, "?") == "ready"
    assert orders == [
        ("nfc_card", {"name": "x", "card": model, "keep": True}), ("nfc_lay", {"name": "x"})
    ]  # fmt: skip


def test_outcomes_are_words() -> None:
    assert [o.value for o in Outcome] == [
        "right", "written", "known", "differs", "failed", "skipped"
    ]  # fmt: skip
