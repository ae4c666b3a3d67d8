"""What a client is told when the daemon is absent, rude or silent."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rig.client.errors import ClientError, DaemonGone, ExitCode, NoDaemon
from rig.client.stream import EventStream
from rig.client.transport import request


@contextmanager
def answering(path: Path, answer: bytes, *later: bytes) -> Iterator[Path]:
    """A server that answers one connection with `answer`, then `later`, and hangs up."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve() -> None:
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as stream:
            length = 0
            while (line := stream.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            stream.read(length)  # all of it: hanging up on half a request is another story
            connection.sendall(answer)
            for part in later:
                time.sleep(0.05)
                connection.sendall(part)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield path
    finally:
        thread.join()
        server.close()


def http(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def test_no_socket_says_how_to_start_a_daemon(tmp_path: Path) -> None:
    with pytest.raises(NoDaemon, match="rig up") as caught:
        request(tmp_path / "s", "GET", "/v1/status")
    assert caught.value.exit_code == ExitCode.BENCH


def test_stale_socket_counts_as_no_daemon(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "s"))
    left.close()
    with pytest.raises(NoDaemon):
        request(tmp_path / "s", "GET", "/v1/status")


def test_hang_up_without_answer_is_daemon_gone(tmp_path: Path) -> None:
    with answering(tmp_path / "s", b"") as path, pytest.raises(DaemonGone, match="hung up"):
        request(path, "GET", "/v1/status")


def test_refusal_carries_kind_and_problems(tmp_path: Path) -> None:
    body = b'{"error": "2 problems", "kind": "config", "problems": ["a", "b"]}'
    with answering(tmp_path / "s", http("400 Bad", body)) as path:
        with pytest.raises(ClientError) as caught:
            request(path, "POST", "/v1/runs", {})
    assert (caught.value.exit_code, str(caught.value)) == (2, "2 problems\n  a\n  b")


def test_foreign_error_page_is_an_internal_error(tmp_path: Path) -> None:
    with answering(tmp_path / "s", http("502 Bad", b"<html>")) as path:
        with pytest.raises(ClientError, match="HTTP 502: <html>") as caught:
            request(path, "GET", "/")
    assert caught.value.exit_code == ExitCode.INTERNAL


def test_stream_reads_events_that_came_with_the_head(tmp_path: Path) -> None:
    event = b'{"seq":4,"t_s":1.5,"utc":"u","kind":"run","source":"tool","data":{"phase":null}}'
    answer = b'HTTP/1.0 200 OK\r\n\r\n: open\n\nevent: gap\ndata: {"missed": 3}\n\n'
    answer += b"id: 4\nevent: run\ndata: " + event + b"\n\n"
    with answering(tmp_path / "s", answer) as path, EventStream(path, 0) as events:
        seen = list(events)
        assert ([e.seq for e in seen], events.missed, seen[0].text("phase")) == ([4], 3, "")


def test_refused_stream_tells_the_daemons_words(tmp_path: Path) -> None:
    answer = http("400 Bad", b'{"error": "no number", "kind": "config", "problems": []}')
    with answering(tmp_path / "s", answer) as path, pytest.raises(ClientError, match="no number"):
        EventStream(path, 0).__enter__()


def test_refused_stream_waits_for_the_daemons_words(tmp_path: Path) -> None:
    head, body = b"HTTP/1.0 400 Bad\r\n\r\n", b'{"error": "no number", "kind": "config"}'
    with answering(tmp_path / "s", head, body) as path:
        with pytest.raises(ClientError, match="no number"):
            EventStream(path, 0).__enter__()
