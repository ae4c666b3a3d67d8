"""A daemon by rote that speaks real HTTP and server-sent events on a Unix socket."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from rig.client.errors import ClientError
from rig.client.results import PromptInfo, to_json

Answer = object | Callable[[dict[str, Any]], object]


class FakeDaemon:
    """Answers by method and path; a callable gets the body, a `ClientError` is a refusal.

    Attributes:
        answers: what is said to what; a list of records is sent under the name in `named`.
        asked: every request but the polling ones, with its body.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.readers = 0
        self.prompts: dict[str, PromptInfo] = {}
        self._events: list[dict[str, Any]] = []
        self._news = threading.Condition()
        self._closed = False
        self._epoch = 0

    def publish(self, kind: str, source: str, at: str = "", /, **data: Any) -> int:
        """Have an event happen at lab time `at` (mm:ss.mmm); its number."""
        with self._news:
            seq = len(self._events) + 1
            stamp = at or f"00:{seq % 60:02d}.000"
            minutes, seconds = stamp.split(":")
            self._events.append(
                {"seq": seq, "t_s": int(minutes) * 60 + float(seconds),
                 "utc": f"2026-01-31T12:{stamp}Z", "kind": kind, "source": source, "data": data}
            )  # fmt: skip
            self._news.notify_all()
            return seq

    def ask(self, prompt: PromptInfo) -> None:
        """Have a question asked, or closed."""
        self.prompts.pop(prompt.id, None)
        if prompt.state == "asked":
            self.prompts[prompt.id] = prompt
        self.publish("prompt", "tool", **to_json(prompt))

    @property
    def last_seq(self) -> int:
        return len(self._events)

    def forget(self) -> None:
        """Be another daemon, whose time line begins anew."""
        with self._news:
            self._events.clear()

    def hang_up(self) -> None:
        """End every stream of events; new ones may come."""
        with self._news:
            self._epoch += 1
            self._news.notify_all()

    @contextmanager
    def serving(self) -> Iterator[FakeDaemon]:
        """Answer while the block lasts; readers of events are hung up on at its end."""
        self.path.unlink(missing_ok=True)
        self._closed = False
        with _Server(str(self.path), _Handler) as server:
            server.fake = self
            thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            thread.start()
            try:
                yield self
            finally:
                with self._news:
                    self._closed = True
                    self._news.notify_all()
                server.shutdown()
                thread.join()
        self.path.unlink(missing_ok=True)

    def answer(self, key: str, body: dict[str, Any]) -> tuple[int, bytes]:
        """Status and body of the answer to a request."""
        if not key.startswith("GET "):
            self.asked.append(key + (f" {json.dumps(body)}" if body else ""))
        said = self.answers.get(key, ClientError(f"no answer to {key}", "not-found"))
        if callable(said):
            said = said(body)
        if isinstance(said, ClientError):
            problem = {"error": said.message, "kind": said.kind, "problems": [*said.problems]}
            return (409 if said.kind == "busy" else 503), json.dumps(problem).encode()
        if isinstance(said, str):
            return 200, said.encode()
        return 200, json.dumps(said if isinstance(said, dict) else to_json(said)).encode()

    def follow(self, after: int, write: Callable[[bytes], object]) -> None:
        """Send events until closed."""
        self.readers += 1
        epoch = self._epoch
        with suppress(OSError):
            write(b": open\n\n")
            while True:
                with self._news:
                    fresh = [e for e in self._events if e["seq"] > after]
                    if not fresh:
                        if self._closed or epoch != self._epoch:
                            return
                        self._news.wait(2.0)
                        continue
                for event in fresh:
                    text = f"id: {event['seq']}\nevent: {event['kind']}\n"
                    write(f"{text}data: {json.dumps(event)}\n\n".encode())
                    after = event["seq"]


def many(name: str, records: Sequence[object]) -> dict[str, object]:
    """Records as the API sends several."""
    return {name: [to_json(record) for record in records]}


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = True
    fake: FakeDaemon


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        if self.path == "/v1/events":
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            last = self.headers.get("Last-Event-ID")
            after = int(last) if last else self.server.fake.last_seq
            self.server.fake.follow(after, self.wfile.write)
        else:
            self._reply("GET", {})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self._reply("POST", json.loads(self.rfile.read(length) or b"{}"))

    def _reply(self, method: str, body: dict[str, Any]) -> None:
        status, data = self.server.fake.answer(f"{method} {self.path}", body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(data)

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *_args: object) -> None:
        """Say nothing."""
