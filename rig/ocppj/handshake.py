"""What a WebSocket upgrade says about the peer: path, identity, credentials, subprotocols.

Source: OCPP-J 1.6, section 3 (connection URL, subprotocol); security white paper (Basic
authentication); rules M1.1, M1.2, M1.9, M1.10.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from rig.ocppj.tls import TlsPeer

SUBPROTOCOL = "ocpp1.6"


@dataclass(frozen=True, slots=True)
class Handshake:
    """An upgrade request as received.

    Attributes:
        target: request target, as on the wire (still percent-encoded).
        identity: decoded last path segment; None when the path is not endpoint + "/" + identity.
        subprotocols: offered, in order.
        user, password: of Basic authentication; None when absent or unreadable.
        remote: address of the peer.
        tls: how it came in; None without TLS.
        extensions: of WebSocket, offered.
    """

    target: str
    identity: str | None
    subprotocols: tuple[str, ...]
    user: str | None
    password: bytes | None
    remote: str
    tls: TlsPeer | None = None
    extensions: tuple[str, ...] = ()

    def shown(self) -> dict[str, object]:
        """What may be put on record: everything but the password."""
        detail: dict[str, object] = {
            "target": self.target,
            "identity": self.identity,
            "subprotocols": list(self.subprotocols),
            "remote": self.remote,
        }
        if self.extensions:
            detail["extensions"] = list(self.extensions)
        if self.user is not None:
            detail |= {"user": self.user, "credentials": self.form_of_password}
        if self.tls is not None:
            detail |= {
                "tls": self.tls.version,
                "suite": self.tls.suite,
                "certificate": self.tls.fingerprint,
            }
        return detail

    @property
    def form_of_password(self) -> str:
        """Bytes, or hexadecimal text: an AuthorizationKey as it is written (M1.9)."""
        text = (self.password or b"").decode("latin-1")
        # A key has 16 to 20 bytes; nothing else is as long as their hexadecimal form.
        return "hexadecimal text" if re.fullmatch("[0-9A-Fa-f]{32,40}", text) else "bytes"


@dataclass(frozen=True, slots=True)
class Accept:
    """Let the peer in."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer the upgrade with an HTTP status, e.g. 404 unknown identity, 401 credentials."""

    status: int
    reason: str


def station_url(endpoint: str, identity: str) -> str:
    """Connection URL of a station: endpoint + "/" + percent-encoded identity (M1.1)."""
    return f"{endpoint.rstrip('/')}/{quote(identity, safe='')}"


def identity_of(target: str, endpoint_path: str) -> str | None:
    """Identity in a request target; None when something is missing, appended or not UTF-8."""
    prefix = endpoint_path.rstrip("/") + "/"
    segment = target.removeprefix(prefix)
    if segment == target or not segment or any(c in segment for c in "/?#"):
        return None
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        return None


def basic_authorization(identity: str, password: bytes) -> str:
    """Value of the Authorization header (M1.9)."""
    return "Basic " + base64.b64encode(identity.encode() + b":" + password).decode()


def basic_credentials(header: str | None) -> tuple[str | None, bytes | None]:
    """User and password of an Authorization header; (None, None) when there are none."""
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None, None
    try:
        user, colon, password = base64.b64decode(token.strip(), validate=True).partition(b":")
        return (user.decode(), password) if colon else (None, None)
    except (binascii.Error, UnicodeDecodeError):
        return None, None
