"""Serves `rig tui` to browsers: one process per browser, which ends with it."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp_jinja2
from aiohttp import web
from textual_serve.server import Server, to_int

from rig.web.gate import Gate

HERE = Path(__file__).parent
MOST_BROWSERS = 8
"""Each one has a process of its own on the machine of the bench."""
FONT_SIZES = range(6, 73)


@dataclass(frozen=True, slots=True)
class WebOptions:
    """What to serve, and where.

    Attributes:
        command: a shell command line that runs a Textual application.
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


class Seats(Server):
    """textual-serve with our page, which loads nothing from elsewhere, and our gate."""

    def __init__(self, options: WebOptions) -> None:
        super().__init__(
            options.command, options.host, options.port, title="evse-rig",
            templates_path=HERE / "templates",
        )  # fmt: skip
        self._gate = Gate(options.token, options.hosts, secure=options.tls is not None)
        self._browsers = 0

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

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One browser at its terminal."""
        if self._browsers >= MOST_BROWSERS:
            raise web.HTTPServiceUnavailable(text=f"{MOST_BROWSERS} browsers are open already\n")
        self._browsers += 1
        try:
            return await super().handle_websocket(request)
        finally:
            self._browsers -= 1


@asynccontextmanager
async def serving(options: WebOptions) -> AsyncIterator[str]:
    """Serve for the length of the block; the URL.

    Raises:
        OSError: the address cannot be had.
    """
    runner = web.AppRunner(await Seats(options).application(), access_log=None)
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
