"""The simulated chip and cards by themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_mocks.pn532.air import YES, Nibble, crc_a, with_crc
from firmware_mocks.pn532.chip import Pn532Chip, SyntaxFault
from firmware_mocks.pn532.classic import ClassicCard
from firmware_mocks.pn532.frames import ACK, ERROR, NACK, Bad, Command, FrameReader, Mark, response
from firmware_mocks.pn532.stock import make_card
from firmware_mocks.pn532.type2 import Type2Card

FACTORY = b"\xff" * 6
UID = bytes.fromhex("DEADBEEF")


def host_frame(code: int, data: bytes) -> bytes:
    """What a host sends: a response is built alike, but for the direction and the code."""
    body = bytes([0xD4, code]) + data
    if len(body) < 256:
        head = bytes([len(body), -len(body) & 0xFF])
    else:
        head = b"\xff\xff" + len(body).to_bytes(2, "big")
        head += bytes([-sum(head[2:]) & 0xFF])
    return b"\x00\x00\xff" + head + body + bytes([-sum(body) & 0xFF, 0])


commands = st.builds(Command, st.integers(0, 255), st.binary(max_size=263))
events = st.one_of(st.just(Mark.ACK), st.just(Mark.NACK), commands)


def wire(event: Mark | Command) -> bytes:
    if isinstance(event, Command):
        return host_frame(event.code, event.data)
    return ACK if event is Mark.ACK else NACK


class TestFrames:
    """Framing of the serial line."""

    @given(st.lists(events, max_size=4), st.data())
    def test_every_split_gives_the_same(
        self, sent: list[Mark | Command], data: st.DataObject
    ) -> None:
        stream = b"\x55\x55\x00\x00\x00" + b"".join(wire(event) for event in sent)
        cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
        reader, found = FrameReader(), []
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            found += reader.feed(stream[start:end])
        assert found == sent

    @given(st.binary(max_size=300), st.integers(0, 300))
    def test_garbage_never_raises_and_splits_alike(self, garbage: bytes, cut: int) -> None:
        at_once, in_two = FrameReader(), FrameReader()
        assert at_once.feed(garbage) == in_two.feed(garbage[:cut]) + in_two.feed(garbage[cut:])

    def test_known_frames(self) -> None:
        assert FrameReader().feed(bytes.fromhex("0000ff02fed4022a00")) == [Command(2, b"")]
        assert response(2, b"\x32\x01\x06\x07").hex() == "0000ff06fad50332010607e800"
        assert ERROR.hex() == "0000ff01ff7f8100"

    @pytest.mark.parametrize(
        "wrong", ["0000ff02fed4022b00", "0000ff02ffd4022a00", "0000ff02fed5022900"]
    )
    def test_a_wrong_check_sum(self, wrong: str) -> None:
        assert Bad() in FrameReader().feed(bytes.fromhex(wrong))

    def test_a_long_response(self) -> None:
        frame = response(0, bytes(262))
        assert frame[:8].hex() == "0000ffffff0108f7"
        assert len(frame) == 3 + 5 + 264 + 2


class TestChip:
    """Commands."""

    def test_unknown_and_incomplete_commands(self) -> None:
        chip = Pn532Chip()
        for code, data in ((0x99, b""), (0x4A, b""), (0x10, b"\x20"), (0x08, b"\x63")):
            with pytest.raises(SyntaxFault):
                chip.execute(code, data)

    def test_a_speed_counts_from_the_acknowledgement(self) -> None:
        chip = Pn532Chip()
        chip.execute(0x10, b"\x07")
        assert (chip.baudrate, chip.understands(115200), chip.understands(921600)) == (
            115200, True, True
        )  # fmt: skip
        chip.acknowledged()
        assert (chip.understands(115200), chip.understands(921600)) == (False, True)

    def test_two_cards_and_one_by_its_uid(self) -> None:
        chip = Pn532Chip()
        for card in ("classic:DEADBEEF", "ntag213:04A1B2C3D4E5F6"):
            chip.lay(make_card(card))
        both = chip.execute(0x4A, b"\x02\x00")
        assert both is not None
        assert both[0] == 2
        one = chip.execute(0x4A, b"\x01\x00" + bytes.fromhex("8804A1B2C3D4E5F6"))
        assert one == bytes.fromhex("01010044000704A1B2C3D4E5F6")
        assert chip.execute(0x4A, b"\x01\x03\x00") == b"\0"

    def test_crc_is_the_hosts_when_it_says_so(self) -> None:
        chip = Pn532Chip()
        chip.lay(make_card("ntag213:04A1B2C3D4E5F6"))
        chip.execute(0x4A, b"\x01\x00")
        assert chip.execute(0x42, b"\xa2\x04\1\2\3\4") == b"\x02"  # four bits are no CRC
        chip.execute(0x08, bytes.fromhex("630300"))
        assert chip.execute(0x42, b"\xa2\x04\1\2\3\4") == b"\x00\x0a"
        data = chip.execute(0x42, b"\x30\x04")
        assert data is not None
        assert (len(data), data[1:5], crc_a(data[1:-2])) == (19, b"\1\2\3\4", data[-2:])

    def test_no_card_no_answer(self) -> None:
        chip = Pn532Chip()
        assert chip.execute(0x4A, b"\x01\x00") == b"\0"
        assert chip.execute(0x42, b"\x60") == b"\x01"
        assert chip.execute(0x40, b"\x01\x30\x04") == b"\x27"

    @given(st.integers(0, 255), st.binary(max_size=40))
    def test_nothing_from_the_host_breaks_it(self, code: int, data: bytes) -> None:
        chip = Pn532Chip()
        for card in ("gen1a:DEADBEEF", "ntag213:04A1B2C3D4E5F6", "desfire:08010203"):
            chip.take()
            chip.lay(make_card(card))
            chip.execute(0x4A, b"\x01\x00")
            for given_code in (code, 0x40, 0x42):
                try:
                    chip.execute(given_code, data)
                except SyntaxFault:
                    continue


class TestType2:
    """NTAG21x."""

    def test_one_time_bits_and_locks(self) -> None:
        card = Type2Card("ntag213", bytes.fromhex("04A1B2C3D4E5F6"), blank=True)
        assert card.receive(with_crc(b"\xa2\x03\xe1\x10\x12\x00")) == YES
        assert card.receive(with_crc(b"\xa2\x03\x02\x00\x00\x00")) == YES
        assert card.pages[3].hex() == "e3101200"
        assert card.receive(with_crc(b"\xa2\x02\x00\x00\x10\x00")) == YES  # lock page 4
        assert card.receive(with_crc(b"\xa2\x04abcd")) == Nibble(0x5)
        assert card.receive(with_crc(b"\x30\x00")) is None  # asleep after it said no
        card.power_up()
        assert card.receive(with_crc(b"\xa2\x00abcd")) == Nibble(0)
        card.power_up()
        assert card.receive(b"\x30\x00\x00\x00") is None  # wrong CRC
        assert card.pages[4] == bytes(4)

    def test_password(self) -> None:
        card = Type2Card("ntag213", bytes.fromhex("04A1B2C3D4E5F6"))
        card.pages[41] = bytes.fromhex("04000004")
        assert card.receive(with_crc(b"\xa2\x05abcd")) == Nibble(0x5)
        card.power_up()
        assert card.receive(with_crc(b"\x1b\0\0\0\0")) == Nibble(0)
        card.power_up()
        assert card.receive(with_crc(b"\x1b\xff\xff\xff\xff")) == with_crc(b"\0\0")
        assert card.receive(with_crc(b"\xa2\x05abcd")) == YES

    def test_reading_wraps_and_fast_reading_does_not(self) -> None:
        card = Type2Card("ntag213", bytes.fromhex("04A1B2C3D4E5F6"))
        data = card.receive(with_crc(b"\x30\x2c"))
        assert isinstance(data, bytes)
        assert data[4:8] == card.pages[0]
        assert card.receive(with_crc(b"\x3a\x00\x2d")) == Nibble(0)


class TestClassic:
    """MIFARE Classic and its copies."""

    def login(self, card: ClassicCard, block: int, kind: int = 0x60, key: bytes = FACTORY) -> int:
        card.power_up()
        return card.exchange(bytes([kind, block]) + key + UID).status

    def test_keys(self) -> None:
        card = ClassicCard(UID)
        assert self.login(card, 4) == 0
        assert self.login(card, 4, key=bytes(6)) == 0x14
        assert card.exchange(b"\x30\x04").status == 0x01  # asleep
        assert self.login(card, 4) == 0
        assert card.exchange(b"\x30\x08").status != 0  # another sector
        assert self.login(card, 3) == 0
        assert card.exchange(b"\x30\x03").data.hex() == "000000000000ff078069" + "ff" * 6

    def test_a_sector_with_contradicting_bits_is_lost(self) -> None:
        card = ClassicCard(UID)
        card.blocks[7] = FACTORY + bytes(4) + FACTORY
        assert self.login(card, 4) == 0x14

    def test_block_0_is_written_on_magic_cards_only(self) -> None:
        new = b"\xa0\x00" + bytes.fromhex("c0ffee01d00804006263646566676869")
        for magic, status in (("", 0x05), ("gen1a", 0x05), ("gen2", 0)):
            card = ClassicCard(UID, magic)
            self.login(card, 0)
            assert card.exchange(new).status == status

    def test_a_wrong_check_byte_hides_the_card(self) -> None:
        card = ClassicCard(UID, "gen2")
        self.login(card, 0)
        assert card.exchange(b"\xa0\x00" + bytes(4) + b"\1" + bytes(11)).status == 0
        chip = Pn532Chip()
        chip.lay(card)
        assert chip.execute(0x4A, b"\x01\x00") == b"\0"

    @pytest.mark.parametrize("magic", ["", "gen2"])
    def test_no_back_door(self, magic: str) -> None:
        card = ClassicCard(UID, magic)
        card.receive(with_crc(b"\x50\x00"))
        assert card.receive(b"\x40", 7) is None
        assert card.receive(b"\x43") is None

    def test_the_back_door_opens_after_both_knocks_only(self) -> None:
        card = ClassicCard(UID, "gen1a")
        assert card.receive(b"\x40", 7) is None  # not halted
        card.receive(with_crc(b"\x50\x00"))
        assert card.receive(b"\x43") is None
        assert card.receive(b"\x40", 7) == YES
        assert card.receive(with_crc(b"\x30\x00")) is None
        assert card.receive(b"\x43") == YES
        assert card.receive(with_crc(b"\x30\x00")) == with_crc(card.blocks[0])


@pytest.mark.parametrize(
    "text", ["ntag213:DEADBEEF", "classic:04", "desfire:0102", "visa:DEADBEEF", "classic:xy"]
)
def test_cards_that_do_not_exist(text: str) -> None:
    with pytest.raises(ValueError, match=r"UID|bytes|no card model|fromhex"):
        make_card(text)
