"""The operator's seat in a real terminal (tmux), with a real daemon and simulated devices."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import pytest

from tests.system.rig_home import RigHome

pytestmark = [
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
    pytest.mark.timeout(180),
]
RIG_TUI = f"{sys.executable} -c 'from rig.cli.main import main; main()' tui"


class Terminal:
    """A terminal of 80 columns and 24 lines, with `rig tui` in it."""

    def __init__(self, home: RigHome) -> None:
        self._home = home
        self._socket = tempfile.mktemp(prefix="tmux-", dir=home.folder)  # noqa: S306 (our own)
        self._tmux("new-session", "-d", "-x", "80", "-y", "24", f"{RIG_TUI}; read line")

    def type(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def shows(self, *texts: str, timeout_s: float = 60.0) -> str:
        """Wait until all of `texts` are on the screen; the screen."""
        deadline = time.monotonic() + timeout_s
        while True:
            seen = self._tmux("capture-pane", "-p")
            missing = [text for text in texts if text not in seen]
            if not missing:
                return seen
            assert time.monotonic() < deadline, f"no {missing} on the screen:\n{seen}"
            time.sleep(0.05)  # tmux has no event for this

    def kill(self) -> None:
        """Kill the terminal and what runs in it."""
        self._tmux("kill-server")

    def _tmux(self, *args: str) -> str:
        command = ["tmux", "-S", self._socket, "-f", os.devnull, *args]
        ran = subprocess.run(
            command, env=self._home.env, cwd=self._home.folder, capture_output=True, text=True,
            timeout=20,
        )  # fmt: skip
        return ran.stdout


@pytest.fixture
def terminal(home: RigHome) -> Iterator[Terminal]:
    terminal = Terminal(home)
    yield terminal
    terminal.kill()


def test_a_day_at_the_bench(home: RigHome, terminal: Terminal) -> None:
    terminal.shows("✗ No daemon", "u starts one with the virtual bench")
    terminal.type("u")
    terminal.shows("rig  virtual", "plug-1", "● open", "mains ● on", "CP-VIRTUAL-1 ●")
    terminal.type("i")
    terminal.shows("◐ B plugged in", "✓ plug-1 insert")
    terminal.type("Enter")
    terminal.shows("✓ accepted was held to the reader")
    terminal.type("e")
    terminal.shows("● C energy requested")
    terminal.type("o")
    terminal.shows("○ A unplugged")

    terminal.type("2")
    terminal.shows("[ ] 003")
    terminal.type("Down", "Down", "Space", "Space", "Space")
    terminal.shows("3 of ")
    terminal.type("g")
    terminal.shows("▶ running 003", "ocpp")
    terminal.kill()  # the run goes on

    again = Terminal(home)
    try:
        again.type("2")
        again.shows("✓ PASS    003", "✓ PASS    004_1", "✓ PASS    004_2", "✓ PASS  3 PASS")
        again.type("Enter")
        again.shows("checks held", "Time line")
        again.type("o")
        again.shows("✓ written:")
    finally:
        again.kill()
    (report,) = home.folder.glob("rig-report-*.html")
    assert "004_2" in report.read_text()
    assert home.client.run("last").verdict == "PASS"


def test_safe_from_the_keyboard_opens_every_relay(home: RigHome, terminal: Terminal) -> None:
    home.run("up")
    terminal.shows("● open", "plug-1", "○ A unplugged")
    terminal.type("i")
    terminal.shows("◐ B plugged in")
    terminal.type("F9")
    terminal.shows("✓ the bench is safe", "○ A unplugged", "mains ○ off")
    assert home.client.bench().mains == "off"


def test_the_daemon_is_found_again_after_kill_9(home: RigHome, terminal: Terminal) -> None:
    home.run("up")
    terminal.shows("● open")
    home.kill_daemon()
    terminal.shows("✗ No daemon", "from before")
    home.run("up")
    terminal.shows("● open", "mains ● on")
