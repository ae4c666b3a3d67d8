"""Relay boards to run the driver against: our mock as a process, and pymodbus's own server."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO, Any, Protocol, cast

from pymodbus import FramerType
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.relay.addresses import TcpAddress
from drivers.relay.dialects import WAVESHARE_8, Dialect
from drivers.relay.modbus_bus import ModbusBus
from drivers.serial_link import SerialSettings
from rig.bench.control import ControlChannel
from rig.jsontypes import Json


class Opponent(Protocol):
    """A board that obeys the driver, and lets a test look at it from behind."""

    @property
    def dialect(self) -> Dialect:
        """What it speaks."""

    @property
    def unit(self) -> int:
        """Its Modbus unit."""

    @property
    def address(self) -> SerialSettings | TcpAddress:
        """Where the driver finds it."""

    def bus(self) -> ModbusBus:
        """A line to it, for a driver."""

    async def coils(self) -> list[bool]:
        """What the relays do, seen without the driver."""


@dataclass(frozen=True)
class MockProcess:
    """`python -m firmware_mocks KIND` on a Modbus line, running."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]

    @property
    def rtu(self) -> SerialSettings:
        return SerialSettings(self.ready["rtu"]["path"])

    @property
    def tcp(self) -> TcpAddress:
        return TcpAddress(self.ready["tcp"]["host"], self.ready["tcp"]["port"])

    async def control(self, do: str, **args: Json) -> Json:
        """One command on the control channel."""
        where = self.ready["control"]
        async with ControlChannel("relay mock", where["host"], where["port"]) as channel:
            return await channel.ask(do, **args)

    async def coils(self, unit: int | None = None) -> list[bool]:
        which = {} if unit is None else {"unit": unit}
        return cast("list[bool]", await self.control("coils", **which))


@contextmanager
def running_mock(kind: str, *options: str) -> Iterator[MockProcess]:
    """Start a mock that cannot outlive the test; `options` are of its command line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "firmware_mocks", kind, "--follow-stdin", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield MockProcess(process, json.loads(cast("IO[str]", process.stdout).readline()))
    finally:
        process.kill()
        process.communicate()


@contextmanager
def relay_mock(*options: str, dialect: str = "waveshare-8") -> Iterator[MockProcess]:
    """Start a relay board; `options` are of its command line."""
    always = ("--dialect", dialect, "--transport", "both")
    with running_mock("relay-board", *always, *options) as mock:
        yield mock


async def coils_become(mock: MockProcess, wanted: list[bool]) -> None:
    """Wait for relays to move, as the mock itself reports it."""
    await becomes(mock, "coils", cast("Json", wanted))


async def becomes(mock: MockProcess, what: str, wanted: Json) -> None:
    """Wait until a command of the control channel answers this; looked at after every event."""
    moved = asyncio.Event()

    def on_event(_event: dict[str, Json]) -> None:
        moved.set()

    where = mock.ready["control"]
    async with (
        asyncio.timeout(10),
        ControlChannel("relay mock", where["host"], where["port"], on_event) as channel,
    ):
        await channel.ask("subscribe")
        while True:
            moved.clear()
            if await channel.ask(what) == wanted:
                break
            await moved.wait()


@dataclass(frozen=True)
class MockFace:
    """One face of the mock: "rtu", "tcp" or "rtu over tcp"."""

    mock: MockProcess
    face: str
    dialect: Dialect = WAVESHARE_8
    unit: int = 1

    @property
    def address(self) -> SerialSettings | TcpAddress:
        if self.face == "rtu":
            return self.mock.rtu
        return replace(self.mock.tcp, framing="tcp" if self.face == "tcp" else "rtu")

    def bus(self) -> ModbusBus:
        return ModbusBus(self.address)

    async def coils(self) -> list[bool]:
        return await self.mock.coils()


class ForeignServer:
    """pymodbus's own server, dressed as an 8-channel board; not written by us."""

    dialect = replace(WAVESHARE_8, pulse=None)  # a server times nothing
    unit = 1

    def __init__(self, framing: str = "tcp") -> None:
        self._framing = framing
        self._coils = [False] * 8
        self._port = 0
        self._server: ModbusTcpServer | None = None

    @property
    def address(self) -> TcpAddress:
        return TcpAddress("127.0.0.1", self._port, self._framing)

    def bus(self) -> ModbusBus:
        return ModbusBus(self.address)

    async def coils(self) -> list[bool]:
        return list(self._coils)

    async def start(self) -> None:
        no = SimData(0, 8, False, DataType.BITS)
        version = SimData(0x8000, 1, 200, DataType.REGISTERS)
        unused = SimData(0, 1, 0, DataType.REGISTERS)
        device = SimDevice(1, simdata=([no], [no], [version], [unused]), action=self._look)
        framer = FramerType.RTU if self._framing == "rtu" else FramerType.SOCKET
        self._server = ModbusTcpServer(device, framer=framer, address=("127.0.0.1", 0))
        await self._server.serve_forever(background=True)
        listening = self._server.transport
        assert isinstance(listening, asyncio.Server)
        self._port = listening.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        await self._server.shutdown()  # type: ignore[no-untyped-call]  # of the library

    async def _look(
        self,
        function_code: int,
        start: int,
        address: int,
        count: int,
        registers: list[int],
        values: list[int] | list[bool] | None,
    ) -> None:
        if function_code in (5, 15) and values is not None:
            for n, value in enumerate(values):
                self._coils[address + n] = bool(value)
