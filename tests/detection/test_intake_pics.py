"""What is declared about a station and what it says, at the beginning of a campaign."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from rig.config.models import BenchConfig
from rig.conformance.order import IntakeWish
from rig.report import build, html, junit
from rig.report import json as json_report
from rig.runs import RunRecord
from tests.detection import lab
from tests.detection.campaigns import at_site, run


def declared(bench: BenchConfig, folder: Path, section: str, **items: object) -> BenchConfig:
    """The laboratory with some items of its PICS changed."""
    assert bench.pics is not None
    sections = yaml.safe_load(bench.pics.read_text())
    sections.setdefault(section, {}).update(items)
    file = folder / "declared.yaml"
    file.write_text(yaml.safe_dump(sections))
    return bench.model_copy(update={"pics": file})


def ran(bench: BenchConfig, folder: Path, *cases: str) -> RunRecord:
    """A run of these cases, or of all; with an intake."""

    async def scenario(lab_: lab.Laboratory) -> RunRecord:
        outcome = await run(lab_, *cases, intake=IntakeWish.ALWAYS)
        return lab_.store.load(outcome.run_id)

    return at_site(bench, folder, scenario)


@pytest.fixture
def bench(tmp_path: Path) -> BenchConfig:
    return lab.bench("core", tmp_path)


def test_a_contradiction_that_blocks_stops_a_campaign(bench: BenchConfig, tmp_path: Path) -> None:
    wrong = declared(bench, tmp_path, "profiles", remote_trigger=True)
    record = ran(wrong, tmp_path)
    assert (record.verdict, record.cases) == ("FAIL", ())
    assert "PICS: profiles" in record.cause
    (intake,) = record.intake
    (check,) = [c for c in intake.checks if not c.ok]
    assert (check.name, check.expected, check.seen) == (
        "PICS: profiles", "Core, RemoteTrigger", "SupportedFeatureProfiles: Core",
    )  # fmt: skip


def test_cases_asked_for_by_name_are_run_all_the_same(bench: BenchConfig, tmp_path: Path) -> None:
    wrong = declared(bench, tmp_path, "profiles", remote_trigger=True)
    lab.assert_clean(lab.run_station(wrong, tmp_path, "021"))


def test_other_contradictions_are_findings_of_the_intake_in_every_report(
    bench: BenchConfig, tmp_path: Path
) -> None:
    record = ran(declared(bench, tmp_path, "general", model="Another"), tmp_path, "021")
    assert record.verdict == "PASS"
    (intake,) = record.intake
    assert intake.verdict == "PASS"
    assert [(c.name, c.severity) for c in intake.checks if not c.ok] == [
        ("PICS: general.model", "warn")
    ]
    model = build(record)
    assert "PICS: general.model" in html.render(model)
    told = json.loads(json_report.render(model))["runs"][0]["intake"][0]["checks"]
    assert {"name": "PICS: general.model", "state": "warned", "expected": "Another"}.items() <= (
        next(c for c in told if c["state"] == "warned").items()
    )
    suite = ET.fromstring(junit.render(model))  # noqa: S314  # our own
    remarks = [e.text or "" for e in suite.iter("system-out")]
    assert any("PICS: general.model: expected Another, seen chargePointModel" in r for r in remarks)


def test_a_slow_station_is_waited_for_as_long_as_it_declares(
    bench: BenchConfig, tmp_path: Path
) -> None:
    """Its answers take 25 s: too long for this laboratory, but it has said so."""
    slow = bench.model_copy(
        update={"virtual": bench.virtual and bench.virtual.model_copy(
            update={"defects": ("answer-late:ChangeConfiguration=25",)})}
    )  # fmt: skip
    assert lab.run_station(slow, tmp_path / "one", "021").case("021").verdict == "FAIL"
    stated = declared(slow, tmp_path, "performance", ocpp_response_timeout=40)
    assert lab.run_station(stated, tmp_path / "two", "021").case("021").verdict == "PASS"
