"""Where a Central System can be: the form of its URL. Source: OCPP-J 1.6, 3.1."""

from __future__ import annotations

from urllib.parse import urlsplit


def check_endpoint(url: str) -> None:
    """Nothing for the endpoint of a Central System, without the identity of a station.

    Raises:
        ValueError: what is wrong with it, and what it should be like.
    """
    example = "e.g. ws://localhost:9000/ocpp or wss://csms.example/ocpp"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{url}: {error}; want {example}") from None
    if parts.scheme not in ("ws", "wss"):
        raise ValueError(f"{url}: want ws:// or wss://, {example}")
    if not parts.hostname or port == 0:
        raise ValueError(f"{url}: no host or no port; want {example}")
    try:
        parts.hostname.encode("idna")
    except UnicodeError:
        raise ValueError(f"{parts.hostname}: no name of a host; want {example}") from None
    if parts.username or parts.password:
        raise ValueError(f"{parts.scheme}://{parts.hostname}: a password has no place in the URL")
    if parts.query or parts.fragment:
        raise ValueError(f"{url}: the identity is appended to it, so it ends with a path")
