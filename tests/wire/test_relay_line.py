"""Boards of different makes on one RS-485 line: each for itself, with silence in between."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, cast

import pytest

from drivers.errors import BadReply, DeviceTimeout, DriverError
from drivers.relay.addresses import TcpAddress, silence_s
from drivers.relay.board import RelayBoard
from drivers.relay.dialects import DIALECTS
from drivers.relay.modbus_bus import ModbusBus, ModbusExceptionReply
from drivers.serial_link import SerialConnection, connect
from tests.contract.opponents import MockProcess, relay_mock
from tests.unit.drivers.fake_board import Notes

TIMEOUT_S = 0.15
UNITS = {1: "waveshare-8", 2: "r4d8a08", 3: "wirenboard-6"}


@pytest.fixture(scope="module")
def shared_line() -> Iterator[MockProcess]:
    options = [word for unit, make in UNITS.items() for word in ("--unit", f"{unit}:{make}")]
    with relay_mock(*options) as process:
        yield process


@pytest.fixture
async def line(shared_line: MockProcess) -> AsyncIterator[MockProcess]:
    yield shared_line
    await shared_line.control("clear")


class Boards(dict[int, RelayBoard]):
    """Drivers of all boards on one bus, by unit."""

    def __init__(self, line: MockProcess, baudrate: int = 9600) -> None:
        self.bus = ModbusBus(replace(line.rtu, baudrate=baudrate), timeout_s=TIMEOUT_S)
        super().__init__(
            {
                unit: RelayBoard(f"board-{unit}", self.bus, unit, DIALECTS[make], observe=Notes())
                for unit, make in UNITS.items()
            }
        )
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Boards:
        for board in self.values():
            await self._stack.enter_async_context(board)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()


async def violations(line: MockProcess) -> list[Any]:
    report = cast("dict[str, Any]", await line.control("silence"))
    assert report["shortest_ms"] is not None
    return cast("list[Any]", report["violations"])


async def test_each_board_obeys_what_is_meant_for_it(line: MockProcess) -> None:
    async with Boards(line) as boards:
        await asyncio.gather(
            *(boards[unit].set_coils({unit: True, unit + 2: True}) for unit in boards),
            *(boards[unit].prove() for unit in boards),
            boards[2].pulse(0, 1.0),
            boards[3].read_inputs(),
        )
        for unit, board in boards.items():
            wanted = [n in (unit, unit + 2) for n in range(board.coil_count)]
            assert await line.coils(unit) == list(await board.read_coils()) == wanted
    for unit, make in UNITS.items():
        assert await line.coils(unit) == [False] * DIALECTS[make].coil_count


@pytest.mark.parametrize("baudrate", [9600, 19200, 38400, 115200])
async def test_the_line_is_silent_between_frames(baudrate: int) -> None:
    with relay_mock("--unit", "1:waveshare-8", "--unit", "2:r4d8a08", "--unit", "3:wirenboard-6"
                    ) as line:  # fmt: skip
        async with Boards(line, baudrate) as boards:
            for unit in (1, 2, 3, 1, 3, 2):
                await boards[unit].set_coil(0, True)
            await asyncio.gather(*(board.prove() for board in boards.values()))
        assert await violations(line) == []


async def test_a_master_in_haste_is_noted_by_the_boards() -> None:
    request = bytes.fromhex("01 01 00 00 00 08 3d cc")  # FC01 of unit 1
    heard, answers = bytearray(), asyncio.Event()

    class Master(asyncio.Protocol):
        def data_received(self, data: bytes) -> None:
            heard.extend(data)
            if len(heard) >= 12:
                answers.set()

    with relay_mock("--unit", "1:waveshare-8", "--unit", "2:r4d8a08") as line:
        open_line: SerialConnection = connect("test", line.rtu, Master())
        open_line.transport.write(2 * request)
        async with asyncio.timeout(5):
            await answers.wait()
        await open_line.close()
        assert await violations(line) == [{"gap_ms": 0.0, "needed_ms": 3.646}]


def test_silence_is_of_all_bits_of_a_character(line: MockProcess) -> None:
    odd = replace(line.rtu, parity="E", stopbits=2)
    assert silence_s(odd) == pytest.approx(3.5 * 12 / 9600)
    assert silence_s(replace(odd, baudrate=38400)) == 0.00175


@pytest.mark.parametrize(
    ("fault", "value", "error"),
    [
        ("mute", True, DeviceTimeout),
        ("late_s", 1.5 * TIMEOUT_S, DeviceTimeout),
        ("garble", True, BadReply),
        ("noise", True, BadReply),
        ("foreign_unit", True, BadReply),  # it answers as unit 3
        ("exception", 6, ModbusExceptionReply),
        ("split", True, None),
        ("double", True, None),
    ],
)
async def test_what_is_wrong_with_one_board_does_not_disturb_the_others(
    line: MockProcess, fault: str, value: bool | float, error: type[DriverError] | None
) -> None:
    async with Boards(line) as boards:
        await line.control("fault", name=fault, value=value, unit=2)

        async def order(unit: int) -> None:
            for closed in (True, False, True):
                await boards[unit].set_coil(4, closed)

        orders = (order(1), order(2), order(3))
        outcomes = await asyncio.gather(*orders, return_exceptions=True)
        assert (outcomes[0], outcomes[2]) == (None, None)
        if error is None:
            assert outcomes[1] is None
        else:
            assert isinstance(outcomes[1], error)
            assert outcomes[1].device == "board-2"
        await line.control("clear")
        await boards[2].set_coil(4, True)
        for unit, board in boards.items():
            assert await line.coils(unit) == [n == 4 for n in range(board.coil_count)]


async def test_an_answer_that_is_very_late_is_not_taken_for_that_of_another_board(
    line: MockProcess,
) -> None:
    async with Boards(line) as boards:
        await boards[1].set_coil(0, True)
        await line.control("fault", name="late_s", value=4 * TIMEOUT_S, unit=1)
        with pytest.raises(DeviceTimeout, match="board-1"):
            await boards[1].read_coils()
        await line.control("clear")
        for closed in (True, False) * 10:  # some of it while the late answers come in
            await boards[3].set_coil(5, closed)
            assert (await boards[3].read_coils())[5] is closed


async def test_a_unit_that_is_not_there_is_silence_for_it_alone(line: MockProcess) -> None:
    async with Boards(line) as boards:
        stranger = RelayBoard("stranger", boards.bus, 9, DIALECTS["kmtronic-8"], observe=Notes())
        outcome, *_ = await asyncio.gather(
            stranger.__aenter__(),
            *(boards[unit].set_coil(1, True) for unit in boards),
            return_exceptions=True,
        )
        assert isinstance(outcome, DeviceTimeout)
        assert "stranger" in str(outcome)
        for unit in boards:
            assert (await line.coils(unit))[1]


def test_the_guard_opens_all_boards_of_a_line(line: MockProcess) -> None:
    async def close() -> None:
        boards = Boards(line)
        for board in boards.values():
            await board.__aenter__()
            await board.set_coils({0: True, 4: True})

    asyncio.run(close())  # and is never heard of again
    transport = {"kind": "rtu", "port": line.rtu.port}
    order = {
        "boards": [
            {"name": f"board-{unit}", "unit": unit, "dialect": make, "transport": transport}
            for unit, make in UNITS.items()
        ]
    }
    guard = subprocess.run(
        [sys.executable, "-m", "drivers.guard"],
        input=json.dumps(order) + "\n",
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert guard.returncode == 0, guard.stderr
    assert [json.loads(said)["ok"] for said in guard.stderr.splitlines()] == [True] * 3
    for unit in UNITS:
        assert not any(asyncio.run(line.coils(unit)))


async def test_an_answer_to_another_function_is_not_taken_and_the_line_is_kept_quiet() -> None:
    read, answer = bytes.fromhex("01 01 00 00 00 08 3d cc"), bytes.fromhex("01 01 01 05 91 8b")
    echo = bytes.fromhex("01 05 00 00 ff 00 8c 3a")  # of a write that nobody waits for any more
    asked_at: list[float] = []
    closed = asyncio.Event()

    async def board(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for said in (echo, answer):
            await reader.readexactly(len(read))
            asked_at.append(asyncio.get_running_loop().time())
            writer.write(said)
        await reader.read()
        writer.close()
        await writer.wait_closed()
        closed.set()

    async with await asyncio.start_server(board, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        bus = ModbusBus(TcpAddress("127.0.0.1", port, "rtu"), timeout_s=TIMEOUT_S)
        await bus.acquire("test")
        assert await bus.read_coils("test", 1, 0, 8) == [n in (0, 2) for n in range(8)]
        assert asked_at[1] - asked_at[0] >= TIMEOUT_S
        await bus.release()
        await closed.wait()
