"""Life of a mock process: ready line, then service until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Mapping


async def serve_until_stopped(ready: Mapping[str, object], follow_stdin: bool) -> None:
    """Print the ready line; return on SIGTERM, SIGINT, or end of stdin if that is followed."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    print(json.dumps({"ready": True, **ready}), flush=True)  # noqa: T201  # the contract
    watch = asyncio.create_task(_stdin_end(stop)) if follow_stdin else None
    await stop.wait()
    if watch is not None:
        watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watch


async def _stdin_end(stop: asyncio.Event) -> None:
    """A mock must not outlive whoever started it, not even after kill -9."""
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: protocol, sys.stdin.buffer
    )
    try:
        while await reader.read(1024):
            pass
        stop.set()
    finally:
        transport.close()
