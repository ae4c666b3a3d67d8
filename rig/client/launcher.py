"""Starting a daemon: one that stays in the background, or one that lives as long as we need it.

The daemon says on a pipe whether it is ready or why not, so that nobody has to poll for it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from rig.client.api import RigClient
from rig.client.errors import ClientError
from rig.client.paths import fitting, log_path, socket_path

START_S = 60.0
"""How long a daemon may be silent before it is ready."""

STOP_S = 30.0
"""How long a daemon may take to abort its run and to make the bench safe."""

LOG_TAIL_LINES = 12


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a daemon.

    Attributes:
        bench: bench file, None for the default virtual bench.
        offline: read the bench file but open none of its devices.
        socket: where it listens.
        log: file its log is appended to.
        more: further options of the daemon.
    """

    bench: Path | None
    offline: bool
    socket: Path
    log: Path
    more: tuple[str, ...] = ()

    def command(self, ready_fd: int, *more: str) -> list[str]:
        """Command line of the daemon."""
        line = [sys.executable, "-m", "rig.daemon", "--socket", str(self.socket)]
        line += ["--ready-fd", str(ready_fd), *more]
        line += ["--offline"] if self.offline else []
        line += self.more
        return line + ([str(self.bench)] if self.bench else [])


class Attend(Protocol):
    """Waits until a file descriptor is readable, and meanwhile shows what the daemon asks.

    Opening and closing a bench of manual devices asks the operator; a front end that can talk
    to a person passes its own.
    """

    def __call__(self, socket: Path, fd: int, timeout_s: float, /) -> bool:
        """Wait at most `timeout_s` real seconds; whether `fd` became readable."""
        ...


def only_wait(_socket: Path, fd: int, timeout_s: float) -> bool:
    """Attend to nobody."""
    return bool(select.select([fd], [], [], timeout_s)[0])


def start_in_background(
    bench: Path | None,
    *,
    offline: bool = False,
    attend: Attend = only_wait,
    more: Sequence[str] = (),
) -> int:
    """Start a daemon that outlives us, at the default socket; its process id, once it is ready.

    Args:
        bench: bench file; None for the virtual bench.
        offline: open none of its devices.
        attend: lets a person answer meanwhile.
        more: further options of the daemon.

    Raises:
        ClientError: why it is not, with every problem (kinds "config", "bench", "busy").
    """
    log = log_path()
    log.parent.mkdir(parents=True, exist_ok=True)
    launch = Launch(bench, offline, socket_path(), log, tuple(more))
    with _started(launch, subprocess.DEVNULL, attend) as (process, ready):
        said = _await_ready(launch, ready, attend)
        process.returncode = 0  # it is on its own now; nobody here will wait for it
        return int(cast("int", said["pid"]))


@contextmanager
def ephemeral(
    bench: Path | None, *, offline: bool = False, attend: Attend = only_wait
) -> Iterator[RigClient]:
    """A daemon at a socket of its own for the length of the `with` block.

    It watches its standard input, which we hold, and so never outlives us.

    Raises:
        ClientError: why it did not become ready, with every problem.
    """
    with tempfile.TemporaryDirectory(prefix="rig-") as folder:
        launch = Launch(
            bench, offline, fitting(Path(folder) / "rigd.sock"), Path(folder) / "rigd.log"
        )
        with _started(launch, subprocess.PIPE, attend, "--follow-stdin") as (process, ready):
            try:
                _await_ready(launch, ready, attend)
                yield RigClient(launch.socket)
            finally:
                _stop(process, launch.socket, attend)


def stop(client: RigClient, pid: int, attend: Attend = only_wait) -> None:
    """Ask a daemon to leave and wait until it has: the bench is safe then.

    Raises:
        ClientError: it is still there after `STOP_S` real seconds.
    """
    process = os.pidfd_open(pid)
    try:
        client.shutdown()
        if not attend(client.socket, process, STOP_S):
            raise ClientError(
                f"the daemon (pid {pid}) was asked to stop, but is still there after {STOP_S:g} s; "
                f"see its log, {log_path()}",
                "internal",
            )
    finally:
        os.close(process)


@contextmanager
def _started(
    launch: Launch, stdin: int, attend: Attend, *more: str
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    ready_fd, write_fd = os.pipe()
    try:
        with launch.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 (our own interpreter, our own arguments)
                launch.command(write_fd, *more),
                stdin=stdin,
                stdout=log,
                stderr=log,
                pass_fds=(write_fd,),
                start_new_session=True,  # Ctrl-C in our terminal is ours to handle
            )
    except BaseException:
        os.close(ready_fd)
        raise
    finally:
        os.close(write_fd)
    try:
        yield process, ready_fd
    except BaseException:
        _stop(process, launch.socket, attend)
        raise
    finally:
        os.close(ready_fd)


def _await_ready(launch: Launch, ready_fd: int, attend: Attend) -> dict[str, object]:
    """Read the daemon's lines until it is ready or refuses; opening may take a person's time."""
    pending, serving = b"", False
    while True:
        watch = attend if serving else only_wait
        if not watch(launch.socket, ready_fd, START_S):
            raise ClientError(
                f"the daemon was not ready within {START_S:g} s\n{tail(launch.log)}", "internal"
            )
        chunk = os.read(ready_fd, 65536)
        if not chunk:
            raise ClientError(
                f"the daemon ended before it was ready\n{tail(launch.log)}", "internal"
            )
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            said = cast("dict[str, object]", json.loads(line))
            serving = serving or "serving" in said
            if said.get("ready") is False:
                problems = cast("list[str]", said["problems"])
                raise ClientError(str(said["error"]), str(said["kind"]), problems)
            if said.get("ready"):
                return said


def _stop(process: subprocess.Popen[bytes], socket: Path, attend: Attend) -> None:
    """End a daemon of ours: hang up, ask, and only then kill (its guard makes the bench safe)."""
    if process.stdin is not None:
        process.stdin.close()
    if process.poll() is not None:
        return
    pidfd = os.pidfd_open(process.pid)
    try:
        process.send_signal(signal.SIGTERM)
        if not attend(socket, pidfd, STOP_S):
            process.kill()
    finally:
        os.close(pidfd)
        process.wait()


def tail(log: Path) -> str:
    """The last lines of a log, indented, for an error message."""
    try:
        lines = log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
    except OSError:
        return ""
    return "\n".join(f"  {line}" for line in lines)
