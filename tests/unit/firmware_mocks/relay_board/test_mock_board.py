"""A board in service: which frames it answers, its faults, its timers, its two faces."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from firmware_mocks.relay_board.board import RelayBoardMock
from firmware_mocks.relay_board.frames import Request, tcp

READ = b"\x01\0\0\0\x08"
WRITE = b"\x05\0\x02\xff\0"


def board(unit: int = 1) -> RelayBoardMock:
    return RelayBoardMock(unit, rtu=False, tcp=False)


def test_own_unit_is_answered() -> None:
    assert board(7).response(Request(7, READ)) == (7, b"\x01\x01\0")


@pytest.mark.parametrize("unit", [0, 2, 247], ids=["broadcast", "neighbour", "last"])
def test_foreign_unit_meets_silence_and_moves_nothing(unit: int) -> None:
    mock = board()
    assert mock.response(Request(unit, WRITE)) is None
    assert mock.firmware.coils == 8 * [False]


def test_empty_request_meets_silence() -> None:
    assert board().response(Request(1, b"")) is None


def test_mute_board_does_not_even_obey() -> None:
    mock = board()
    mock.faults.mute = True
    assert mock.response(Request(1, WRITE)) is None
    assert mock.firmware.coils == 8 * [False]


def test_answer_of_another_unit() -> None:
    mock = board()
    mock.faults.foreign_unit = True
    assert mock.response(Request(1, READ)) == (2, b"\x01\x01\0")


def test_exception_to_everything() -> None:
    mock = board()
    mock.faults.exception = 6
    assert mock.response(Request(1, WRITE)) == (1, b"\x85\x06")
    assert mock.firmware.coils == 8 * [False]


def test_stuck_coil_and_its_end() -> None:
    mock = board()
    mock.units[1].fault("stuck", 2)
    mock.response(Request(1, WRITE))
    assert mock.firmware.coils[2] is False
    mock.units[1].clear()
    mock.response(Request(1, WRITE))
    assert mock.firmware.coils[2] is True


async def test_flash_ends_by_itself_and_a_new_one_replaces_the_old() -> None:
    moves: list[tuple[int, bool]] = []
    back = asyncio.Event()

    def moved(coil: int, closed: bool) -> None:
        moves.append((coil, closed))
        if not closed:
            back.set()

    async with RelayBoardMock(1, moved, rtu=False, tcp=False) as mock:
        loop = asyncio.get_running_loop()
        start = loop.time()
        mock.response(Request(1, b"\x05\x02\x03\x03\xe8"))  # 100 s
        mock.response(Request(1, b"\x05\x02\x03\x00\x01"))  # 0.1 s
        async with asyncio.timeout(5):
            await back.wait()
        assert moves == [(3, True), (3, False)]
        assert loop.time() - start >= 0.09


async def talk(mock: RelayBoardMock, data: bytes, length: int) -> bytes:
    """Bytes that come back over TCP."""
    address = mock.addresses["tcp"]
    assert isinstance(address, dict)
    reader, writer = await asyncio.open_connection(address["host"], address["port"])
    try:
        writer.write(data)
        async with asyncio.timeout(5):
            return await reader.readexactly(length)
    finally:
        writer.close()
        await writer.wait_closed()


async def test_tcp_face_answers_two_requests_in_one_piece() -> None:
    async with RelayBoardMock(1, rtu=False) as mock:
        one, two = Request(1, WRITE, 1), Request(1, READ, 2)
        data = tcp(one, 1, one.pdu) + tcp(two, 1, two.pdu)
        answer = await talk(mock, data, 12 + 10)
    assert answer == tcp(one, 1, WRITE) + tcp(two, 1, b"\x01\x01\x04")


async def test_garbled_tcp_answer_is_of_another_transaction() -> None:
    async with RelayBoardMock(1, rtu=False) as mock:
        mock.faults.garble = True
        one = Request(1, READ, 1)
        answer = await talk(mock, tcp(one, 1, one.pdu), 10)
    assert answer[:2] == b"\xff\x01"
    assert answer[2:] == tcp(one, 1, b"\x01\x01\0")[2:]


async def test_late_answer_comes_late() -> None:
    async with RelayBoardMock(1, rtu=False) as mock:
        mock.faults.late_s = 0.1
        loop = asyncio.get_running_loop()
        start = loop.time()
        await talk(mock, tcp(Request(1, READ), 1, READ), 10)
        assert loop.time() - start >= 0.09


async def test_faces_are_what_was_asked_for() -> None:
    async with RelayBoardMock(1) as both, RelayBoardMock(1, tcp=False) as only_rtu:
        assert set(both.addresses) == {"rtu", "tcp"}
        assert set(only_rtu.addresses) == {"rtu"}
        rtu = both.addresses["rtu"]
        assert isinstance(rtu, dict)
        assert str(rtu["path"]).startswith("/dev/pts/")
        path = Path(str(rtu["path"]))
        assert path.is_char_device()  # noqa: ASYNC240  # a look at a device node
