"""The disk of the station: whole or not at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_mocks.charging_station.storage import Content, Disk, empty
from firmware_mocks.process import Busy

WRITER = """
import sys
from pathlib import Path
from firmware_mocks.charging_station.storage import Disk, empty

disk, n = Disk(Path(sys.argv[1])), 0
while True:
    n += 1
    content = empty()
    content["next_local_id"] = n
    content["configuration"] = {str(k): "x" * 50 for k in range(n % 400)}
    disk.write(lambda: content, last=False)
    if n == 50:
        print("writing", flush=True)
"""


def filled() -> Content:
    content = empty()
    content["configuration"] = {"HeartbeatInterval": "17"}
    content["meters"] = {"1": 1234.5}
    content["queue"] = [
        {"action": "MeterValues", "payload": {"connectorId": 1}, "local_id": 1, "attempts": 2}
    ]
    return content


@pytest.mark.parametrize("on_disk", [True, False], ids=["folder", "memory"])
def test_what_was_written_is_read(tmp_path: Path, on_disk: bool) -> None:
    disk = Disk(tmp_path / "new" / "folder" if on_disk else None)
    assert disk.read() == empty()
    disk.write(filled, last=True)
    assert disk.read() == filled()


def test_folder_outlives_the_object_and_memory_does_not(tmp_path: Path) -> None:
    Disk(tmp_path).write(filled, last=True)
    assert Disk(tmp_path).read() == filled()
    Disk(None).write(filled, last=True)
    assert Disk(None).read() == empty()


def test_what_is_read_is_a_copy(tmp_path: Path) -> None:
    disk = Disk(None)
    disk.write(filled, last=True)
    disk.read()["configuration"].clear()
    assert disk.read() == filled()


def test_content_of_an_older_version_is_completed(tmp_path: Path) -> None:
    (tmp_path / "station.json").write_text('{"configuration": {"HeartbeatInterval": "17"}}')
    assert Disk(tmp_path).read() == {**empty(), "configuration": {"HeartbeatInterval": "17"}}


def test_write_that_was_torn_leaves_the_former_content(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.write(filled, last=True)
    (tmp_path / "station.part").write_text(json.dumps(empty())[:20])
    assert Disk(tmp_path).read() == filled()
    disk.write(empty, last=True)
    assert Disk(tmp_path).read() == empty()


def test_file_that_is_no_content_is_named(tmp_path: Path) -> None:
    (tmp_path / "station.json").write_text('{"configuration": {')
    with pytest.raises(ValueError, match=r"station\.json: .*broken"):
        Disk(tmp_path).read()


def test_writer_killed_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    for _ in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"writing\n"
            writer.send_signal(signal.SIGKILL)
        content = Disk(tmp_path).read()
        assert content["next_local_id"] >= 50
        assert len(content["configuration"]) == content["next_local_id"] % 400


@pytest.mark.parametrize("on_disk", [True, False], ids=["folder", "memory"])
def test_memory_is_written_only_when_the_power_goes(tmp_path: Path, on_disk: bool) -> None:
    disk = Disk(tmp_path if on_disk else None)
    disk.write(filled, last=False)
    assert (disk.read() == filled()) is on_disk
    disk.write(filled, last=True)
    assert disk.read() == filled()


def test_the_disk_is_for_its_owner_only(tmp_path: Path) -> None:
    Disk(tmp_path).write(filled, last=True)
    assert (tmp_path / "station.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["nonsense", "[]", '{"security": null}'])
def test_a_broken_disk_is_told_with_its_remedy(tmp_path: Path, text: str) -> None:
    (tmp_path / "station.json").write_text(text)
    with pytest.raises(ValueError, match=r"station\.json: .*broken: .*; remove the file"):
        Disk(tmp_path).read()


def test_a_folder_that_cannot_be_written_is_found_out_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"file/disk: Not a directory; want a folder"):
        Disk(tmp_path / "file" / "disk").take("CP-1")
    disk = Disk(tmp_path / "new")
    disk.take("CP-1")
    disk.give_back()
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["station.lock"]


def test_a_folder_is_for_one_station(tmp_path: Path) -> None:
    disk, other = Disk(tmp_path), Disk(tmp_path)
    disk.take("CP-1")
    with pytest.raises(Busy, match=rf"station CP-1 \(process {os.getpid()}\) uses it; end that"):
        other.take("CP-2")
    disk.give_back()
    other.take("CP-22")
    with pytest.raises(Busy, match="station CP-22 "):
        disk.take("CP-1")
    other.give_back()
    other.give_back()


def test_memory_is_not_shared() -> None:
    for disk in (Disk(None), Disk(None)):
        disk.take("CP-1")
        disk.give_back()
