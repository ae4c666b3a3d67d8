"""The log of the daemon: a disk without room takes no lines, and harms nobody who writes them."""

import io
from pathlib import Path

from rig.daemon.main import Lines


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
