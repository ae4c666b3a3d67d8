"""A mock as a child process: started, asked over its control channel, and ended with us.

The rig never imports a simulator; it starts one and talks to it over the same wires as to the
real thing. The mock reads our end of its stdin, so it cannot outlive us.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self, cast

from rig.bench.control import ControlChannel
from rig.errors import BenchError
from rig.jsontypes import Json

READY_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0
PASSWORD = "RIG_STATION_PASSWORD"  # noqa: S105  # the name of a variable


class MockProcess:
    """`python -m firmware_mocks KIND ...`; entering waits for its ready line.

    Args:
        name: for errors.
        arguments: kind and options.
        log: file for what it says on stderr.
        on_event: told what it publishes; asked for on entering.
        on_exit: told how it ended, when it ends without having been asked.
        password: of its station, as hex; it goes by the environment, as every user of the
            machine sees a command line.

    Attributes:
        ready: its ready line.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        log: Path,
        on_event: Callable[[dict[str, Json]], None] | None = None,
        on_exit: Callable[[str], None] | None = None,
        password: str | None = None,
    ) -> None:
        self.name = name
        self.ready: dict[str, Json] = {}
        self._arguments = arguments
        self._log = log
        self._on_event = on_event
        self._on_exit = on_exit
        self._password = password
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._stopping = False
        self._stack = contextlib.AsyncExitStack()
        self._control: ControlChannel | None = None

    @property
    def pid(self) -> int | None:
        """Process id, None before the start and after the end that we asked for."""
        return self._process.pid if self._process is not None else None

    def command(self) -> list[str]:
        """The command line that starts the mock."""
        return [sys.executable, "-m", "firmware_mocks", *self._arguments, "--follow-stdin"]

    def environment(self) -> dict[str, str]:
        """What it is started with beside the command line."""
        given = {name: value for name, value in os.environ.items() if name != PASSWORD}
        return given if self._password is None else {**given, PASSWORD: f"hex:{self._password}"}

    async def __aenter__(self) -> Self:
        self._stopping = False
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.command(),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=self.environment(),
                start_new_session=True,  # Ctrl-C is for us; we tell the mock in our own time
            )
        try:
            self.ready = await self._read_ready(self._process)
            channel = ControlChannel(self.name, *self._address(), self._on_event)
            self._control = await self._stack.enter_async_context(channel)
            if self._on_event is not None:
                await self._control.ask("subscribe")
        except BaseException:
            await self.__aexit__()
            raise
        self._watch = asyncio.create_task(self._await_exit(self._process), name=f"{self.name} exit")
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._stopping = True
        self._control = None
        await self._stack.aclose()
        process, self._process = self._process, None
        if process is not None:
            await _end(process)
        watch, self._watch = self._watch, None
        if watch is not None:
            await watch

    async def ask(self, do: str, **args: Json) -> Json:
        """Have the mock do something.

        Raises:
            BenchError: it said no, or is gone.
        """
        if self._control is None:
            raise BenchError(self.name, "not running")
        return await self._control.ask(do, **args)

    async def _read_ready(self, process: asyncio.subprocess.Process) -> dict[str, Json]:
        see = f"see {self._log}"
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                line = await cast("asyncio.StreamReader", process.stdout).readline()
        except TimeoutError as error:
            raise BenchError(self.name, f"not ready within {READY_TIMEOUT_S:g} s", see) from error
        if not line:
            code = await process.wait()
            told = f"ended at start with code {code}: {self._last_words()}"
            raise BenchError(self.name, told, see)
        try:
            return cast("dict[str, Json]", json.loads(line))
        except ValueError as error:
            told = f"said {line[:80]!r} instead of being ready"
            raise BenchError(self.name, told, see) from error

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def _address(self) -> tuple[str, int]:
        where = self.ready.get("control")
        if not isinstance(where, dict):
            raise BenchError(self.name, "its ready line names no control")
        return str(where["host"]), int(cast("int", where["port"]))

    async def _await_exit(self, process: asyncio.subprocess.Process) -> None:
        code = await process.wait()
        if not self._stopping and self._on_exit is not None:
            self._on_exit(f"killed by signal {-code}" if code < 0 else f"exit code {code}")


async def _end(process: asyncio.subprocess.Process) -> None:
    """TERM, then KILL."""
    if process.stdin is not None:
        process.stdin.close()
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
    if process.stdout is not None:
        await process.stdout.read()  # to its end, so that asyncio closes the pipe now
