"""Pulses that the board times: what the driver allows meanwhile, and what can go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from drivers.errors import (
    DeviceTimeout,
    DriverError,
    InterlockError,
    NotSupported,
    ReadbackMismatch,
)
from drivers.ports import PulsingBoard
from drivers.relay.board import RelayBoard
from drivers.relay.dialects import DIALECTS
from drivers.relay.modbus_bus import ModbusBus
from tests.contract.opponents import MockProcess, coils_become, relay_mock
from tests.unit.drivers.fake_board import Notes

LONG_S = 60.0


@pytest.fixture(scope="module")
def shared_mock() -> Iterator[MockProcess]:
    with relay_mock() as process:
        yield process


@pytest.fixture
async def mock(shared_mock: MockProcess) -> AsyncIterator[MockProcess]:
    yield shared_mock
    await shared_mock.control("clear")


def driver(mock: MockProcess, safe_closed: tuple[int, ...] = (), timeout_s: float = 0.3
           ) -> RelayBoard:  # fmt: skip
    bus = ModbusBus(mock.rtu, timeout_s=timeout_s)
    dialect = DIALECTS["waveshare-8"]
    return RelayBoard("left", bus, 1, dialect, observe=Notes(), safe_closed=safe_closed)


class Pulse:
    """A pulse that goes on beside the test, once its coil is closed."""

    def __init__(self, mock: MockProcess, board: RelayBoard, coil: int, seconds: float) -> None:
        self._mock, self._coil = mock, coil
        self.task = asyncio.create_task(board.pulse(coil, seconds))

    async def begun(self) -> None:
        await coils_become(self._mock, [n == self._coil for n in range(8)])

    async def ends_with(self, error: type[DriverError], words: str) -> None:
        with pytest.raises(error, match=words):
            await self.task


async def test_is_the_port(mock: MockProcess) -> None:
    assert isinstance(driver(mock), PulsingBoard)


async def test_other_coils_are_switched_meanwhile_and_the_pulse_goes_on(mock: MockProcess) -> None:
    async with driver(mock) as board:
        pulse = Pulse(mock, board, 3, 2.0)
        await pulse.begun()
        await board.set_coils({2: True, 4: True})  # the coil in between is not written
        await board.prove()
        assert (await board.read_coils())[3]
        await pulse.task
        await board.prove()
        assert await mock.coils() == [n in (2, 4) for n in range(8)]


async def test_closing_it_meanwhile_is_refused_and_opening_it_cuts_it_short(
    mock: MockProcess,
) -> None:
    async with driver(mock) as board:
        pulse = Pulse(mock, board, 3, 1.0)
        await pulse.begun()
        with pytest.raises(InterlockError, match="coil 3 is in a pulse"):
            await board.set_coil(3, True)
        with pytest.raises(InterlockError, match="closed or in a pulse already"):
            await board.pulse(3, 1.0)
        await board.set_coil(3, False)
        await board.prove()
        with pytest.raises(InterlockError, match="coil 3 is in a pulse"):
            await board.set_coil(3, True)  # the board's timer still runs
        await pulse.ends_with(InterlockError, "cut short")


async def test_the_safe_state_ends_a_pulse(mock: MockProcess) -> None:
    async with driver(mock) as board:
        pulse = Pulse(mock, board, 3, LONG_S)
        await pulse.begun()
        await board.safe()
        assert await mock.coils() == [False] * 8
        pulse.task.cancel()


async def test_a_pulse_whose_waiting_was_cancelled_ends_all_the_same(mock: MockProcess) -> None:
    async with driver(mock) as board:
        pulse = Pulse(mock, board, 3, 0.5)
        await pulse.begun()
        pulse.task.cancel()
        await board.prove()
        await coils_become(mock, [False] * 8)
        await board.prove()
        await board.set_coil(4, True)


async def test_the_board_opens_the_coil_when_nobody_is_there_any_more(mock: MockProcess) -> None:
    board = driver(mock)
    await board.__aenter__()
    pulse = Pulse(mock, board, 3, 0.5)
    await pulse.begun()
    pulse.task.cancel()
    await mock.control("fault", name="mute", value=True)
    with pytest.raises(DriverError):
        await board.__aexit__()
    await coils_become(mock, [False] * 8)


@pytest.mark.parametrize(
    ("seconds", "closed", "error", "words"),
    [
        (0.25, (), NotSupported, r"no pulse of 0.25 s: .* from 0.1 s to 3276.7 s, in steps of 0.1"),
        (0.0, (), NotSupported, "no pulse of 0 s"),
        (3276.8, (), NotSupported, "no pulse of"),
        (float("nan"), (), NotSupported, "no pulse of"),
        (float("inf"), (), NotSupported, "no pulse of"),
        (1.0, (2,), InterlockError, "coil 2 is closed"),
    ],
)
async def test_what_is_refused_moves_nothing(
    mock: MockProcess,
    seconds: float,
    closed: tuple[int, ...],
    error: type[DriverError],
    words: str,
) -> None:
    async with driver(mock) as board:
        await board.set_coils(dict.fromkeys(closed, True))
        with pytest.raises(error, match=words):
            await board.pulse(2, seconds)
        assert await mock.coils() == [n in closed for n in range(8)]


async def test_a_coil_that_does_not_exist_or_is_safe_when_closed_has_no_pulse(
    mock: MockProcess,
) -> None:
    async with driver(mock, safe_closed=(5,)) as board:
        with pytest.raises(NotSupported, match="no coil 8"):
            await board.pulse(8, 1.0)
        with pytest.raises(NotSupported, match="coil 5 is closed in the safe state"):
            await board.pulse(5, 1.0)


async def test_a_coil_that_does_not_close_is_reported(mock: MockProcess) -> None:
    async with driver(mock) as board:
        await mock.control("fault", name="stuck", value=2)
        with pytest.raises(ReadbackMismatch, match="coil 2 did not close"):
            await board.pulse(2, LONG_S)


async def test_a_coil_that_does_not_open_is_reported(mock: MockProcess) -> None:
    async with driver(mock) as board:
        pulse = Pulse(mock, board, 2, 0.5)
        await pulse.begun()
        await mock.control("fault", name="stuck", value=2)
        await pulse.ends_with(ReadbackMismatch, "coil 2 did not open")
        await mock.control("clear")


async def test_a_pulse_that_was_over_before_it_could_be_seen_is_not_taken_for_done(
    mock: MockProcess,
) -> None:
    async with driver(mock, timeout_s=1.0) as board:
        await mock.control("fault", name="late_s", value=0.3)
        with pytest.raises(DeviceTimeout, match="over before it could be seen"):
            await board.pulse(2, 0.1)


async def test_an_order_without_answer_is_not_repeated(mock: MockProcess) -> None:
    bus = ModbusBus(mock.rtu, timeout_s=0.1)
    async with RelayBoard("left", bus, 1, DIALECTS["waveshare-8"], observe=Notes()):
        await mock.control("fault", name="mute", value=True)
        with pytest.raises(DeviceTimeout):
            await bus.write_timed_coil("left", 1, 0x0202, 5)
        with pytest.raises(DeviceTimeout):
            await bus.write_register("left", 1, 1, 0x0601, repeat=False)
        assert bus.retried == 0
        await mock.control("clear")
