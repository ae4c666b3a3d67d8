"""File servers that the Central System offers a station: http, https, ftp and ftps.

A station fetches firmware from them and puts diagnostics and logs there. They serve one folder,
to one user with a password of their own, and tell what was transferred.

Source: OCPP 1.6, SupportedFileTransferProtocols; test procedure, 044, 045, 079 to 081.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import ssl
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from aiohttp import web

from rig.csms.ftp_server import FtpServer
from rig.ocppj.handshake import basic_credentials

USER = "station"
TO_STATION, FROM_STATION, MISSING = "to-station", "from-station", "missing"
SCHEME = web.AppKey("scheme", str)
LARGEST = 256 * 1024 * 1024
"""Bytes of a file that a station may upload."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """A file that went over.

    Attributes:
        scheme: http, https, ftp or ftps.
        direction: "to-station", "from-station", or "missing": a file was asked for in vain (http).
        name: of the file.
        size: bytes.
    """

    scheme: str
    direction: str
    name: str
    size: int


class FileServers:
    """The servers of one folder; it is made for them, and goes with them.

    Args:
        host: address to listen on, and to be reached at.
        tls: certificate chain and key as PEM; https and ftps exist only with them.

    Attributes:
        transfers: everything that went over so far.
    """

    def __init__(self, host: str = "127.0.0.1", tls: tuple[str, str] | None = None) -> None:
        self.transfers: list[Transfer] = []
        self._host = host
        self._tls = tls
        self._password = secrets.token_urlsafe(12)
        self._ports: dict[str, int] = {}
        self._stack = AsyncExitStack()
        self._folder = Path()
        self._more = asyncio.Event()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rig-")))
            await self._serve_http(stack, "http", None)
            stack.enter_context(self._ftp("ftp", None))
            if self._tls is not None:
                pem = self._folder.with_name(f"{self._folder.name}.pem")
                stack.callback(pem.unlink)
                pem.touch(mode=0o600)
                pem.write_text("".join(self._tls))
                context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                context.load_cert_chain(pem)
                await self._serve_http(stack, "https", context)
                stack.enter_context(self._ftp("ftps", pem))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    @property
    def schemes(self) -> list[str]:
        """What there is."""
        return list(self._ports)

    def url(self, scheme: str, name: str = "") -> str:
        """URL of a file, or of the directory, with user and password.

        Raises:
            LookupError: there is no server for that scheme.
        """
        if scheme not in self._ports:
            raise LookupError(f"no {scheme} server; there are {', '.join(self._ports)}")
        return f"{scheme}://{USER}:{self._password}@{self._host}:{self._ports[scheme]}/{name}"

    def put(self, name: str, data: bytes) -> None:
        """Offer a file."""
        self._path(name).write_bytes(data)

    def read(self, name: str) -> bytes:
        """A file that is there.

        Raises:
            OSError: it is not.
        """
        return self._path(name).read_bytes()

    async def transferred(self, direction: str, name: str | None = None) -> Transfer:
        """The first transfer in that direction (of that file), now or as soon as there is one."""
        while True:
            for transfer in self.transfers:
                if transfer.direction == direction and name in (None, transfer.name):
                    return transfer
            self._more.clear()
            await self._more.wait()

    def _path(self, name: str) -> Path:
        path = (self._folder / name).resolve()
        if path.parent != self._folder.resolve():
            raise PermissionError(f"{name!r} is not a name in this folder")
        return path

    def _note(self, scheme: str, direction: str, name: str, size: int) -> None:
        self.transfers.append(Transfer(scheme, direction, name, size))
        self._more.set()

    # --- http, https --------------------------------------------------------------------------

    async def _serve_http(
        self, stack: AsyncExitStack, scheme: str, context: ssl.SSLContext | None
    ) -> None:
        app = web.Application(client_max_size=LARGEST)
        app[SCHEME] = scheme
        app.router.add_get("/{name}", self._get)
        for method in ("PUT", "POST"):
            app.router.add_route(method, "/{name}", self._take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, self._host, 0, ssl_context=context).start()
        self._ports[scheme] = runner.addresses[0][1]

    def _allowed(self, request: web.Request) -> Path:
        user, password = basic_credentials(request.headers.get("Authorization"))
        if user is None or password is None or not self._knows(user, password):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="files"'})
        try:
            return self._path(request.match_info["name"])
        except (PermissionError, ValueError):
            raise web.HTTPForbidden from None

    def _knows(self, user: str, password: bytes) -> bool:
        return hmac.compare_digest(password, self._password.encode()) and user == USER

    async def _get(self, request: web.Request) -> web.Response:
        path = self._allowed(request)
        if not path.is_file():
            self._note(request.app[SCHEME], MISSING, path.name, 0)
            raise web.HTTPNotFound
        data = path.read_bytes()
        self._note(request.app[SCHEME], TO_STATION, path.name, len(data))
        return web.Response(body=data, content_type="application/octet-stream")

    async def _take(self, request: web.Request) -> web.Response:
        path, data = self._allowed(request), await request.read()
        path.write_bytes(data)
        self._note(request.app[SCHEME], FROM_STATION, path.name, len(data))
        return web.Response(status=201)

    # --- ftp, ftps ----------------------------------------------------------------------------

    def _ftp(self, scheme: str, pem: Path | None) -> FtpServer:
        loop = asyncio.get_running_loop()

        def note(direction: str) -> Callable[[str, int], None]:
            return lambda name, size: _from_thread(loop, self._note, scheme, direction, name, size)

        server = FtpServer(
            self._host, self._folder, (USER, self._password), pem,
            sent=note(TO_STATION), received=note(FROM_STATION),
        )  # fmt: skip
        self._ports[scheme] = server.port
        return server


def _from_thread(loop: asyncio.AbstractEventLoop, note: Callable[..., None], *what: object) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(note, *what)
