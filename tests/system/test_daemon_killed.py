"""kill -9 of the daemon: nothing recorded is lost, and no relay stays closed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.contract.opponents import coils_become, relay_mock
from tests.system.rig_home import RigHome

BENCH = """
bench: left-alone
devices:
  relay-left:
    kind: relay_board
    dialect: waveshare-8
    transport: {{kind: tcp, host: {host}, port: {port}}}
  plug-1:
    kind: evse_tester
    plug_type: type2
    board: relay-left
    coils: {{cp: 0, s2c: 1, pp: 2}}
  mains: {{kind: mains_switch, board: relay-left, coil: 3, safe: off}}
cards:
  accepted: {{id_tag: 04A1B2C3D4E5F6, status: Accepted}}
csms: {{identity: CP-1}}
"""


def recorded(folder: Path) -> list[dict[str, object]]:
    """Whole lines of the run's time line."""
    text = (folder / "events.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def test_no_recorded_event_is_lost_and_the_run_goes_on_later(home: RigHome) -> None:
    home.run("up")
    running = home.start("run", "--dut", "station", "021", "003", "--json")
    seen = home.until(0, kind="case", octt_id="003", phase="steps")
    home.kill_daemon()
    out, err = running.communicate(timeout=30)
    assert running.returncode == 70
    assert "the daemon ended in the middle of run" in err + out

    (run_id,) = {e.text("run_id") for e in seen if e.kind == "run"}
    kept = {event["seq"]: event["kind"] for event in recorded(home.store / run_id)}
    begin = next(e.seq for e in seen if e.kind == "run")
    assert [e.seq for e in seen if e.seq >= begin and kept.get(e.seq) != e.kind] == []

    home.run("up")
    shown = home.json("runs", "show", run_id)
    assert shown["state"] == "interrupted"
    assert [c["octt_id"] for c in shown["cases"]] == ["021"]
    resumed = home.json("run", "--dut", "station", "--resume", run_id)
    assert resumed["run_id"] == run_id
    assert [(c["octt_id"], c["verdict"], c["attempt"]) for c in resumed["cases"]] == [
        ("021", "PASS", 1),
        ("003", "INCONCLUSIVE", 1),
        ("003", "PASS", 2),
    ]
    whole = home.json("run", "--dut", "station", "021", "003")
    ours, theirs = (the_run(home, r["run_id"]) for r in (resumed, whole))
    assert found_in(ours) == found_in(theirs)
    # What is different, and is told: the sessions, and the execution that was cut off.
    assert [s["occasion"] for s in ours["sessions"]] == ["", "resumed"]
    cut_off = [case for case in ours["cases"] if not case["counts"]]
    assert [(c["octt_id"], c["attempt"]) for c in cut_off] == [("003", 1)]
    assert all(case["rows"] and case["frames"] for case in ours["cases"])


def the_run(home: RigHome, run_id: str) -> dict[str, Any]:
    """A run as its JSON report has it."""
    (found,) = json.loads(home.client.report([run_id], "json"))["runs"]
    return dict(found)


def but_numbers(text: str) -> str:
    """Transactions are numbered as they come, also those of an execution that was cut off."""
    return re.sub(r"(?<=transactionId is )\d+", "N", text)


def found_in(run: dict[str, Any]) -> dict[str, object]:
    """What a run says about the station."""
    cases = [
        (
            case["octt_id"], case["verdict"], case["tool_verdict"], case["result"],
            [(but_numbers(c["name"]), c["state"], c["requirement"]) for c in case["checks"]],
            case["findings"],
        )
        for case in run["cases"]
        if case["counts"]
    ]  # fmt: skip
    same = ("verdict", "cause", "state", "identity", "not_run", "not_applicable", "changes")
    return {"cases": cases, **{name: run[name] for name in same}}


async def test_the_relays_fall_to_the_safe_state(home: RigHome) -> None:
    with relay_mock() as mock:
        bench = home.folder / "bench.yaml"
        bench.write_text(BENCH.format(host=mock.tcp.host, port=mock.tcp.port))
        home.run("up", str(bench))
        home.run("mains", "on")
        home.run("plug", "in")
        assert (await mock.coils())[:4] == [True, False, True, True]
        home.kill_daemon()
        await coils_become(mock, [False] * 8)
        home.run("up", str(bench))  # the guard has let go of the board
        assert await mock.coils() == [n == 3 for n in range(8)]  # mains only
