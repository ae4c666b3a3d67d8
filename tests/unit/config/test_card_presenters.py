"""Card presenters in a bench file."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rig.bench.assembly import plain_sections
from rig.config.models import BenchConfig

BENCH = """bench: b
devices:
  left: {kind: relay_board, dialect: waveshare-8, transport: {kind: tcp, host: 10.0.0.1}}
  reader: {kind: card_presenter, board: left, cards: {good: 3}, TRAVEL}
cards: {good: {id_tag: A, status: Accepted}}
"""


@pytest.mark.parametrize("travel_s", [0, 1.5, 30])
def test_travel_time_of_a_servo(load: Callable[[str], BenchConfig], travel_s: float) -> None:
    config = load(BENCH.replace("TRAVEL", f"travel_s: {travel_s}"))
    assert plain_sections(config)["reader"]["travel_s"] == travel_s


@pytest.mark.parametrize("travel_s", ["-1", "30.5", "soon"])
def test_travel_time_that_is_none(problems_of: Callable[[str], list[str]], travel_s: str) -> None:
    (said,) = problems_of(BENCH.replace("TRAVEL", f"travel_s: {travel_s}"))
    assert "devices.reader.travel_s" in said
