"""A process for each browser: it ends with the browser, with the server, and when it hangs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from rig.web.server import MOST_BROWSERS, WebOptions, serving

HANGING = "sh -c 'echo $$ > {pid}; cat; true'"
"""Says nothing of what Textual says, does not leave when it is asked to, and has a child."""


def options(pid_file: Path) -> WebOptions:
    command = HANGING.format(pid=pid_file)
    return WebOptions(command, "127.0.0.1", 0, "", frozenset({"127.0.0.1"}), None)


@asynccontextmanager
async def browsers(url: str) -> AsyncIterator[ClientSession]:
    async with ClientSession(url, headers={"Origin": url}) as session:
        yield session


async def sit_down(session: ClientSession) -> ClientWebSocketResponse:
    socket = await session.ws_connect("/ws")
    await socket.send_json(["ping", "1"])
    assert (await socket.receive_json(timeout=10))[0] == "pong"
    return socket


def lives(pid_file: Path) -> bool:
    try:
        os.kill(int(pid_file.read_text()), 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_terminal_that_hangs_ends_with_the_server(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    async with asyncio.timeout(30):
        async with serving(options(pid_file)) as url, browsers(url) as session:
            socket = await sit_down(session)
            while not (pid_file.exists() and pid_file.read_text()):  # noqa: ASYNC110  # a shell
                await asyncio.sleep(0.01)
            assert lives(pid_file)
            ending = asyncio.create_task(socket.receive())
            await asyncio.sleep(0)
        said = await ending
    assert said.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED)
    assert not lives(pid_file)


async def test_a_terminal_ends_with_its_browser_and_makes_room(tmp_path: Path) -> None:
    async with asyncio.timeout(40):
        async with serving(options(tmp_path / "pid")) as url, browsers(url) as session:
            sockets = [await sit_down(session) for _ in range(MOST_BROWSERS)]
            with pytest.raises(WSServerHandshakeError) as refused:
                await session.ws_connect("/ws")
            assert refused.value.status == 503
            await sockets[0].close()
            while True:
                try:
                    again = await session.ws_connect("/ws")
                except WSServerHandshakeError:
                    await asyncio.sleep(0.01)
                    continue
                break
            await asyncio.gather(*(socket.close() for socket in [*sockets[1:], again]))


@pytest.mark.parametrize("text", ["{", '["resize", 1]'])
async def test_a_message_that_is_none_ends_the_connection(tmp_path: Path, text: str) -> None:
    async with asyncio.timeout(30):
        async with serving(options(tmp_path / "pid")) as url, browsers(url) as session:
            socket = await sit_down(session)
            await socket.send_str(text)
            said = await socket.receive()
            assert (said.type, said.data) == (WSMsgType.CLOSE, 1003)
