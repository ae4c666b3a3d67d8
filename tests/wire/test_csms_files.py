"""The file servers of the Central System: who gets in, what gets out."""

from __future__ import annotations

import asyncio
import ftplib

import pytest
from aiohttp import ClientSession

from rig.csms.files import MISSING, TO_STATION, FileServers, Transfer
from tests.wire.secure_laboratory import server


async def test_there_are_the_servers_that_can_be() -> None:
    async with FileServers() as plain:
        assert plain.schemes == ["http", "ftp"]
        with pytest.raises(LookupError, match="no https server; there are http, ftp"):
            plain.url("https")
    async with FileServers(tls=(server().pem, server().key_pem)) as files:
        assert files.schemes == ["http", "ftp", "https", "ftps"]


@pytest.mark.parametrize("name", ["../x", "a/b", "/etc/passwd", ".."])
async def test_the_folder_has_no_way_out(name: str) -> None:
    async with FileServers() as files:
        with pytest.raises(PermissionError):
            files.put(name, b"x")
        async with ClientSession() as session:
            url = files.url("http") + name.replace("/", "%2F").replace("..", "%2E%2E")
            async with session.put(url, data=b"x") as response:
                assert response.status in (403, 404)


@pytest.mark.parametrize("password", ["wrong", None])
async def test_nobody_else_gets_in(password: str | None) -> None:
    async with FileServers() as files:
        files.put("f", b"secret")
        place = files.url("http", "f").rpartition("@")[2]
        who = "" if password is None else f"station:{password}@"
        async with ClientSession() as session:
            async with session.get(f"http://{who}{place}") as response:
                assert response.status == 401


async def test_what_went_over_is_told() -> None:
    async with FileServers() as files:
        files.put("f", b"1234")
        async with ClientSession() as session:
            for name in ("f", "g"):
                async with session.get(files.url("http", name)) as response:
                    await response.read()
        assert files.transfers == [
            Transfer("http", TO_STATION, "f", 4), Transfer("http", MISSING, "g", 0),
        ]  # fmt: skip


async def test_ftps_takes_no_login_in_clear() -> None:
    async with FileServers(tls=(server().pem, server().key_pem)) as files:
        user, _, place = files.url("ftps").removeprefix("ftps://").rstrip("/").partition("@")
        name, _, password = user.partition(":")
        host, _, port = place.partition(":")

        def log_in() -> None:
            with ftplib.FTP() as ftp:  # noqa: S321  # that is the question
                ftp.connect(host, int(port))
                ftp.login(name, password)

        with pytest.raises(ftplib.error_perm, match="TLS"):
            await asyncio.to_thread(log_in)
        assert files.transfers == []
