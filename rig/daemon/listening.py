"""The API on a TCP port: on this machine with a token, from elsewhere with TLS as well.

The Unix socket is protected by its permissions; a port is open to every user of the machine, so
that whoever comes by it must know the token.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from rig.client.access import (
    AccessProblem,
    address,
    is_loopback,
    is_same,
    own_token,
    read_token,
    server_tls,
)
from rig.errors import ConfigError


@dataclass(frozen=True, slots=True)
class TcpListener:
    """Where to listen, and what a request must show."""

    host: str
    port: int
    token_file: Path
    token: str = field(repr=False)
    tls: ssl.SSLContext | None = field(repr=False)

    @property
    def scheme(self) -> str:
        """Of its URL."""
        return "http" if self.tls is None else "https"


def tcp_listener(
    where: str, token_file: Path | None, cert: Path | None, key: Path | None, state_dir: Path
) -> TcpListener:
    """A listener as the options ask for it.

    Args:
        where: HOST:PORT; port 0 takes a free one.
        token_file: holds the token; None for one of our own below `state_dir`, made if missing.
        cert: PEM of the server, leaf first; None for no TLS.
        key: PEM; None if it is in `cert` too.
        state_dir: of the daemon.

    Raises:
        ConfigError: what is wrong with them.
    """
    try:
        host, port = address(where)
        if cert is None and not is_loopback(host):
            raise AccessProblem(
                f"--listen {where}: other machines could reach it; add --tls-cert and --tls-key, "
                "or listen on 127.0.0.1 and use an SSH tunnel"
            )
        tls = None if cert is None else server_tls(cert, key)
        file = token_file or state_dir / "api-token"
        token = own_token(file) if token_file is None else read_token(file)
    except AccessProblem as problem:
        raise ConfigError(str(problem)) from None
    return TcpListener(host, port, file, token, tls)


def is_allowed(request: web.Request, token: str) -> bool:
    """Whether a request came by the Unix socket, or shows the token."""
    transport = request.transport
    peer = None if transport is None else transport.get_extra_info("socket")
    if peer is not None and peer.family == socket.AF_UNIX:
        return True
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    return scheme.casefold() == "bearer" and is_same(shown.strip(), token)
