"""Watchdog of a fieldbus coupler, register by register."""

from __future__ import annotations

import pytest

from firmware_mocks.relay_board.coil_board import MAKES, CoilBoard
from firmware_mocks.relay_board.coupler import CouplerWatchdog
from firmware_mocks.relay_board.firmware import Flash

START = ((0x1000, 30), (0x1001, 0xFFFF), (0x1003, 1))


@pytest.fixture
def board() -> CoilBoard:
    board = CoilBoard(MAKES["wago-750"])
    for register, value in START:
        write(board, register, value)
    return board


def write(board: CoilBoard, register: int, value: int) -> bytes:
    return board.answer(b"\x06" + register.to_bytes(2) + value.to_bytes(2))


def state(board: CoilBoard) -> int:
    return int.from_bytes(board.answer(b"\x03\x10\x06\x00\x01")[2:])


CLOSE = bytes.fromhex("05 0000 ff00")


def test_a_change_of_the_trigger_starts_it(board: CoilBoard) -> None:
    assert (state(board), board.watchdog_s) == (1, 3.0)


@pytest.mark.parametrize("missing", range(3), ids=["time", "mask", "trigger"])
def test_it_needs_time_mask_and_trigger(missing: int) -> None:
    board = CoilBoard(MAKES["wago-750"])
    for n, (register, value) in enumerate(START):
        write(board, register, 0 if n == missing else value)
    assert (state(board), board.watchdog_s) == (0, 0.0)


@pytest.mark.parametrize("register", [0x1000, 0x1001, 0x1006])
def test_while_it_runs_it_cannot_be_changed(board: CoilBoard, register: int) -> None:
    assert write(board, register, 5) == b"\x86\x03"


def test_after_the_expiry_outputs_are_open_and_not_written(board: CoilBoard) -> None:
    board.answer(CLOSE)
    board.fall_silent()
    assert (state(board), any(board.coils), board.watchdog_s) == (2, False, 0.0)
    assert board.answer(CLOSE) == b"\x85\x04"
    assert board.answer(bytes.fromhex("0f 0000 0008 01 01")) == b"\x8f\x04"
    write(board, 0x1003, 2)  # the trigger does not end an expiry
    assert state(board) == 2


@pytest.mark.parametrize(
    ("register", "value", "after"),
    [(0x1008, 0xAA55, 0), (0x1008, 0x55AA, 0), (0x1008, 1, 2), (0x1007, 1, 1), (0x1007, 0, 2)],
)
def test_the_expiry_is_ended_by_stop_word_or_restart(
    board: CoilBoard, register: int, value: int, after: int
) -> None:
    board.fall_silent()
    write(board, register, value)
    assert state(board) == after
    assert (board.answer(CLOSE) == CLOSE) is (after != 2)


def test_a_restart_means_nothing_before_an_expiry() -> None:
    watchdog = CouplerWatchdog()
    watchdog.write(0x1007, 1)
    assert watchdog.time_s == 0.0


@pytest.mark.parametrize(("order", "answer"), [("06 0009 001e", "06 0009 001e"),
                                               ("06 0009 0000", "86 03"),
                                               ("06 0010 001e", "86 02")])  # fmt: skip
def test_denkovi_pulses_by_a_register_of_the_relays_number(order: str, answer: str) -> None:
    flashes: list[Flash] = []
    board = CoilBoard(MAKES["denkovi-16"], 1, lambda *_: None, flashes.append)
    assert board.answer(bytes.fromhex(order)) == bytes.fromhex(answer)
    assert [(f.coil, f.closed, f.delay_s) for f in flashes] == (
        [(9, False, 3.0)] if answer[:2] == "06" else []
    )
