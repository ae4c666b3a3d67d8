"""Client of a mock's control channel: one JSON object per line over loopback TCP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Self, cast

from rig.errors import BenchError
from rig.jsontypes import Json

ANSWER_TIMEOUT_S = 30.0
LINE_LIMIT = 4 * 1024 * 1024


class ControlChannel:
    """Asks a mock to do things and hears what it reports.

    Args:
        name: of the mock, for errors.
        host, port: where it listens.
        on_event: told of unsolicited lines, after `control("subscribe")`.
    """

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        on_event: Callable[[dict[str, Json]], None] | None = None,
    ) -> None:
        self._name = name
        self._address = (host, port)
        self._on_event = on_event
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[dict[str, Json]]] = {}
        self._last_id = 0

    async def __aenter__(self) -> Self:
        try:
            reader, self._writer = await asyncio.open_connection(*self._address, limit=LINE_LIMIT)
        except OSError as error:
            raise BenchError(self._name, f"control channel refused: {error}") from error
        self._reading = asyncio.create_task(self._read(reader), name=f"{self._name} control")
        return self

    async def __aexit__(self, *_exc: object) -> None:
        writer, self._writer = self._writer, None
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            await asyncio.wait({reading})
        if writer is not None:
            writer.close()
            try:
                await writer.wait_closed()
            except OSError:
                return  # a mock that was killed resets the connection: closed is closed

    async def ask(self, do: str, **args: Json) -> Json:
        """Have the mock do something; returns its result.

        Raises:
            BenchError: the mock said no, is gone or does not answer.
        """
        if self._writer is None or self._reading is None or self._reading.done():
            raise BenchError(self._name, "control channel is closed")
        self._last_id += 1
        number = self._last_id
        answer: asyncio.Future[dict[str, Json]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            request = {"id": number, "do": do, **args}
            self._writer.write(json.dumps(request).encode() + b"\n")
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                reply = await answer
        except TimeoutError as error:
            raise BenchError(self._name, f"{do}: no answer on the control channel") from error
        finally:
            del self._waiting[number]
        if not reply.get("ok"):
            raise BenchError(self._name, f"{do}: {reply.get('error')}")
        return reply.get("result")

    async def _read(self, reader: asyncio.StreamReader) -> None:
        cause = "closed by the mock"
        try:
            while line := await reader.readline():
                message = cast("dict[str, Json]", json.loads(line))
                number = message.get("id")
                if isinstance(number, int):
                    waiting = self._waiting.get(number)
                    if waiting is not None and not waiting.done():
                        waiting.set_result(message)
                elif self._on_event is not None:
                    self._on_event(message)
        except (OSError, ValueError) as error:
            cause = str(error)
        finally:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(BenchError(self._name, f"control channel: {cause}"))
