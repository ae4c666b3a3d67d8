"""A mock as a child process: started, asked over its control channel, and ended with us."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self, cast

from rig.bench.control import ControlChannel
from rig.errors import BenchError
from rig.jsontypes import Json

READY_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0


class MockProcess:
    """`python -m firmware_mocks KIND ...`; entering waits for its ready line.

    Args:
        name: for errors.
        arguments: kind and options.
        log: file for what it says on stderr.
        on_event: told what it publishes; asked for on entering.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        log: Path,
        on_event: Callable[[dict[str, Json]], None] | None = None,
    ) -> None:
        self.name = name
        self.ready: dict[str, Json] = {}
        self._arguments = arguments
        self._log = log
        self._on_event = on_event
        self._process: asyncio.subprocess.Process | None = None
        self._stack = contextlib.AsyncExitStack()
        self._control: ControlChannel | None = None

    async def __aenter__(self) -> Self:
        line = [sys.executable, "-m", "firmware_mocks", *self._arguments, "--follow-stdin"]
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *line,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        try:
            self.ready = await self._read_ready(self._process)
            where = cast("dict[str, Json]", self.ready["control"])
            channel = ControlChannel(
                self.name, str(where["host"]), int(str(where["port"])), self._on_event
            )
            self._control = await self._stack.enter_async_context(channel)
            if self._on_event is not None:
                await self._control.ask("subscribe")
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._stack.aclose()
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        for signal in (process.terminate, process.kill):
            try:
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await process.wait()
                break
            except TimeoutError:
                signal()
        await process.wait()
        if process.stdout is not None:
            await process.stdout.read()  # lets asyncio see the end of the pipe

    async def ask(self, do: str, **args: Json) -> Json:
        """Have the mock do something.

        Raises:
            BenchError: it said no, or is gone.
        """
        if self._control is None:
            raise BenchError(self.name, "not running")
        return await self._control.ask(do, **args)

    async def _read_ready(self, process: asyncio.subprocess.Process) -> dict[str, Json]:
        if process.stdout is None:
            raise BenchError(self.name, "has no stdout")
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                line = await process.stdout.readline()
            return cast("dict[str, Json]", json.loads(line))
        except TimeoutError as error:
            raise BenchError(self.name, f"not ready within {READY_TIMEOUT_S:g} s") from error
        except ValueError as error:
            words = self._log.read_text(errors="replace").strip().splitlines()
            what = words[-1] if words else "it said nothing"
            raise BenchError(self.name, f"did not start: {what}", f"see {self._log}") from error
