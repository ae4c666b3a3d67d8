"""Grid of the clock, and thinning of transactionData."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_mocks.charging_station.sampling import DAY_S, next_grid_instant, thinned
from rig.jsontypes import Json


def at(text: str) -> float:
    return datetime.fromisoformat(f"2026-03-01T{text}").replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("now", "interval_s", "expected"),
    [
        ("00:00:00", 900, "00:15:00"),
        ("00:14:59.999", 900, "00:15:00"),
        ("00:15:00", 900, "00:30:00"),
        ("13:07:22", 60, "13:08:00"),
        ("10:00:00", 36000, "20:00:00"),
    ],
)
def test_grid_counts_from_midnight(now: str, interval_s: float, expected: str) -> None:
    assert next_grid_instant(at(now), interval_s) == at(expected)


def test_midnight_begins_a_new_grid() -> None:
    # 20:00 + 10 h would be 06:00 of the next day: the grid of that day begins at 00:00
    assert next_grid_instant(at("20:00:00"), 36000) == at("00:00:00") + DAY_S


@given(st.integers(0, 2**31), st.integers(1, 2 * 86400))
def test_grid_instant_is_the_first_one_to_come(posix: int, interval_s: int) -> None:
    due = next_grid_instant(posix, interval_s)
    assert posix < due <= posix + interval_s
    assert (due % DAY_S) % interval_s == 0


@given(st.integers(0, 300), st.integers(2, 100))
def test_thinning_keeps_first_and_last_and_the_order(count: int, most: int) -> None:
    data: list[Json] = list(range(count))
    kept = thinned(data, most)
    assert len(kept) == min(count, most)
    assert kept == sorted(set(kept), key=kept.index)
    assert [n for n in data if n in kept] == kept
    if data:
        assert (kept[0], kept[-1]) == (data[0], data[-1])


def test_thinning_is_even() -> None:
    assert thinned(list(range(101)), 11) == list(range(0, 101, 10))
