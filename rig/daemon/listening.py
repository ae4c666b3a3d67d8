"""The API on a TCP port: on this machine with a token, from elsewhere with TLS as well.

The Unix socket is protected by its permissions; a port is open to every user of the machine, so
that whoever comes by it must know the token.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import secrets
import socket
import ssl
import stat
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from rig.errors import ConfigError

SHORTEST_TOKEN = 16
"""Characters of a token that somebody chose."""


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
        ConfigError: every option that is wrong.
    """
    host, _, port = where.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ConfigError(f"--listen {where}: give HOST:PORT, e.g. 127.0.0.1:9310")
    if cert is None and not is_loopback(host):
        raise ConfigError(
            f"--listen {where}: other machines could reach it; add --tls-cert and --tls-key, or "
            "listen on 127.0.0.1 and use an SSH tunnel"
        )
    tls = None if cert is None else _tls(cert, key)
    file = token_file or state_dir / "api-token"
    token = _own_token(file) if token_file is None else _token(file)
    return TcpListener(host, int(port), file, token, tls)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_allowed(request: web.Request, token: str) -> bool:
    """Whether a request came by the Unix socket, or shows the token."""
    transport = request.transport
    peer = None if transport is None else transport.get_extra_info("socket")
    if peer is not None and peer.family == socket.AF_UNIX:
        return True
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    is_right = hmac.compare_digest(shown.strip().encode(), token.encode())
    return token != "" and scheme.casefold() == "bearer" and is_right


def _tls(cert: Path, key: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise ConfigError(f"--tls-cert {cert}, --tls-key {key}: not usable: {reason}") from None
    return context


def _token(file: Path) -> str:
    try:
        token = file.read_text().strip()
        mode = file.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"--token-file {file}: cannot be read: {reason}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(f"--token-file {file}: others may read it; chmod 600 {file}")
    if len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable():
        raise ConfigError(
            f"--token-file {file}: {SHORTEST_TOKEN} printable ASCII characters at least"
        )
    return token


def _own_token(file: Path) -> str:
    if file.exists():
        return _token(file)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    token = secrets.token_urlsafe(32)
    fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w") as out:
        out.write(token + "\n")
    return token
