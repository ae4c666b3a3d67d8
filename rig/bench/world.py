"""The virtual world of a bench without hardware: relay board, cables and station as a process."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from rig.bench.children import Children, Mock
from rig.bench.world_settings import MODEM_AT, MODEM_WEB, NFC, WorldSettings
from rig.clock import Clock
from rig.errors import BenchError
from rig.jsontypes import Json

NAME = "virtual world"
ROOT_CAUSE_S = 0.5
"""Real seconds within which a world that took its devices with it is known to be dead."""

LINE = re.compile(r"mock:(relay|plug-relays|plug-watchdog|tester)-(rtu|tcp)")


class VirtualWorld:
    """The process, its addresses and its control channel.

    Args:
        settings: of the station.
        csms_url: where the station connects; it appends its identity.
        state_dir: for the station's disk and the log.
        clock: gives scale and epoch, so that the world's time is the rig's.
        on_exit: told when the process ends without having been asked.
        children: makes the process.

    Attributes:
        exited: set when the process has ended; `exit_cause` then says how.
        disk: of the station; kept when the process is started anew.
    """

    def __init__(
        self,
        settings: WorldSettings,
        csms_url: str,
        state_dir: Path,
        clock: Clock,
        on_exit: Callable[[str], None],
        children: Children,
    ) -> None:
        self.settings = settings
        self.exited = asyncio.Event()
        self.exit_cause = ""
        self._csms_url = csms_url
        self._state_dir = state_dir
        self.disk = state_dir / f"station-disk-{secrets.token_hex(4)}"
        self._clock = clock
        self._on_exit = on_exit
        self._children = children
        self._process: Mock | None = None
        self._stack = contextlib.AsyncExitStack()

    @property
    def identity(self) -> str:
        """OCPP identity of the station."""
        return self.settings.identity

    @property
    def pid(self) -> int | None:
        """Process id, None while it does not run."""
        return self._process.pid if self._process is not None else None

    def arguments(self) -> list[str]:
        """Kind and options of the mock."""
        settings = self.settings
        line = ["world", "--csms", self._csms_url, "--identity", settings.identity]
        line += ["--disk", str(self.disk)]
        line += ["--time-scale", repr(self._clock.scale), "--epoch", repr(self._clock.epoch)]
        if settings.persona is not None:
            line += ["--persona", str(settings.persona)]
        for defect in settings.defects:
            line += ["--defect", defect]
        for face in settings.modem:
            line += ["--modem", face]
        if settings.nfc:
            line.append("--nfc")
        if settings.relay_plug:
            line.append("--relay-plug")
        if settings.tester:
            line += ["--tester", settings.tester]
        for unit, connector_id in settings.testers:
            line += ["--tester-at", f"{unit}:{connector_id}"]
        if settings.seed is not None:
            line += ["--seed", str(settings.seed)]
        if settings.security_profile:
            line += ["--security-profile", str(settings.security_profile)]
        return line + _delivered(settings.delivered)

    async def start(self) -> None:
        """Start the process and wait until it serves.

        Raises:
            BenchError: it ended or did not become ready; with what it said.
        """
        self.exited.clear()
        self.exit_cause = ""
        log = self._state_dir / "world.log"
        process = self._children.mock(
            NAME, self.arguments(), log, on_exit=self._exited, password=self.settings.password
        )
        self._process = await self._stack.enter_async_context(process)

    def discard(self) -> None:
        """Throw the station's disk away: the next bench begins with a new station."""
        shutil.rmtree(self.disk, ignore_errors=True)

    async def stop(self) -> None:
        """End the process, by force if need be."""
        self._process = None
        await self._stack.aclose()

    async def died(self) -> tuple[str, str] | None:
        """Name and cause, if the process has just ended by itself or does so at once."""
        if self.pid is None:
            return None
        try:
            async with asyncio.timeout(ROOT_CAUSE_S):
                await self.exited.wait()
        except TimeoutError:
            return None
        return NAME, self.exit_cause

    async def restart(self) -> None:
        """Stop it (if it still runs) and start it anew; the station's disk is kept."""
        await self.stop()
        await self.start()

    async def control(self, do: str, **args: Json) -> Json:
        """Have the world do something: see the control commands of the mocks.

        Raises:
            BenchError: it said no, or is gone.
        """
        if self._process is None:
            raise BenchError(NAME, "not running")
        return await self._process.ask(do, **args)

    def transport(self, transport: Mapping[str, object]) -> dict[str, object]:
        """A relay board's transport section with `mock:` addresses resolved.

        Raises:
            BenchError: the world has no such address.
        """
        resolved = dict(transport)
        ready = self._process.ready if self._process is not None else {}
        named = LINE.fullmatch(str(resolved.get("port"))) or LINE.fullmatch(
            str(resolved.get("host"))
        )
        if named is not None:
            line = cast("dict[str, dict[str, Json]]", ready.get(named[1]) or {})
            if named[2] not in line:
                raise BenchError(NAME, f"offers no {named[1]} on {named[2]}")
            if named[2] == "rtu":
                resolved["port"] = line["rtu"]["path"]
            else:
                resolved |= line["tcp"]
        modem = cast("dict[str, Json]", ready.get("modem") or {})
        for key, address, face in (("port", MODEM_AT, "at"), ("url", MODEM_WEB, "web")):
            if resolved.get(key) == address:
                if face not in modem:
                    raise BenchError(NAME, f"offers no modem with {face}")
                resolved[key] = modem[face]
        if resolved.get("port") == NFC:
            if "nfc" not in ready:
                raise BenchError(NAME, "offers no card writer")
            resolved["port"] = ready["nfc"]
        return resolved

    def _exited(self, how: str) -> None:
        self.exit_cause = f"mock world exited ({how})"
        self.exited.set()
        self._on_exit(self.exit_cause)


def _delivered(folder: Path | None) -> list[str]:
    """Options for the certificates that are in a folder."""
    files = (
        ("--root-certificate", "root.pem"),
        ("--manufacturer-root", "manufacturer-root.pem"),
        ("--certificate", "station.pem"),
        ("--key", "station.key.pem"),
    )
    found = [(option, folder / name) for option, name in files] if folder is not None else []
    return [text for option, file in found if file.is_file() for text in (option, str(file))]
