"""The reference page says of each board what its dialect says."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.relay.dialects import DIALECTS, ForeignWatchdog
from tests.contract.test_relay_board import FACES

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "relay-boards.md"
ROWS = {
    cells[0].strip("`"): cells[1:]
    for line in PAGE.read_text().splitlines()
    if line.startswith("| `") and not line.startswith("| `dialect`")
    for cells in [[cell.strip() for cell in line.strip("|").split("|")]]
}


def test_every_dialect_has_a_row() -> None:
    assert ROWS.keys() == DIALECTS.keys()


@pytest.mark.parametrize("name", DIALECTS)
def test_row(name: str) -> None:
    dialect, pulse = DIALECTS[name], DIALECTS[name].pulse
    sizes, lines, silence, power_up, pulses = ROWS[name]
    assert sizes == f"{dialect.coil_count}, {dialect.input_count}"
    assert tuple(line.lower() for line in lines.split("; ")) == FACES[name]
    by_tool = isinstance(dialect.watchdog, ForeignWatchdog)
    assert silence == (
        "no" if dialect.watchdog is None else "by its own tool" if by_tool else "yes"
    )
    assert (power_up == "by its own tool") is bool(dialect.power_on)
    assert (power_up == "open, forced") is any("power" in s.why for s in dialect.settings)
    spans = "no" if pulse is None else f"{pulse.unit_s:g} to {pulse.longest * pulse.unit_s:g}"
    assert pulses == spans
