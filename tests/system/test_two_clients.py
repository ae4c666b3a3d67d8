"""More than one client at a time: one run, one bench, everybody may look."""

from __future__ import annotations

import json
import signal

from tests.system.rig_home import RigHome


def test_a_second_run_is_refused_and_a_second_client_sees_the_first(home: RigHome) -> None:
    home.run("up")
    first = home.start("run", "--dut", "station", "003", "--json")
    seen = home.until(0, kind="case", octt_id="003", phase="steps")
    _, code, err = home.outcome("run", "--dut", "station", "021")
    assert code == 4
    assert "run" in err
    _, code, err = home.outcome("plug", "out")
    assert code == 4, err
    status = home.json("status")
    assert status["run"]["case"] == "003"
    out, _ = first.communicate(timeout=40)
    assert json.loads(out)["verdict"] == "PASS"
    again = home.until(0, kind="run", phase="closed")
    assert [e.seq for e in again[: len(seen)]] == [e.seq for e in seen]
    late = home.until(again[-3].seq, kind="run", phase="closed")
    assert [e.seq for e in late] == [e.seq for e in again[-2:]]


def test_a_run_outlives_the_client_that_started_it_and_is_found_again(home: RigHome) -> None:
    home.run("up")
    starter = home.start("run", "--dut", "station", "003", "021", "--json")
    home.until(0, kind="case", octt_id="003", phase="steps")
    starter.kill()
    starter.communicate(timeout=20)
    found = home.json("status")["run"]
    assert found["case"] == "003"
    home.until(0, kind="run", phase="closed")
    ended = home.client.run(found["run_id"])
    assert [(c.octt_id, c.verdict) for c in ended.cases] == [("003", "PASS"), ("021", "PASS")]


def test_a_second_daemon_is_refused(home: RigHome) -> None:
    home.run("up")
    out, code, err = home.outcome("up", "--foreground")
    assert (code, out) == (4, "")
    assert "already running" in err


def test_ctrl_c_aborts_the_run_and_leaves_the_bench_safe(home: RigHome) -> None:
    home.run("up")
    running = home.start("run", "--dut", "station", "001", "--json")
    home.until(0, kind="case", octt_id="001", phase="steps")
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=30)
    assert running.returncode == 130
    said = json.loads(out)
    assert said["verdict"] == "ABORTED"
    assert [(c["octt_id"], c["verdict"]) for c in said["cases"]] == [("001", "ABORTED")]
    assert home.client.status().run is None
    assert home.json("run", "--dut", "station", "021")["verdict"] == "PASS"


def test_a_lease_keeps_others_away_and_can_be_broken_on_record(home: RigHome) -> None:
    home.run("up")
    home.env["RIG_OWNER"] = "anna"
    home.run("lease", "take", "--reason", "calibration")
    home.run("plug", "in")
    home.env["RIG_OWNER"] = "ben"
    _, code, err = home.outcome("plug", "out")
    assert code == 4
    assert "held by anna" in err
    assert "calibration" in err
    assert "anna" in home.run("status")
    home.run("lease", "break", "--reason", "anna has left")
    assert home.json("plug", "state")["cp_state"] == "A"
    broken = home.until(0, what="broken")[-1]
    assert (broken.text("owner"), broken.text("by")) == ("anna", "ben")
