"""Operations and events as JSON lines on stdin and stdout, for a test that is the parent process.

Request `{"id": 1, "do": "NAME", ...}`, answer `{"id": 1, "ok": true, "result": ...}` or
`{"id": 1, "ok": false, "error": "sentence"}`. Events follow by themselves: `{"event": ...}`.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import os
import sys
from collections.abc import Coroutine, Sequence
from typing import Self

from firmware_mocks.charging_station.journal import Journal
from firmware_mocks.operations import Operation
from firmware_mocks.process import LONGEST_LINE, TOO_LONG

KEEP_ALIVE_S = 3600.0


EXAMPLE = 'want one object per line, such as {"id": 1, "do": "state"}'


def _request(line: bytes) -> dict[str, object]:
    """An operation with its arguments.

    Raises:
        ValueError: the line is none.
    """
    if line == TOO_LONG:
        raise ValueError(f"a line of more than {LONGEST_LINE} bytes; {EXAMPLE}")
    try:
        request = json.loads(line.decode())
    except UnicodeDecodeError:
        raise ValueError(f"the line is not UTF-8; {EXAMPLE}") from None
    except ValueError as error:
        raise ValueError(f"the line is no JSON: {error}; {EXAMPLE}") from None
    if not isinstance(request, dict) or not isinstance(request.get("do"), str):
        raise ValueError(f'the field "do" is missing; {EXAMPLE}')
    return request


class JsonLines:
    """Answers requests and tells events on stdout, as fast as its reader reads.

    Args:
        operations: that there are.
        journal: whose events are told.
    """

    def __init__(self, operations: Sequence[Operation], journal: Journal) -> None:
        self._operations = {operation.name: operation for operation in operations}
        self._journal = journal
        self._tasks: set[asyncio.Task[None]] = set()
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        protocol = asyncio.StreamReaderProtocol(asyncio.StreamReader())
        stdout = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
        try:
            transport, _ = await loop.connect_write_pipe(lambda: protocol, stdout)
        except ValueError:
            stdout.close()
            return self  # a file: writing to it does not wait for anybody
        self._writer = asyncio.StreamWriter(transport, protocol, None, loop)
        return self

    async def __aexit__(self, *exc: object) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()

    def begin(self) -> None:
        """Tell events, from the first one on."""
        self._spawn(self._tell_events())

    def take(self, line: bytes) -> None:
        """Serve a request; a slow one does not hold up the next."""
        if line.strip():
            self._spawn(self._serve(line))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell_events(self) -> None:
        async for item in self._journal.follow(0, KEEP_ALIVE_S):
            if isinstance(item, int):
                await self._write({"event": "gap", "missed": item})
            elif item is not None:
                await self._write(item)

    async def _serve(self, line: bytes) -> None:
        number: object = None
        try:
            request = _request(line)
            number, name = request.pop("id", None), str(request.pop("do"))
            if name not in self._operations:
                raise ValueError(f"no operation {name!r}; there are {', '.join(self._operations)}")
            result = self._operations[name](**request)
            if inspect.isawaitable(result):
                result = await result
            await self._write({"id": number, "ok": True, "result": result})
        except (ValueError, LookupError, RuntimeError, OSError) as error:
            said = str(error) or type(error).__name__
            await self._write({"id": number, "ok": False, "error": said})

    async def _write(self, data: object) -> None:
        line = json.dumps(data).encode() + b"\n"
        if self._writer is None:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
            return
        if self._writer.is_closing():
            return  # nobody reads any more; stdin may go on
        with contextlib.suppress(ConnectionError):
            self._writer.write(line)
            await self._writer.drain()
