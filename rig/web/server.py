"""Serves `rig tui` to browsers: one process per browser, which ends with it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import ssl
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp_jinja2
from aiohttp import WSCloseCode, web
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int

from rig.web.gate import Gate

HERE = Path(__file__).parent
MOST_BROWSERS = 8
"""Each one has a process of its own on the machine of the bench."""
LAST_WORDS_S = 3.0
"""Real seconds that a terminal has to leave."""
HEARTBEAT_S = 15.0
FONT_SIZES = range(6, 73)


@dataclass(frozen=True, slots=True)
class WebOptions:
    """What to serve, and where.

    Attributes:
        command: a command line, quoted as for a shell, that runs a Textual application.
        host, port: port 0 takes a free one.
        token: "" for none, on loopback only.
        hosts: names by which browsers may call us; None for any.
        tls: None for plain HTTP.
    """

    command: str
    host: str
    port: int
    token: str
    hosts: frozenset[str] | None
    tls: ssl.SSLContext | None


class Terminal(AppService):
    """The process of one browser. One that does not leave when it is asked to is killed.

    textual-serve starts a shell and waits for ever: a terminal that hangs would stay behind.
    """

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """Start it without a shell, as the head of a group that can be killed as one."""
        self._process = process = await asyncio.create_subprocess_exec(
            *shlex.split(self.command),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=self._build_environment(width=width, height=height),
            start_new_session=True,
        )
        self._stdin = process.stdin
        return process

    async def stop(self) -> None:
        """End the process."""
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await super().stop()
        except TimeoutError:
            self._task = None
        finally:
            process = self._process
            if process is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.communicate()  # closes its pipes, too


class Seats(Server):
    """textual-serve with our page, which loads nothing from elsewhere, and our gate."""

    def __init__(self, options: WebOptions) -> None:
        super().__init__(
            options.command, options.host, options.port, title="evse-rig",
            templates_path=HERE / "templates",
        )  # fmt: skip
        self._gate = Gate(options.token, options.hosts, secure=options.tls is not None)
        self._browsers: set[web.WebSocketResponse] = set()

    async def application(self) -> web.Application:
        """The application, with the gate before everything else."""
        app = await self._make_app()
        app.middlewares.append(self._gate.middleware)
        app.router.add_static("/seat", HERE / "static")
        return app

    async def on_startup(self, app: web.Application) -> None:
        """No banner: `rig serve-web` says itself where it serves."""

    @aiohttp_jinja2.template("app_index.html")
    async def handle_index(self, request: web.Request) -> dict[str, Any]:
        """The page; addresses in it are those by which the browser came."""
        size = to_int(request.query.get("fontsize", ""), 16)
        scheme = "wss" if request.scheme == "https" else "ws"
        return {
            "font_size": min(max(size, FONT_SIZES[0]), FONT_SIZES[-1]),
            "app_websocket_url": f"{scheme}://{request.host}/ws",
            "config": {"static": {"url": "/static/"}},
            "application": {"name": self.title},
        }

    async def on_shutdown(self, app: web.Application) -> None:
        """Tell every browser; its terminal ends with it."""
        for socket in tuple(self._browsers):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One browser at its terminal."""
        if len(self._browsers) >= MOST_BROWSERS:
            raise web.HTTPServiceUnavailable(text=f"{MOST_BROWSERS} browsers are open already\n")
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S)
        await socket.prepare(request)

        async def close() -> None:
            await socket.close()

        terminal = Terminal(
            self.command,
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=close,
            download_manager=self.download_manager,
        )
        self._browsers.add(socket)
        try:
            await terminal.start(
                to_int(request.query.get("width", ""), 80),
                to_int(request.query.get("height", ""), 24),
            )
            await self._process_messages(socket, terminal)
        except (AssertionError, LookupError, TypeError, ValueError):
            await socket.close(code=WSCloseCode.UNSUPPORTED_DATA)  # nothing that our page sends
        finally:
            self._browsers.discard(socket)
            await terminal.stop()
        return socket


@asynccontextmanager
async def serving(options: WebOptions) -> AsyncIterator[str]:
    """Serve for the length of the block; the URL.

    Raises:
        OSError: the address cannot be had.
    """
    runner = web.AppRunner(
        await Seats(options).application(), access_log=None, shutdown_timeout=2 * LAST_WORDS_S
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, options.host, options.port, ssl_context=options.tls)
        await site.start()
        port = next(a[1] for a in runner.addresses if isinstance(a, tuple))
        host = f"[{options.host}]" if ":" in options.host else options.host
        scheme = "http" if options.tls is None else "https"
        yield f"{scheme}://{host}:{port}"
    finally:
        with contextlib.suppress(TimeoutError):
            await runner.cleanup()
