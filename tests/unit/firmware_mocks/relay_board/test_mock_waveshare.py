"""The board's firmware against the maker's protocol description, V3."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_mocks.relay_board.firmware import Flash
from firmware_mocks.relay_board.waveshare import COUNT, WaveshareRelay

FUNCTION, ADDRESS, VALUE = 1, 2, 3


class Board:
    """The firmware with ears."""

    def __init__(self, unit: int = 1) -> None:
        self.moves: list[tuple[int, bool]] = []
        self.flashes: list[Flash] = []
        self.firmware = WaveshareRelay(
            unit, lambda coil, closed: self.moves.append((coil, closed)), self.flashes.append
        )

    def ask(self, pdu: str) -> str:
        return self.firmware.answer(bytes.fromhex(pdu)).hex(" ")

    def closed(self) -> list[int]:
        return [n for n, closed in enumerate(self.firmware.coils) if closed]


def test_every_relay_is_open_after_power_up() -> None:
    assert Board().ask("01 0000 0008") == "01 01 00"


@pytest.mark.parametrize("coil", range(COUNT))
def test_single_relay_closes_toggles_and_opens(coil: int) -> None:
    board = Board()
    write = f"05 00{coil:02x}"
    assert board.ask(f"{write} ff00") == f"05 00 {coil:02x} ff 00"
    assert board.closed() == [coil]
    board.ask(f"{write} 5500")
    assert board.closed() == []
    board.ask(f"{write} 5500")
    board.ask(f"{write} 0000")
    assert board.moves == [(coil, True), (coil, False), (coil, True), (coil, False)]


def test_all_relays_at_once() -> None:
    board = Board()
    assert board.ask("05 00ff ff00") == "05 00 ff ff 00"
    assert board.closed() == list(range(8))
    board.ask("05 0003 0000")
    board.ask("05 00ff 5500")
    assert board.closed() == [3]
    board.ask("05 00ff 0000")
    assert board.closed() == []


def test_relay_that_is_there_already_does_not_move() -> None:
    board = Board()
    board.ask("05 0002 ff00")
    board.ask("05 0002 ff00")
    assert board.moves == [(2, True)]


@given(st.integers(0, 255))
def test_several_relays_are_written_and_read_back(bits: int) -> None:
    board = Board()
    assert board.ask(f"0f 0000 0008 01 {bits:02x}") == "0f 00 00 00 08"
    assert board.ask("01 0000 0008") == f"01 01 {bits:02x}"


def test_some_relays_in_the_middle() -> None:
    board = Board()
    board.ask("0f 0002 0003 01 05")
    assert board.closed() == [2, 4]
    assert board.ask("01 0002 0003") == "01 01 05"


@pytest.mark.parametrize(("base", "closed"), [("02", True), ("04", False)], ids=["on", "off"])
def test_flash_moves_and_comes_back_after_tenths_of_a_second(base: str, closed: bool) -> None:
    board = Board()
    if not closed:
        board.ask("05 00ff ff00")
    pdu = f"05 {base}05 0007"
    assert board.ask(pdu) == bytes.fromhex(pdu).hex(" ")
    assert board.flashes == [Flash(5, not closed, 0.7)]
    assert (5 in board.closed()) is closed


def test_inputs_are_read_and_never_written() -> None:
    board = Board()
    board.firmware.inputs[0] = board.firmware.inputs[7] = True
    assert board.ask("02 0000 0008") == "02 01 81"
    assert board.ask("02 0007 0001") == "02 01 01"
    assert board.closed() == []


def test_version_says_that_relays_are_coils() -> None:
    assert Board().ask("03 8000 0001") == "03 02 00 c8"


def test_unit_register() -> None:
    assert Board(unit=17).ask("03 4000 0001") == "03 02 00 11"


@pytest.mark.parametrize(
    ("pdu", "code"),
    [
        ("04 0000 0001", FUNCTION), ("06 4000 0002", FUNCTION), ("10 0000 0001 02 0000", FUNCTION),
        ("2b 0e 01 00", FUNCTION),
        ("01 0000 0009", ADDRESS), ("01 0008 0001", ADDRESS), ("01 0000 0000", ADDRESS),
        ("02 0001 0008", ADDRESS),
        ("03 8000 0002", ADDRESS), ("03 0000 0001", ADDRESS),
        ("05 0008 ff00", ADDRESS), ("05 00fe ff00", ADDRESS), ("05 0208 0001", ADDRESS),
        ("05 01ff 0001", ADDRESS), ("05 0408 0001", ADDRESS),
        ("0f 0000 0009 02 0000", ADDRESS), ("0f 0007 0002 01 00", ADDRESS),
        ("05 0000 ff01", VALUE), ("05 0000 0001", VALUE), ("05 00ff 1234", VALUE),
        ("05 0200 0000", VALUE), ("05 0200 8000", VALUE),
        ("0f 0000 0008 02 0000", VALUE), ("0f 0000 0008 01", VALUE), ("01 0000", VALUE),
    ],
)  # fmt: skip
def test_exception(pdu: str, code: int) -> None:
    board = Board()
    assert board.ask(pdu) == bytes([bytes.fromhex(pdu)[0] | 0x80, code]).hex(" ")
    assert board.moves == []
    assert board.flashes == []


def test_stuck_relay_acknowledges_and_does_not_follow() -> None:
    board = Board()
    board.firmware.stuck = 2
    assert board.ask("05 0002 ff00") == "05 00 02 ff 00"
    board.ask("05 00ff ff00")
    assert board.closed() == [0, 1, 3, 4, 5, 6, 7]


@given(st.binary(min_size=1, max_size=30))
def test_any_request_gets_an_answer_with_its_function(pdu: bytes) -> None:
    answer = WaveshareRelay().answer(pdu)
    assert answer[0] & 0x7F == pdu[0] & 0x7F
    assert len(answer) >= 2
