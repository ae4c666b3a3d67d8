"""The meter: a register that is the integral of the power, and never falls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_mocks.charging_station.meter import Meter
from firmware_mocks.charging_station.sampled_values import Reading

STEPS = st.lists(st.tuples(st.floats(0, 7200), st.floats(0, 32)), max_size=20)


class Time:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.s = 0.0

    def now(self) -> float:
        return self.s


@given(st.floats(0, 1e6), st.sampled_from([1, 3]), STEPS)
def test_register_is_the_integral_of_the_power(
    wh: float, phases: int, steps: list[tuple[float, float]]
) -> None:
    time = Time()
    meter = Meter(time.now, wh, phases)
    expected, last = wh, wh
    for seconds, current_a in steps:
        meter.load(current_a)
        time.s += seconds
        expected += seconds * current_a * 230 * phases / 3600
        assert meter.wh == pytest.approx(expected)
        assert meter.wh >= last
        last = meter.wh


@given(st.lists(st.floats(-100, 100), max_size=10))
def test_register_never_falls_even_if_the_clock_does(jumps: list[float]) -> None:
    time = Time()
    meter = Meter(time.now, 10.0, 3)
    meter.load(16)
    last = meter.wh
    for jump in jumps:
        time.s += jump
        meter.load(16)
        assert meter.wh >= last
        last = meter.wh


def test_power_of_one_hour() -> None:
    time = Time()
    meter = Meter(time.now, 0.0, 3)
    meter.load(16)
    time.s = 3600
    assert meter.wh == 3 * 230 * 16


def test_seconds_until_a_reading() -> None:
    time = Time()
    meter = Meter(time.now, 100.0, 1)
    assert meter.seconds_until(100.0) == 0
    assert meter.seconds_until(101.0) is None
    meter.load(16.0)
    time.s = meter.seconds_until(101.0) or 0.0
    assert meter.wh == pytest.approx(101.0)
    assert meter.seconds_until(99.0) == 0


async def test_change_of_the_load_wakes_who_waits_for_it_once() -> None:
    meter = Meter(Time().now, 0.0, 1)
    first = meter.load_changed
    meter.load(16.0)
    assert first.is_set()
    assert not meter.load_changed.is_set()


def test_reading_is_what_the_meter_shows_now() -> None:
    time = Time()
    meter = Meter(time.now, 100.0, 3)
    meter.load(16.0, 1)
    time.s = 3600
    assert meter.reading((32.0, 1), 7, 55.0) == Reading(3780.0, 7, 16.0, 1, 3, 32.0, 1, 55.0)
