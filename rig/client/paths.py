"""Where daemon and clients meet: socket, lock, log and run store."""

from __future__ import annotations

import getpass
import os
import platform
from collections.abc import Mapping
from pathlib import Path

from rig.client.errors import UsageProblem

MAX_SOCKET_BYTES = 107
"""Longest path that fits into `sun_path` of `sockaddr_un` on Linux (108 bytes with the NUL)."""


def state_dir(env: Mapping[str, str] | None = None) -> Path:
    """Directory of what must survive the daemon: run store and log."""
    env = os.environ if env is None else env
    base = env.get("XDG_STATE_HOME")
    return (Path(base) if base else _home(env) / ".local" / "state") / "evse-rig"


def socket_path(env: Mapping[str, str] | None = None) -> Path:
    """The daemon's socket: RIG_SOCKET, else $XDG_RUNTIME_DIR/evse-rig, else the state directory.

    Raises:
        UsageProblem: the path does not fit into a socket address.
    """
    env = os.environ if env is None else env
    runtime = env.get("XDG_RUNTIME_DIR")
    if chosen := env.get("RIG_SOCKET"):
        path = Path(chosen).expanduser().absolute()
    elif runtime and Path(runtime).is_dir():
        path = Path(runtime) / "evse-rig" / "rigd.sock"
    else:
        path = state_dir(env) / "rigd.sock"
    return fitting(path)


def fitting(path: Path) -> Path:
    """`path` itself if a Unix socket can have it.

    Raises:
        UsageProblem: it is longer than `MAX_SOCKET_BYTES`.
    """
    size = len(os.fsencode(path))
    if size > MAX_SOCKET_BYTES:
        raise UsageProblem(
            f"{path}: {size} bytes are too long for a Unix socket (at most {MAX_SOCKET_BYTES}); "
            "set RIG_SOCKET to a shorter path"
        )
    return path


def lock_path(socket: Path) -> Path:
    """The file whose lock says that a daemon owns `socket`; holds its process id."""
    return socket.with_name(socket.name + ".lock")


def log_path(env: Mapping[str, str] | None = None) -> Path:
    """Log of a daemon in the background."""
    return state_dir(env) / "rigd.log"


def _home(env: Mapping[str, str]) -> Path:
    return Path(env["HOME"]) if env.get("HOME") else Path.home()


def seat(default: str, env: Mapping[str, str] | None = None) -> str:
    """From where a person answers: RIG_VIA, which `rig serve-web` sets to "web", else `default`."""
    env = os.environ if env is None else env
    return "web" if env.get("RIG_VIA") == "web" else default


def owner(env: Mapping[str, str] | None = None) -> str:
    """Who we are on the bench: RIG_OWNER, else user@machine."""
    env = os.environ if env is None else env
    if chosen := env.get("RIG_OWNER"):
        return chosen
    try:
        return f"{getpass.getuser()}@{platform.node()}"
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
