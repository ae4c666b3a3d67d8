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
PROTOCOLS = "SupportedFileTransferProtocols"
REFUSING = {"ftp": 21, "ftps": 21, "http": 9, "https": 9}
"""Where a station finds nothing on its own loop-back; a port 80 may serve its web pages."""


async def protocol(s: StationCase) -> str:
    """How files travel: as the bench file says, else what the station can, ftp first.

    Raises:
        Unprepared: the station does not support the protocol of the bench file, or none of ours.
    """
    text = await s.read_key(PROTOCOLS)
    known = [name.strip().lower() for name in (text or "").split(",") if name.strip()]
    wanted = [s.files.protocol] if s.files.protocol else list(REFUSING)
    usable = [name for name in wanted if not known or name in known]
    if not usable:
        raise Unprepared(
            f"the station supports {text} for files, the bench offers {', '.join(wanted)}; "
            "change files.protocol"
        )
    return usable[0]


async def unreachable(s: StationCase, name: str) -> str:
    """URL of something that the station cannot reach."""
    if s.files.unreachable is not None:
        return s.files.unreachable + name
    scheme = await protocol(s)
    return f"{scheme}://127.0.0.1:{REFUSING[scheme]}/{name}"


class Files:
    """The servers of one case.

    Args:
        s: the case.
        servers: running.
        scheme: that the case uses.
    """

    def __init__(self, s: StationCase, servers: FileServers, scheme: str) -> None:
        self._s = s
        self._servers = servers
        self._scheme = scheme

    @classmethod
    @asynccontextmanager
    async def serving(cls, s: StationCase) -> AsyncIterator[Self]:
        """Serve files for the length of a block.

        https and ftps show a certificate of the laboratory's authorities.

        Raises:
            Unprepared: the station and the bench have no protocol in common.
        """
        host = s.files.host or s.csms.host
        if host in EVERY_ADDRESS:
            raise Unprepared("tell the station where this computer is: set files.host")
        scheme = await protocol(s)
        shown = None if s.csms.pki is None else s.csms.pki.server(host)
        tls = None if shown is None else (shown.pem, shown.key_pem)
        async with FileServers(host, tls) as servers:
            if scheme not in servers.schemes:
                raise Unprepared(f"{scheme} needs a certificate, and there are no authorities")
            yield cls(s, servers, scheme)

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
        return self._servers.url(self._scheme, name)

    @property
    def folder(self) -> str:
        """URL of a folder that takes uploads."""
        return self._servers.url(self._scheme)

    def check_fetched(self, name: str) -> None:
        """Check that the station has really fetched a file, by the protocol of the URL."""
        s = self._s
        fetched = [t for t in self._servers.transfers if t.direction == "to-station"]
        s.check(
            "the file was fetched from the server",
            any((t.name, t.scheme) == (name, self._scheme) for t in fetched),
            "manual check of the case: log of the server",
            expected=f"{name} by {self._scheme}",
            seen=", ".join(f"{t.name} by {t.scheme}" for t in fetched) or "nothing",
            kind="manual",
        )

    def content(self, name: str) -> bytes:
        """What is in a file."""
        return self._servers.read(name)

    async def check_arrived(self, name: str | None) -> str | None:
        """Check that one file of this name (None: any), and no other, has come.

        Returns:
            The name of the file; None when there is none.
        """
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
        return came[0].name if came else None
