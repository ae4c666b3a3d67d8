"""Stations that do something unusual and legal pass every case, with no finding."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware_mocks.charging_station.habits import HABITS, Habits
from firmware_mocks.charging_station.persona_bench import write_lab
from firmware_mocks.charging_station.persona_files import BadPersona, load_persona
from firmware_mocks.clock import MockClock
from rig.config.bench_file import load_bench
from rig.config.models import BenchConfig
from tests.detection import lab

TOGETHER = [
    ("local-time", "counts-its-messages", "talkative", "statuses-first", "reconnects"),
    ("full-seconds", "slow"),
]
"""What is shown by one run; a run of everything takes its time."""

Frame = list[Any]


def laboratory(folder: Path, *habits: str) -> BenchConfig:
    file = folder / "persona.yaml"
    file.write_text(f"habits: [{', '.join(habits)}]\n")
    bench = load_bench(write_lab(load_persona(file), file, folder / "lab"))
    fast = bench.parameters.model_copy(update=dict(lab.FAST))
    return bench.model_copy(update={"parameters": fast})


def test_every_habit_is_shown() -> None:
    assert {habit for habits in TOGETHER for habit in habits} == set(HABITS)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("habits", TOGETHER, ids="+".join)
def test_no_case_minds(habits: tuple[str, ...], tmp_path: Path) -> None:
    ran = lab.run_station(laboratory(tmp_path, *habits), tmp_path)
    lab.assert_clean(ran)
    assert len(ran.cases) == 77


# --- each is really there -------------------------------------------------------------------------


def wire(folder: Path) -> list[dict[str, Any]]:
    (log,) = (folder / "runs").rglob("wire.jsonl")
    return [json.loads(line) for line in log.read_text().splitlines()]


def sent(entries: list[dict[str, Any]]) -> list[Frame]:
    """CALLs of the station."""
    frames = [json.loads(e["raw"]) for e in entries if e.get("direction") == "in" and e.get("raw")]
    return [frame for frame in frames if frame[0] == 2]


def stamps(entries: list[dict[str, Any]]) -> list[str]:
    return [f[3]["timestamp"] for f in sent(entries) if "timestamp" in f[3]]


def actions(entries: list[dict[str, Any]]) -> list[str]:
    return [f"{f[2]}{f[3].get('status', '')}" for f in sent(entries)]


def _answers_late(entries: list[dict[str, Any]]) -> bool:
    asked = {json.loads(e["raw"])[1]: e["t_s"] for e in entries
             if e.get("direction") == "out" and e["raw"].startswith("[2")}  # fmt: skip
    took = [e["t_s"] - asked[json.loads(e["raw"])[1]] for e in entries
            if e.get("direction") == "in" and e["raw"].startswith("[3")]  # fmt: skip
    return bool(took) and min(took) >= 1.4


SHOWN: dict[str, Callable[[list[dict[str, Any]]], bool]] = {
    "local-time": lambda w: bool(stamps(w)) and all(s.endswith("+02:00") for s in stamps(w)),
    "full-seconds": lambda w: bool(stamps(w)) and not any("." in s for s in stamps(w)),
    "counts-its-messages": lambda w: [f[1] for f in sent(w)] == [
        str(n) for n in range(1, len(sent(w)) + 1)
    ],
    "statuses-first": lambda w: (
        actions(w).index("StatusNotificationFinishing") < actions(w).index("StopTransaction")
    ),
    "talkative": lambda w: actions(w).count("DataTransfer") > 5,
    "slow": _answers_late,
    "reconnects": lambda w: (
        sum(e.get("what") == "connect" for e in w) > 1
        and actions(w).count("BootNotification") == 1
    ),
}  # fmt: skip


@pytest.mark.parametrize("habit", HABITS)
def test_habit_is_seen_on_the_wire_and_is_not_there_without(habit: str, tmp_path: Path) -> None:
    for names, expected in (((habit,), True), ((), False)):
        folder = tmp_path / str(expected)
        folder.mkdir()
        lab.assert_clean(lab.run_station(laboratory(folder, *names), folder, "003", "004_2"))
        assert SHOWN[habit](wire(folder)) is expected


def test_an_unknown_habit_is_refused_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "persona.yaml"
    file.write_text("habits: [slowly]\n")
    with pytest.raises(BadPersona, match=r"1:9: habits: 'slowly' is no habit; did you mean 'slow'"):
        load_persona(file)
    with pytest.raises(ValueError, match="no habit; there are local-time"):
        Habits(["lazy"], MockClock(1.0, 0.0))
