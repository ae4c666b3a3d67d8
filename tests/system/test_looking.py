"""What a screen reads from a real daemon with the virtual bench: plugs, calls, frames, cases."""

from __future__ import annotations

import json

from tests.system.rig_home import RigHome


def test_a_session_is_seen_from_every_side(home: RigHome) -> None:
    home.run("up")
    (plug,) = home.json("plug", "list")["plugs"]
    assert (plug["name"], plug["cp_state"]) == ("plug-1", "A")
    home.run("plug", "in")
    assert home.client.plugs()[0].cp_state == "B"
    home.run("plug", "out")

    called = home.json("csms", "call", "GetConfiguration", 'key=["HeartbeatInterval"]')
    (key,) = called["payload"]["configurationKey"]
    assert (called["outcome"], key["key"]) == ("result", "HeartbeatInterval")
    wrong = home.json("csms", "call", "Reset", "type=Warm", "--wrong", expect=1)
    assert (wrong["outcome"], wrong["code"] != "") == ("error", True)

    ran = home.json("run", "--dut", "station", "003")
    seen = home.client.timeline("last", "003")
    assert (seen.run_id, seen.verdict) == (ran["run_id"], "PASS")
    shapes = {row.shape for row in seen.rows}
    assert {"physical", "call", "result", "phase", "step"} <= shapes
    page = home.client.frames("last", octt_id="003", words="in StartTransaction")
    (start,) = page.frames
    assert json.loads(start.raw)[2] == "StartTransaction"
    assert start.seq in {row.seq for row in seen.rows}
    live = home.client.frames(words="in StartTransaction")
    assert [f.seq for f in live.frames] == [start.seq]
    same = home.client.compare("last", "last")
    assert [(row.octt_id, row.change) for row in same.rows] == [("003", "same")]
