"""What each command prints: stdout is data, stderr is talk."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import Result

from rig.cli.main import rig
from rig.client.errors import ClientError
from rig.client.plug import PlugInfo
from rig.client.results import CaseLine, DeviceLine, PromptInfo, to_json

from .conftest import BENCH, CASES, LINE, RUN, STATUS, FakeDaemon

Command = Callable[..., Result]
PLUG = PlugInfo("plug-1", 1, "type2", "B", True, False, None)
PROMPT = PromptInfo(
    "p1", "Plug in?", ("done", "cannot"), "asked", 60.0, "t", octt_id="003", step="plug in",
    evidence=("0.1 s  Rig→Station: mains on",), remedy="or say cannot", deadline_utc="t+60",
    left_s=41.7,
)  # fmt: skip


def test_status_golden(daemon: FakeDaemon, rig_command: Command) -> None:
    result = rig_command("status")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "daemon   ● pid 4711, up 1 min 5 s\n"
        "bench    ● virtual: open, simulated, time x10\n"
        "file     /configs/virtual.yaml\n"
        "plugs    plug-1\n"
        "mains    ● on\n"
        "network  ● up\n"
        "csms     ws://127.0.0.1:9000/ocpp\n"
        "station  CP-1 ● connected, Accepted (Acme Box 1.2)\n"
    )


def test_plugs_are_listed(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.many("GET /v1/plugs", "plugs", (PLUG,))
    line = rig_command("plug", "list").stdout.splitlines()[1]
    assert re.split(" {2,}", line) == [
        "plug-1", "1", "◐ B plugged in", "in", "○ no", "not measured"
    ]  # fmt: skip
    listed = json.loads(rig_command("plug", "list", "--json").stdout)["plugs"]
    assert listed == [json.loads(json.dumps(to_json(PLUG)))]


def test_status_as_json(daemon: FakeDaemon, rig_command: Command) -> None:
    assert json.loads(rig_command("status", "--json").stdout) == json.loads(
        json.dumps({"running": True} | to_json(STATUS))
    )


def test_status_without_daemon_is_exit_4(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers.clear()
    result = rig_command("status", "--json")
    assert (result.exit_code, json.loads(result.stdout)["running"]) == (4, False)
    assert "rig up" in result.stderr


def test_down_without_daemon_is_fine(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers.clear()
    result = rig_command("down", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"stopped": False, "pid": None})


def test_up_when_already_up(daemon: FakeDaemon, rig_command: Command) -> None:
    result = rig_command("up", BENCH.file)
    assert (result.exit_code, "already up" in result.stderr) == (0, True)


def test_up_with_another_bench_says_how_to_change_over(
    daemon: FakeDaemon, rig_command: Command
) -> None:
    Path("other.yaml").touch()
    result = rig_command("up", "other.yaml")
    assert result.exit_code == 4
    assert "rig down && rig up other.yaml" in result.stderr


def test_another_bench_that_does_not_exist_is_not_offered_to_change_over_to(
    daemon: FakeDaemon, rig_command: Command
) -> None:
    result = rig_command("up", "tpyo.yaml")
    assert (result.exit_code, "tpyo.yaml: no such file" in result.stderr) == (2, True)


def test_every_command_that_tells_something_has_json() -> None:
    def commands(group: click.Group, *path: str) -> Iterator[tuple[str, click.Command]]:
        for name in group.list_commands(click.Context(group)):
            found = group.get_command(click.Context(group), name)
            if isinstance(found, click.Group):
                yield from commands(found, *path, name)
            elif found is not None:
                yield " ".join((*path, name)), found

    lack = [name for name, c in commands(rig) if not any("--json" in p.opts for p in c.params)]
    assert lack == ["tui"]


def test_second_daemon_in_the_foreground_is_refused(
    daemon: FakeDaemon, rig_command: Command
) -> None:
    result = rig_command("up", "--foreground")
    assert (result.exit_code, "already running" in result.stderr) == (4, True)


def test_bench_check_golden(daemon: FakeDaemon, rig_command: Command) -> None:
    devices = (
        DeviceLine("relay-left", False, "no answer within 0.5 s", "check power and address"),
        DeviceLine("mains", True, "on"),
    )
    daemon.many("POST /v1/bench/check", "devices", devices)
    result = rig_command("bench", "check")
    assert (result.exit_code, result.stderr) == (4, "bench virtual: 2 devices, 1 failed\n")
    assert result.stdout == (
        "   device      state   detail\n"
        "✗  relay-left  FAILED  no answer within 0.5 s\n"
        "   check power and address\n"
        "●  mains       ok      on\n"
    )


@pytest.mark.parametrize("action", ["safe", "recover"])
def test_bench_actions(daemon: FakeDaemon, rig_command: Command, action: str) -> None:
    daemon.answers[f"POST /v1/bench/{action}"] = BENCH
    result = rig_command("bench", action, "--json")
    assert (result.exit_code, json.loads(result.stdout)["name"]) == (0, "virtual")
    assert rig_command("bench", action).exit_code == 0


@pytest.mark.parametrize(
    ("args", "target"),
    [
        (["in"], "POST /v1/plugs/plug-1/insert"),
        (["in", "plug-1"], "POST /v1/plugs/plug-1/insert"),
        (["out"], "POST /v1/plugs/plug-1/unplug"),
        (["out", "--side", "ev"], "POST /v1/plugs/plug-1/unplug-ev"),
        (["state"], "GET /v1/plugs/plug-1"),
        (["energy"], "POST /v1/plugs/plug-1/energy"),
        (["energy", "off"], "POST /v1/plugs/plug-1/stop-energy"),
    ],
)
def test_plug_commands_reach_the_plug(
    daemon: FakeDaemon, rig_command: Command, args: list[str], target: str
) -> None:
    daemon.answers[target] = PLUG
    result = rig_command("plug", *args)
    assert result.exit_code == 0, result.output
    assert "pilot                ◐ B plugged in" in result.stdout
    assert json.loads(rig_command("plug", *args, "--json").stdout) == to_json(PLUG)


def test_card_list_golden(daemon: FakeDaemon, rig_command: Command) -> None:
    assert rig_command("card", "list").stdout == (
        "card  idTag  status    parent\n"
        "good  04A1   Accepted\n"
        "bad   04BA   Invalid   GROUP\n"
    )  # fmt: skip


def test_card_present(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers["POST /v1/cards/good/present"] = BENCH.cards[0]
    result = rig_command("card", "present", "good", "--json")
    assert json.loads(result.stdout)["id_tag"] == "04A1"
    assert "presented good" in result.stderr


@pytest.mark.parametrize("action", ["on", "off", "cycle"])
def test_mains(daemon: FakeDaemon, rig_command: Command, action: str) -> None:
    daemon.answers[f"POST /v1/mains/{action}"] = BENCH
    assert rig_command("mains", action).stdout == "mains ● on\n"
    assert json.loads(rig_command("mains", action, "--json").stdout) == {"mains": "on"}


def test_mains_state(daemon: FakeDaemon, rig_command: Command) -> None:
    assert rig_command("mains", "state").stdout == "mains ● on\n"


@pytest.mark.parametrize(("action", "sign"), [("up", "●"), ("down", "○")])
def test_net(daemon: FakeDaemon, rig_command: Command, action: str, sign: str) -> None:
    daemon.answers[f"POST /v1/network/{action}"] = dataclasses.replace(BENCH, network=action)
    assert rig_command("net", action).stdout == f"network {sign} {action}\n"
    assert json.loads(rig_command("net", action, "--json").stdout) == {"network": action}


def test_net_state(daemon: FakeDaemon, rig_command: Command) -> None:
    assert rig_command("net", "state").stdout == "network ● up\n"
    daemon.answers["GET /v1/bench"] = dataclasses.replace(BENCH, network="none")
    assert "has no network switch" in rig_command("net", "state").stdout


def test_relay_pulse(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers["POST /v1/relays/left/6/pulse"] = {}
    said = rig_command("relay", "pulse", "left", "6", "1.5")
    assert said.stdout == "left coil 6 ○ open again after 1.5 s\n"
    assert daemon.asked[-1] == 'POST /v1/relays/left/6/pulse {"seconds": 1.5}'
    said = rig_command("relay", "pulse", "left", "6", "1.5", "--json")
    assert json.loads(said.stdout) == {"board": "left", "coil": 6, "seconds": 1.5}


@pytest.mark.parametrize("seconds", ["0", "60.1", "soon"])
def test_relay_pulse_of_no_such_length_is_a_usage_error(
    daemon: FakeDaemon, rig_command: Command, seconds: str
) -> None:
    assert rig_command("relay", "pulse", "left", "6", seconds).exit_code == 2
    assert not any("pulse" in asked for asked in daemon.asked)


def test_case_list_golden(daemon: FakeDaemon, rig_command: Command) -> None:
    other = CaseLine("006", "One Reader", "core", "O", True, False, True, "several readers")
    daemon.many("GET /v1/cases?dut=station", "cases", CASES)
    result = rig_command("case", "list", "--dut", "station")
    assert result.stdout == (
        "charging station under test\n"
        "   case        title                     why not\n"
        "●  001    M    Cold Boot Charge Point\n"
        "–  042_1  C    Get Local List Version    not applicable: the local list is supported\n"
        "○  003    M    Regular Charging Session  no case yet\n"
        "\n"
    ).replace("C    G", "C  G").replace("M    ", "M  ").replace("case        t", "case      t")
    assert result.stderr == "station: 3 rows, 2 apply, 1 of them can be run\n"
    daemon.many("GET /v1/cases?dut=station", "cases", (*CASES, other))
    result = rig_command("case", "list", "--dut", "station")
    assert result.stderr == "station: 4 rows, 2 apply, 1 of them can be run\n"


def test_case_list_as_json_has_both_roles(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.many("GET /v1/cases?dut=station", "cases", CASES)
    daemon.many("GET /v1/cases?dut=csms", "cases", ())
    said = json.loads(rig_command("case", "list", "--json").stdout)
    assert [len(said["station"]), len(said["csms"])] == [3, 0]


def test_case_show(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers["GET /v1/cases/001?dut=csms"] = {
        "octt_id": "001",
        "title": "Cold Boot",
        "has_case": True,
        "variants": ["a", "b"],
        "condition": "",
        "steps": "boot()\ncheck()\n",
    }
    assert rig_command("case", "show", "001", "--dut", "csms").stdout == (
        "001  Cold Boot\nhas case: yes\nvariants: a, b\n\nboot()\ncheck()\n"
    )


def test_unknown_case_is_exit_2_with_the_daemons_hint(
    daemon: FakeDaemon, rig_command: Command
) -> None:
    hint = ClientError("no case '0003'; did you mean 003?", "unknown-case")
    daemon.answers["GET /v1/cases/0003"] = hint
    result = rig_command("case", "show", "0003", "--json")
    assert (result.exit_code, json.loads(result.stdout)["kind"]) == (2, "unknown-case")
    assert "did you mean 003?" in result.stderr


def test_runs_list_golden(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.many("GET /v1/runs", "runs", (LINE,))
    assert rig_command("runs", "list").stdout == (
        "run                   dut      bench    verdict  cases\n"
        "20260101-000000-abcd  station  virtual  ✗ FAIL   1 PASS, 1 FAIL\n"
    )


def test_empty_runs_list_says_how_to_make_one(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.many("GET /v1/runs", "runs", ())
    result = rig_command("runs", "list")
    assert (result.stdout, "rig run" in result.stderr) == ("", True)


def test_runs_show_golden(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers["GET /v1/runs/last"] = RUN
    assert rig_command("runs", "show", "last").stdout == (
        "run 20260101-000000-abcd: station under test on bench virtual, simulated devices, "
        "time x10\n"
        "2026-01-01T00:00:00.000Z to 2026-01-01T00:01:00.000Z\n"
        "\n"
        "case       dut      title                     verdict  checks  time\n"
        "001        station  Cold Boot Charge Point    ✓ PASS   5/5     12.0 s\n"
        "003 local  station  Regular Charging Session  ✗ FAIL   6/7     30.4 s\n"
        "    expected StatusNotification(Charging)\n"
        "\n"
        "verdict ✗ FAIL\n"
    )


def test_report_files_and_stdout(daemon: FakeDaemon, rig_command: Command, tmp_path: Path) -> None:
    for form in ("html", "junit", "json"):
        daemon.answers[f"GET /v1/runs/last/report?format={form}"] = f"{form}!"
    result = rig_command(
        "report", "last", "--html", "sub/a.html", "--junit", "b.xml", "--json", "c.json"
    )
    assert (result.exit_code, result.stdout) == (0, "")
    files = [tmp_path / name for name in ("sub/a.html", "b.xml", "c.json")]
    assert [file.read_text() for file in files] == ["html!", "junit!", "json!"]
    assert rig_command("report", "last", "--json").stdout == "json!\n"
    daemon.answers["GET /v1/runs/last"] = RUN
    rig_command("report", "last")
    assert (tmp_path / f"rig-report-{RUN.run_id}.html").read_text() == "html!"


def test_report_that_cannot_be_written_is_exit_2(
    daemon: FakeDaemon, rig_command: Command, tmp_path: Path
) -> None:
    daemon.answers["GET /v1/runs/last/report?format=html"] = "html!"
    (tmp_path / "file").write_text("")
    result = rig_command("report", "last", "--html", "file/a.html")
    assert (result.exit_code, "file/a.html" in result.stderr) == (2, True)


def test_prompt_list_and_answer(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.many("GET /v1/prompts", "prompts", (PROMPT,))
    listed = rig_command("prompt", "list").stdout
    assert "p1  42 s left  003   done/cannot  Plug in?" in listed
    assert rig_command("prompt", "show").stdout == (
        "case 003: plug in\n"
        "  0.1 s  Rig→Station: mains on\n"
        "p1: Plug in? [done/cannot]\n"
        "  or say cannot\n"
        "  42 s left, until t+60\n"
    )
    assert json.loads(rig_command("prompt", "show", "p1", "--json").stdout)["left_s"] == 41.7
    assert rig_command("prompt", "show", "p9").exit_code == 2
    daemon.answers["POST /v1/prompts/p1"] = PROMPT
    assert rig_command("prompt", "answer", "p1", "done", "--json").exit_code == 0
    assert '"choice": "done"' in daemon.asked[-1]
    assert '"via": "cli"' in daemon.asked[-1]


def test_a_prompt_that_is_answered_says_who_where_and_when(
    daemon: FakeDaemon, rig_command: Command
) -> None:
    closed = dataclasses.replace(
        PROMPT, state="answered", answer="done", by="ann", via="tui", answered_utc="t+9"
    )
    daemon.many("GET /v1/prompts", "prompts", (closed,))
    assert "answered  003   done (ann, tui)" in rig_command("prompt", "list").stdout
    assert "answered: done, by ann (tui) at t+9" in rig_command("prompt", "show", "p1").stdout
    result = rig_command("prompt", "show")
    assert (result.exit_code, "nobody is waiting" in result.stderr) == (2, True)


def test_hand_work_without_daemon_is_exit_4(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers.clear()
    for args in (
        ["plug", "in"],
        ["card", "list"],
        ["mains", "on"],
        ["net", "up"],
        ["prompt", "list"],
    ):
        result = rig_command(*args)
        assert (result.exit_code, "rig up" in result.stderr) == (4, True), args


def test_unknown_command_offers_the_nearest(rig_command: Command) -> None:
    result = rig_command("stauts")
    assert (result.exit_code, "did you mean status" in result.stderr) == (2, True)


def test_a_wrong_command_line_is_told_as_json_too(rig_command: Command) -> None:
    result = rig_command("run", "--json")
    said = json.loads(result.stdout)
    assert (result.exit_code, said["kind"], "--dut" in said["error"]) == (2, "config", True)


def test_what_the_system_refuses_is_exit_2_with_the_place(
    daemon: FakeDaemon, rig_command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    daemon.answers.clear()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file" / "state"))
    result = rig_command("up")
    assert (result.exit_code, "Traceback" in result.output) == (2, False)
    assert f"error: {tmp_path}/file/state" in result.stderr


def test_a_mistake_of_the_rig_is_exit_70_and_not_a_failed_check(
    daemon: FakeDaemon, rig_command: Command
) -> None:
    daemon.answers["GET /v1/status"] = "not what a daemon says"
    result = rig_command("status", "--json")
    assert (result.exit_code, json.loads(result.stdout)["kind"]) == (70, "internal")
    assert "Traceback" in result.stderr


def test_run_needs_to_know_what(rig_command: Command) -> None:
    for args in (
        [], ["001", "--all"], ["--all", "--resume", "x"], ["--retest", "x"],
        ["--retest", "x", "001", "--resume", "x"], ["--resume", "x", "--edition", "2024"],
    ):  # fmt: skip
        assert rig_command("run", "--dut", "station", *args).exit_code == 2


def test_run_with_another_bench_than_the_daemons_is_exit_4(
    daemon: FakeDaemon, rig_command: Command
) -> None:
    Path("other.yaml").touch()
    result = rig_command("run", "--dut", "station", "--all", "--bench", "other.yaml", "--json")
    assert (result.exit_code, json.loads(result.stdout)["kind"]) == (4, "busy")
    assert "rig down && rig up other.yaml" in result.stderr


def test_run_finds_out_first_that_reports_cannot_be_written(
    daemon: FakeDaemon, rig_command: Command, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    result = rig_command("run", "--dut", "station", "001", "--junit", "file/x.xml")
    assert (result.exit_code, daemon.asked) == (2, [])


def test_tui_without_a_terminal_says_what_works(
    rig_command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEXTUAL_DRIVER", raising=False)
    result = rig_command("tui")
    assert result.exit_code == 2
    assert "rig tui --text" in result.stderr
