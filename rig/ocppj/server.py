"""Listener for stations: checks the upgrade, then hands over a running `Link`.

A peer without a common subprotocol gets the upgrade without that header and is closed at
once; a peer that `accept` refuses gets the HTTP status and no upgrade. Both are shown to the
observer.

Source: OCPP-J 1.6, section 3.2; rules M1.3, M1.4, M1.5, M1.10.
"""

from __future__ import annotations

import http
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Self, cast

from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as ws_serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from rig.ocppj.endpoint import Side
from rig.ocppj.handshake import (
    SUBPROTOCOL,
    Accept,
    Handshake,
    Refuse,
    basic_credentials,
    identity_of,
)
from rig.ocppj.link import (
    MAX_MESSAGE_BYTES,
    Link,
    NoObserver,
    WireObserver,
    connection_numbers,
)
from rig.ocppj.tls import TlsContext, tls_peer
from rig.ocppj.websocket import CLOSE_TIMEOUT_S, DirectConnection, DirectServerConnection

PROTOCOL_ERROR = 1002


class Server:
    """OCPP-J listener.

    Args:
        host, port: where to listen; port 0 takes a free one.
        path: endpoint path; stations append "/" and their identity.
        accept: decides about each upgrade.
        handler: awaited with each running link; the link is closed when it returns.
        now, real, observer: as for `dialling.connect`.
        tls: context of a listener with TLS; without, everything is in clear.
        name: host that stations are to dial; `host`, as far as it can be dialled, when empty.

    Attributes:
        subprotocol: what is selected when it is offered; None selects nothing and takes every
            station. A change counts from the next connection.
    """

    def __init__(
        self,
        host: str,
        port: int,
        path: str,
        accept: Callable[[Handshake], Accept | Refuse],
        handler: Callable[[Link, Handshake], Awaitable[None]],
        *,
        now: Callable[[], float],
        real: Callable[[float], float] = float,
        observer: WireObserver | None = None,
        tls: ssl.SSLContext | None = None,
        name: str = "",
    ) -> None:
        self.subprotocol: str | None = SUBPROTOCOL
        self._host = host
        self._name = name
        self._port = port
        self._path = "/" + path.strip("/")
        self._accept = accept
        self._handler = handler
        self._now = now
        self._real = real
        self._tls = tls
        self._observer: WireObserver = observer or NoObserver()
        self._server: WebSocketServer | None = None

    async def __aenter__(self) -> Self:
        if isinstance(self._tls, TlsContext):
            self._tls.failed = self._tls_failed
        self._server = await ws_serve(
            self._serve,
            self._host,
            self._port,
            ssl=self._tls,
            process_request=self._process_request,
            select_subprotocol=self._select_subprotocol,
            compression=None,
            create_connection=DirectServerConnection,
            server_header=None,
            ping_interval=None,
            close_timeout=CLOSE_TIMEOUT_S,
            max_size=MAX_MESSAGE_BYTES,
        )
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    @property
    def port(self) -> int:
        """Port in use."""
        if self._server is None:
            raise RuntimeError("server is not running")
        return int(next(iter(self._server.sockets)).getsockname()[1])

    @property
    def url(self) -> str:
        """Endpoint URL to give to a station, without its identity."""
        host = self._name or reachable(self._host)
        host = f"[{host}]" if ":" in host else host
        return f"{'ws' if self._tls is None else 'wss'}://{host}:{self.port}{self._path}"

    def _tls_failed(self, error: ssl.SSLError) -> None:
        reason = getattr(error, "verify_message", None) or error.reason or str(error)
        self._observer.transport("refused", next(connection_numbers), {"reason": f"TLS: {reason}"})

    def _handshake(self, ws: ServerConnection, request: Request) -> Handshake:
        offered = _listed(request.headers.get_all("Sec-WebSocket-Protocol"))
        user, password = basic_credentials(request.headers.get("Authorization"))
        connection = ws.transport.get_extra_info("ssl_object")
        return Handshake(
            request.path,
            identity_of(request.path, self._path),
            tuple(offered),
            user,
            password,
            "{}:{}".format(*ws.remote_address[:2]),
            None if connection is None else tls_peer(connection),
            tuple(_listed(request.headers.get_all("Sec-WebSocket-Extensions"))),
        )

    def _process_request(self, ws: ServerConnection, request: Request) -> Response | None:
        handshake = self._handshake(ws, request)
        decision = self._accept(handshake)
        if isinstance(decision, Accept):
            return None
        self._observer.transport(
            "refused",
            next(connection_numbers),
            {"status": decision.status, "reason": decision.reason, **handshake.shown()},
        )
        body = (decision.reason + "\n").encode()
        headers = Headers(
            {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))}
        )
        if decision.status == http.HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Basic realm="OCPP", charset="UTF-8"'
        return Response(decision.status, http.HTTPStatus(decision.status).phrase, headers, body)

    def _select_subprotocol(
        self, _ws: ServerConnection, offered: Sequence[Subprotocol]
    ) -> Subprotocol | None:
        if self.subprotocol is not None and self.subprotocol in offered:
            return Subprotocol(self.subprotocol)
        return None

    async def _serve(self, ws: ServerConnection) -> None:
        if ws.request is None:
            raise RuntimeError("handler called before the upgrade")
        handshake = self._handshake(ws, ws.request)
        detail = handshake.shown()
        if ws.subprotocol is None and self.subprotocol is not None:
            detail |= {"status": 101, "reason": f"no common subprotocol, want {SUBPROTOCOL}"}
            self._observer.transport("refused", next(connection_numbers), detail)
            await ws.close(PROTOCOL_ERROR, f"subprotocol {SUBPROTOCOL} required")
            return
        link = Link(
            cast("DirectConnection", ws), Side.CENTRAL_SYSTEM, handshake.identity or "",
            now=self._now, real=self._real, observer=self._observer,
        )  # fmt: skip
        self._observer.transport("connect", link.connection, detail)
        async with link:
            await self._handler(link, handshake)


def _listed(headers: Sequence[str]) -> list[str]:
    """Members of a header that holds a list and may come several times."""
    return [item.strip() for item in ",".join(headers).split(",") if item.strip()]


def reachable(host: str) -> str:
    """An address that others can use: for "all interfaces", that of the way out."""
    family = {"0.0.0.0": socket.AF_INET, "::": socket.AF_INET6}.get(host)  # noqa: S104
    if family is None:
        return host
    with socket.socket(family, socket.SOCK_DGRAM) as probe:  # connecting UDP sends nothing
        try:
            probe.connect(("192.0.2.1" if family == socket.AF_INET else "2001:db8::1", 9))
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])
