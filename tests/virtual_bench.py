"""A virtual bench whose mocks run in the loop of the test, in virtual time.

Everything is as in a shipped bench - drivers, Modbus, OCPP-J, the control channel of the mocks -
but for the processes: a mock is no child, and there is no guard, for nobody could outlive us.
Relay boards are spoken to by Modbus TCP, since a pseudo-terminal hands its bytes over in a thread
of the kernel, and so not always by the next look.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Self, cast

from firmware_mocks.__main__ import parser
from firmware_mocks.clock import MockClock
from firmware_mocks.serve_central_system import central_system
from firmware_mocks.serve_charging_station import Alone
from firmware_mocks.serve_world import world
from rig.bench.children import Guard, Mock, OnEvent, OnExit
from rig.bench.control import ControlChannel
from rig.config.models import BenchConfig
from rig.config.transports import RtuTransport, TcpTransport
from rig.jsontypes import Json
from tests.virtual_time import VirtualMockClock

PARSER = parser()


class InTheLoop:
    """Makes what is started beside the rig as tasks of its own loop."""

    def mock(
        self,
        name: str,
        arguments: Sequence[str],
        log: Path,
        *,
        on_event: OnEvent | None = None,
        on_exit: OnExit | None = None,
        password: str | None = None,
    ) -> Mock:
        del log, on_exit
        secret = [] if password is None else ["--password", password]
        return MockInTheLoop(name, [*arguments, *secret], on_event)

    def guard(self, boards: Sequence[Mapping[str, object]], log: Path, on_exit: OnExit) -> Guard:
        del boards, log, on_exit
        return NoGuard()


@asynccontextmanager
async def charging_station(
    args: argparse.Namespace, clock: MockClock
) -> AsyncIterator[dict[str, object]]:
    """The emulator alone, switched on."""
    alone = Alone(args, clock)
    async with alone.control:
        alone.station.set_power(True)
        try:
            yield {"control": alone.control.address}
        finally:
            await alone.station.aclose()


SERVE = {
    "world": world, "central-system": central_system, "charging-station": charging_station,
}  # fmt: skip


class MockInTheLoop:
    """A mock that is no process.

    Args:
        name: for errors.
        arguments: of its command line.
        on_event: told what it publishes.
    """

    def __init__(self, name: str, arguments: Sequence[str], on_event: OnEvent | None) -> None:
        self.name = name
        self.ready: dict[str, Json] = {}
        self._args = PARSER.parse_args(arguments)
        self._on_event = on_event
        self._stack = AsyncExitStack()
        self._control: ControlChannel | None = None

    @property
    def pid(self) -> int | None:
        return None if self._control is None else os.getpid()

    async def __aenter__(self) -> Self:
        args = self._args
        clock = VirtualMockClock(args.time_scale, args.epoch)
        ready = await self._stack.enter_async_context(SERVE[args.kind](args, clock))
        self.ready = json.loads(json.dumps(ready))
        address = cast("dict[str, Json]", self.ready["control"])
        host, port = str(address["host"]), cast("int", address["port"])
        channel = ControlChannel(self.name, host, port, self._on_event)
        self._control = await self._stack.enter_async_context(channel)
        if self._on_event is not None:
            await self._control.ask("subscribe")
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._control = None
        await self._stack.aclose()

    async def ask(self, do: str, **args: Json) -> Json:
        assert self._control is not None
        return await self._control.ask(do, **args)


class NoGuard:
    """Watches nothing."""

    pid = None

    async def start(self) -> None:
        pass

    async def bye(self) -> None:
        pass

    async def abandon(self) -> None:
        pass


def over_tcp(bench: BenchConfig) -> BenchConfig:
    """The same bench with Modbus TCP instead of RTU on each simulated line."""
    devices = dict(bench.devices)
    for name, device in bench.devices.items():
        line = getattr(device, "transport", None)
        if isinstance(line, RtuTransport) and str(line.port).startswith("mock:"):
            host = str(line.port).removesuffix("-rtu") + "-tcp"
            tcp = TcpTransport(kind="tcp", host=host)
            devices[name] = device.model_copy(update={"transport": tcp})
    return bench.model_copy(update={"devices": devices})
