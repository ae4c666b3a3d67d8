"""The time line of a stored case, and two runs side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.daemon.archive import Archive
from rig.errors import ConfigError, RunError
from rig.events import Kind
from rig.runs import RunStore
from tests.unit.report.story import Story, check, finding

A, B = "20261123-100000-aaaa", "20261123-110000-bbbb"


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "store")


def story_of_a_failure(store: RunStore) -> None:
    story = Story(store, A)
    first = story.phase("003", "steps")
    story.event(Kind.PILOT, "mock+plug-1", plug="plug-1", cp_state="B")
    sent = story.call("in", "StatusNotification", {"connectorId": 1, "status": "Finishing"})
    story.case("003", "FAIL", first, [check("status", False, sent, t_s=103.0)],
               [finding("D2", sent, severity="fail")], "wrong status", attempt=1)  # fmt: skip
    again = story.phase("003", "steps")
    story.case("003", "PASS", again, attempt=2)
    story.told()


def test_a_case_in_order_with_the_evidence_of_what_failed(store: RunStore) -> None:
    story_of_a_failure(store)
    seen = Archive(store).timeline(A, "003", 1)
    assert (seen.verdict, seen.cause, seen.attempt, seen.attempts) == (
        "FAIL", "wrong status", 1, 2
    )  # fmt: skip
    assert [row.shape for row in seen.rows] == ["phase", "physical", "call", "alert"]
    frame = seen.rows[2]
    assert (frame.source, frame.target, frame.bold) == ("Station", "Tool", "StatusNotification")
    assert {(mark.kind, mark.text) for mark in frame.marks} == {
        ("failed", "status"), ("finding", "D2")
    }  # fmt: skip
    assert [(c.name, c.ok, c.seqs) for c in seen.checks] == [("status", False, (frame.seq,))]
    assert [(f.rule, f.seqs) for f in seen.findings] == [("D2", (frame.seq,))]


def test_the_last_attempt_is_the_one(store: RunStore) -> None:
    story_of_a_failure(store)
    assert Archive(store).timeline("last", "003", None).verdict == "PASS"


def test_the_intake_is_looked_at_like_a_case(store: RunStore) -> None:
    story = Story(store, A)
    first = story.phase("INTAKE", "steps")
    sent = story.call("in", "BootNotification", {"chargePointModel": "x"})
    story.case("INTAKE", "FAIL", first, [check("identity", False, sent)], cause="no identity")
    story.writer.intake(story.writer.cases.pop())
    story.writer._folder.cases.write_text("")
    story.told()
    seen = Archive(store).timeline(A, "INTAKE", None)
    assert (seen.verdict, seen.cause) == ("FAIL", "no identity")
    assert [(c.name, c.ok) for c in seen.checks] == [("identity", False)]
    assert any(row.bold == "BootNotification" for row in seen.rows)


def test_a_case_that_is_not_there_names_those_that_are(store: RunStore) -> None:
    story_of_a_failure(store)
    with pytest.raises(RunError, match="no result of case 004_1; it has: 003"):
        Archive(store).timeline(A, "004_1", None)
    with pytest.raises(RunError, match="has 2 attempts of case 003, not 3"):
        Archive(store).timeline(A, "003", 3)


def test_the_case_in_which_the_daemon_died_is_shown_too(store: RunStore) -> None:
    story = Story(store, A)
    story.phase("003", "steps")
    story.event(Kind.PILOT, "plug-1", plug="plug-1", cp_state="B")
    story.broken_off()
    seen = Archive(store).timeline(A, "003", None)
    assert (seen.verdict, [row.shape for row in seen.rows]) == (
        "INCONCLUSIVE", ["phase", "physical"]
    )  # fmt: skip


def test_a_case_that_is_going_on_says_so(store: RunStore) -> None:
    story = Story(store, A)
    story.phase("003", "steps")
    with pytest.raises(RunError, match="no result yet"):
        Archive(store).timeline(A, "003", None)
    story.writer.close()


def run_of(store: RunStore, run_id: str, dut: str = "station", **verdicts: str) -> None:
    story = Story(store, run_id, dut)
    for name, verdict in verdicts.items():
        first = story.phase(name, "steps")
        story.case(name[1:], verdict, first, cause=f"{verdict} of {run_id[-4:]}")
    story.told()


def test_two_runs_case_by_case(store: RunStore) -> None:
    run_of(store, A, c1="PASS", c2="FAIL", c3="INCONCLUSIVE", c4="PASS", c5="PASS")
    run_of(store, B, c1="PASS", c2="PASS", c3="FAIL", c5="NOT APPLICABLE", c6="PASS")
    seen = Archive(store).compare(A, B)
    assert (seen.run_a, seen.run_b) == (A, B)
    assert {row.octt_id: row.change for row in seen.rows} == {
        "1": "same", "2": "better", "3": "worse", "4": "gone", "5": "better", "6": "new"
    }  # fmt: skip
    worse = seen.rows[2]
    assert (worse.verdict_a, worse.verdict_b, worse.cause_b) == (
        "INCONCLUSIVE", "FAIL", "FAIL of bbbb"
    )  # fmt: skip


def test_a_station_is_not_compared_with_a_csms(store: RunStore) -> None:
    run_of(store, A, c1="PASS")
    run_of(store, B, dut="csms", c1="PASS")
    with pytest.raises(ConfigError, match="same device under test"):
        Archive(store).compare(A, B)
