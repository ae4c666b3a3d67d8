"""A real browser without a window, worked over the DevTools protocol."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

BINARY = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(BINARY is None, reason="Debian package chromium is missing")
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--remote-debugging-port=0",
)  # fmt: skip
START_S = 40.0


class Browser:
    """One page.

    Attributes:
        requests: addresses that the page asked for, also those that were blocked.
        console: what it complained about.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self.requests: list[str] = []
        self.console: list[str] = []
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> Any:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            said = self._read(20)
            if said.get("id") == number:
                assert "error" not in said, said
                return said["result"]

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)

    def value(self, expression: str) -> Any:
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return found["result"].get("value")

    def until(self, holds: Callable[[], object], what: str) -> None:
        """Look again after every message of the browser, and at least every 50 ms."""
        deadline = time.monotonic() + START_S
        while not holds():
            assert time.monotonic() < deadline, f"{what}; console: {self.console}"
            try:
                self._read(0.05)
            except TimeoutError:
                continue

    def click(self, x: int, y: int) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def key(self, text: str) -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, text=text if kind == "keyDown" else "",
                      key=text, windowsVirtualKeyCode=ord(text.upper()))  # fmt: skip

    def _read(self, timeout_s: float) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self._socket.recv(timeout_s))
        params = said.get("params", {})
        match said.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])
            case "Network.webSocketCreated":
                self.requests.append(params["url"])
            case "Log.entryAdded":
                self.console.append(params["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.console.append(str(params["exceptionDetails"]))
        return said


@contextmanager
def browser() -> Iterator[Browser]:
    """A new browser with an empty profile."""
    assert BINARY is not None
    profile = Path(tempfile.mkdtemp(prefix="rig-chromium-"))
    process = subprocess.Popen(
        [BINARY, *OPTIONS, f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        line = next(line for line in process.stderr if "DevTools listening on " in line)
        port = line.rsplit("ws://", 1)[1].split("/")[0]
        with connect(f"ws://{port}/devtools/browser/" + line.strip().rsplit("/", 1)[1]) as root:
            root.send(json.dumps({"id": 1, "method": "Target.getTargets"}))
            said = json.loads(root.recv(20))
            page = next(t for t in said["result"]["targetInfos"] if t["type"] == "page")
        with connect(f"ws://{port}/devtools/page/{page['targetId']}", max_size=None) as socket:
            yield Browser(socket)
    finally:
        process.kill()
        process.communicate()
        shutil.rmtree(profile, ignore_errors=True)
