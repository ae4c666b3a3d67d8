"""Simulated dongles as processes, to run the modem drivers against."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, cast

from drivers.modem.timings import ModemTimings
from rig.bench.control import ControlChannel
from rig.jsontypes import Json

SCALE = 100.0
"""Lab seconds per real second: a registration takes 50 to 150 ms."""

FAST = ModemTimings(
    reply_s=5.0, open_s=2.0, config_s=5.0, sim_s=10.0, register_s=15.0, signal_s=10.0,
    data_s=10.0, poll_s=0.02,
)  # fmt: skip
"""Deadlines that only a hanging device meets, and quick looks."""


@dataclass(frozen=True)
class DongleMock:
    """`python -m firmware_mocks e3372h|hilink`, running."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]

    @property
    def port(self) -> str:
        return str(self.ready["path"])

    @property
    def url(self) -> str:
        return str(self.ready["url"])

    async def control(self, do: str, **args: Json) -> Json:
        """One command on the control channel."""
        where = self.ready["control"]
        async with ControlChannel("dongle mock", where["host"], where["port"]) as channel:
            return await channel.ask(do, **args)

    async def state(self) -> dict[str, Any]:
        """What the dongle does, seen without the driver."""
        return cast("dict[str, Any]", await self.control("modem"))


@contextmanager
def dongle_mock(kind: str, *options: str, scale: float = SCALE) -> Iterator[DongleMock]:
    """Start a dongle that cannot outlive the test."""
    command = [sys.executable, "-m", "firmware_mocks", kind, "--time-scale", str(scale)]
    process = subprocess.Popen(
        [*command, "--follow-stdin", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield DongleMock(process, json.loads(cast("IO[str]", process.stdout).readline()))
    finally:
        process.kill()
        process.communicate()
