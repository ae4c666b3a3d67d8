"""Files by ftp, with a server that is not as obliging as others."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from firmware_mocks.charging_station.transfer import (
    Manner,
    Progress,
    TransferFailed,
    download,
    upload,
)
from tests.wire.secure_laboratory import context
from tests.wire.secure_laboratory import server as certificate

FILE = b"firmware"


class PlainFtpServer:
    """RFC 959 and nothing newer: neither EPSV nor SIZE; with AUTH TLS if there is a context.

    Attributes:
        asked: commands, as they came.
        stored: what was uploaded last.
        resumed: whether the last data connection has resumed a TLS session.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[str] = []
        self.stored = b""
        self.resumed = False
        self._tls = tls

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One session."""
        data: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
        passive = await asyncio.start_server(
            lambda r, w: data.put_nowait((r, w)), "127.0.0.1", 0, ssl=self._tls
        )
        port = passive.sockets[0].getsockname()[1]
        answers = {
            "USER": "331 who?", "PASS": "230 in", "TYPE": "200 so", "QUIT": "221 out",
            "PBSZ": "200 so", "PROT": "200 so",
            "PASV": f"227 here (127,0,0,1,{port >> 8},{port & 255})",
        }  # fmt: skip
        async with passive:
            writer.write(b"220 ready\r\n")
            while line := (await reader.readline()).decode().strip():
                self.asked.append(line)
                verb = line.partition(" ")[0]
                if verb == "AUTH" and self._tls is not None:
                    writer.write(b"234 go\r\n")
                    await writer.start_tls(self._tls)
                    continue
                if verb not in ("RETR", "STOR"):
                    writer.write(f"{answers.get(verb, '502 what?')}\r\n".encode())
                    continue
                writer.write(b"150 go\r\n")
                source, sink = await data.get()
                if self._tls is not None:
                    self.resumed = sink.get_extra_info("ssl_object").session_reused
                if verb == "RETR":
                    sink.write(FILE)
                else:
                    self.stored = await source.read()
                sink.close()
                writer.write(b"226 done\r\n")
            writer.close()


@asynccontextmanager
async def ftp(tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[PlainFtpServer, str]]:
    """A server, and its URL without a path."""
    known, scheme = PlainFtpServer(tls), "ftps" if tls else "ftp"
    async with await asyncio.start_server(known.serve, "127.0.0.1", 0) as server:
        yield known, f"{scheme}://station:secret@127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_server_need_not_know_sizes() -> None:
    async with ftp() as (server, url):
        progress = Progress()
        assert await download(f"{url}/new.bin", Manner(), progress) == FILE
    assert "SIZE new.bin" in server.asked
    assert (progress.done, progress.total) == (len(FILE), None)


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("", "STOR station.log"),
        ("/", "STOR station.log"),
        ("/logs/of%20today/", "STOR logs/of today/station.log"),
        ("/%2Fvar/logs", "STOR /var/logs/station.log"),
    ],
)
async def test_a_path_is_seen_from_the_folder_of_the_login(path: str, asked: str) -> None:
    """RFC 1738, 3.2.2: the slash behind the host is no part of it."""
    async with ftp() as (server, url):
        await upload(url + path, "station.log", b"text", Manner())
    assert asked in server.asked
    assert server.stored == b"text"


@pytest.mark.parametrize("scheme", ["ftp", "ftps", "http", "https"])
@pytest.mark.parametrize(
    "rest",
    ["a..b/x", f"{'a' * 64}/x", "u%0D%0A:p@127.0.0.1:1/x", "[::1/x", "127.0.0.1:99999/x", "h\0/x"],
)
async def test_a_location_that_is_none_fails_and_no_more(scheme: str, rest: str) -> None:
    with pytest.raises(TransferFailed):
        await download(f"{scheme}://{rest}", Manner(), Progress())
    with pytest.raises(TransferFailed):
        await upload(f"{scheme}://{rest}", "station.log", b"text", Manner())


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_data_resume_the_session_of_the_commands(version: ssl.TLSVersion) -> None:
    """So that nobody else can fetch them; vsftpd and ProFTPD insist on it unless told otherwise."""
    tls = context(certificate(), clients=False)
    tls.minimum_version = tls.maximum_version = version
    async with ftp(tls) as (server, url):
        assert await download(f"{url}/new.bin", Manner(), Progress()) == FILE
        assert server.resumed
        server.resumed = False
        await upload(url, "station.log", b"text", Manner())
        assert (server.resumed, server.stored) == (True, b"text")
