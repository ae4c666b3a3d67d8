"""A station with its HTTP interface beside a Central System, and requests to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import aiohttp

from rig.jsontypes import Json
from tests.wire.emulated_station import IDENTITY, PERSONA, Lab, laboratory

SCALE = 20.0


class Api:
    """Requests to the interface of one station."""

    def __init__(self, session: aiohttp.ClientSession, ready: dict[str, Json], lab: Lab) -> None:
        self.session = session
        self.ready = ready
        self.lab = lab

    async def raw(
        self, method: str, path: str, body: str | None = None, **headers: str
    ) -> tuple[int, dict[str, Json]]:
        """Status and body of any request."""
        async with self.session.request(method, path, data=body, headers=headers) as response:
            return response.status, cast("dict[str, Json]", await response.json(content_type=None))

    async def get(self, path: str) -> Json:
        """Result of a good GET."""
        status, body = await self.raw("GET", f"/v1{path}")
        assert status == 200, body
        return body["result"]

    async def send(self, method: str, path: str, **arguments: Json) -> tuple[int, dict[str, Json]]:
        """Status and body of a request with arguments."""
        return await self.raw(method, f"/v1{path}", json.dumps(arguments))

    async def do(self, operation: str, **arguments: Json) -> Json:
        """Result of a good operation."""
        status, body = await self.send("POST", f"/do/{operation}", **arguments)
        assert status == 200, body
        return body["result"]


def options(lab: Lab, *more: str, persona: str = PERSONA) -> list[str]:
    """Command line of a station at this Central System."""
    return [
        "charging-station", "--csms", lab.url, "--identity", IDENTITY, "--no-control",
        "--time-scale", str(lab.clock.scale), "--epoch", repr(lab.clock.epoch),
        "--persona", str(lab.write(persona)), *more,
    ]  # fmt: skip


@asynccontextmanager
async def process(
    arguments: Sequence[str], **environment: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """An emulator as its user starts it; ended with the block."""
    import os
    import sys

    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "firmware_mocks", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, env={**os.environ, **environment},
    )  # fmt: skip
    try:
        yield running
    finally:
        if running.returncode is None:
            running.terminate()
        await running.communicate()


async def ready_line(running: asyncio.subprocess.Process) -> dict[str, Json]:
    """The line that says that it is ready."""
    assert running.stdout is not None
    async with asyncio.timeout(20):
        line = await running.stdout.readline()
    return cast("dict[str, Json]", json.loads(line))


@asynccontextmanager
async def api(folder: Path, *more: str, scale: float = SCALE) -> AsyncIterator[Api]:
    """A station on a Unix socket, booted."""
    socket = folder / "api"
    async with laboratory(folder, scale) as lab:
        async with process(options(lab, "--api", f"unix:{socket}", *more)) as running:
            ready = await ready_line(running)
            connector = aiohttp.UnixConnector(str(socket))
            async with aiohttp.ClientSession("http://station", connector=connector) as session:
                await lab.booted()
                yield Api(session, ready, lab)
