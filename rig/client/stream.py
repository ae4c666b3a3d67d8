"""Following the daemon's events.

The stream is read from the bare socket (HTTP/1.0, so nothing is chunked): a front end can then
wait in one `select` for events and for the operator's keyboard, without threads.
"""

from __future__ import annotations

import json
import socket
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from rig.client.errors import DaemonGone
from rig.client.sse import SseParser
from rig.client.transport import connected, refusal
from rig.jsontypes import Json

SILENCE_S = 30.0
"""The daemon sends a keep-alive every few seconds; so much silence means that it hangs."""


@dataclass(frozen=True, slots=True)
class RigEvent:
    """An event of the daemon's time line; the same fields as `rig.events.Event`."""

    seq: int
    t_s: float
    utc: str
    kind: str
    source: str
    data: dict[str, Json]

    def text(self, key: str) -> str:
        """A value of `data` as text, "" when it is absent or null."""
        value = self.data.get(key)
        return "" if value is None else str(value)


class EventStream:
    """Iterator over events, from `after` on; a context manager that owns the connection.

    Args:
        path: the daemon's socket.
        after: sequence number of the last event already known (sent as Last-Event-ID);
            None to start with the next event that happens.
    """

    def __init__(self, path: Path, after: int | None = None) -> None:
        self._path = path
        self._after = after
        self._parser = SseParser()
        self._ready: deque[RigEvent] = deque()
        self._sock: socket.socket | None = None
        self.missed = 0  # events that had left the daemon's memory before they were read

    def __enter__(self) -> Self:
        """Connect, and wait for the daemon to say that the stream is open.

        Raises:
            NoDaemon: nobody answers.
            DaemonGone: the daemon hung up, or fell silent.
            ClientError: the daemon refused.
        """
        self._sock = connected(self._path, SILENCE_S)
        try:
            self._open(self._sock)
        except (TimeoutError, ConnectionError) as error:
            self._sock.close()
            raise DaemonGone(f"the daemon at {self._path} hung up: {error}") from None
        except BaseException:
            self._sock.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> RigEvent:
        """The next event, waiting for it; the iteration ends when the daemon stops.

        Raises:
            DaemonGone: silence where at least a keep-alive was due.
        """
        while not self._ready:
            if not self.pump():
                raise StopIteration
        return self._ready.popleft()

    def fileno(self) -> int:
        """For `select`: readable means that `pump` will not block."""
        return -1 if self._sock is None else self._sock.fileno()

    def pop(self) -> RigEvent | None:
        """An event already received, without waiting."""
        return self._ready.popleft() if self._ready else None

    def pump(self) -> bool:
        """Read once from the socket; False when the daemon closed the stream.

        Raises:
            DaemonGone: silence where at least a keep-alive was due.
        """
        if self._sock is None:
            return False
        try:
            chunk = self._sock.recv(65536)
        except TimeoutError:
            raise DaemonGone(f"the daemon fell silent for {SILENCE_S:g} s") from None
        except ConnectionError:
            return False
        self._take(chunk)
        return bool(chunk)

    def _open(self, sock: socket.socket) -> None:
        lines = ["GET /v1/events HTTP/1.0", "Host: rigd", "Accept: text/event-stream"]
        if self._after is not None:
            lines.append(f"Last-Event-ID: {self._after}")
        sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = sock.recv(65536)
            if not chunk:
                raise DaemonGone(f"the daemon at {self._path} hung up before the first event")
            head += chunk
        head, _, rest = head.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        if status != 200:
            while chunk := sock.recv(65536):  # its words may come after the head
                rest += chunk
            raise refusal(status, rest)
        self._take(rest)

    def _take(self, chunk: bytes) -> None:
        for message in self._parser.feed(chunk):
            said = cast("dict[str, Json]", json.loads(message.data))
            if message.event == "gap":
                self.missed += int(cast("int", said["missed"]))
            else:
                self._ready.append(event_of(said))


def event_of(said: dict[str, Json]) -> RigEvent:
    """An event from its JSON values."""
    return RigEvent(
        seq=cast("int", said["seq"]),
        t_s=cast("float", said["t_s"]),
        utc=cast("str", said["utc"]),
        kind=cast("str", said["kind"]),
        source=cast("str", said["source"]),
        data=cast("dict[str, Json]", said["data"]),
    )
