"""`rig bridge`: what a text means, what was done."""

from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result

from rig.client.bridge import BridgeInfo, BridgeStep
from rig.client.errors import ClientError

from .conftest import FakeDaemon

Command = Callable[..., Result]
STEP = BridgeStep("plug plug-1: plug-in", "done", "pilot state B")
DONE = BridgeInfo("b1", "Plug in", "tool", "done", True, "connect-both", (STEP,),
                  "plug plug-1: plug-in: pilot state B", "", "t0", 0.4)  # fmt: skip
NO_RULE = "no rule fits: the operator of this bench would be asked"
PLANNED = BridgeInfo("", "Make coffee", "me", "planned", False, "", (), NO_RULE, "", "t", 0.0)


def test_a_dry_run_says_so(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers["POST /v1/bridge/prompt"] = PLANNED
    assert rig_command("bridge", "test", "Make coffee").stdout == (
        "○ planned, rule – (none fits)\n  no rule fits: the operator of this bench would be asked\n"
    )
    assert '"dry_run": true' in daemon.asked[-1]


def test_doing_it(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers["POST /v1/bridge/prompt"] = DONE
    assert rig_command("bridge", "do", "Plug in").stdout == (
        "✓ done, rule connect-both\n  ✓ plug plug-1: plug-in: pilot state B\n"
    )
    assert '"dry_run": false' in daemon.asked[-1]
    assert json.loads(rig_command("bridge", "do", "Plug in", "--json").stdout)["dismiss"] is True
    daemon.answers["POST /v1/bridge/prompt"] = ClientError("held by ann", "busy")
    assert rig_command("bridge", "do", "Plug in").exit_code == 4


def test_the_log(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.many("GET /v1/bridge/prompts?limit=100", "prompts", (DONE,))
    line = rig_command("bridge", "log").stdout.splitlines()[1]
    assert line.split()[:5] == ["t0", "tool", "✓", "done", "connect-both"]
    assert json.loads(rig_command("bridge", "log", "--json").stdout)["prompts"][0]["id"] == "b1"
