"""Servers for the files of a case: firmware to the station, diagnostics and logs from it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from rig.clock import DeadlineExceeded
from rig.conformance.evidence import Unprepared
from rig.conformance.steps import StationCase
from rig.csms.files import FileServers

IMAGE, BROKEN = "firmware.bin", "not-firmware.bin"
NO_FIRMWARE = b"This file is no firmware. A station that installs it has a problem.\n"
MISSING = "no-such-file.bin"
EVERY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104  # nothing is bound to them here


class Files:
    """The servers of one case.

    Args:
        s: the case.
        servers: running.
    """

    def __init__(self, s: StationCase, servers: FileServers) -> None:
        self._s = s
        self._servers = servers

    @classmethod
    @asynccontextmanager
    async def serving(cls, s: StationCase) -> AsyncIterator[Self]:
        """Serve files for the length of a block.

        Raises:
            Unprepared: there is no server for the protocol of the bench file.
        """
        host = s.files.host or s.csms.host
        if host in EVERY_ADDRESS:
            raise Unprepared("tell the station where this computer is: set files.host")
        async with FileServers(host) as servers:
            if s.files.protocol not in servers.schemes:
                raise Unprepared(
                    f"files.protocol {s.files.protocol} needs a certificate; "
                    f"without one there are {', '.join(servers.schemes)}"
                )
            yield cls(s, servers)

    def image(self) -> str:
        """URL of the firmware.

        Raises:
            Unprepared: the bench file names none.
        """
        if self._s.files.image is None:
            raise Unprepared("the bench file names no firmware; set files.image")
        return self._offer(IMAGE, self._s.files.image)

    def broken_image(self) -> str:
        """URL of a file that is no firmware."""
        return self._offer(BROKEN, self._s.files.broken_image)

    def _offer(self, name: str, file: Path | None) -> str:
        self._servers.put(name, NO_FIRMWARE if file is None else file.read_bytes())
        return self._servers.url(self._s.files.protocol, name)

    @property
    def folder(self) -> str:
        """URL of a folder that takes uploads."""
        return self._servers.url(self._s.files.protocol)

    def check_fetched(self, name: str) -> None:
        """Check that the station has really fetched a file."""
        s = self._s
        fetched = [t for t in self._servers.transfers if t.direction == "to-station"]
        s.check(
            "the file was fetched from the server",
            any(t.name == name for t in fetched),
            "manual check of the case: log of the server",
            expected=name,
            seen=", ".join(f"{t.name} by {t.scheme}" for t in fetched) or "nothing",
            kind="manual",
        )

    def content(self, name: str) -> bytes:
        """What is in a file."""
        return self._servers.read(name)

    async def check_arrived(self, name: str | None) -> None:
        """Check that one file of this name (None: any), and no other, has come."""
        s = self._s
        try:
            async with s.clock.deadline(s.parameters.message_timeout, "upload"):
                await self._servers.transferred("from-station", name)
        except DeadlineExceeded:
            await s.bench.prove()
        came = [t for t in self._servers.transfers if t.direction == "from-station"]
        s.check(
            "exactly one file arrived, with the name that was answered",
            len(came) == 1 and name in (None, came[0].name) and came[0].size > 0,
            "steps of the case; OCPP 1.6, 6.26",
            expected=f"{name or 'one file'}, not empty",
            seen=", ".join(f"{t.name}, {t.size} bytes" for t in came) or "nothing",
        )
