"""The simulated world dies in the middle of a case: no verdict about the station, and no trust."""

from __future__ import annotations

import json
import os
import re
import signal

from tests.system.rig_home import RigHome


def world_pid(home: RigHome) -> int:
    (line,) = [d for d in home.client.bench_check() if d.device == "virtual world"]
    found = re.search(r"process (\d+)", line.detail)
    assert found
    return int(found[1])


def test_a_killed_world_makes_the_case_inconclusive_and_the_next_run_is_clean(
    home: RigHome,
) -> None:
    home.run("up")
    pid = world_pid(home)
    running = home.start("run", "--dut", "station", "003", "021", "--json")
    home.until(0, kind="case", octt_id="003", phase="steps")
    os.kill(pid, signal.SIGKILL)

    out, err = running.communicate(timeout=40)
    said = json.loads(out)
    assert running.returncode == 3, err
    assert [(c["octt_id"], c["verdict"]) for c in said["cases"]] == [
        ("003", "INCONCLUSIVE"),
        ("021", "INCONCLUSIVE"),
    ]
    assert all("virtual world" in c["cause"] for c in said["cases"])
    status = home.json("status", expect=4)
    assert status["bench"]["state"] == "quarantined"
    assert status["bench"]["quarantine"]["device"] == "virtual world"
    assert "quarantine" in home.outcome("plug", "in")[2]

    home.run("bench", "recover")
    again = home.json("run", "--dut", "station", "003")
    assert [(c["verdict"], c["findings"]) for c in again["cases"]] == [("PASS", 0)]


def test_a_killed_world_is_noticed_while_nothing_runs(home: RigHome) -> None:
    home.run("up")
    os.kill(world_pid(home), signal.SIGKILL)
    home.until(0, kind="bench", state="quarantined")
    assert home.json("status", expect=4)["bench"]["state"] == "quarantined"
    home.run("down")
    home.run("up")
    assert home.json("run", "--dut", "station", "021")["verdict"] == "PASS"
