"""Several boards on one line, pulled and plugged in again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from firmware_mocks.relay_board.board import RelayLineMock
from firmware_mocks.relay_board.frames import Request
from firmware_mocks.serve_relay_board import boards_of

CLOSE = b"\x05\0\x02\xff\0"


def test_units_obey_only_what_is_meant_for_them() -> None:
    moves: list[tuple[int, int, bool]] = []
    line = RelayLineMock({1: "waveshare-8", 7: "kmtronic-8"}, lambda *move: moves.append(move))
    answer = line.answer(Request(7, CLOSE))
    assert answer is not None
    assert answer[:2] == (7, CLOSE)
    assert line.answer(Request(2, CLOSE)) is None
    assert moves == [(7, 2, True)]


@pytest.mark.parametrize(
    ("units", "boards"),
    [
        ([], {1: "r4d8a08"}),
        (["3"], {3: "r4d8a08"}),
        (["1:waveshare-8", "2"], {1: "waveshare-8", 2: "r4d8a08"}),
    ],
)
def test_units_of_the_command_line(units: list[str], boards: dict[int, str]) -> None:
    assert boards_of(units, "r4d8a08") == boards


@pytest.mark.parametrize("units", [["0"], ["248"], ["1", "1:r4d8a08"], ["1:other"], ["x"]])
def test_units_that_make_no_sense_are_refused(units: list[str]) -> None:
    with pytest.raises(ValueError, match=r"unit|dialect|invalid literal"):
        boards_of(units, "waveshare-8")


async def test_pulled_and_plugged_in_it_has_its_name_and_its_port(tmp_path: Path) -> None:
    link = tmp_path / "line"
    async with RelayLineMock({1: "waveshare-8"}, link=link) as line:
        before = line.addresses
        assert before["rtu"] == {"path": str(link)}
        assert link.is_char_device()  # a look at a device node
        line.hang_up()
        assert not link.is_symlink()
        await line.plug_in()
        assert line.addresses == before
        assert link.is_char_device()
    assert not link.is_symlink()


async def test_the_plug_is_pulled_at_a_request() -> None:
    async with RelayLineMock({1: "waveshare-8"}, rtu=False) as line:
        address = line.addresses["tcp"]
        assert isinstance(address, dict)
        line.hang_up_at(2)
        reader, writer = await asyncio.open_connection(address["host"], address["port"])
        read = bytes.fromhex("0001 0000 0006 01 01 0000 0008")
        writer.write(read)
        await reader.readexactly(10)
        writer.write(read)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()
