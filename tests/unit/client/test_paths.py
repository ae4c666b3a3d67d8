"""Where the socket is looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.client.errors import UsageProblem
from rig.client.paths import lock_path, log_path, socket_path, state_dir


def test_rig_socket_comes_first(tmp_path: Path) -> None:
    env = {"RIG_SOCKET": "/run/x.sock", "XDG_RUNTIME_DIR": str(tmp_path), "HOME": "/home/a"}
    assert socket_path(env) == Path("/run/x.sock")


def test_runtime_dir_comes_second(tmp_path: Path) -> None:
    env = {"XDG_RUNTIME_DIR": str(tmp_path), "HOME": "/home/a"}
    assert socket_path(env) == tmp_path / "evse-rig" / "rigd.sock"


def test_missing_runtime_dir_falls_back_to_state_dir() -> None:
    env = {"XDG_RUNTIME_DIR": "/nowhere/at/all", "HOME": "/home/a"}
    assert socket_path(env) == Path("/home/a/.local/state/evse-rig/rigd.sock")


def test_state_home_moves_state_and_log() -> None:
    env = {"XDG_STATE_HOME": "/s", "HOME": "/home/a"}
    assert (state_dir(env), log_path(env)) == (Path("/s/evse-rig"), Path("/s/evse-rig/rigd.log"))


def test_path_too_long_for_a_socket_says_what_to_do() -> None:
    with pytest.raises(UsageProblem, match=r"too long .* RIG_SOCKET"):
        socket_path({"RIG_SOCKET": "/" + "x" * 120})


def test_lock_stands_beside_the_socket() -> None:
    assert lock_path(Path("/a/b.sock")) == Path("/a/b.sock.lock")
