"""A user's home with `rig` in it: every command is a process, and so is the daemon."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rig.client.api import RigClient
from rig.client.stream import RigEvent

COMMAND = [sys.executable, "-c", "from rig.cli.main import main; main()"]


class RigHome:
    """Runs `rig` with a state directory of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "rigd.sock"
        self.env = os.environ | {
            "HOME": str(folder),
            "XDG_STATE_HOME": str(folder / "state"),
            "RIG_SOCKET": str(self.socket),
        }

    @property
    def client(self) -> RigClient:
        return RigClient(self.socket)

    @property
    def store(self) -> Path:
        return self.folder / "state" / "evse-rig" / "runs"

    def start(self, *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *args], cwd=self.folder, env=self.env, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *args: str, expect: int = 0) -> str:
        """Standard output of a command that ends with the exit code `expect`."""
        out, code, err = self.outcome(*args)
        assert code == expect, f"rig {' '.join(args)}: exit {code}\n{out}\n{err}"
        return out

    def outcome(self, *args: str) -> tuple[str, int, str]:
        process = self.start(*args)
        out, err = process.communicate(timeout=55)
        return out, process.returncode, err

    def json(self, *args: str, expect: int = 0) -> Any:
        return json.loads(self.run(*args, "--json", expect=expect))

    @property
    def daemon_pid(self) -> int:
        return self.client.status().daemon.pid

    def kill_daemon(self) -> None:
        """kill -9, and wait until it is gone."""
        pid = self.daemon_pid
        gone = os.pidfd_open(pid)
        os.kill(pid, signal.SIGKILL)
        assert select.select([gone], [], [], 20)[0]
        os.close(gone)

    def until(self, after: int, **wanted: str) -> list[RigEvent]:
        """Events after `after`, up to the first that has these words in kind, source or data."""
        seen: list[RigEvent] = []
        with self.client.events(after) as events:
            for event in events:
                seen.append(event)
                if all(_word(event, key) == value for key, value in wanted.items()):
                    return seen
        raise AssertionError(f"the daemon ended before {wanted}")


def _word(event: RigEvent, key: str) -> str:
    return event.kind if key == "kind" else event.text(key)


@contextmanager
def rig_home() -> Iterator[RigHome]:
    """A home in a short path (sockets), its daemon stopped at the end."""
    folder = Path(tempfile.mkdtemp(prefix="rig-home-"))
    home = RigHome(folder)
    try:
        yield home
    finally:
        home.outcome("down")
        shutil.rmtree(folder, ignore_errors=True)
