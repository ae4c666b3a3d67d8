"""The log of the daemon: a disk without room takes no lines, and harms nobody who writes them."""

import io
import json
import os
from pathlib import Path

import click
import pytest

from rig.daemon.main import Lines, _Starter
from rig.errors import RunError


def test_a_line_without_room_is_lost_and_nothing_else() -> None:
    with (
        Path("/dev/full").open("wb", buffering=0) as raw,
        io.TextIOWrapper(raw, write_through=True) as full,
    ):
        Lines(full).info("stopping")
        Lines(full).exception("a relay did not follow")


def test_lines_are_written(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as file:
        Lines(file).warning("a line")
    assert (tmp_path / "log").read_text() == "a line\n"


def test_who_started_us_is_told_although_the_log_has_no_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(click, "echo", refuse)
    reading, writing = os.pipe()
    _Starter(writing).refused(RunError("no room"))
    with open(reading, "rb") as told:
        assert json.loads(told.read()) == {
            "ready": False, "error": "no room", "kind": "not-found", "problems": []
        }  # fmt: skip
