"""WebSocket connections that tell what they are: pings, pongs, what was agreed (rules M1).

The library answers pings by itself, and keeps silent about them.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import HeadersLike
from websockets.frames import Frame, Opcode
from websockets.protocol import Event

from rig.ocppj.tls import tls_peer

NAMES = {Opcode.PING: "ping", Opcode.PONG: "pong"}
Heard = Callable[[str, bytes], None]


class TellingServerConnection(ServerConnection):
    """A connection of a Central System. `heard` is told of each ping and pong that comes."""

    heard: Heard | None = None

    def process_event(self, event: Event) -> None:
        """Take a frame of the peer."""
        super().process_event(event)
        _tell(self.heard, event)


class TellingClientConnection(ClientConnection):
    """A connection of a station. `heard` is told of each ping and pong that comes."""

    heard: Heard | None = None

    def process_event(self, event: Event) -> None:
        """Take a frame of the peer."""
        super().process_event(event)
        _tell(self.heard, event)


def tell_of_control_frames(ws: ClientConnection | ServerConnection, heard: Heard) -> None:
    """Have `heard` told of each ping and pong of a connection."""
    if isinstance(ws, TellingClientConnection | TellingServerConnection):
        ws.heard = heard


def checked(
    check_peer: Callable[[ssl.SSLObject], None] | None,
) -> type[TellingClientConnection]:
    """A connection that looks at the peer after TLS, before a byte of HTTP is sent."""
    if check_peer is None:
        return TellingClientConnection
    look = check_peer

    class Checked(TellingClientConnection):
        async def handshake(
            self,
            additional_headers: HeadersLike | None = None,
            user_agent_header: str | None = None,
        ) -> None:
            look(self.transport.get_extra_info("ssl_object"))
            await super().handshake(additional_headers, user_agent_header)

    return Checked


def agreed(ws: ClientConnection, target: str, subprotocols: tuple[str, ...]) -> dict[str, object]:
    """What an upgrade has come to, as a station sees it."""
    detail: dict[str, object] = {
        "url": target, "subprotocol": ws.subprotocol, "offered": list(subprotocols),
    }  # fmt: skip
    tls = ws.transport.get_extra_info("ssl_object")
    if tls is not None:
        peer = tls_peer(tls)
        detail |= {"tls": peer.version, "suite": peer.suite}
    return detail


def _tell(heard: Heard | None, event: Event) -> None:
    if heard is not None and isinstance(event, Frame) and event.opcode in NAMES:
        heard(NAMES[event.opcode], bytes(event.data))
