"""Life of a mock process: ready line, then service until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Callable, Mapping

LONGEST_LINE = 1024 * 1024
TOO_LONG = b"too long\n"


class Busy(Exception):
    """What the process wants to listen on cannot be had; the sentence says what to do."""


async def serve_until_stopped(
    ready: Mapping[str, object],
    follow_stdin: bool,
    on_line: Callable[[bytes], None] | None = None,
) -> None:
    """Print the ready line; return on SIGTERM, SIGINT, or end of stdin if that is followed.

    Args:
        ready: what the line says besides.
        follow_stdin: end when stdin ends.
        on_line: takes each line of stdin, which is followed then, too.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    print(json.dumps({"ready": True, **ready}), flush=True)  # noqa: T201  # the contract
    follow = follow_stdin or on_line is not None
    watch = asyncio.create_task(_stdin_end(stop, on_line)) if follow else None
    await stop.wait()
    if watch is not None:
        watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watch


async def _line(reader: asyncio.StreamReader) -> bytes:
    """The next line; `TOO_LONG` in place of a whole one that is; nothing at the end."""
    too_long = False
    while True:
        try:
            line = await reader.readline()
        except ValueError:  # so much of it is thrown away
            too_long = True
        else:
            return TOO_LONG if too_long else line


async def _stdin_end(stop: asyncio.Event, on_line: Callable[[bytes], None] | None) -> None:
    """A mock must not outlive whoever started it, not even after kill -9."""
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: protocol, sys.stdin.buffer
    )
    try:
        while line := await _line(reader):
            if on_line is not None:
                on_line(line)
        stop.set()
    finally:
        transport.close()
