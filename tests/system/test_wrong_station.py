"""A station with the wrong identity or subprotocol is refused, recorded and shown."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.system.rig_home import RigHome

BENCH = """
bench: by-hand
devices:
  plug-1: {kind: manual_evse_tester, plug_type: type2}
cards:
  accepted: {id_tag: AA, status: Accepted}
csms: {identity: CP-RIGHT}
parameters: {long_operation_timeout: 1}
"""


@contextmanager
def station(url: str, identity: str, *options: str) -> Iterator[None]:
    command = [sys.executable, "-m", "firmware_mocks", "charging-station", "--follow-stdin"]
    process = subprocess.Popen(
        [*command, "--csms", url, "--identity", identity, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("identity", "defects", "reason"),
    [
        ("CP-WRONG", (), "unknown identity 'CP-WRONG'; want 'CP-RIGHT'"),
        ("CP-RIGHT", ("--defect", "wrong-subprotocol"), "no common subprotocol, want ocpp1.6"),
    ],
)
def test_a_wrong_station_is_refused_recorded_and_shown(
    home: RigHome, identity: str, defects: tuple[str, ...], reason: str
) -> None:
    bench = home.folder / "bench.yaml"
    bench.write_text(BENCH)
    home.run("up", str(bench))
    url = home.client.status().csms
    assert url is not None
    with station(url.url, identity, *defects):
        event = home.until(0, kind="transport", what="refused")[-1]
        detail = event.data["detail"]
        assert isinstance(detail, dict)
        assert detail["reason"] == reason
        assert reason in home.run("status")
        said = home.json("run", "--dut", "station", "021", expect=3)
    assert said["verdict"] == "INCONCLUSIVE"
    assert reason in said["cause"]
