"""A small lab for tests of the bench: a Modbus server we did not write, and a person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.ports import OperatorUnavailable
from rig.bench import Bench
from rig.clock import Clock
from rig.config.models import BenchConfig
from rig.events import Event, EventBus, Kind

SCALE = 20.0


class ForeignBoard:
    """pymodbus's own server, dressed as an 8-channel board.

    `coils` shows what was written; coils in `moves` close by themselves.
    """

    def __init__(self, port: int = 0, version: int = 200) -> None:
        self.port = port
        self.coils = [False] * 8
        self.moves: set[int] = set()
        self._version = version
        self._server: ModbusTcpServer | None = None

    async def start(self) -> None:
        no = SimData(0, 8, False, DataType.BITS)
        version = SimData(0x8000, 1, self._version, DataType.REGISTERS)
        unused = SimData(0, 1, 0, DataType.REGISTERS)
        device = SimDevice(1, simdata=([no], [no], [version], [unused]), action=self._look)
        self._server = ModbusTcpServer(device, address=("127.0.0.1", self.port))
        await self._server.serve_forever(background=True)
        listening = self._server.transport
        assert isinstance(listening, asyncio.Server)
        self.port = listening.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.shutdown()  # type: ignore[no-untyped-call]  # of the library
            self._server = None

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
                self.coils[address + n] = bool(value)
        if function_code == 1:
            for coil in self.moves:  # the server keeps 16 coils in a register
                registers[0] |= 1 << coil


class Person:
    """An operator who answers with the first choice, or not at all."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away
        self.questions: list[str] = []

    async def ask(self, question: str, choices: Sequence[str], timeout_s: float, **_: str) -> str:
        self.questions.append(question)
        if self.away:
            raise OperatorUnavailable("nobody is there")
        return choices[0]


def bench_config(port: int, **more: object) -> BenchConfig:
    """A bench with one board at `port`, and everything that hangs on it."""
    return BenchConfig.model_validate(
        {
            "bench": "small-lab",
            "devices": {
                "relay-left": {
                    "kind": "relay_board",
                    "dialect": "waveshare-8",
                    "transport": {
                        "kind": "tcp",
                        "host": "127.0.0.1",
                        "port": port,
                        "timeout_s": 0.2,
                    },
                },
                "plug-1": {
                    "kind": "evse_tester",
                    "board": "relay-left",
                    "coils": {"cp": 0, "s2c": 1, "pp": 2},
                    "inputs": {"voltage": 0, "locked": 1},
                },
                "mains": {"kind": "mains_switch", "board": "relay-left", "coil": 3},
                "reader": {
                    "kind": "card_presenter",
                    "board": "relay-left",
                    "cards": {"blue": 4, "red": 5},
                },
            },
            "cards": {
                "blue": {"id_tag": "04A1", "status": "Accepted", "parent_id_tag": "04P1"},
                "red": {"id_tag": "04B1", "status": "Invalid"},
            },
            **more,
        }
    )


class Lab:
    """A bench, its record, and who works there."""

    def __init__(
        self, config: BenchConfig, state_dir: Path, operator: Person | None = None
    ) -> None:
        self.clock = Clock(SCALE)
        self.bus = EventBus(self.clock)
        self.events: list[Event] = []
        self.operator = operator or Person()
        self.bench = Bench(
            config, self.bus, self.clock, self.operator, csms_url="ws://none", state_dir=state_dir
        )
        self._listening = self.bus.listen(self.events.append)
        self._listening.__enter__()

    def states(self) -> list[object]:
        """What the bench said about itself."""
        return [e.data["state"] for e in self.events if e.kind == Kind.BENCH]


@asynccontextmanager
async def open_lab(tmp_path: Path) -> AsyncIterator[tuple[Lab, ForeignBoard]]:
    """An open bench on a foreign board."""
    board = ForeignBoard()
    await board.start()
    try:
        lab = Lab(bench_config(board.port), tmp_path)
        async with lab.bench:
            yield lab, board
    finally:
        await board.stop()
