"""What each case with a station under test is shown to catch, as data.

Each row: case, defect of the station (several joined by "+"), the first check that fails or the
rule that is broken, and the setup of the laboratory, "" for the virtual bench.
"""

from __future__ import annotations

from tests.detection.rows import core, core_steps, firmware, first, profiles, security, shared

Row = tuple[str, str, str, str]


def _rows(*tables: list[tuple[str, ...]]) -> list[Row]:
    return [(*row, "")[:4] for table in tables for row in table]  # type: ignore[misc]


WRONG: list[Row] = _rows(
    first.WRONG,
    core.WRONG,
    core_steps.WRONG,
    profiles.WRONG,
    firmware.WRONG,
    security.WRONG,
    shared.WRONG,
)
