"""Tokens, certificates and addresses: what stands in front of a TCP port of ours."""

from __future__ import annotations

import hmac
import ipaddress
import os
import secrets
import ssl
import stat
from pathlib import Path

SHORTEST_TOKEN = 16
"""Characters of a token that somebody chose."""


class AccessProblem(ValueError):
    """An address, token or certificate that cannot be used; says which and why."""


def address(where: str) -> tuple[str, int]:
    """Host and port of HOST:PORT; an IPv6 host stands in brackets.

    Raises:
        AccessProblem: it is none.
    """
    host, _, port = where.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise AccessProblem(f"{where}: give HOST:PORT, e.g. 127.0.0.1:9310")
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_same(shown: str, secret: str) -> bool:
    """Whether somebody showed the secret; how long that takes tells nothing about it."""
    as_sent = shown.encode("utf-8", "surrogateescape")  # whatever bytes a header had
    return secret != "" and hmac.compare_digest(as_sent, secret.encode())


def server_tls(cert: Path, key: Path | None) -> ssl.SSLContext:
    """TLS of a server.

    Args:
        cert: PEM, leaf first.
        key: PEM; None if it is in `cert` too.

    Raises:
        AccessProblem: they cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise AccessProblem(f"--tls-cert {cert}, --tls-key {key}: not usable: {reason}") from None
    return context


def read_token(file: Path) -> str:
    """The token in a file that nobody else may read.

    Raises:
        AccessProblem: there is none that can be used.
    """
    try:
        token = file.read_text().strip()
        mode = file.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise AccessProblem(f"--token-file {file}: cannot be read: {reason}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise AccessProblem(f"--token-file {file}: others may read it; chmod 600 {file}")
    if len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable():
        raise AccessProblem(
            f"--token-file {file}: {SHORTEST_TOKEN} printable ASCII characters at least"
        )
    return token


def own_token(file: Path) -> str:
    """The token in a file of ours, made if it is missing.

    Raises:
        AccessProblem: as `read_token`.
    """
    if file.exists():
        return read_token(file)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    token = secrets.token_urlsafe(32)
    fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w") as out:
        out.write(token + "\n")
    return token
