"""One daemon per socket; what a dead one leaves behind is no obstacle."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from rig.daemon.lock import owned_socket
from rig.errors import BenchBusy


def test_socket_is_for_this_user_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "s"
    with owned_socket(path, "virtual"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not path.exists()


def test_second_owner_is_told_who_is_first(tmp_path: Path) -> None:
    with owned_socket(tmp_path / "s", "virtual"):
        with pytest.raises(BenchBusy, match=rf"pid {os.getpid()}, bench virtual.*rig down"):
            with owned_socket(tmp_path / "s", "lab"):
                pass
        assert (tmp_path / "s").exists(), "the refused one must not remove the owner's socket"


def test_stale_socket_and_torn_lock_are_taken_over(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "s"))
    left.close()
    (tmp_path / "s.lock").write_text('{"pid": 1')
    with owned_socket(tmp_path / "s", "virtual"):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(tmp_path / "s"))


def test_owner_that_wrote_nothing_yet_is_refused_without_a_name(tmp_path: Path) -> None:
    with owned_socket(tmp_path / "s", "virtual"):
        (tmp_path / "s.lock").write_text("")
        with pytest.raises(BenchBusy, match="another daemon is already running"):
            with owned_socket(tmp_path / "s", "lab"):
                pass
