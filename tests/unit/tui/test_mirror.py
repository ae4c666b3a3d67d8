"""What the daemon has said, folded: events, statuses that were overtaken, runs found again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rig.client.results import Progress, PromptInfo, Status, to_json
from rig.client.stream import RigEvent
from rig.tui.bench_facts import rough
from rig.tui.mirror import Mirror, Topic
from rig.tui.story import tell

from .scene import PLUG, RUN, RUN_ID, STATUS

PROMPT = PromptInfo("p1", "Plug in?", ("done",), "asked", 60.0, "t", left_s=60.0)

ASKED: dict[str, Any] = to_json(PROMPT)


def event(seq: int, kind: str, /, source: str = "tool", **data: Any) -> RigEvent:
    return RigEvent(seq, float(seq), "2026-01-31T12:00:01.500Z", kind, source, data)


def status(last_seq: int, **more: Any) -> Status:
    return replace(STATUS, daemon=replace(STATUS.daemon, last_seq=last_seq), **more)


@pytest.fixture
def mirror() -> Mirror:
    mirror = Mirror()
    mirror.take_status(status(10), 1000.0)
    return mirror


def test_pilot_moves_before_the_plug_is_read_again(mirror: Mirror) -> None:
    mirror.take_plugs((PLUG,))
    assert mirror.take(event(11, "pilot", plug="plug-1", cp_state="E")) & Topic.PLUGS
    assert mirror.plugs["plug-1"].cp_state == "E"


def test_signs_of_life_of_the_connection_ask_for_no_status(mirror: Mirror) -> None:
    assert mirror.take(event(11, "transport", what="ping")) == Topic.NONE
    assert mirror.take(event(12, "transport", what="close")) & Topic.STATUS


@pytest.mark.parametrize(
    ("age_s", "words"), [(9.9, "9 s"), (29.0, "10 s"), (119.0, "90 s"), (125.0, "2 min")]
)
def test_ages_are_rough_from_ten_seconds_on(age_s: float, words: str) -> None:
    assert rough(age_s) == words


def test_same_plugs_change_nothing(mirror: Mirror) -> None:
    assert mirror.take_plugs((PLUG,)) == Topic.PLUGS
    assert mirror.take_plugs((PLUG,)) == Topic.NONE


def test_a_run_grows_case_by_case(mirror: Mirror) -> None:
    mirror.take(event(11, "run", run_id="r1", phase="started", dut="station", total=2))
    mirror.take(event(12, "case", octt_id="003", phase="started", index=1, total=2, title="T"))
    mirror.take(event(13, "check", octt_id="003", name="a", ok=True, severity="error"))
    mirror.take(event(14, "check", octt_id="003", name="b", ok=False, severity="error"))
    mirror.take(event(15, "check", octt_id="003", name="c", ok=False, severity="warn"))
    mirror.take(event(16, "step", octt_id="003", text="wait for x", state="waiting"))
    run = mirror.run
    assert run is not None
    assert (run.current, run.step, run.began_s) == ("003", "wait for x", 12.0)
    (case,) = run.cases
    assert (case.checks, case.checks_failed, case.verdict) == (3, 1, "")
    mirror.take(event(17, "case", octt_id="003", phase="finished", index=1, total=2,
                      verdict="FAIL", cause="b", duration_s=5.0))  # fmt: skip
    assert mirror.run is not None
    assert (mirror.run.current, mirror.run.cases[0].verdict) == ("", "FAIL")
    mirror.take(event(18, "run", run_id="r1", phase="finished", verdict="FAIL"))
    assert mirror.run.state == "finished"


def test_a_run_in_progress_is_found_by_the_status_and_filled_from_the_store() -> None:
    mirror = Mirror()
    mirror.take_status(status(10, run=Progress(RUN_ID, "station", "004_2", 3, 3)), 0.0)
    mirror.take_run(RUN)
    assert mirror.run is not None
    assert mirror.run.current == "004_2"
    assert [case.verdict for case in mirror.run.cases] == ["PASS", "FAIL"]


def test_the_intake_stays_before_the_first_case() -> None:
    mirror = Mirror()
    intake = replace(RUN.cases[0], octt_id="INTAKE", title="Intake")
    mirror.take(event(1, "run", run_id=RUN_ID, phase="started", dut="station", total=3))
    mirror.take(event(2, "case", octt_id="INTAKE", phase="started", index=0, total=3))
    mirror.take_run(replace(RUN, intake=intake))
    assert mirror.run is not None
    assert [c.octt_id for c in mirror.run.cases][:2] == ["INTAKE", RUN.cases[0].octt_id]


def test_a_status_from_before_the_run_does_not_end_it(mirror: Mirror) -> None:
    mirror.take(event(12, "run", run_id="r1", phase="started", dut="station", total=2))
    mirror.take_status(status(11), 1000.0)
    assert mirror.run is not None
    assert mirror.run.state == "running"
    mirror.take_status(status(13), 1000.0)
    assert mirror.run.state == "finished"


def test_a_status_from_before_the_question_does_not_take_it_back(mirror: Mirror) -> None:
    mirror.take(event(12, "prompt", **ASKED), 1000.0)
    mirror.take_status(status(11), 1000.5)
    assert mirror.prompts == (PROMPT,)
    mirror.take_status(status(12), 1001.0)
    assert not mirror.prompts


def test_questions_of_the_past_are_not_asked_again(mirror: Mirror) -> None:
    assert mirror.take(event(9, "prompt", **ASKED)) & Topic.PROMPTS == Topic.NONE
    assert not mirror.prompts


def test_time_left_runs_on_our_own_clock(mirror: Mirror) -> None:
    mirror.take(event(12, "prompt", **ASKED), 1000.0)
    assert mirror.left_s(PROMPT, 1015.0) == 45.0
    assert mirror.left_s(PROMPT, 1200.0) == 0.0


@pytest.mark.parametrize(
    ("sampled", "wh"),
    [
        ({"value": "1.5", "unit": "kWh"}, 1500.0),
        ({"value": "800"}, 800.0),
        ({"value": "7", "measurand": "Current.Import"}, None),
        ({"value": "7", "phase": "L1"}, None),
        ({"value": "x"}, None),
    ],
)
def test_energy_is_read_from_meter_values(
    mirror: Mirror, sampled: dict[str, str], wh: float | None
) -> None:
    import json

    payload = {"connectorId": 1, "meterValue": [{"timestamp": "t", "sampledValue": [sampled]}]}
    raw = json.dumps([2, "m", "MeterValues", payload])
    mirror.take(event(11, "frame", direction="in", connection=1, raw=raw, type="CALL", id="m",
                      action="MeterValues"))  # fmt: skip
    assert mirror.energy_wh.get(1) == wh


def test_lab_time_runs_faster_on_a_virtual_bench() -> None:
    mirror = Mirror()
    fast = replace(STATUS, bench=replace(STATUS.bench, time_scale=10.0))
    mirror.take_status(fast, 50.0)
    assert mirror.lab_now_s(52.0) == pytest.approx((130.0 + 2.0) * 10)


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("relay", {"board": "left", "coil": 0, "closed": True, "role": "cp"},
         "left K1 ● closed (cp)"),
        ("mains", {"on": False}, "○ off"),
        ("input", {"plug": "p", "name": "voltage", "value": True}, "p ● voltage at the plug"),
        ("input", {"plug": "p", "name": "offered_current_a", "value": 32.0}, "p is offered 32.0 A"),
        ("input", {"plug": "p", "name": "alarm", "value": "lid open"}, "p alarm lid open"),
        ("card", {"card": "good", "action": "removed"}, "good removed"),
        ("card", {"job": "j", "card": "good", "action": "failed", "detail": "key"},
         "good failed: key"),
        ("modem", {"step": "signal", "rssi_dbm": -71, "access_technology": "4g"},
         "4G, RSSI -71 dBm"),
        ("transport", {"what": "refused", "detail": {"identity": "X", "reason": "unknown"}},
         "✗ station refused: X, unknown"),
        ("finding", {"rule": "D3", "severity": "warn", "detail": "twice"}, "! D3: twice"),
        ("check", {"name": "a", "ok": False, "expected": "1", "seen": "2"},
         "✗ a: expected 1, saw 2"),
        ("step", {"text": "wait", "state": "failed"}, "✗ wait"),
        ("case", {"octt_id": "003", "verdict": "FAIL", "cause": "x\ny"}, "✗ FAIL 003: x"),
        ("bench", {"state": "quarantined", "device": "left", "cause": "gone"},
         "✗ quarantined: left: gone"),
        ("bench", {"state": "lease", "what": "taken", "owner": "anna", "reason": "x"},
         "anna taken (x)"),
        ("prompt", {"state": "answered", "answer": "done", "by": "anna", "question": "q"},
         "✓ done, by anna: q"),
    ],
)  # fmt: skip
def test_lines_say_it_in_words_and_signs(kind: str, data: dict[str, Any], words: str) -> None:
    line = tell(event(1, kind, **data))
    assert line is not None
    assert line.text == words
    assert line.clock == "12:00:01.500"


def test_a_kind_of_a_newer_daemon_is_passed_over() -> None:
    assert tell(event(1, "something-new", x=1)) is None
