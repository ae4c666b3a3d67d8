"""Communication watchdogs of couplers and modules, and what is said where there is none."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from drivers.relay.board import RelayBoard
from drivers.relay.dialects import DIALECTS, CouplerWatchdog, Dialect
from drivers.relay.modbus_bus import ModbusBus
from drivers.relay.setting_up import WatchdogExpired
from tests.contract.opponents import MockProcess, coils_become, relay_mock
from tests.unit.drivers.fake_board import Notes

WAGO = DIALECTS["wago-750"]


def driver(mock: MockProcess, dialect: Dialect, watchdog_s: float = 5.0, safe_closed: int = -1
           ) -> RelayBoard:  # fmt: skip
    bus = ModbusBus(mock.tcp, timeout_s=0.3)
    closed = [safe_closed] if safe_closed >= 0 else []
    return RelayBoard(
        "left", bus, 1, dialect, observe=Notes(), watchdog_s=watchdog_s, safe_closed=closed
    )


async def register(mock: MockProcess, address: int, value: int | None = None) -> int:
    bus = ModbusBus(mock.tcp)
    await bus.acquire("test")
    if value is not None:
        await bus.write_register("test", 1, address, value)
    (found,) = await bus.read_registers("test", 1, address, 1)
    await bus.release()
    return found


async def test_a_couplers_watchdog_is_set_up_started_and_seen_to_run() -> None:
    with relay_mock(dialect="wago-750") as mock:
        async with driver(mock, WAGO, watchdog_s=3) as board:
            assert await register(mock, 0x1000) == 30
            assert await register(mock, 0x1006) == 1
            assert board.warnings == ()
            assert "opens after 3 s of silence" in await board.prove()
        async with driver(mock, WAGO, watchdog_s=4):  # it still runs: its time is locked
            assert await register(mock, 0x1000) == 40


async def test_after_its_expiry_the_board_says_so_until_it_is_made_safe() -> None:
    with relay_mock(dialect="wago-750") as mock:
        board = driver(mock, WAGO, watchdog_s=0.5)
        async with board:
            await board.set_coil(2, True)
            await coils_become(mock, [False] * 8)  # nobody asks the board meanwhile
            for _ in range(2):
                with pytest.raises(WatchdogExpired, match="watchdog of the board has expired"):
                    await board.set_coil(2, True)
            await board.safe()
            await board.set_coil(2, True)
        async with board:
            assert board.warnings == ()


async def test_a_board_left_with_an_expired_watchdog_can_be_entered() -> None:
    with relay_mock(dialect="wago-750") as mock:
        board = driver(mock, WAGO, watchdog_s=0.5)
        async with board:
            await board.set_coil(2, True)
            await coils_become(mock, [False] * 8)
        async with driver(mock, WAGO) as board:
            await board.set_coil(1, True)


async def test_left_in_a_safe_state_that_is_closed_its_watchdog_is_stopped() -> None:
    with relay_mock(dialect="wago-750") as mock:
        async with driver(mock, WAGO, safe_closed=3):
            assert await register(mock, 0x1006) == 1
        assert await register(mock, 0x1006) == 0
        assert await mock.coils() == [n == 3 for n in range(8)]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"mask": 0x1007}, r"does not start \(0x1006 reads 0\)"),
        ({"state": 0x1100}, r"does not start \(read of holding register 0x1100: exception 2"),
    ],
    ids=["does not run", "has other registers"],
)
async def test_a_coupler_whose_watchdog_does_not_start_is_used_with_a_warning(
    changed: dict[str, int], words: str
) -> None:
    watchdog = WAGO.watchdog
    assert isinstance(watchdog, CouplerWatchdog)
    other = replace(WAGO, watchdog=replace(watchdog, **changed))
    with relay_mock(dialect="wago-750") as mock:
        async with driver(mock, other) as board:
            (warning,) = board.warnings
            assert warning.startswith("its communication watchdog")
            assert re.search(words, warning)
            assert "stay as they are if this machine dies" in warning
            assert "no watchdog in use" in await board.prove()
            await board.set_coil(0, True)


async def test_an_exception_that_has_other_reasons_is_not_blamed_on_the_watchdog() -> None:
    with relay_mock(dialect="wago-750") as mock:
        async with driver(mock, WAGO) as board:
            await mock.control("fault", name="exception", value=6)
            with pytest.raises(Exception, match="server device busy"):
                await board.set_coil(0, True)
            await mock.control("clear")


@pytest.mark.parametrize(
    ("value", "words"),
    [(1, "is on, its time cannot be read"), (0, "is off: its relays stay as they are")],
)
async def test_a_watchdog_that_only_the_makers_tool_sets_is_looked_at(
    value: int, words: str
) -> None:
    with relay_mock(dialect="adam-4068") as mock:
        await register(mock, 214, value)
        async with driver(mock, DIALECTS["adam-4068"]) as board:
            power_on, watchdog = board.warnings
    assert "power-on values" in power_on
    assert words in watchdog


async def test_a_register_that_is_not_there_is_a_warning_too() -> None:
    with relay_mock(dialect="adam-6060") as mock:  # has none of the 4068's
        like_4068 = replace(DIALECTS["adam-4068"], coil_count=6)
        async with driver(mock, like_4068) as board:
            assert "cannot be read (read of holding register 0x00D6" in board.warnings[1]


WITHOUT = "no communication watchdog: its relays stay as they are if this machine dies"
WARNINGS = {
    "waveshare-8": WITHOUT,
    "waveshare-16": WITHOUT,
    "waveshare-32": WITHOUT,
    "r4d8a08": WITHOUT,
    "kmtronic-8": WITHOUT,
    "denkovi-16": WITHOUT,
    "wirenboard-6": "",
    "adam-6060": "cannot be seen from here; set it with Adam/Apax .NET Utility",
    "adam-4068": "its communication watchdog is off",
    "wago-750": "",
}


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_every_board_says_whether_it_opens_in_silence(dialect: str) -> None:
    with relay_mock(dialect=dialect) as mock:
        async with driver(mock, DIALECTS[dialect]) as board:
            assert WARNINGS[dialect] in "; ".join(board.warnings)
            assert bool(board.warnings) is bool(WARNINGS[dialect])


async def test_a_watchdog_that_the_bench_file_switches_off_is_a_warning() -> None:
    with relay_mock(dialect="wirenboard-6") as mock:
        async with driver(mock, DIALECTS["wirenboard-6"], watchdog_s=0) as board:
            (warning,) = board.warnings
            assert "watchdog is not used (watchdog_s: 0)" in warning
