"""The table of what tests cover has no hole, and is what the tests say."""

from __future__ import annotations

from pathlib import Path

from tests.station_coverage import TABLE, covering, problems, table


def test_every_row_is_covered() -> None:
    assert problems(covering()) == []


def test_table_is_up_to_date() -> None:
    assert TABLE.read_text() == table(covering()), (
        "python -m tests.station_coverage > docs/reference/station-coverage.md"
    )


def test_hole_and_misspelt_marker_are_found(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text(
        '@pytest.mark.rig_covers("key:Nonsense", "key:BlinkRepeat")\ndef test_it() -> None: ...\n'
    )
    wrong = problems(covering(tmp_path))
    assert "no test covers key:LightIntensity" in wrong
    assert not any("BlinkRepeat" in problem for problem in wrong)
    assert f"there is no key:Nonsense: {tmp_path.name}/test_one.py::test_it" in wrong
