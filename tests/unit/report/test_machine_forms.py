"""JUnit XML and JSON: what other programs read."""

from __future__ import annotations

import json
from dataclasses import asdict
from xml.etree import ElementTree as ET

import pytest

from rig.report import build, junit
from rig.report import json as json_form
from rig.report.model import ReportModel
from rig.runs import RunStore, SelectionRecord
from tests.unit.report.story import START_UTC, Story, check, finding

OUTCOMES = {
    "PASS": None,
    "FAIL": "failure",
    "INCONCLUSIVE": "error",
    "ABORTED": "error",
    "ERROR": "error",
    "NOT APPLICABLE": "skipped",
}


def two_runs(store: RunStore) -> ReportModel:
    lost = SelectionRecord("059", 'no "result"', "M", True, "<mandatory>")
    story = Story(store, selection=(lost,))
    for number, verdict in enumerate(OUTCOMES):
        first = story.call("in", "Heartbeat", {})
        failed = verdict == "FAIL"
        findings = [finding("D2", first)] if failed else []
        checks = [check("beat", not failed, first)]
        story.case(f"00{number}", verdict, first, checks, findings, f"cause of {verdict}")
    other = Story(store, "20261123-110000-bbbb", dut="csms")
    other.case("003", "PASS", other.call("in", "Reset", {}), attempt=2, variant="Hard")
    return build(story.told(), other.told())


def parsed(model: ReportModel) -> ET.Element:
    return ET.fromstring(junit.render(model).encode())  # noqa: S314  # our own


@pytest.mark.parametrize(("verdict", "tag"), OUTCOMES.items())
def test_each_verdict_has_its_outcome(store: RunStore, verdict: str, tag: str | None) -> None:
    place = list(OUTCOMES).index(verdict)
    case = parsed(two_runs(store)).findall("testsuite")[0].findall("testcase")[place]
    assert [child.tag for child in case] == ([tag] if tag else [])
    if tag:
        assert case[0].get("message") == f"cause of {verdict}"


def test_counts_are_those_of_the_cases(store: RunStore) -> None:
    root = parsed(two_runs(store))
    for element in (root, *root.findall("testsuite")):
        cases = list(element.iter("testcase"))
        assert element.get("tests") == str(len(cases))
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert element.get(name) == str(len(list(element.iter(tag))))
        seconds = sum(float(case.get("time", 0)) for case in cases)
        assert float(element.get("time", 0)) == pytest.approx(seconds)
    assert root.get("tests") == "8"


def test_names_tell_runs_variants_and_attempts_apart(store: RunStore) -> None:
    first, second = parsed(two_runs(store)).findall("testsuite")
    assert first.get("timestamp") == START_UTC
    assert "20261123-100000-aaaa" in first.get("name", "")
    (case,) = second.iter("testcase")
    assert case.get("classname") == "ocpp16.csms"
    assert case.get("name") == "003 [Hard] Plug in first (attempt 2)"
    assert {p.get("name") for p in first.iter("property")} >= {"Run", "Bench", "Started"}


def test_a_failure_says_what_was_expected_and_which_rule_broke(store: RunStore) -> None:
    (failure,) = parsed(two_runs(store)).iter("failure")
    assert (failure.text or "").splitlines() == [
        "beat: expected expected, seen seen [OCPP 1.6, 6.45]", "D2 (warn): odd",
    ]  # fmt: skip


def test_what_was_not_run_is_skipped_with_its_reason(store: RunStore) -> None:
    case = parsed(two_runs(store)).findall("testsuite")[0].findall("testcase")[-1]
    assert case.get("name") == '059 no "result"'
    assert case[0].get("message") == "applies (<mandatory>), has no result"


def test_json_gives_the_model_back(store: RunStore) -> None:
    model = two_runs(store)
    said = json.loads(json_form.render(model))
    assert said.pop("format") == json_form.FORMAT == 1
    assert said == json.loads(json.dumps(asdict(model)))
