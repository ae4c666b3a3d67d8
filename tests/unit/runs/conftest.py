from collections.abc import Callable
from pathlib import Path

import pytest

from rig.events import Event
from rig.jsontypes import Json
from rig.runs import CaseRecord, CheckRecord, FindingRecord, RunMeta, RunStore, SelectionRecord


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "store")


@pytest.fixture
def make_meta() -> Callable[[str], RunMeta]:
    def make(run_id: str) -> RunMeta:
        return RunMeta(
            run_id,
            "station",
            "virtual",
            "2026-11-23T10:00:00.000Z",
            10.0,
            "0.1.0",
            True,
            ("003",),
            (SelectionRecord("003", "Plug in first", "M", True, "mandatory"),),
        )

    return make


@pytest.fixture
def make_event() -> Callable[..., Event]:
    def make(seq: int, kind: str = "frame", **data: Json) -> Event:
        utc = f"2026-11-23T10:00:{seq % 60:02d}.000Z"
        return Event(seq, float(seq), utc, kind, "mock+station", data)

    return make


@pytest.fixture
def make_case() -> Callable[..., CaseRecord]:
    def make(octt_id: str = "003", verdict: str = "PASS", last_seq: int = 9) -> CaseRecord:
        return CaseRecord(
            octt_id,
            "Plug in first",
            "station",
            "core",
            "M",
            verdict,
            verdict,
            "passed",
            "",
            "2026-11-23T10:00:00.000Z",
            0.0,
            9.0,
            1,
            last_seq,
            (CheckRecord("a", "6.45", True, "error", "1", "1", (1, 2), 1.0, "tool"),),
            (FindingRecord("D1", "warn", "x", (2,), 1.0),),
        )

    return make
