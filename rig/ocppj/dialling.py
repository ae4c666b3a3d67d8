"""A station dials its Central System: TCP, TLS, credentials and upgrade, then a `Link`.

Source: OCPP-J 1.6, section 3.1; security white paper, profiles 1 to 3; rules M1.1, M1.9, M1.11.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import cast

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as ws_connect
from websockets.datastructures import HeadersLike
from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from rig.ocppj.endpoint import Side
from rig.ocppj.handshake import SUBPROTOCOL, basic_authorization, station_url
from rig.ocppj.link import MAX_MESSAGE_BYTES, Link, NoObserver, WireObserver, connection_numbers
from rig.ocppj.tls import TlsContext, tls_peer
from rig.ocppj.websocket import CLOSE_TIMEOUT_S, DirectClientConnection, DirectConnection


class ConnectRefused(Exception):
    """The other side could not be reached or refused the upgrade. `status`: HTTP, or None."""

    def __init__(self, status: int | None, reason: str) -> None:
        self.status = status
        self.reason = reason
        super().__init__(f"HTTP {status}: {reason}" if status else reason)


class PeerRefused(Exception):
    """`check_peer` of `connect` does not trust the other side; `reason` is a sentence."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


async def connect(
    endpoint: str,
    identity: str,
    *,
    now: Callable[[], float],
    real: Callable[[float], float] = float,
    password: bytes | None = None,
    observer: WireObserver | None = None,
    subprotocols: tuple[str, ...] = (SUBPROTOCOL,),
    url: str | None = None,
    open_timeout_s: float = 10.0,
    tls: ssl.SSLContext | None = None,
    check_peer: Callable[[ssl.SSLObject], None] | None = None,
) -> Link:
    """Connect as a station. The caller enters the link to start it: `async with link`.

    Args:
        endpoint: URL of the Central System without the identity.
        identity: of the station; percent-encoded into the path.
        now: present time, in the seconds of every time-out of this link.
        real: converts such a span to real seconds.
        password: of Basic authentication, the bytes.
        observer: sees the wire.
        subprotocols: offered.
        url: overrides the URL made of `endpoint` and `identity`.
        open_timeout_s: real seconds for TCP, TLS and upgrade.
        tls: context for a wss URL; the system's own by default.
        check_peer: looks at a finished TLS handshake, before credentials are sent; raises
            `PeerRefused`.

    Raises:
        ConnectRefused: nobody there, or the upgrade was refused.
    """
    observer = observer or NoObserver()
    connection = next(connection_numbers)
    target = url or station_url(endpoint, identity)
    secure, failures = target.startswith("wss:"), list[ssl.SSLError]()
    if isinstance(tls, TlsContext):
        tls.failed = failures.append
    headers = {} if password is None else {"Authorization": basic_authorization(identity, password)}
    try:
        ws = await ws_connect(
            target,
            subprotocols=[Subprotocol(s) for s in subprotocols] or None,
            additional_headers=headers,
            compression=None,
            user_agent_header=None,
            open_timeout=open_timeout_s,
            close_timeout=CLOSE_TIMEOUT_S,
            ping_interval=None,
            max_size=MAX_MESSAGE_BYTES,
            proxy=None,
            create_connection=_checked(check_peer if secure else None),
            ssl=(tls or True) if secure else None,
        )
    except InvalidStatus as error:
        reason = error.response.reason_phrase
        observer.transport("refused", connection, {"status": error.response.status_code})
        raise ConnectRefused(error.response.status_code, reason) from error
    except PeerRefused as error:
        observer.transport("refused", connection, {"reason": error.reason})
        raise ConnectRefused(None, error.reason) from error
    except (OSError, TimeoutError, InvalidHandshake, InvalidMessage, InvalidURI) as error:
        cause = failures[0] if failures else error  # why TLS failed, rather than what followed
        observer.transport("refused", connection, {"reason": str(cause)})
        raise ConnectRefused(None, str(cause) or type(cause).__name__) from cause
    observer.transport("connect", connection, _agreed(ws, target, subprotocols))
    for half in (ws.request, ws.response):
        if half is not None:
            half.headers.clear()  # a fifth of the memory of a connection, read by nobody
    return Link(
        cast("DirectConnection", ws), Side.STATION, identity,
        now=now, real=real, observer=observer, connection=connection,
    )  # fmt: skip


def _checked(check_peer: Callable[[ssl.SSLObject], None] | None) -> type[DirectClientConnection]:
    """A connection that looks at the peer after TLS, before a byte of HTTP is sent."""
    if check_peer is None:
        return DirectClientConnection
    look = check_peer

    class Checked(DirectClientConnection):
        async def handshake(
            self,
            additional_headers: HeadersLike | None = None,
            user_agent_header: str | None = None,
        ) -> None:
            look(self.transport.get_extra_info("ssl_object"))
            await super().handshake(additional_headers, user_agent_header)

    return Checked


def _agreed(ws: ClientConnection, target: str, subprotocols: tuple[str, ...]) -> dict[str, object]:
    """What an upgrade has come to, as a station sees it."""
    detail: dict[str, object] = {
        "url": target, "subprotocol": ws.subprotocol, "offered": list(subprotocols),
    }  # fmt: skip
    tls = ws.transport.get_extra_info("ssl_object")
    if tls is not None:
        peer = tls_peer(tls)
        detail |= {"tls": peer.version, "suite": peer.suite}
    return detail
