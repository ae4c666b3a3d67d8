"""The contract of card writers against mocks, and what takes cards of our own to show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from drivers.errors import CardRefused, NoCard, NotSupported
from drivers.nfc.manual import ManualCardWriter
from drivers.nfc.writer import NfcCardWriter
from drivers.ports import CardSeen, CardWriter, SectorKey
from tests.contract.card_writer_contract import CardWriterContract
from tests.contract.nfc_mocks import NfcMock, nfc_mock
from tests.unit.drivers.fake_board import Notes, Person

KEY = SectorKey()
DATA = bytes(range(16))


@pytest.fixture(scope="module")
def shared() -> Iterator[NfcMock]:
    with nfc_mock() as mock:
        yield mock


@pytest.fixture
async def reader(shared: NfcMock) -> AsyncIterator[NfcMock]:
    yield shared
    await shared.control("nfc_clear")
    await shared.control("nfc_take")


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
async def writer(reader: NfcMock, notes: Notes) -> AsyncIterator[NfcCardWriter]:
    async with NfcCardWriter("writer", "pn532", reader.port, observe=notes) as writer:
        yield writer


class TestCardWriter(CardWriterContract):
    """With one card, without, and with one that has no text."""

    @pytest.fixture(params=["", "ntag213:04A1B2C3D4E5F6", "classic:DEADBEEF", "desfire:08010203"])
    async def writer(self, request: pytest.FixtureRequest, reader: NfcMock) -> NfcCardWriter:
        if request.param:
            await reader.lay(request.param)
        return NfcCardWriter("writer", "pn532", reader.port, observe=Notes())


class TestBothKinds:
    """What the driver and its manual twin have in common."""

    @pytest.fixture(params=["nfc", "manual"])
    async def either(
        self, request: pytest.FixtureRequest, reader: NfcMock, notes: Notes
    ) -> AsyncIterator[CardWriter]:
        await reader.lay("gen2:DEADBEEF")
        made: CardWriter = ManualCardWriter("writer", Person(), observe=notes)
        if request.param == "nfc":
            made = NfcCardWriter("writer", "pn532", reader.port, observe=notes)
        async with made:
            yield made

    async def test_is_the_port(self, either: CardWriter) -> None:
        assert isinstance(either, CardWriter)
        assert await either.prove()
        await either.safe()

    async def test_finds_what_is_expected(self, either: CardWriter) -> None:
        uid = bytes.fromhex("DEADBEEF")
        seen = await either.find_card(uid)
        assert seen is not None
        assert seen.uid == uid

    async def test_a_block_reads_back(self, either: CardWriter, notes: Notes) -> None:
        uid = bytes.fromhex("DEADBEEF")
        await either.write_block(uid, 4, DATA, KEY)
        assert await either.read_block(uid, 4, KEY) == DATA
        assert notes.of("card", "action") == ["block 4 written"]

    async def test_a_new_uid(self, either: CardWriter, notes: Notes) -> None:
        new = bytes.fromhex("01020304")
        seen = await either.set_uid(bytes.fromhex("DEADBEEF"), new)
        assert seen.uid == new
        assert notes.of("card", "card") == ["01020304"]


@pytest.mark.parametrize(
    ("card", "card_type", "atqa", "sak"),
    [
        ("ntag213:04A1B2C3D4E5F6", "NTAG213", 0x0044, 0x00),
        ("ntag215:04A1B2C3D4E5F7", "NTAG215", 0x0044, 0x00),
        ("ntag216:04A1B2C3D4E5F8", "NTAG216", 0x0044, 0x00),
        ("classic:DEADBEEF", "MIFARE Classic 1K", 0x0004, 0x08),
        ("classic:04112233445566", "MIFARE Classic 1K", 0x0044, 0x08),
        ("desfire:04112233445566", "MIFARE DESFire", 0x0344, 0x20),
        ("desfire:0411223344556677889A", "MIFARE DESFire", 0x0384, 0x20),
    ],
)
async def test_a_card_is_told_by_what_it_answers(
    reader: NfcMock, writer: NfcCardWriter, card: str, card_type: str, atqa: int, sak: int
) -> None:
    uid = await reader.lay(card)
    assert await writer.find_card() == CardSeen(uid, card_type, atqa, sak)


async def test_no_card_and_several_cards(reader: NfcMock, writer: NfcCardWriter) -> None:
    assert await writer.find_card() is None
    await reader.lay("ntag213:04A1B2C3D4E5F6")
    await reader.control("nfc_card", name="other", card="classic:DEADBEEF")
    await reader.control("nfc_lay", name="other", alone=False)
    with pytest.raises(NoCard, match="several cards on the reader: 04A1B2C3D4E5F6 and DEADBEEF"):
        await writer.find_card()


async def test_a_random_uid_is_told(reader: NfcMock, writer: NfcCardWriter) -> None:
    await reader.lay("desfire:08010203")
    seen = await writer.find_card()
    assert seen is not None
    assert seen.uid_is_random


TEXTS = ["", "EVSE test card", "Prüfkarte ✓", "x" * 100]


@pytest.mark.parametrize("model", ["ntag213", "ntag215", "ntag216"])
@pytest.mark.parametrize("text", TEXTS, ids=["empty", "plain", "unicode", "long"])
async def test_a_text_reads_back(
    reader: NfcMock, writer: NfcCardWriter, notes: Notes, model: str, text: str
) -> None:
    uid = await reader.lay(f"{model}:04A1B2C3D4E5F6")
    assert await writer.read_text(uid) is None
    await writer.write_text(uid, text)
    assert await writer.read_text(uid) == text
    assert text.encode().hex() in (await reader.card())["content"]
    assert notes.of("card", "action") == ["text written"]


async def test_a_text_over_several_hundred_bytes(reader: NfcMock, writer: NfcCardWriter) -> None:
    uid = await reader.lay("ntag216:04A1B2C3D4E5F6")
    text = "0123456789" * 80
    await writer.write_text(uid, text)
    assert await writer.read_text(uid) == text


async def test_a_shorter_text_replaces_a_longer_one(reader: NfcMock, writer: NfcCardWriter) -> None:
    uid = await reader.lay("ntag213:04A1B2C3D4E5F6")
    await writer.write_text(uid, "a long text for a start")
    await writer.write_text(uid, "short")
    assert await writer.read_text(uid) == "short"


async def test_a_text_that_is_too_long_leaves_the_old_one(
    reader: NfcMock, writer: NfcCardWriter
) -> None:
    uid = await reader.lay("ntag213:04A1B2C3D4E5F6")
    await writer.write_text(uid, "old")
    with pytest.raises(CardRefused, match="takes 137 bytes, the text needs 157"):
        await writer.write_text(uid, "x" * 150)
    assert await writer.read_text(uid) == "old"


@pytest.mark.parametrize("model", ["ntag213", "ntag215", "ntag216"])
async def test_a_card_that_was_never_formatted(
    reader: NfcMock, writer: NfcCardWriter, model: str
) -> None:
    uid = await reader.lay(f"blank-{model}:04A1B2C3D4E5F6")
    assert await writer.read_text(uid) is None
    with pytest.raises(CardRefused, match=f"this {model.upper()} was never formatted"):
        await writer.write_text(uid, "text")
    assert (await reader.card())["writes"] == 0
    await writer.write_text(uid, "text", format_blank=True)
    assert await writer.read_text(uid) == "text"
    assert (await reader.block(3, 4))[:4] == "e110"
    await writer.write_text(uid, "again", format_blank=True)
    assert await writer.read_text(uid) == "again"


@pytest.mark.parametrize("card", ["classic:DEADBEEF", "desfire:04112233445566"])
async def test_a_card_for_no_text(reader: NfcMock, writer: NfcCardWriter, card: str) -> None:
    uid = await reader.lay(card)
    assert await writer.read_text(uid) is None
    with pytest.raises(CardRefused, match="never formatted"):
        await writer.write_text(uid, "text")
    with pytest.raises(CardRefused, match="cannot be formatted here"):
        await writer.write_text(uid, "text", format_blank=True)


class TestClassic:
    """Blocks, keys and UIDs."""

    @pytest.mark.parametrize("card", ["classic:DEADBEEF", "classic:04112233445566"])
    @pytest.mark.parametrize("block", [1, 4, 62])
    async def test_blocks_with_both_keys(
        self, reader: NfcMock, writer: NfcCardWriter, card: str, block: int
    ) -> None:
        uid = await reader.lay(card)
        await writer.write_block(uid, block, DATA, KEY)
        assert await writer.read_block(uid, block, SectorKey(kind="B")) == DATA
        assert await reader.block(block) == DATA.hex()

    async def test_a_wrong_key_and_then_the_right_one(
        self, reader: NfcMock, writer: NfcCardWriter
    ) -> None:
        uid = await reader.lay("classic:DEADBEEF")
        for kind in "AB":
            with pytest.raises(CardRefused, match=f"wrong key {kind} for sector 1"):
                await writer.read_block(uid, 4, SectorKey(b"\0" * 6, kind))
            assert await writer.read_block(uid, 4, KEY) == bytes(16)

    @pytest.mark.parametrize(
        ("block", "why"),
        [(0, "holds the UID"), (7, "holds keys"), (64, "no block 64"), (-1, "no block -1")],
    )
    async def test_blocks_that_are_not_data(
        self, reader: NfcMock, writer: NfcCardWriter, block: int, why: str
    ) -> None:
        uid = await reader.lay("gen2:DEADBEEF")
        with pytest.raises(CardRefused, match=why):
            await writer.write_block(uid, block, DATA, KEY)
        assert (await reader.card())["writes"] == 0

    async def test_new_keys_count_and_old_ones_do_not(
        self, reader: NfcMock, writer: NfcCardWriter
    ) -> None:
        uid = await reader.lay("classic:DEADBEEF")
        # data: read with A or B, write with B; keys and access bits: with B
        trailer = bytes.fromhex("A0A1A2A3A4A578778869B0B1B2B3B4B5")
        await writer.write_trailer(uid, 1, trailer, KEY)
        key_a, key_b = SectorKey(trailer[:6]), SectorKey(trailer[10:], "B")
        assert await writer.read_block(uid, 5, key_a) == bytes(16)
        with pytest.raises(CardRefused, match="writing block 5 is not allowed with this key"):
            await writer.write_block(uid, 5, DATA, key_a)
        await writer.write_block(uid, 5, DATA, key_b)
        with pytest.raises(CardRefused, match="wrong key A"):
            await writer.read_block(uid, 5, KEY)

    @pytest.mark.parametrize(
        ("access", "why"),
        [("ff078169", "contradict"), ("00000000", "contradict"), ("7f0f0869", "never be changed")],
    )
    async def test_access_bits_are_checked_before_they_are_written(
        self, reader: NfcMock, writer: NfcCardWriter, access: str, why: str
    ) -> None:
        uid = await reader.lay("classic:DEADBEEF")
        trailer = b"\xff" * 6 + bytes.fromhex(access) + b"\xff" * 6
        with pytest.raises(CardRefused, match=why):
            await writer.write_trailer(uid, 2, trailer, KEY)
        assert (await reader.card())["writes"] == 0

    async def test_no_sectors_no_blocks(self, reader: NfcMock, writer: NfcCardWriter) -> None:
        uid = await reader.lay("ntag213:04A1B2C3D4E5F6")
        for order in (
            writer.read_block(uid, 4, KEY),
            writer.write_block(uid, 4, DATA, KEY),
            writer.set_uid(uid, b"1234"),
        ):
            with pytest.raises(CardRefused, match="a NTAG213 has no sectors"):
                await order

    @pytest.mark.parametrize("model", ["gen1a", "gen2"])
    async def test_the_uid_of_a_magic_card(
        self, reader: NfcMock, writer: NfcCardWriter, model: str
    ) -> None:
        uid = await reader.lay(f"{model}:DEADBEEF")
        before = await reader.block(0)
        seen = await writer.set_uid(uid, bytes.fromhex("C0FFEE01"))
        assert seen == CardSeen(bytes.fromhex("C0FFEE01"), "MIFARE Classic 1K", 4, 8)
        after = await reader.block(0)
        assert (after[:10], after[10:]) == ("c0ffee01d0", before[10:])
        back = await writer.set_uid(seen.uid, uid)
        assert back.uid == uid
        assert await reader.block(0) == before

    @pytest.mark.parametrize(
        ("card", "new", "why"),
        [
            ("classic:DEADBEEF", "C0FFEE01", "the UID of this card cannot be changed"),
            ("gen2:DEADBEEF", "04C0FFEE010203", "only UIDs of 4 bytes"),
            ("gen1a:DEADBEEF", "88010203", "cascade tag"),
            ("gen2:04112233445566", "C0FFEE01", "not of a card with a UID of 4 bytes"),
        ],
    )
    async def test_a_uid_that_cannot_be_changed(
        self, reader: NfcMock, writer: NfcCardWriter, card: str, new: str, why: str
    ) -> None:
        uid = await reader.lay(card)
        before = (await reader.card())["content"]
        with pytest.raises(CardRefused, match=why):
            await writer.set_uid(uid, bytes.fromhex(new))
        assert (await reader.card())["content"] == before
        assert (await writer.find_card()) is not None


async def test_another_card_is_not_written(reader: NfcMock, writer: NfcCardWriter) -> None:
    await reader.lay("ntag213:04A1B2C3D4E5F6")
    with pytest.raises(NoCard, match="04A1B2C3D4E5F6 on the reader; 04FFFFFFFFFFFF was expected"):
        await writer.write_text(bytes.fromhex("04FFFFFFFFFFFF"), "text")
    await reader.control("nfc_take")
    with pytest.raises(NoCard, match="no card on the reader; 04A1B2C3D4E5F6 was expected"):
        await writer.write_text(bytes.fromhex("04A1B2C3D4E5F6"), "text")


async def test_orders_from_many_tasks_do_not_mix(reader: NfcMock, writer: NfcCardWriter) -> None:
    uid = await reader.lay("classic:DEADBEEF")
    await asyncio.gather(
        *(writer.write_block(uid, block, bytes([block] * 16), KEY) for block in (1, 2, 4, 5)),
        *(writer.find_card() for _ in range(4)),
        writer.prove(),
    )
    for block in (1, 2, 4, 5):
        assert await reader.block(block) == bytes([block] * 16).hex()


class TestByHand:
    """What only the manual twin does."""

    async def test_nobody_types_a_uid(self) -> None:
        async with ManualCardWriter("hand", Person("no"), observe=Notes()) as writer:
            with pytest.raises(NotSupported, match="compare a UID but not type it"):
                await writer.find_card()
            assert await writer.find_card(b"\x04\xa1\xb2\xc3") is None
            with pytest.raises(NotSupported, match="not written by hand"):
                await writer.write_trailer(b"1234", 1, bytes(16), KEY)
            with pytest.raises(NotSupported, match="nobody has said"):
                await writer.read_block(b"1234", 4, KEY)

    async def test_the_operator_is_told_everything(self) -> None:
        person = Person()
        async with ManualCardWriter("hand", person, observe=Notes()) as writer:
            assert await writer.read_text(b"\x01\x02\x03\x04") is None
            await writer.write_text(b"\x01\x02\x03\x04", "hello", format_blank=True)
            assert await writer.read_text(b"\x01\x02\x03\x04") == "hello"
        (asked,) = person.questions
        assert "'hello'" in asked
        assert "01:02:03:04" in asked
        assert "formatting" in asked
