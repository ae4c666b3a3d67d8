"""What a case is to warn of, it warns of; and a correct station is not even warned."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.detection import lab
from tests.detection.rows.warned import WARNED


@pytest.mark.parametrize(("case", "defect", "where", "setup"), WARNED, ids=lambda v: v[:40])
def test_a_dubious_station_is_warned_and_passes(
    case: str, defect: str, where: str, setup: str, tmp_path: Path
) -> None:
    ran = lab.run_station(lab.bench(setup, tmp_path, *defect.split("+")), tmp_path, case)
    record = ran.case(case)
    assert record.verdict == "PASS", record.cause
    warned = [c.name for c in record.checks if not c.ok]
    assert warned
    assert warned[0].startswith(where), warned
