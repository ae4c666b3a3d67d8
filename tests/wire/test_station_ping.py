"""WebSocketPingInterval: pings, and a connection that is given up without an answer to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rig.clock import Clock
from tests.wire.emulated_station import DEADLINE_S, Lab, laboratory

SCALE = 40.0
PING = 0x89  # RFC 6455, 5.2: FIN and opcode 9


class Line:
    """A TCP line to the Central System that sees pings go by, and can swallow them.

    An idle station sends one frame at a time: a ping is at the beginning of what is read.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self.swallows_pings = False
        self.pings_s: list[float] = []
        self.url = url
        self._target = urlsplit(url)
        self._clock = clock
        self._seen = asyncio.Condition()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listen at `url`."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self.url = self._target._replace(netloc=f"127.0.0.1:{port}").geturl()
        async with server:
            yield

    async def pings(self, count: int) -> list[float]:
        """Times of so many pings from now on."""
        have = len(self.pings_s)
        async with asyncio.timeout(DEADLINE_S), self._seen:
            await self._seen.wait_for(lambda: len(self.pings_s) >= have + count)
        return self.pings_s[have : have + count]

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(
            self._target.hostname, self._target.port
        )
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._upwards(reader, up_writer))
                both.create_task(_downwards(up_reader, writer))
        finally:
            for end in (writer, up_writer):
                end.close()

    async def _upwards(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await _read(reader):
            if data[0] == PING:
                self.pings_s.append(self._clock.now())
                async with self._seen:
                    self._seen.notify_all()
                if self.swallows_pings:
                    continue
            writer.write(data)
        writer.close()


async def _downwards(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await _read(reader):
        writer.write(data)
    writer.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(65536)
    except ConnectionError:
        return b""


@asynccontextmanager
async def on_a_line(folder: Path) -> AsyncIterator[tuple[Lab, Line]]:
    async with laboratory(folder, SCALE) as lab:
        line = Line(lab.csms.url, lab.clock)
        async with line.open(), lab.station():
            await lab.booted()
            await lab.ask("connect", url=line.url)
            await lab.entry(lambda e: e.what == "connect", "the connection by the line")
            await lab.idle()
            yield lab, line


@pytest.mark.rig_covers("key:WebSocketPingInterval")
async def test_pings_come_at_the_interval_and_none_at_zero(tmp_path: Path) -> None:
    async with on_a_line(tmp_path) as (lab, line):
        await lab.change("WebSocketPingInterval", "5")
        times = await line.pings(4)
        await lab.change("WebSocketPingInterval", "0")
        count = len(line.pings_s)
        await lab.idle()
        await lab.idle()
        assert len(line.pings_s) == count
        await lab.change("WebSocketPingInterval", "5")
        await line.pings(1)
    assert [b - a for a, b in pairwise(times)] == 3 * [pytest.approx(5, abs=4)]


async def test_station_that_hears_no_pong_connects_again(tmp_path: Path) -> None:
    async with on_a_line(tmp_path) as (lab, line):
        await lab.change("WebSocketPingInterval", "5")
        mark = lab.mark
        line.swallows_pings = True
        await lab.entry(lambda e: e.what == "close", "the end of the connection")
        line.swallows_pings = False
        await lab.entry(lambda e: e.what == "connect", "the connection after it")
        await lab.idle()
        await line.pings(2)
    ends = [e for e in lab.csms.log.since(mark) if e.what == "close"]
    assert len(ends) == 2  # given up, and the end of the test
    assert not lab.calls("BootNotification", since=mark)
