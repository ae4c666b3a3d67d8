"""One daemon per socket.

The lock is an `flock`: the kernel drops it with the process, however it ended, so that a daemon
killed with -9 leaves nothing behind that a later one could mistake for a living owner.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rig.client.paths import lock_path
from rig.errors import BenchBusy


@contextmanager
def owned_socket(path: Path, bench: str) -> Iterator[socket.socket]:
    """Own `path` and listen there, readable and writable by this user only.

    A socket left behind by a dead daemon is replaced.

    Raises:
        BenchBusy: a living daemon owns it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = lock_path(path)
    fd = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BenchBusy(
                "rigd",
                f"another daemon{_owner(fd)} is already running at {path}",
                "stop it with: rig down (or give this one another socket: RIG_SOCKET=...)",
            ) from None
        os.truncate(fd, 0)
        os.pwrite(fd, json.dumps({"pid": os.getpid(), "bench": bench}).encode() + b"\n", 0)
        with _listening(path) as sock:
            yield sock
        os.truncate(fd, 0)  # the file stays: removing it would race with the next owner
    finally:
        os.close(fd)


@contextmanager
def _listening(path: Path) -> Iterator[socket.socket]:
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        sock.bind(str(path))
    finally:
        os.umask(before)
    try:
        sock.listen(128)
        sock.setblocking(False)
        yield sock
    finally:
        path.unlink(missing_ok=True)
        sock.close()


def _owner(fd: int) -> str:
    try:
        said = json.loads(os.pread(fd, 4096, 0))
        return f" (pid {said['pid']}, bench {said['bench']})"
    except (ValueError, KeyError, TypeError):
        return ""
