"""Boards other than Waveshare's, PDU by PDU."""

from __future__ import annotations

import pytest

from firmware_mocks.relay_board.coil_board import MAKES, CoilBoard
from firmware_mocks.relay_board.command_board import CommandBoard
from firmware_mocks.relay_board.firmware import Flash


def pdu(text: str) -> bytes:
    return bytes.fromhex(text)


@pytest.mark.parametrize(
    ("make", "request_", "answer"),
    [
        ("kmtronic-8", "05 0002 ff00", "05 0002 ff00"),
        ("kmtronic-8", "05 0008 ff00", "85 02"),
        ("kmtronic-8", "05 0000 5500", "85 03"),
        ("kmtronic-8", "0f 0000 0008 01 ff", "8f 01"),
        ("kmtronic-8", "02 0000 0008", "82 01"),
        ("adam-6060", "05 0000 ff00", "85 02"),
        ("adam-6060", "05 0010 ff00", "05 0010 ff00"),
        ("adam-6060", "02 0000 0006", "02 01 00"),
        ("wago-750", "01 0000 0008", "81 02"),
        ("wago-750", "01 0200 0008", "01 01 00"),
        ("denkovi-16", "03 6800 0001", "03 02 0001"),
        ("denkovi-16", "06 6800 0000", "06 6800 0000"),
        ("denkovi-16", "06 6a00 0000", "86 02"),
        ("denkovi-16", "03 6801 0001", "83 02"),
    ],
)
def test_coil_boards(make: str, request_: str, answer: str) -> None:
    assert CoilBoard(MAKES[make]).answer(pdu(request_)) == pdu(answer)


def test_written_at_one_address_and_read_back_at_another() -> None:
    board = CoilBoard(MAKES["wago-750"])
    board.answer(pdu("0f 0000 0008 01 81"))
    assert board.answer(pdu("01 0200 0008")) == pdu("01 01 81")


def test_the_watchdog_register_sets_the_watchdog() -> None:
    board = CoilBoard(MAKES["wirenboard-6"])
    board.answer(pdu("06 0008 0002"))
    assert board.watchdog_s == 2.0


@pytest.mark.parametrize(
    ("orders", "closed"),
    [
        (["06 0003 0100"], {2}),
        (["06 0003 0100", "06 0003 0200"], set()),
        (["06 0003 0300"], {2}),
        (["06 0001 0100", "06 0003 0400"], {2}),
        (["06 0000 0700"], set(range(8))),
        (["06 0000 0700", "06 0000 0800"], set()),
    ],
)
def test_commands(orders: list[str], closed: set[int]) -> None:
    board = CommandBoard()
    for order in orders:
        assert board.answer(pdu(order)) == pdu(order)
    assert {n for n, state in enumerate(board.coils) if state} == closed


@pytest.mark.parametrize(("order", "delay_s"), [("06 0002 0500", 1.0), ("06 0002 0607", 7.0)])
def test_commands_that_end_by_themselves(order: str, delay_s: float) -> None:
    flashes: list[Flash] = []
    board = CommandBoard(on_flash=flashes.append)
    board.answer(pdu(order))
    assert board.coils[1]
    assert flashes == [Flash(1, False, delay_s)]


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("03 0001 0002", "03 04 0000 0000"),
        ("03 0000 0001", "83 02"),
        ("03 0008 0002", "83 02"),
        ("06 0009 0100", "86 02"),
        ("06 0001 0900", "86 03"),
        ("05 0000 ff00", "85 01"),
    ],
)
def test_registers_of_the_command_board(request_: str, answer: str) -> None:
    assert CommandBoard().answer(pdu(request_)) == pdu(answer)
