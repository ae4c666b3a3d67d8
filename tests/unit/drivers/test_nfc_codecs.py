"""The pure parts of the card writer: frames, card types, texts, sectors."""

from __future__ import annotations

import contextlib

import ndef
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.nfc import classic_codec as codec
from drivers.nfc.card_types import Target, parse_targets, type_name
from drivers.nfc.frames import ACK, NACK, FrameFinder
from drivers.nfc.text_record import decode_text, encode_text

VERSION = bytes.fromhex("0000ff06fad50332010607e800")
ERROR = bytes.fromhex("0000ff01ff7f8100")


def frame(body: bytes) -> bytes:
    """As the manual says, written a second time."""
    if len(body) < 256:
        head = bytes([len(body), (256 - len(body)) % 256])
    else:
        high, low = divmod(len(body), 256)
        head = bytes([0xFF, 0xFF, high, low, (512 - high - low) % 256])
    return b"\x00\x00\xff" + head + body + bytes([(-sum(body)) % 256, 0])


bodies = st.binary(min_size=1, max_size=265)
whole = st.one_of(st.sampled_from([ACK, NACK, ERROR, VERSION]), bodies.map(frame))


class TestFrames:
    """Bytes of the line into frames."""

    @given(st.lists(whole, max_size=5), st.data())
    def test_every_split_gives_the_same_frames(
        self, frames: list[bytes], data: st.DataObject
    ) -> None:
        stream = b"".join(frames)
        cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
        finder, found = FrameFinder(), []
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            found += finder.feed(stream[start:end])
        assert found == frames

    @given(st.binary(max_size=300), st.integers(0, 300))
    def test_garbage_never_raises_and_splits_alike(self, garbage: bytes, cut: int) -> None:
        at_once, in_two = FrameFinder(), FrameFinder()
        assert at_once.feed(garbage) == in_two.feed(garbage[:cut]) + in_two.feed(garbage[cut:])

    @given(st.binary(max_size=50).filter(lambda noise: b"\x00\xff" not in noise + b"\x00"))
    def test_noise_before_a_frame_is_dropped(self, noise: bytes) -> None:
        assert FrameFinder().feed(noise + VERSION) == [VERSION]

    def test_a_frame_without_its_preamble(self) -> None:
        assert FrameFinder().feed(VERSION[1:]) == [VERSION]

    def test_clear_forgets_half_a_frame(self) -> None:
        finder = FrameFinder()
        assert finder.feed(VERSION[:6]) == []
        finder.clear()
        assert finder.feed(VERSION) == [VERSION]


class TestTargets:
    """Answers to InListPassiveTarget."""

    def test_two_cards(self) -> None:
        data = bytes.fromhex("0201 0044 00 07 04A1B2C3D4E5F602 0004 08 04 DEADBEEF")
        assert parse_targets(data) == [
            Target(0x0044, 0, bytes.fromhex("04A1B2C3D4E5F6")),
            Target(0x0004, 8, bytes.fromhex("DEADBEEF")),
        ]
        assert parse_targets(b"\0") == []

    @pytest.mark.parametrize(
        "data", ["", "01", "0101004400", "010100440007 04", "01010044000304A1B2"]
    )
    def test_what_is_no_list(self, data: str) -> None:
        with pytest.raises(ValueError, match=r"list of cards|a UID of 3 bytes"):
            parse_targets(bytes.fromhex(data))

    @given(st.binary(max_size=60))
    def test_garbage_is_a_value_error_at_most(self, data: bytes) -> None:
        with contextlib.suppress(ValueError):
            parse_targets(data)

    @pytest.mark.parametrize(
        ("atqa", "sak", "version", "name"),
        [
            (0x0044, 0x00, "0004040201000F03", "NTAG213"),
            (0x0044, 0x00, "0004040201001103", "NTAG215"),
            (0x0044, 0x00, "0004040201001303", "NTAG216"),
            (0x0044, 0x00, "0004030101000B03", "MIFARE Ultralight EV1"),
            (0x0044, 0x00, "", "Type 2 tag"),
            (0x0004, 0x08, "", "MIFARE Classic 1K"),
            (0x0004, 0x09, "", "MIFARE Classic Mini"),
            (0x0002, 0x18, "", "MIFARE Classic 4K"),
            (0x0004, 0x28, "", "MIFARE Classic 1K"),
            (0x0344, 0x20, "", "MIFARE DESFire"),
            (0x0004, 0x20, "", "ISO 14443-4 card"),
            (0x0004, 0x10, "", "MIFARE Plus 2K"),
            (0x0004, 0x44, "", "unknown (SAK 44)"),
        ],
    )
    def test_types(self, atqa: int, sak: int, version: str, name: str) -> None:
        target = Target(atqa, sak, b"1234")
        assert type_name(target, bytes.fromhex(version) or None) == name


