"""`rig pics`: the file alone, and against the station that is connected."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from click.testing import Result

from rig.client.results import PicsDifference

from .conftest import FakeDaemon

Command = Callable[..., Result]
WARN = PicsDifference("general.model", "Box", "chargePointModel: Crate", "correct the PICS", False)
BLOCK = PicsDifference("profiles", "Core", "Core, Reservation", "rows are left out", True)


def asked(file: Path) -> str:
    return "GET /v1/pics/differences?" + urlencode({"pics": str(file)})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "pics.yaml"
    file.write_text("general: {model: Box}\n")
    return file


@pytest.mark.parametrize(
    ("found", "code", "last"),
    [
        ((), 0, "the station says the same"),
        ((WARN,), 0, "1 differences"),
        ((WARN, BLOCK), 1, "2 differences"),
    ],
)
def test_station_is_compared(
    daemon: FakeDaemon, rig_command: Command, file: Path, found: tuple[PicsDifference, ...],
    code: int, last: str,
) -> None:  # fmt: skip
    daemon.many(asked(file), "differences", found)
    result = rig_command("pics", "check", str(file), "--against", "station")
    assert (result.exit_code, result.stderr.strip()) == (code, last)
    told = [line for line in result.stdout.splitlines() if line.startswith(("✗ ", "! "))]
    assert told == [
        f"{'✗' if d.blocks else '!'} {d.item}: declared {d.declared}, "
        f"the station says {d.observed}" for d in found
    ]  # fmt: skip


def test_comparison_as_json(daemon: FakeDaemon, rig_command: Command, file: Path) -> None:
    daemon.many(asked(file), "differences", (BLOCK,))
    result = rig_command("pics", "check", str(file), "--against", "station", "--json")
    said = json.loads(result.stdout)
    assert (result.exit_code, said["valid"], len(said["rows"])) == (1, True, 102)
    assert said["differences"][0]["observed"] == "Core, Reservation"


def test_a_file_that_cannot_be_used_is_not_compared(
    daemon: FakeDaemon, rig_command: Command, tmp_path: Path
) -> None:
    wrong = tmp_path / "pics.yaml"
    wrong.write_text("profiles: {core: false}\n")
    result = rig_command("pics", "check", str(wrong), "--against", "station", "--json")
    said = json.loads(result.stdout)
    assert (result.exit_code, said["valid"], "differences" in said) == (2, False, False)
    assert "without Core" in said["problems"][0]


def test_without_a_daemon_there_is_no_station(
    daemon: FakeDaemon, rig_command: Command, file: Path
) -> None:
    daemon.answers.clear()
    result = rig_command("pics", "check", str(file), "--against", "station")
    assert result.exit_code == 4
    assert "rig up" in result.stderr
