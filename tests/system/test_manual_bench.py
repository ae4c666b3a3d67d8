"""A lab with a person and no hardware: a whole campaign through prompts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware_mocks.station_client import StationClient
from rig.client.results import PromptInfo, RunInfo
from tests.system.person import Person
from tests.system.rig_home import RigHome

SHIPPED = Path(__file__).parents[2] / "configs" / "benches" / "manual.yaml"
CASES = ("003", "004_1", "010", "021")
FAST = """
parameters:
  heartbeat_interval: 5
  meter_value_sample_interval: 1
  connection_timeout: 2
  transaction_duration: 1
  message_timeout: 4
  max_time_deviation: 1
  long_operation_timeout: 20
"""


@contextmanager
def manual_lab(home: RigHome) -> Iterator[Person]:
    """A daemon with the shipped manual bench, a station beside it, and a person."""
    file = home.folder / "manual.yaml"
    config = SHIPPED.read_text().replace("host: 0.0.0.0", "host: 127.0.0.1")
    file.write_text(config.replace("port: 9220", "port: 0") + FAST)
    home.run("up", str(file))
    csms = home.client.status().csms
    assert csms is not None
    with StationClient.start(csms.url, "CP-UNDER-TEST") as station:
        station.wait_status("Available")
        with Person(home.client, station) as person:
            yield person
    assert person.failed == []


def run(home: RigHome, person: Person, *cases: str) -> RunInfo:
    started = home.client.start("station", cases)
    home.until(started.after_seq, kind="run", phase="closed")
    assert person.failed == []
    return home.client.run(started.run_id)


@pytest.mark.timeout(120)
def test_a_campaign_by_hand_and_what_wrong_answers_lead_to(home: RigHome) -> None:
    with manual_lab(home) as person:
        passed = run(home, person, *CASES)
        verdicts = {c.octt_id: (c.verdict, c.cause) for c in passed.cases}
        assert verdicts == dict.fromkeys(CASES, ("PASS", ""))
        right = list(person.answered)
        assert {p.kind for p in right} == {"physical", "look"}
        look = next(p for p in right if p.octt_id == "003" and p.kind == "look")
        assert look.step == "look at the plug: energy flows"
        assert any("StartTransaction" in line for line in look.evidence)

        def lies_about_energy(prompt: PromptInfo) -> str:
            return "no" if "get energy" in prompt.question else ""

        person.mistake = lies_about_energy
        failed = run(home, person, "003").cases[0]
        assert failed.verdict == "FAIL"
        assert "energy flows at the plug: expected voltage present, seen no voltage" in failed.cause

        def has_lost_the_card(prompt: PromptInfo) -> str:
            return "cannot" if "hold the card" in prompt.question else ""

        person.mistake = has_lost_the_card
        unsure = run(home, person, "003").cases[0]
        assert unsure.verdict == "INCONCLUSIVE"
        assert "the operator could not do it: hold the card labelled 'accepted'" in unsure.cause

        report = json.loads(home.client.report([passed.run_id], "json"))
        told = report["runs"][0]["cases"][0]["prompts"]
        assert {(p["by"], p["via"], p["state"]) for p in told} == {("ann@lab", "http", "answered")}
        assert all(p["answered_utc"].endswith("Z") for p in told)
