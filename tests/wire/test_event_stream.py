"""The daemon's events over a real socket: readers that stop, many readers, readers that return."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from rig.client.sse import SseParser
from rig.client.stream import EventStream
from rig.config.bench_file import default_bench, load_bench
from rig.daemon.api import application
from rig.daemon.engine import Engine
from rig.daemon.ring import PORTION, EventRing
from rig.daemon.service import RigService
from rig.events import Kind

RING = 1000
TEXT = "x" * 200
BUFFERED = 1024 * 1024
"""Bytes of the daemon that one reader may fill; aiohttp stops at 64 KiB and a message."""


class Daemon:
    """An offline daemon's API at a Unix socket, and what its event loop does meanwhile."""

    def __init__(self, service: RigService, runner: web.AppRunner, path: Path) -> None:
        self.service = service
        self.path = path
        self._runner = runner

    async def happen(self, count: int) -> None:
        """Publish events as a busy bench does: others get their turn in between."""
        for number in range(count):
            self.service.bus.publish(Kind.STEP, "tool", text=TEXT, state="done")
            if number % 20 == 0:
                await asyncio.sleep(0)

    def buffered(self) -> list[int]:
        """Bytes that wait for each reader."""
        server = self._runner.server
        assert server is not None
        found = [handler.transport for handler in server.connections]
        writing = [t for t in found if isinstance(t, asyncio.WriteTransport)]
        return [transport.get_write_buffer_size() for transport in writing]

    async def reader(self, after: int) -> Reader:
        """Connect and ask; nothing is read yet."""
        stream, writer = await asyncio.open_unix_connection(str(self.path))
        request = f"GET /v1/events HTTP/1.0\r\nHost: rigd\r\nLast-Event-ID: {after}\r\n\r\n"
        writer.write(request.encode())
        await writer.drain()
        return Reader(stream, writer)


class Reader:
    """One reader; reads only when it is told to."""

    def __init__(self, stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._stream = stream
        self._writer = writer
        self._parser = SseParser()
        self._head = b""
        self.seen: list[int] = []
        self.gaps: list[int] = []

    async def read_to(self, seq: int) -> None:
        async with asyncio.timeout(30):
            while not self.seen or self.seen[-1] < seq:
                chunk = await self._stream.read(65536)
                assert chunk, "the daemon hung up"
                self._take(chunk)

    def _take(self, chunk: bytes) -> None:
        if self._head is not None and b"\r\n\r\n" not in self._head:
            self._head += chunk
            if b"\r\n\r\n" not in self._head:
                return
            assert self._head.startswith(b"HTTP/1.0 200"), self._head
            chunk = self._head.partition(b"\r\n\r\n")[2]
        for message in self._parser.feed(chunk):
            said = json.loads(message.data)
            if message.event == "gap":
                self.gaps.append(said["missed"])
            else:
                self.seen.append(said["seq"])

    def leave(self) -> None:
        self._writer.transport.abort()


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    file = default_bench()
    service = RigService(
        Engine(), file, load_bench(file), socket=tmp_path / "s", state_dir=tmp_path, offline=True
    )
    service.ring = EventRing(size=RING)
    async with service:
        runner = web.AppRunner(application(service), access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.UnixSite(runner, tmp_path / "s").start()
            yield Daemon(service, runner, tmp_path / "s")
        finally:
            service.ring.close()
            await runner.cleanup()


async def test_a_reader_that_does_not_read_holds_up_nobody_and_is_told_what_it_missed(
    daemon: Daemon,
) -> None:
    stuck, lively = await daemon.reader(0), await daemon.reader(0)
    total = 10 * RING
    for _ in range(total // 200):
        await daemon.happen(200)
        await lively.read_to(daemon.service.bus.last_seq)  # however slow another one is
        assert max(daemon.buffered()) < BUFFERED
    assert (lively.seen, lively.gaps) == (list(range(1, total + 1)), [])
    assert len(daemon.service.ring.events()) == RING

    await stuck.read_to(total)
    assert len(stuck.gaps) == 1
    assert len(stuck.seen) + sum(stuck.gaps) == total
    begin = len(stuck.seen) - RING
    assert stuck.seen[:begin] == list(range(1, begin + 1)), "what was sent before is whole"
    assert stuck.seen[begin:] == list(range(total - RING + 1, total + 1)), "and so is the rest"
    for reader in (stuck, lively):
        reader.leave()


async def test_five_readers_get_the_same(daemon: Daemon) -> None:
    readers, tasks, total = [], [], 5 * 150
    for _ in range(5):
        readers.append(await daemon.reader(0))
        tasks.append(asyncio.create_task(readers[-1].read_to(total)))
        await daemon.happen(150)
    await asyncio.gather(*tasks)
    for reader in readers:
        assert (reader.seen, reader.gaps) == (list(range(1, total + 1)), [])
        reader.leave()


async def test_a_reader_that_returns_goes_on_where_it_was(daemon: Daemon) -> None:
    await daemon.happen(2 * PORTION)
    first = await daemon.reader(0)
    await first.read_to(PORTION + 7)
    first.leave()
    await daemon.happen(PORTION)
    known = first.seen[-1]
    again = await daemon.reader(known)
    await again.read_to(3 * PORTION)
    assert first.seen + again.seen == list(range(1, 3 * PORTION + 1))
    again.leave()


async def test_the_typed_client_counts_what_it_missed(daemon: Daemon) -> None:
    await daemon.happen(RING + 40)

    def read() -> tuple[list[int], int]:
        with EventStream(daemon.path, 10) as stream:
            seen = [next(stream).seq for _ in range(RING)]
            return seen, stream.missed

    assert await asyncio.to_thread(read) == (list(range(41, RING + 41)), 30)
