"""What is special about single makes of relay boards, driver against mock."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from drivers.errors import BadReply
from drivers.relay.board import RelayBoard
from drivers.relay.dialects import DIALECTS, Dialect, Setting
from drivers.relay.modbus_bus import ModbusBus
from rig.bench.control import ControlChannel
from rig.jsontypes import Json
from tests.contract.opponents import MockProcess, coils_become, relay_mock
from tests.unit.drivers.fake_board import Notes


def driver(
    mock: MockProcess, dialect: Dialect, notes: Notes | None = None, watchdog_s: float = 5.0
) -> RelayBoard:
    bus = ModbusBus(mock.rtu, timeout_s=0.3)
    return RelayBoard("left", bus, 1, dialect, observe=notes or Notes(), watchdog_s=watchdog_s)


async def registers(mock: MockProcess, *addresses: int) -> list[int]:
    bus = ModbusBus(mock.tcp)
    await bus.acquire("test")
    found = [(await bus.read_registers("test", 1, address, 1))[0] for address in addresses]
    await bus.release()
    return found


async def test_a_board_is_told_to_stay_open_after_power_up_and_in_silence() -> None:
    with relay_mock(dialect="wirenboard-6") as mock:
        assert await registers(mock, 6, 8) == [1, 0]
        async with driver(mock, DIALECTS["wirenboard-6"], watchdog_s=3) as board:
            assert await registers(mock, 6, 8) == [0, 3]
            assert "opens after 3 s of silence" in await board.prove()


@pytest.mark.parametrize(
    ("dialect", "addresses", "before", "after"),
    [
        ("wirenboard-6", range(9, 15), 1, 3),
        ("denkovi-16", range(0x6200, 0x621E), 1, 0),
    ],
    ids=["inputs", "weekly schedule"],
)
async def test_what_moves_relays_behind_our_back_is_taken_off_them(
    dialect: str, addresses: range, before: int, after: int
) -> None:
    with relay_mock(dialect=dialect) as mock:
        assert set(await registers(mock, *addresses)) == {before}
        async with driver(mock, DIALECTS[dialect]):
            assert set(await registers(mock, *addresses)) == {after}


async def test_its_watchdog_opens_the_relays_when_the_daemon_falls_silent() -> None:
    with relay_mock(dialect="wirenboard-6") as mock:
        board = driver(mock, DIALECTS["wirenboard-6"], watchdog_s=1)
        await board.__aenter__()
        await board.set_coil(2, True)
        await coils_become(mock, [False] * 6)  # nobody asks the board meanwhile
        await board.__aexit__()


async def test_its_watchdog_is_left_alone_when_so_asked() -> None:
    with relay_mock(dialect="wirenboard-6") as mock:
        async with driver(mock, DIALECTS["wirenboard-6"], watchdog_s=0) as board:
            assert await registers(mock, 8) == [0]
            assert "no watchdog in use" in await board.prove()


async def test_a_board_that_refuses_a_safe_setting_is_refused() -> None:
    stubborn = replace(
        DIALECTS["waveshare-8"], settings=(Setting(0x8000, 7, "else it is not safe"),)
    )
    with relay_mock() as mock:
        board = driver(mock, stubborn)
        with pytest.raises(BadReply):
            await board.__aenter__()


@pytest.mark.parametrize("name", ["kmtronic-8", "r4d8a08"])
async def test_where_relays_are_switched_one_by_one_break_comes_before_make(name: str) -> None:
    notes = Notes()
    with relay_mock(dialect=name) as mock:
        seen: list[tuple[int, bool]] = []
        where = mock.ready["control"]

        def note(event: dict[str, Json]) -> None:
            seen.append((int(str(event["coil"])), bool(event["closed"])))

        async with ControlChannel("mock", where["host"], where["port"], note) as channel:
            await channel.ask("subscribe")
            async with driver(mock, DIALECTS[name], notes) as board:
                await board.set_coils({0: True, 3: True})
                await board.set_coils({0: False, 1: True, 2: False, 3: False, 4: True})
                await channel.ask("coils")
                moved = list(seen)
    assert moved[2:] == [(0, False), (3, False), (1, True), (4, True)]


async def test_a_board_whose_safe_state_is_closed_is_left_without_its_watchdog() -> None:
    with relay_mock(dialect="wirenboard-6") as mock:
        bus = ModbusBus(mock.rtu)
        async with RelayBoard(
            "left", bus, 1, DIALECTS["wirenboard-6"], observe=Notes(), safe_closed=(3,)
        ):
            assert await registers(mock, 8) == [5]
        assert await registers(mock, 8) == [0]
        assert await mock.coils() == [n == 3 for n in range(6)]


def test_the_mock_refuses_a_board_that_it_does_not_know() -> None:
    line = [sys.executable, "-m", "firmware_mocks", "relay-board", "--dialect", "other"]
    ran = subprocess.run(line, capture_output=True, text=True, timeout=20)
    assert ran.returncode == 2
    assert "waveshare-8, waveshare-16" in ran.stderr
