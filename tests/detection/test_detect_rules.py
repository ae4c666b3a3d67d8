"""Every rule of class *fail* is broken on the wire by a station that is wrong in that respect."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.conformance.catalogue import Role
from rig.conformance.rules.registry import rules
from rig.conformance.status_rules import STATUS_RULES
from tests.detection import lab
from tests.detection.rows.rules import NOT_SEEN, WRONG

ROWS = [(*row, "")[:4] for row in WRONG]


@pytest.mark.parametrize(
    ("case", "defect", "rule", "setup"), ROWS, ids=[f"{row[2]} {row[0]}" for row in ROWS]
)
def test_rule_is_seen_broken(case: str, defect: str, rule: str, setup: str, tmp_path: Path) -> None:
    ran = lab.run_station(lab.bench(setup, tmp_path, *defect.split("+")), tmp_path, case)
    record = ran.case(case)
    assert record.verdict == "FAIL"
    assert rule in {f.rule for f in record.findings if f.severity == "fail"}


def test_every_rule_is_seen_broken_or_says_why_not() -> None:
    fails = {r.id for r in rules().values() if r.severity == "fail" and Role.STATION in r.roles}
    fails |= {id for id, (severity, _) in STATUS_RULES.items() if severity == "fail"}
    seen = {row[2] for row in ROWS}
    assert seen & set(NOT_SEEN) == set()
    assert seen | set(NOT_SEEN) == fails | {"D1", "D4"}


@pytest.mark.parametrize(("strictness", "severity"), [("standard", "warn"), ("octt", "fail")])
def test_strictness_decides_about_a_needless_authorize(
    strictness: str, severity: str, tmp_path: Path
) -> None:
    bench = lab.bench("", tmp_path, "no-pre-authorization")
    edition = bench.edition.model_copy(update={"strictness": strictness})
    record = lab.run_station(bench.model_copy(update={"edition": edition}), tmp_path, "008").case(
        "008"
    )
    assert [f.severity for f in record.findings if f.rule == "M6.5"] == [severity]
