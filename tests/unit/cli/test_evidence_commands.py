"""`rig runs frames|timeline|compare` as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result

from rig.client.evidence import (
    CaseTimeline,
    CompareLine,
    FindingLine,
    FrameLine,
    FramePage,
    MarkLine,
    RunComparison,
    TimelineLine,
)
from rig.client.results import to_json

from .conftest import FakeDaemon

Command = Callable[..., Result]
UTC = "2026-01-01T00:00:01.250Z"
PAGE = FramePage(
    (
        FrameLine(7, 1.0, UTC, "in", "CALL", "Heartbeat", "h1", "[]", 1, "003", "", ""),
        FrameLine(8, 1.1, UTC, "out", "CALLRESULT", "Heartbeat", "h1", "[]", 1, "003", "now", ""),
        FrameLine(9, 1.2, UTC, "in", "malformed", "", "", "x", 1, "", "", "not JSON"),
    ),
    True,
    9,
)


def test_frames_of_the_daemon(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers["GET /v1/frames?after=0&limit=500&filter=in+heart&octt_id=&newest=0"] = PAGE
    result = rig_command("runs", "frames", "--filter", "in heart")
    assert result.stdout == (
        "seq  time          case         message         says\n"
        "7    00:00:01.250  003   → rig  Heartbeat.req\n"
        "8    00:00:01.250  003   ← rig  Heartbeat.conf  now\n"
        "9    00:00:01.250        → rig  ? malformed     ⚠ not JSON\n"
    )
    assert "go on with --after 9" in result.stderr
    said = json.loads(rig_command("runs", "frames", "--filter", "in heart", "--json").stdout)
    assert said == json.loads(json.dumps(to_json(PAGE)))


def test_frames_of_a_run(daemon: FakeDaemon, rig_command: Command) -> None:
    target = "GET /v1/runs/last/frames?after=8&limit=2&filter=&octt_id=003&newest=1"
    daemon.answers[target] = PAGE
    result = rig_command("runs", "frames", "last", "--case", "003", "--after", "8", "--limit", "2",
                         "--newest")  # fmt: skip
    assert (result.exit_code, "there are older ones" in result.stderr) == (0, True)


def test_the_time_line_of_a_case(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers["GET /v1/runs/last/timeline?octt_id=003&attempt=0"] = CaseTimeline(
        "r", "003", "Plug in first", "", 1, 1, "FAIL", "wrong status", UTC, 4.2,
        (
            TimelineLine(0.5, 3, "physical", "pilot state B", "(plug-1)", "Plug", "Station", ()),
            TimelineLine(1.25, 4, "call", "StatusNotification", "Finishing", "Station", "Tool",
                         (MarkLine("failed", "status"),)),
        ),
        (), (FindingLine("D2", "fail", "unexpected", 1.25, (4,)),),
    )  # fmt: skip
    result = rig_command("runs", "timeline", "last", "003")
    assert result.stdout == (
        "003 Plug in first: ✗ FAIL, 4.2 s\n"
        "at s                       what\n"
        "    0.500  Plug → Station  pilot state B (plug-1)\n"
        "    1.250  Station → Tool  StatusNotification Finishing  ◀ failed: status\n"
        "✗ D2 (fail): unexpected\n"
        "wrong status\n"
    )
    said = json.loads(rig_command("runs", "timeline", "last", "003", "--json").stdout)
    assert said["rows"][1]["marks"] == [{"kind": "failed", "text": "status"}]


def test_two_runs_compared(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers["GET /v1/runs/a/compare/last"] = RunComparison(
        "a", "b",
        (
            CompareLine("001", "Boot", "PASS", "PASS", "", "", "same"),
            CompareLine("003", "Plug in first", "PASS", "FAIL", "", "no status", "worse"),
        ),
    )  # fmt: skip
    result = rig_command("runs", "compare", "a", "last")
    assert "001" not in result.stdout
    assert result.stdout.splitlines()[1].split() == [
        "003", "Plug", "in", "first", "✓", "PASS", "✗", "FAIL", "▼", "worse", "no", "status"
    ]  # fmt: skip
    assert "1 same, 1 worse" in result.stderr
    assert "001" in rig_command("runs", "compare", "a", "last", "--all").stdout
    said = json.loads(rig_command("runs", "compare", "a", "last", "--json").stdout)
    assert [row["change"] for row in said["rows"]] == ["same", "worse"]
