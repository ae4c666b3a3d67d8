"""The virtual world of a bench without hardware: relay board, cables and station as a process.

The rig never imports a simulator; it starts one and talks to it over the same wires as to the
real thing. The world reads our end of its stdin, so it cannot outlive us.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from rig.bench.control import ControlChannel
from rig.clock import Clock
from rig.errors import BenchError
from rig.jsontypes import Json

READY_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0
NAME = "virtual world"

RELAY_RTU = "mock:relay-rtu"
RELAY_TCP = "mock:relay-tcp"
MODEM_AT = "mock:modem-at"
MODEM_WEB = "mock:modem-web"


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """What the station of the virtual world is like.

    Attributes:
        identity: its OCPP identity.
        persona: file that describes it, None for the default.
        defects: what is wrong with it.
        seed: of its random choices, None for the default.
        password: for HTTP Basic auth, None for no authentication.
        modem: faces of the dongle, of "at" and "web"; none is no dongle.
    """

    identity: str
    persona: Path | None = None
    defects: Sequence[str] = ()
    seed: int | None = None
    password: str | None = None
    modem: Sequence[str] = ()


class VirtualWorld:
    """The process, its addresses and its control channel.

    Args:
        settings: of the station.
        csms_url: where the station connects; it appends its identity.
        state_dir: for the station's disk and the log; kept over a restart.
        clock: gives scale and epoch, so that the world's time is the rig's.
        on_exit: told when the process ends without having been asked.
    """

    def __init__(
        self,
        settings: WorldSettings,
        csms_url: str,
        state_dir: Path,
        clock: Clock,
        on_exit: Callable[[str], None],
    ) -> None:
        self.settings = settings
        self.exited = asyncio.Event()
        self.exit_cause = ""
        self._csms_url = csms_url
        self._state_dir = state_dir
        self._clock = clock
        self._on_exit = on_exit
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._control: ControlChannel | None = None
        self._ready: dict[str, Json] = {}
        self._stopping = False
        self._listeners: list[Callable[[dict[str, Json]], None]] = []

    @property
    def identity(self) -> str:
        """OCPP identity of the station."""
        return self.settings.identity

    @property
    def pid(self) -> int | None:
        """Process id, None while it does not run."""
        return self._process.pid if self._process is not None else None

    def command(self) -> list[str]:
        """The command line that starts the world."""
        settings = self.settings
        line = [sys.executable, "-m", "firmware_mocks", "world", "--follow-stdin"]
        line += ["--csms", self._csms_url, "--identity", settings.identity]
        line += ["--disk", str(self._state_dir / "station-disk")]
        line += ["--time-scale", repr(self._clock.scale), "--epoch", repr(self._clock.epoch)]
        if settings.persona is not None:
            line += ["--persona", str(settings.persona)]
        for defect in settings.defects:
            line += ["--defect", defect]
        for face in settings.modem:
            line += ["--modem", face]
        if settings.seed is not None:
            line += ["--seed", str(settings.seed)]
        if settings.password is not None:
            line += ["--password", settings.password]
        return line

    async def start(self) -> None:
        """Start the process and wait until it serves.

        Raises:
            BenchError: it ended or did not become ready; with what it said.
        """
        self._state_dir.mkdir(parents=True, exist_ok=True)
        self._stopping = False
        self.exited.clear()
        self.exit_cause = ""
        with self._log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.command(),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us; we tell the world in our own time
            )
        try:
            self._ready = await self._read_ready(self._process)
            host, port = _host_port(self._ready, "control")
            control = ControlChannel(NAME, host, port, self._spread)
            self._control = await control.__aenter__()
        except BaseException:
            await self.stop()
            raise
        self._watch = asyncio.create_task(self._await_exit(self._process), name="world exit")

    async def stop(self) -> None:
        """End the process, by force if need be."""
        self._stopping = True
        control, self._control = self._control, None
        if control is not None:
            await control.__aexit__()
        process, self._process = self._process, None
        if process is not None:
            await _end(process)
        watch, self._watch = self._watch, None
        if watch is not None:
            await watch

    async def restart(self) -> None:
        """Stop it (if it still runs) and start it anew; the station's disk is kept."""
        await self.stop()
        await self.start()

    async def control(self, do: str, **args: Json) -> Json:
        """Have the world do something: see the control commands of the mocks.

        Raises:
            BenchError: it said no, or is gone.
        """
        if self._control is None:
            raise BenchError(NAME, "not running")
        return await self._control.ask(do, **args)

    def listen(self, listener: Callable[[dict[str, Json]], None]) -> None:
        """Call `listener` for every unsolicited line; ask for them with `control("subscribe")`."""
        self._listeners.append(listener)

    def transport(self, transport: Mapping[str, object]) -> dict[str, object]:
        """A relay board's transport section with `mock:` addresses resolved.

        Raises:
            BenchError: the world has no such address.
        """
        resolved = dict(transport)
        relay = cast("dict[str, dict[str, Json]]", self._ready.get("relay") or {})
        try:
            if resolved.get("port") == RELAY_RTU:
                resolved["port"] = relay["rtu"]["path"]
            elif resolved.get("host") == RELAY_TCP:
                resolved["host"] = relay["tcp"]["host"]
                resolved["port"] = relay["tcp"]["port"]
        except KeyError as error:
            raise BenchError(NAME, f"offers no relay board on {error}") from error
        modem = cast("dict[str, Json]", self._ready.get("modem") or {})
        for key, address, face in (("port", MODEM_AT, "at"), ("url", MODEM_WEB, "web")):
            if resolved.get(key) == address:
                if face not in modem:
                    raise BenchError(NAME, f"offers no modem with {face}")
                resolved[key] = modem[face]
        return resolved

    @property
    def _log_path(self) -> Path:
        return self._state_dir / "world.log"

    async def _read_ready(self, process: asyncio.subprocess.Process) -> dict[str, Json]:
        assert process.stdout is not None  # noqa: S101  # it is a pipe
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                line = await process.stdout.readline()
        except TimeoutError as error:
            raise BenchError(
                NAME, f"not ready within {READY_TIMEOUT_S:g} s", f"see {self._log_path}"
            ) from error
        if not line:
            await process.wait()
            raise BenchError(
                NAME,
                f"ended at start with code {process.returncode}: {self._last_words()}",
                f"see {self._log_path}",
            )
        try:
            ready = cast("dict[str, Json]", json.loads(line))
        except ValueError as error:
            raise BenchError(NAME, f"said {line[:80]!r} instead of being ready") from error
        return ready

    def _last_words(self) -> str:
        lines = self._log_path.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    async def _await_exit(self, process: asyncio.subprocess.Process) -> None:
        code = await process.wait()
        if self._stopping:
            return
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        self.exit_cause = f"mock world exited ({how})"
        self.exited.set()
        self._on_exit(self.exit_cause)

    def _spread(self, message: dict[str, Json]) -> None:
        for listener in tuple(self._listeners):
            listener(message)


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


def _host_port(ready: Mapping[str, Json], key: str) -> tuple[str, int]:
    where = ready.get(key)
    if not isinstance(where, dict):
        raise BenchError(NAME, f"its ready line names no {key}")
    return str(where["host"]), int(cast("int", where["port"]))
