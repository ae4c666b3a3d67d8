"""Hardware in the loop, with a simulated board in place of the hardware."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.dongle_mocks import dongle_mock
from tests.contract.nfc_mocks import nfc_mock
from tests.contract.opponents import relay_mock, running_mock

ROOT = Path(__file__).parents[2]
BENCH = """
bench: left-alone
devices:
  relay-left:
    kind: relay_board
    dialect: wirenboard-6
    transport: {{kind: tcp, host: 127.0.0.1, port: {port}}}
cards: {{}}
"""


PLUGS = """
bench: plugs
devices:
  relays:
    kind: relay_board
    dialect: waveshare-8
    transport: {{kind: tcp, host: 127.0.0.1, port: {relays}}}
  plug-1:
    kind: evse_tester
    board: relays
    coils: {{cp: 0, s2c: 1, pp: 2, e_hard: 3}}
  plug-2:
    kind: evse_tester_modbus
    transport: {{kind: tcp, host: 127.0.0.1, port: {tester}}}
    connector_id: 2
cards: {{}}
"""


def hil(*options: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "hil", *options]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=55)


def test_the_contract_runs_on_the_boards_of_a_bench(tmp_path: Path) -> None:
    with relay_mock(dialect="wirenboard-6") as mock:
        file = tmp_path / "bench.yaml"
        file.write_text(BENCH.format(port=mock.tcp.port))
        named = ["--bench", str(file), "--bench-name", "left-alone"]
        ran = hil(*named, "--station-disconnected")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "15 passed" in ran.stdout


def test_the_contract_runs_on_the_plugs_of_a_bench(tmp_path: Path) -> None:
    with relay_mock() as relays, running_mock("evse-tester") as tester:
        file = tmp_path / "bench.yaml"
        file.write_text(PLUGS.format(relays=relays.tcp.port, tester=tester.tcp.port))
        named = ["--bench", str(file), "--bench-name", "plugs", "--station-disconnected"]
        some = "EvseTester and (session or ventilation or leaving or diode)"  # in real time
        ran = hil(*named, "-k", some, "-rs")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "has no coil 's2d'" in ran.stdout
    assert "failed" not in ran.stdout


INSTRUMENTS = """
bench: instruments
devices:
  stick: {{kind: modem, backend: e3372h, port: {port}}}
  writer: {{kind: card_writer, port: {reader}}}
cards: {{}}
"""


def test_the_contracts_run_on_modem_and_card_writer_of_a_bench(tmp_path: Path) -> None:
    with dongle_mock("e3372h") as dongle, nfc_mock("--card", "ntag213:04A1B2C3D4E5F6") as reader:
        file = tmp_path / "bench.yaml"
        file.write_text(INSTRUMENTS.format(port=dongle.port, reader=reader.port))
        named = ["--bench", str(file), "--bench-name", "instruments", "--station-disconnected"]
        ran = hil(*named, "-k", "TestModem or TestCardWriter", "-rs")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "21 passed" in ran.stdout
    assert "SKIP" not in ran.stdout


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "say which bench"),
        (["--bench", "{file}", "--bench-name", "other"], "is bench 'left-alone'; repeat that"),
        (["--bench", "{file}", "--bench-name", "left-alone"], "disconnect the station"),
        (["--bench", "/nowhere.yaml", "--bench-name", "x"], "no such file"),
    ],
)
def test_it_refuses_a_bench_that_was_not_meant(
    options: list[str], told: str, tmp_path: Path
) -> None:
    file = tmp_path / "bench.yaml"
    file.write_text(BENCH.format(port=1))
    ran = hil(*(option.format(file=file) for option in options))
    assert ran.returncode == 4
    assert told in ran.stderr + ran.stdout
