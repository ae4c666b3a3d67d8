"""What `rig modem` prints, and what it ends with."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result

from rig.cli.modem import progress_line
from rig.client.errors import ClientError
from rig.client.modem import ModemInfo, SignalInfo, SpreadInfo, WatchInfo
from rig.client.results import to_json
from rig.client.stream import EventStream, RigEvent

from .conftest import FakeDaemon

Command = Callable[..., Result]
MODEM = ModemInfo(
    "dongle", "huawei", "E3372", "21.200", "861821030000017", "8931", "ready", "home", "Net", "3g",
    "HSPA+", "3g", True, "10.0.0.2",
)  # fmt: skip


def signal(rssi: int | None, ok: bool | None) -> SignalInfo:
    return SignalInfo("4g", 22, rssi, -96, -11.0, 16.5, None, None, -81, ok)


@pytest.fixture(autouse=True)
def no_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that ends at once."""
    monkeypatch.setattr(EventStream, "__enter__", lambda stream: stream)
    monkeypatch.setattr(EventStream, "fileno", lambda stream: 0)
    monkeypatch.setattr(EventStream, "pump", lambda stream: False)
    monkeypatch.setattr("rig.cli.modem.select.select", lambda *a: ([a[0][0]], [], []))


def test_status_golden(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers["GET /v1/modem"] = MODEM
    assert rig_command("modem", "status").stdout == (
        "modem    huawei E3372 21.200\n"
        "IMEI     861821030000017\n"
        "SIM      ready, ICCID 8931\n"
        "network  home, Net\n"
        "in use   3G (HSPA+)\n"
        "allowed  3g\n"
        "data     ● up, 10.0.0.2\n"
    )
    assert json.loads(rig_command("modem", "status", "--json").stdout) == to_json(MODEM)


@pytest.mark.parametrize(
    ("rssi", "ok", "code", "sign"),
    [(-68, True, 0, "✓"), (-82, False, 1, "✗"), (None, None, 3, "?")],
)
def test_signal_is_held_against_the_limit(
    daemon: FakeDaemon, rig_command: Command, rssi: int | None, ok: bool | None, code: int,
    sign: str,
) -> None:  # fmt: skip
    daemon.answers["GET /v1/modem/signal"] = signal(rssi, ok)
    result = rig_command("modem", "signal")
    assert result.exit_code == code
    *values, verdict = result.stdout.splitlines()
    assert verdict.startswith(sign)
    assert "limit: RSSI -81 dBm" in verdict
    assert ("RSSI     -68 dBm  (CSQ 22)" in values) == (rssi == -68)
    assert "SINR     16.5 dB" in values
    assert not any(line.startswith("RSCP") for line in values)
    assert rig_command("modem", "signal", "--json").exit_code == code


def test_mode_is_shown_or_ordered(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers["GET /v1/modem"] = MODEM
    daemon.answers["POST /v1/modem/lock/3g"] = MODEM
    assert rig_command("modem", "mode").stdout == "allowed: 3g; in use: 3G (HSPA+)\n"
    assert json.loads(rig_command("modem", "mode", "--json").stdout) == {
        "lock": "3g", "access_technology": "3g"
    }  # fmt: skip
    assert rig_command("modem", "mode", "3g").stdout == "allowed: 3g; in use: 3G (HSPA+)\n"
    assert "POST /v1/modem/lock/3g" in daemon.asked
    assert rig_command("modem", "mode", "5g").exit_code == 2


def test_a_refused_order_is_an_error(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers["POST /v1/modem/lock/2g"] = ClientError("dongle: no network on 2g", "bench")
    result = rig_command("modem", "mode", "2g")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "no network on 2g" in result.stderr


def test_watch_golden(daemon: FakeDaemon, rig_command: Command) -> None:
    spread = SpreadInfo(-85, -70.5, -68, 6)
    daemon.answers["POST /v1/modem/watch"] = WatchInfo(
        6, spread, None, None, None, None, None, -81, True
    )
    result = rig_command("modem", "watch", "--seconds", "5", "--interval", "1")
    assert result.stdout == (
        "6 readings\n"
        "            least  median  greatest\n"
        "RSSI          -85   -70.5       -68 dBm\n"
        "✓ strong enough for a measurement (limit: RSSI -81 dBm)\n"
    )
    assert daemon.asked[-1] == 'POST /v1/modem/watch {"duration_s": 5.0, "interval_s": 1.0}'


def test_data(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers["POST /v1/modem/data/on"] = MODEM
    assert "● up" in rig_command("modem", "data", "on").stdout


@pytest.mark.parametrize(
    ("kind", "data", "line"),
    [
        ("modem", {"step": "lock", "text": "allowing 3g only"}, "allowing 3g only"),
        ("modem", {"step": "signal", "access_technology": "4g", "rssi_dbm": -70},
         "4G  RSSI -70 dBm"),
        ("modem", {"step": "signal", "access_technology": None, "rssi_dbm": None},
         "no service  RSSI unknown"),
        ("relay", {"text": "x"}, None),
    ],
)  # fmt: skip
def test_progress(kind: str, data: dict[str, str | int | None], line: str | None) -> None:
    assert progress_line(RigEvent(1, 0.0, "t", kind, "s", {**data})) == line
