"""Pilot and proximity as numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.evse_tester.pilot import cp_state, duty_percent, latch, offered_current_a
from drivers.ports import CpState, Latch


@pytest.mark.parametrize(
    ("volts", "state"),
    [
        (12.0, CpState.A), (11.0, CpState.A), (9.0, CpState.B), (8.98, CpState.B),
        (6.0, CpState.C), (2.93, CpState.D), (0.0, CpState.E), (0.7, CpState.E),
        (-0.9, CpState.E), (-12.0, CpState.F), (10.5, None), (4.5, None), (-5.0, None),
        (14.0, None),
    ],
)  # fmt: skip
def test_levels_are_states(volts: float, state: CpState | None) -> None:
    assert cp_state(volts) is state  # None is between two windows


@pytest.mark.parametrize(
    ("duty", "current_a"),
    [
        (0.0, 0.0), (2.9, 0.0), (5.0, 0.0), (7.5, 0.0), (8.0, 6.0), (9.9, 6.0), (10.0, 6.0),
        (16.7, 10.02), (26.7, 16.02), (53.3, 31.98), (85.0, 51.0), (89.2, 63.0), (96.0, 80.0),
        (96.5, 80.0), (97.0, 80.0), (97.1, 0.0), (100.0, 0.0),
    ],
)  # fmt: skip
def test_duty_cycle_is_a_current(duty: float, current_a: float) -> None:
    assert offered_current_a(duty) == pytest.approx(current_a, abs=0.01)


@given(st.floats(6.0, 80.0))
def test_a_current_survives_the_way_over_the_duty_cycle(current_a: float) -> None:
    expected = 51.0 if 51.0 < current_a <= 52.5 else current_a  # a gap in the tables
    assert offered_current_a(duty_percent(current_a)) == pytest.approx(expected, abs=0.01)


@given(st.floats(10.0, 96.0), st.floats(10.0, 96.0))
def test_more_duty_is_never_less_current(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert offered_current_a(low) <= offered_current_a(high)


@pytest.mark.parametrize("current_a", [0.0, 5.9, 80.1, -1.0])
def test_currents_without_a_duty_cycle(current_a: float) -> None:
    with pytest.raises(ValueError, match="only 6 to 80 A"):
        duty_percent(current_a)


@pytest.mark.parametrize(
    ("volts", "state"),
    [(4.46, Latch.ABSENT), (2.76, Latch.PRESSED), (1.51, Latch.LATCHED), (5.0, Latch.ABSENT)],
)
def test_proximity_of_a_type_1_inlet(volts: float, state: Latch) -> None:
    assert latch(volts) is state