class TestText:
    """NDEF text records, held against a library that is not ours."""

    @given(st.text(max_size=400), st.sampled_from(["en", "de", "pt-BR"]))
    def test_the_public_library_reads_ours(self, text: str, language: str) -> None:
        message = encode_text(text, language)
        (record,) = ndef.message_decoder(message)
        assert (record.text, record.language) == (text, language)
        assert decode_text(message) == text

    @given(st.text(max_size=400), st.sampled_from(["UTF-8", "UTF-16"]))
    def test_ours_reads_the_public_library(self, text: str, encoding: str) -> None:
        records = [
            ndef.UriRecord("https://example.org"),
            ndef.Record("unknown", "", b"\0" * 300),
            ndef.TextRecord(text, encoding=encoding),
        ]
        records[1].name = "id"
        assert decode_text(b"".join(ndef.message_encoder(records))) == text

    @pytest.mark.parametrize(
        "message", ["", "d00000", "d1", "d1010155", "d1010054", "d101035402", "f1010254"]
    )
    def test_no_text(self, message: str) -> None:
        assert decode_text(bytes.fromhex(message)) is None

    @given(st.binary(max_size=80))
    def test_garbage_never_raises(self, message: bytes) -> None:
        decode_text(message)

    def test_a_language_code_is_short(self) -> None:
        with pytest.raises(ValueError, match="63 letters"):
            encode_text("x", "a" * 64)


class TestClassic:
    """Places, access bits and block 0."""

    @pytest.mark.parametrize(
        ("block", "sector", "trailer"),
        [(0, 0, 3), (3, 0, 3), (4, 1, 7), (63, 15, 63), (127, 31, 127), (128, 32, 143)],
    )  # fmt: skip
    def test_places(self, block: int, sector: int, trailer: int) -> None:
        assert codec.sector_of(block) == sector
        assert codec.trailer_of(sector) == trailer
        assert codec.is_trailer(block) == (block == trailer)

    def test_commands(self) -> None:
        key, uid = b"\xff" * 6, bytes.fromhex("04112233445566")
        assert codec.authenticate(4, "A", key, uid).hex() == "6004ffffffffffff33445566"
        assert codec.authenticate(4, "B", key, b"abcd").hex() == "6104ffffffffffff61626364"
        assert codec.read(5).hex() == "3005"
        assert codec.write(5, bytes(16)) == b"\xa0\x05" + bytes(16)
        with pytest.raises(ValueError, match="16 bytes, not 15"):
            codec.write(5, bytes(15))

    @pytest.mark.parametrize(("sectors", "blocks"), [(5, 20), (16, 64), (40, 256)])
    def test_sizes(self, sectors: int, blocks: int) -> None:
        assert codec.block_count(sectors) == blocks

    @pytest.mark.parametrize(
        ("access", "condition", "can_be_changed", "key_b_is_key"),
        [
            ("ff0780", 0b001, True, False),  # as from the factory
            ("787788", 0b011, True, True),  # NXP AN10787: key B writes everything
            ("7f0f08", 0b010, False, False),
        ],
    )
    def test_access_bits(
        self, access: str, condition: int, can_be_changed: bool, key_b_is_key: bool
    ) -> None:
        block = b"\xaa" * 6 + bytes.fromhex(access) + b"\x69" + b"\xbb" * 6
        trailer = codec.Trailer.parse(block)
        assert trailer.condition(3) == condition
        assert trailer.can_be_changed is can_be_changed
        assert trailer.key_b_is_key is key_b_is_key
        assert trailer.encode() == block

    @given(st.integers(0, 4095), st.binary(min_size=6, max_size=6))
    def test_every_condition_with_its_complement_is_accepted_and_no_other(
        self, bits: int, key: bytes
    ) -> None:
        c1, c2, c3 = bits >> 8, bits >> 4 & 15, bits & 15
        access = bytes([(c2 ^ 15) << 4 | c1 ^ 15, c1 << 4 | c3 ^ 15, c3 << 4 | c2])
        block = key + access + b"\0" + key
        assert codec.Trailer.parse(block).conditions == (c1, c2, c3)
        for at in range(24):
            wrong = bytearray(block)
            wrong[6 + at // 8] ^= 1 << at % 8
            with pytest.raises(ValueError, match="contradict"):
                codec.Trailer.parse(bytes(wrong))

    def test_a_trailer_of_another_length(self) -> None:
        with pytest.raises(ValueError, match="16 bytes"):
            codec.Trailer.parse(bytes(15))

    def test_block_0(self) -> None:
        old = bytes.fromhex("deadbeef220804006263646566676869")
        assert (
            codec.with_uid(old, bytes.fromhex("c0ffee01")).hex()
            == "c0ffee01d00804006263646566676869"
        )
        for block, uid in (
            (old, b"12345"),
            (old, b"\x88123"),
            (bytes(4) + b"\1" + bytes(11), b"1234"),
        ):
            with pytest.raises(ValueError, match="UID"):
                codec.with_uid(block, uid)

    def test_crc(self) -> None:
        # ISO/IEC 14443-3, annex B
        assert codec.with_crc_a(b"\x00\x00").hex() == "0000a01e"
        assert codec.with_crc_a(b"\x12\x34").hex() == "123426cf"
