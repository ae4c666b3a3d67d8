"""The relay board driver against a board that misbehaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from drivers.errors import (
    BadReply,
    DeviceGone,
    DeviceTimeout,
    DriverError,
    NotSupported,
    ReadbackMismatch,
)
from drivers.relay.board import RelayBoard
from drivers.relay.dialects import WAVESHARE_8
from drivers.relay.modbus_bus import ModbusBus, ModbusExceptionReply
from drivers.serial_link import SerialSettings
from tests.contract.opponents import MockFace, MockProcess, Opponent, relay_mock
from tests.unit.drivers.fake_board import Notes

TIMEOUT_S = 0.1


@pytest.fixture(scope="module")
def shared_mock() -> Iterator[MockProcess]:
    with relay_mock() as process:
        yield process


@pytest.fixture
async def mock(shared_mock: MockProcess) -> AsyncIterator[MockProcess]:
    yield shared_mock
    await shared_mock.control("clear")


@pytest.fixture(params=["rtu", "tcp"])
def opponent(request: pytest.FixtureRequest, mock: MockProcess) -> Opponent:
    return MockFace(mock, request.param)


def driver(opponent: Opponent, unit: int = 1) -> RelayBoard:
    bus = ModbusBus(opponent.address, timeout_s=TIMEOUT_S)
    return RelayBoard("relay-left", bus, unit, WAVESHARE_8, observe=Notes())


@pytest.mark.parametrize(
    ("fault", "value", "error", "word"),
    [
        ("mute", True, DeviceTimeout, "no answer on"),
        ("late_s", TIMEOUT_S * 1.5, DeviceTimeout, "no answer on"),
        ("exception", 4, ModbusExceptionReply, "server device failure"),
        ("stuck", 2, ReadbackMismatch, "coil 2 did not follow"),
    ],
)
async def test_fault_is_reported_and_the_driver_recovers(
    mock: MockProcess,
    opponent: Opponent,
    fault: str,
    value: bool | float | int,
    error: type[DriverError],
    word: str,
) -> None:
    async with driver(opponent) as board:
        await mock.control("fault", name=fault, value=value)
        with pytest.raises(error, match=word):
            await board.set_coil(2, True)
        await mock.control("clear")
        await board.set_coil(2, True)
        assert (await mock.coils())[2]


@pytest.mark.parametrize("fault", ["garble", "foreign_unit"])
async def test_an_answer_that_is_not_understood_is_no_silence(
    mock: MockProcess, opponent: Opponent, fault: str
) -> None:
    async with driver(opponent) as board:
        await mock.control("fault", name=fault, value=True)
        with pytest.raises(BadReply, match="answer not understood"):
            await board.read_coils()
        await mock.control("clear")
        await board.set_coil(1, True)


async def test_one_lost_answer_is_asked_for_again(mock: MockProcess, opponent: Opponent) -> None:
    bus = ModbusBus(opponent.address, timeout_s=TIMEOUT_S)
    async with RelayBoard("relay-left", bus, 1, WAVESHARE_8, observe=Notes()) as board:
        await mock.control("fault", name="mute", value=True)
        asyncio.get_running_loop().call_later(
            TIMEOUT_S / 2, lambda: cleared.append(asyncio.ensure_future(mock.control("clear")))
        )
        cleared: list[asyncio.Future[object]] = []
        await board.set_coil(3, True)
        await cleared[0]
        assert bus.retried == 1
        assert (await mock.coils())[3]


async def test_an_answer_that_comes_too_late_is_not_taken_for_the_next(
    mock: MockProcess, opponent: Opponent
) -> None:
    async with driver(opponent) as board:
        await board.set_coil(0, True)
        await mock.control("fault", name="late_s", value=TIMEOUT_S * 1.3)
        with pytest.raises(DeviceTimeout):
            await board.read_coils()
        await mock.control("clear")
        await board.set_coil(0, False)
        assert (await board.read_coils())[0] is False


async def test_an_answer_to_a_cancelled_request_is_not_taken_for_the_next(
    mock: MockProcess, opponent: Opponent
) -> None:
    async with driver(opponent) as board:
        await board.set_coil(0, True)
        await mock.control("fault", name="late_s", value=TIMEOUT_S * 0.7)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(TIMEOUT_S * 0.3):
                await board.read_coils()
        await mock.control("clear")
        await board.set_coil(0, False)
        assert (await board.read_coils())[0] is False


async def test_nobody_answers_for_another_unit(opponent: Opponent) -> None:
    with pytest.raises(DeviceTimeout, match="relay-left"):
        async with driver(opponent, unit=9):
            pytest.fail("must not open")


async def test_a_second_program_finds_the_port_busy(mock: MockProcess) -> None:
    opponent = MockFace(mock, "rtu")
    async with driver(opponent):
        with pytest.raises(DeviceGone, match="in use by another program"):
            async with driver(opponent):
                pytest.fail("must not open")
    async with driver(opponent) as board:
        await board.prove()


async def test_two_boards_share_one_line(mock: MockProcess) -> None:
    bus = ModbusBus(mock.rtu, timeout_s=TIMEOUT_S)
    first = RelayBoard("left", bus, 1, WAVESHARE_8, observe=Notes())
    second = RelayBoard("right", bus, 1, WAVESHARE_8, observe=Notes())
    async with first:
        async with second:
            await second.set_coil(0, True)
        await first.set_coil(1, True)
    with pytest.raises(DeviceGone, match="not open"):
        await first.read_coils()


@pytest.mark.parametrize("face", ["rtu", "tcp"])
async def test_unplug_during_a_request_is_reported_at_once(face: str) -> None:
    loop = asyncio.get_running_loop()
    with relay_mock() as mock:
        bus = ModbusBus(MockFace(mock, face).address, timeout_s=20)
        board = RelayBoard("relay-left", bus, 1, WAVESHARE_8, observe=Notes())
        await board.__aenter__()
        await mock.control("hang_up_at", request=1)
        started = loop.time()
        with pytest.raises(DeviceGone, match="hang-up"):
            await board.set_coil(1, True)
        assert loop.time() - started < 2
        with pytest.raises(DeviceGone):
            await board.__aexit__()


async def test_works_again_after_replug(tmp_path: Path) -> None:
    port = tmp_path / "by-id-relay"
    bus = ModbusBus(SerialSettings(str(port)), timeout_s=TIMEOUT_S)
    board = RelayBoard("relay-left", bus, 1, WAVESHARE_8, observe=Notes())
    with relay_mock() as mock:
        port.symlink_to(mock.rtu.port)
        await board.__aenter__()
        await mock.control("hang_up")
        with pytest.raises(DeviceGone):
            await board.set_coil(1, True)
        port.unlink()
        with pytest.raises(DeviceGone, match="no such port"):
            await board.set_coil(1, True)
    with relay_mock() as mock:
        port.symlink_to(mock.rtu.port)
        await board.set_coil(1, True)
        assert (await mock.coils())[1]
        await board.__aexit__()
        assert not any(await mock.coils())


async def test_a_board_that_is_no_waveshare_is_refused(
    mock: MockProcess, opponent: Opponent
) -> None:
    await mock.control("fault", name="exception", value=1)
    with pytest.raises(NotSupported, match=r"no firmware version at 0x8000 \(exception 1\)"):
        async with driver(opponent):
            pytest.fail("must not open")
