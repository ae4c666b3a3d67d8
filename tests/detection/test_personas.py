"""Every shipped persona in a laboratory of its own: what applies is run, and judged rightly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from firmware_mocks.charging_station import persona_files
from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.persona_bench import write_lab
from rig.config.bench_file import load_bench
from rig.config.models import BenchConfig
from rig.conformance.catalogue import Role, load
from rig.report import build
from rig.runs import RunStore
from tests.detection import lab

ROWS = {
    # persona: how many rows are run with it, and some of them that are not
    "default": (77, {"017_2", "032_1", "042_1", "073"}),
    "minimal": (40, {"007", "046_1", "054", "056"}),
    "shared-reader": (63, {"044_1", "056", "073"}),
    "one-plug": (74, {"049", "050_2", "050_3"}),
    "type1-station": (71, {"005_1", "017_1", "030"}),
    "type1-wallbox": (55, {"032_1", "032_2", "043", "046_1"}),
    "dc-quirks": (65, {"044_1", "044_3", "067", "072"}),
}
SECURITY = {row.octt_id for row in load().rows if row.feature == "security"}
QUIRK = "repeat-status:Finishing"
"""What a vendor of dc-quirks does that is not permitted."""


def laboratory(name: str, folder: Path, *, defects: bool = True, profile: int = 0) -> BenchConfig:
    file = persona_files.find(Path(name))
    persona = persona_files.load_persona(file)
    bench = load_bench(write_lab(persona, file, folder, profile))
    changes: dict[str, object] = {
        "parameters": bench.parameters.model_copy(update=dict(lab.FAST)),
    }
    if not defects:
        text = file.read_text().partition("\ndefects:")[0]
        correct = folder / "correct.yaml"
        correct.write_text(text)
        assert persona_files.load_persona(correct) == replace(persona, defects=())
        assert bench.virtual is not None
        changes["virtual"] = bench.virtual.model_copy(update={"persona": correct})
    return bench.model_copy(update=changes)


def test_every_shipped_persona_is_here() -> None:
    assert set(ROWS) == set(persona_files.shipped())
    known = {n for n in ROWS if persona_files.load_persona(Path(n)).defects}
    assert known == {"dc-quirks"}
    assert QUIRK in persona_files.load_persona(Path("dc-quirks")).defects
    assert Persona().defects == ()


def check_reasons(ran: lab.Ran, folder: Path) -> None:
    """Every row that was not run has its reason, in record and report."""
    record = RunStore(folder / "runs").load(ran.outcome.run_id)
    left_out = {s.octt_id: s.reason for s in record.meta.selection if s.octt_id not in ran.cases}
    assert len(left_out) + len(ran.cases) == 102
    kinds = ("not applicable: ", "not part of the programme", "prerequisite not met: ")
    assert [reason for reason in left_out.values() if not reason.startswith(kinds)] == []
    (view,) = build(record).runs
    assert view.not_run == ()
    assert {row.octt_id: row.reason for row in view.not_applicable} == left_out


# the laboratories "" and "fixed" of the other tests have these
ELSEWHERE = {"one-plug", "type1-station"}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", [name for name in ROWS if name not in ELSEWHERE])
def test_correct_persona_passes_what_applies_and_nothing_else_is_run(
    name: str, tmp_path: Path
) -> None:
    ran = lab.run_station(laboratory(name, tmp_path, defects=False), tmp_path)
    number, missing = ROWS[name]
    bad = {c.octt_id: (c.verdict, c.cause, c.findings) for c in ran.cases.values()
           if c.verdict != "PASS" or any(f.severity != "info" for f in c.findings)}  # fmt: skip
    assert not bad, bad
    assert len(ran.cases) == number
    assert not missing & set(ran.cases)
    check_reasons(ran, tmp_path)


@pytest.mark.timeout(300)
def test_quirks_of_a_vendor_are_found_and_nothing_else(tmp_path: Path) -> None:
    ids = ("003", "012", "019", "054", "057")
    ran = lab.run_station(laboratory("dc-quirks", tmp_path), tmp_path, *ids)
    verdicts = {c.octt_id: c.verdict for c in ran.cases.values()}
    assert verdicts == {"003": "FAIL", "012": "FAIL", "019": "PASS", "054": "PASS", "057": "PASS"}
    for case in ran.cases.values():
        assert all(check.ok for check in case.checks), case.octt_id
        for finding in case.findings:
            assert finding.rule in ("D2", "D3")
            assert finding.detail.endswith("(connector 1: Finishing)")


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("profile", "other"), [(2, {"074", "077"}), (3, {"073"})])
def test_security_rows_pass_with_the_profile_that_they_need(
    profile: int, other: set[str], tmp_path: Path
) -> None:
    bench = laboratory("dc-quirks", tmp_path, profile=profile)
    ran = lab.run_station(bench, tmp_path, *sorted(SECURITY - other))
    lab.assert_clean(ran)
    assert set(ran.cases) == SECURITY - other


def test_no_row_of_a_station_is_left_out_by_all_of_them(tmp_path: Path) -> None:
    """Together they run everything but what no emulated station can be made to do."""
    ran: set[str] = set()
    for name in ROWS:
        bench = laboratory(name, tmp_path / name)
        ran |= set(lab.planned(bench))
    asked = {row.octt_id for row in load().of(Role.STATION)}
    assert asked - ran == set()
