"""Control channel of a mock: JSON lines over TCP on loopback, for tests and for the rig.

Request `{"id": 1, "do": "NAME", ...}`, answer `{"id": 1, "ok": true, "result": ...}` or
`{"id": 1, "ok": false, "error": "sentence"}`. After `{"do": "subscribe"}` every event of the
mock follows as a line of its own.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable
from typing import Self

Handler = Callable[..., object | Awaitable[object]]


class Control:
    """Listens, and calls the handler that a request names with the rest of its fields."""

    def __init__(self) -> None:
        self._handlers: dict[str, list[Handler]] = {}
        self._subscribers: set[asyncio.StreamWriter] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    def register(self, name: str, handler: Handler) -> None:
        """Serve `do: name`.

        Two parts of a mock may serve the same name with different fields, as board and station
        do with `fault`; the fields of the request decide.
        """
        others = self._handlers.setdefault(name, [])
        if any(_fields(handler) == _fields(other) for other in others):
            raise ValueError(f"control command {name!r} exists twice")
        others.append(handler)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._server is not None:
            self._server.close()
            for writer in tuple(self._writers):
                writer.close()
            await self._server.wait_closed()

    @property
    def address(self) -> dict[str, object]:
        """Host and port, as in the ready line."""
        if self._server is None:
            raise RuntimeError("control channel is not open")
        host, port = self._server.sockets[0].getsockname()[:2]
        return {"host": host, "port": port}

    def publish(self, event: str, **data: object) -> None:
        """Tell every subscriber."""
        line = json.dumps({"event": event, **data}).encode() + b"\n"
        for writer in tuple(self._subscribers):
            writer.write(line)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        running: set[asyncio.Task[None]] = set()
        try:
            while line := await reader.readline():
                # A slow command must not hold up the next one.
                task = asyncio.create_task(self._answer(line, writer))
                running.add(task)
                task.add_done_callback(running.discard)
        except (ConnectionError, ValueError):
            pass  # the client went away, or sent a line without end
        finally:
            for task in running:
                task.cancel()
            self._subscribers.discard(writer)
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        answer: dict[str, object]
        number: object = None
        try:
            request = json.loads(line)
            if not isinstance(request, dict) or not isinstance(request.get("do"), str):
                raise ValueError("want an object with the field 'do'")
            number = request.pop("id", None)
            answer = {"id": number, "ok": True, "result": await self._do(request, writer)}
            line = json.dumps(answer).encode()
        except (ValueError, TypeError, LookupError, RuntimeError, OSError) as error:
            answer = {"id": number, "ok": False, "error": str(error) or type(error).__name__}
            line = json.dumps(answer).encode()
        writer.write(line + b"\n")

    async def _do(self, request: dict[str, object], writer: asyncio.StreamWriter) -> object:
        name = str(request.pop("do"))
        if name == "subscribe":
            self._subscribers.add(writer)
            return None
        handlers = self._handlers.get(name)
        if handlers is None:
            known = ", ".join(sorted([*self._handlers, "subscribe"]))
            raise ValueError(f"no command {name!r}; there are {known}")
        handler = next((h for h in handlers if request.keys() <= _fields(h)), handlers[0])
        inspect.signature(handler).bind(**request)
        result = handler(**request)
        return await result if inspect.isawaitable(result) else result


def _fields(handler: Handler) -> set[str]:
    return set(inspect.signature(handler).parameters)
