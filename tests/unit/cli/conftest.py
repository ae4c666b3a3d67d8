"""The command line over a canned API: what a daemon would answer, by method and path."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner, Result

from rig.cli.main import rig
from rig.client.errors import ClientError, NoDaemon
from rig.client.results import (
    BenchInfo,
    CardInfo,
    CaseLine,
    CaseResult,
    CsmsInfo,
    DaemonInfo,
    RunInfo,
    RunLine,
    StationInfo,
    Status,
    to_json,
)

BENCH = BenchInfo(
    "virtual",
    "/configs/virtual.yaml",
    "open",
    True,
    10.0,
    ("plug-1",),
    (CardInfo("good", "04A1", "Accepted"), CardInfo("bad", "04BA", "Invalid", "GROUP")),
    "on",
    network="up",
)
STATUS = Status(
    DaemonInfo(4711, "0.1.0", "2026-01-01T00:00:00.000Z", 65.0, "/run/rigd.sock", 9),
    BENCH,
    CsmsInfo(
        "ws://127.0.0.1:9000/ocpp",
        (StationInfo("CP-1", True, "Accepted", "Acme", "Box", "1.2", 3.0),),
    ),
    None,
    (),
)
CASES = (
    CaseLine("001", "Cold Boot Charge Point", "core", "M", True, True, True, ""),
    CaseLine("042_1", "Get Local List Version", "core", "C", False, False, True,
             "not applicable: the local list is supported"),
    CaseLine("003", "Regular Charging Session", "core", "M", False, True, True, ""),
)  # fmt: skip
RUN = RunInfo(
    "20260101-000000-abcd", "station", "virtual", "finished", "FAIL", "",
    "2026-01-01T00:00:00.000Z", "2026-01-01T00:01:00.000Z", True, 10.0, (), 1,
    (
        CaseResult("001", "Cold Boot Charge Point", "station", "PASS", "", 12.0, 5, 0, 0),
        CaseResult("003", "Regular Charging Session", "station", "FAIL",
                   "expected StatusNotification(Charging)", 30.4, 7, 1, 0, "local"),
    ),
)  # fmt: skip
LINE = RunLine("20260101-000000-abcd", "station", "virtual", "finished", "FAIL",
               "2026-01-01T00:00:00.000Z", {"PASS": 1, "FAIL": 1})  # fmt: skip


@dataclass
class FakeDaemon:
    """Answers of the API; a `ClientError` is raised, other records are sent as JSON."""

    answers: dict[str, object] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(
        self, path: Path, method: str, target: str, body: dict[str, object] | None = None
    ) -> bytes:
        key = f"{method} {target}"
        self.asked.append(key + (f" {json.dumps(body)}" if body else ""))
        if key not in self.answers:
            raise NoDaemon(f"no daemon is running at {path}; start one with: rig up")
        answer = self.answers[key]
        if isinstance(answer, ClientError):
            raise answer
        if isinstance(answer, str):
            return answer.encode()
        return json.dumps(answer if isinstance(answer, dict) else to_json(answer)).encode()

    def many(self, key: str, name: str, records: tuple[object, ...]) -> None:
        self.answers[key] = {name: [to_json(record) for record in records]}


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeDaemon:
    fake = FakeDaemon({"GET /v1/status": STATUS, "GET /v1/bench": BENCH})
    monkeypatch.setattr("rig.client.api.request", fake)
    monkeypatch.setenv("RIG_SOCKET", "/run/rigd.sock")
    monkeypatch.chdir(tmp_path)
    return fake


@pytest.fixture
def rig_command() -> Callable[..., Result]:
    def run(*args: str) -> Result:
        return CliRunner().invoke(cast("type[None]", rig), list(args))  # type: ignore[arg-type]

    return run
