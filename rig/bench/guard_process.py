"""The safety process beside the daemon: it opens the relays if we cannot any more."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rig.errors import BenchError

NAME = "guard"
ALIVE_EVERY_S = 0.5
SILENCE_S = 2.0
START_TIMEOUT_S = 15.0
STOP_TIMEOUT_S = 10.0


class GuardProcess:
    """Starts `drivers.guard`, tells it twice a second that we live, and says goodbye.

    Args:
        boards: sections of the relay boards, addresses resolved.
        log: file for what the guard did.
        on_exit: told when the guard ends by itself: after that nobody watches.
    """

    def __init__(
        self,
        boards: Sequence[Mapping[str, object]],
        log: Path,
        on_exit: Callable[[str], None],
    ) -> None:
        self._boards = boards
        self._log = log
        self._on_exit = on_exit
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """Process id, None while it does not run."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start it, hand it the boards and wait until it watches.

        Raises:
            BenchError: it did not start.
        """
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "drivers.guard",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self._process = process
        self._stopping = False
        order = {"boards": list(self._boards), "silence_s": SILENCE_S, "log": None}
        self._say(json.dumps(order))
        assert process.stdout is not None  # noqa: S101  # it is a pipe
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                ready = await process.stdout.readline()
        except TimeoutError:
            ready = b""
        if not ready:
            await self.bye()
            raise BenchError(NAME, "the safety process did not start", f"see {self._log}")
        self._tasks = [
            asyncio.create_task(self._live(), name="guard alive"),
            asyncio.create_task(self._await_exit(process), name="guard exit"),
        ]

    async def bye(self) -> None:
        """End it without having it act; everything is safe already."""
        await self._end("bye")

    async def abandon(self) -> None:
        """End it as if we had died: it makes the boards safe once more, as far as it can."""
        await self._end(None)

    async def _end(self, last_word: str | None) -> None:
        self._stopping = True
        process, self._process = self._process, None
        if process is None:
            return
        for task in self._tasks[:1]:
            task.cancel()
        if process.stdin is not None and process.returncode is None:
            if last_word:
                process.stdin.write(f"{last_word}\n".encode())
            process.stdin.close()
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        if process.stdout is not None:
            await process.stdout.read()  # to its end, so that asyncio closes the pipe now
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._tasks = []

    def _say(self, line: str) -> None:
        process = self._process
        if process is not None and process.stdin is not None and process.returncode is None:
            process.stdin.write(f"{line}\n".encode())

    async def _live(self) -> None:
        while True:
            self._say("alive")
            await asyncio.sleep(ALIVE_EVERY_S)

    async def _await_exit(self, process: asyncio.subprocess.Process) -> None:
        code = await process.wait()
        if self._stopping:
            return
        did = {0: "it opened all relays because the daemon hung", 1: "it could not open all relays"}
        self._on_exit(f"the safety process ended: {did.get(code, f'code {code}')}; see {self._log}")
