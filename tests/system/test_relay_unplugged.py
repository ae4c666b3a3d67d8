"""A relay board is unplugged in the middle of a run: no verdict, no trust, one command to go on."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.contract.opponents import MockProcess, coils_become, relay_mock
from tests.system.rig_home import RigHome

BENCH = """
bench: two-lines
devices:
  relay-left:
    kind: relay_board
    dialect: waveshare-8
    unit: 1
    transport: {{kind: rtu, port: {port}}}
  relay-third:
    kind: relay_board
    dialect: r4d8a08
    unit: 3
    transport: {{kind: rtu, port: {port}}}
  relay-right:
    kind: relay_board
    dialect: wago-750
    transport: {{kind: tcp, host: {host}, port: {tcp}}}
  plug-1:
    kind: evse_tester
    plug_type: type2
    board: relay-left
    coils: {{cp: 0, s2c: 1, pp: 2}}
  mains: {{kind: mains_switch, board: relay-right, coil: 3, safe: off}}
  reader: {{kind: card_presenter, board: relay-third, cards: {{accepted: 0}}}}
cards:
  accepted: {{id_tag: 04A1B2C3D4E5F6, status: Accepted}}
csms: {{identity: CP-1}}
"""


@contextmanager
def station(url: str) -> Iterator[None]:
    """A simulated station whose plug nobody touches."""
    process = subprocess.Popen(
        [sys.executable, "-m", "firmware_mocks", "charging-station", "--follow-stdin",
         "--csms", url.rpartition("/CP-1")[0] or url, "--identity", "CP-1"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.kill()
        process.communicate()


def opened(mock: MockProcess, unit: int | None = None) -> bool:
    return not any(asyncio.run(mock.coils(unit)))


def test_the_run_is_inconclusive_and_the_bench_comes_back(home: RigHome) -> None:
    port = home.folder / "by-id-relay"
    with (
        relay_mock("--link", str(port), "--unit", "1:waveshare-8", "--unit", "3:r4d8a08") as line,
        relay_mock(dialect="wago-750") as right,
    ):
        file = Path(home.folder / "bench.yaml")
        file.write_text(BENCH.format(port=port, host=right.tcp.host, tcp=right.tcp.port))
        home.run("up", str(file))
        status = home.client.status()
        assert status.csms is not None
        with station(status.csms.url):
            running = home.start("run", "--dut", "station", "003", "--json")
            home.until(0, kind="case", octt_id="003", phase="steps")
            asyncio.run(line.control("hang_up_at", request=2))
            out, err = running.communicate(timeout=40)
        said = json.loads(out)
        assert running.returncode == 3, err
        (case,) = said["cases"]
        assert case["verdict"] == "INCONCLUSIVE"
        assert "relay-" in case["cause"]
        assert "hang-up" in case["cause"]

        first = home.json("status", expect=4)["bench"]["quarantine"]
        assert first["device"] in ("relay-left", "relay-third")
        assert "hang-up" in first["cause"]
        asyncio.run(coils_become(right, [False] * 8))  # the board that is left was made safe
        assert "hang-up" in home.outcome("plug", "in")[2]

        home.run("bench", "recover", expect=4)  # still unplugged
        assert home.json("status", expect=4)["bench"]["quarantine"] == first

        asyncio.run(line.control("plug_in"))
        home.run("bench", "recover")
        assert home.json("status")["bench"]["state"] == "open"
        home.run("plug", "in")
        assert asyncio.run(line.coils(1)) == [n in (0, 2) for n in range(8)]
        home.run("bench", "safe")
        assert opened(line, 1)
        assert opened(line, 3)
