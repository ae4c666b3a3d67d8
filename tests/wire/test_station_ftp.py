"""Files by ftp, with a server that is not as obliging as others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from firmware_mocks.charging_station.transfer import Manner, Progress, download, upload

FILE = b"firmware"


class PlainFtpServer:
    """RFC 959 and nothing newer: neither EPSV nor SIZE.

    Attributes:
        asked: commands, as they came.
        stored: what was uploaded last.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.stored = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One session."""
        data: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
        passive = await asyncio.start_server(lambda r, w: data.put_nowait((r, w)), "127.0.0.1", 0)
        port = passive.sockets[0].getsockname()[1]
        answers = {
            "USER": "331 who?", "PASS": "230 in", "TYPE": "200 so", "QUIT": "221 out",
            "PASV": f"227 here (127,0,0,1,{port >> 8},{port & 255})",
        }  # fmt: skip
        async with passive:
            writer.write(b"220 ready\r\n")
            while line := (await reader.readline()).decode().strip():
                self.asked.append(line)
                verb = line.partition(" ")[0]
                if verb not in ("RETR", "STOR"):
                    writer.write(f"{answers.get(verb, '502 what?')}\r\n".encode())
                    continue
                writer.write(b"150 go\r\n")
                source, sink = await data.get()
                if verb == "RETR":
                    sink.write(FILE)
                else:
                    self.stored = await source.read()
                sink.close()
                writer.write(b"226 done\r\n")
            writer.close()


@asynccontextmanager
async def ftp() -> AsyncIterator[tuple[PlainFtpServer, str]]:
    """A server, and its URL without a path."""
    known = PlainFtpServer()
    async with await asyncio.start_server(known.serve, "127.0.0.1", 0) as server:
        yield known, f"ftp://station:secret@127.0.0.1:{server.sockets[0].getsockname()[1]}"


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
