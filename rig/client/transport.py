"""HTTP/JSON over a Unix socket."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from rig.client.errors import ClientError, DaemonGone, NoDaemon
from rig.client.paths import owner
from rig.jsontypes import Json

TIMEOUT_S = 120.0
"""Longest time the daemon may take to answer; opening a bench again is the slowest request."""


class UnixConnection(http.client.HTTPConnection):
    """`http.client` over AF_UNIX."""

    def __init__(self, path: Path, timeout_s: float = TIMEOUT_S) -> None:
        super().__init__("rigd", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        """Connect to the daemon.

        Raises:
            NoDaemon: no socket there, or nobody behind it.
        """
        self.sock = connected(self._path, TIMEOUT_S if self.timeout is None else self.timeout)


def connected(path: Path, timeout_s: float) -> socket.socket:
    """A stream socket connected to `path`.

    Raises:
        NoDaemon: no socket there, or nobody behind it.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(timeout_s)
    try:
        sock.connect(str(path))
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
        sock.close()
        raise NoDaemon(f"no daemon is running at {path}; start one with: rig up") from None
    except OSError as error:
        sock.close()
        raise NoDaemon(f"{path}: {error.strerror or error}") from None
    return sock


def request(path: Path, method: str, target: str, body: dict[str, Json] | None = None) -> bytes:
    """One exchange; the body of a 2xx answer.

    Raises:
        NoDaemon: nobody answers.
        DaemonGone: the daemon hung up without an answer.
        ClientError: the daemon refused, in its own words.
    """
    connection = UnixConnection(path)
    headers = {"X-Rig-Owner": owner()}
    if body is not None:
        headers["Content-Type"] = "application/json"
    with _closing(connection):
        try:
            payload = None if body is None else json.dumps(body).encode()
            connection.request(method, target, payload, headers)
            response = connection.getresponse()
            data = response.read()
        except TimeoutError:
            raise DaemonGone(
                f"the daemon at {path} did not answer {method} {target} within {TIMEOUT_S:g} s"
            ) from None
        except (http.client.HTTPException, ConnectionError) as error:
            raise DaemonGone(f"the daemon at {path} hung up: {error!r}") from None
    if response.status >= http.client.BAD_REQUEST:
        raise refusal(response.status, data)
    return data


def refusal(status: int, data: bytes) -> ClientError:
    """The error that an answer of 4xx or 5xx carries."""
    try:
        said = json.loads(data)
    except ValueError:
        said = None
    if not isinstance(said, dict) or "error" not in said:
        return ClientError(f"HTTP {status}: {data[:200].decode(errors='replace')}", "internal")
    problems = cast("list[str]", said.get("problems", []))
    return ClientError(str(said["error"]), str(said.get("kind", "internal")), problems)


@contextmanager
def _closing(connection: http.client.HTTPConnection) -> Iterator[None]:
    try:
        yield
    finally:
        connection.close()
