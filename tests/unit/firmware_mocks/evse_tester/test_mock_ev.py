"""The vehicle's battery: full at last, never over it, and as hungry as its curve says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_mocks.evse_tester.ev import Battery, Vehicle, offered_current_a


class Time:
    s = 0.0

    def now(self) -> float:
        return self.s


@pytest.mark.parametrize(
    ("duty", "current_a"),
    [(None, 0.0), (5.0, 0.0), (8.0, 6.0), (26.7, 16.02), (53.3, 31.98), (89.2, 63.0), (97.0, 80.0)],
)
def test_duty_cycle_is_a_current(duty: float | None, current_a: float) -> None:
    assert offered_current_a(duty) == pytest.approx(current_a, abs=0.01)


def test_an_hour_of_16_a_in_three_phases() -> None:
    time = Time()
    battery = Battery(Vehicle(battery_wh=110_400.0, efficiency=1.0), time.now, 20.0)
    assert battery.feed(32.0) == 16.0
    time.s = 3600
    assert battery.soc_percent == pytest.approx(30.0)


@pytest.mark.parametrize(("uses", "fed", "soc"), [(3, 1, 23.33), (1, 3, 23.33), (2, 3, 26.67)])
def test_an_hour_of_16_a_in_fewer_phases(uses: int, fed: int, soc: float) -> None:
    time = Time()
    vehicle = Vehicle(battery_wh=110_400.0, phases=uses, efficiency=1.0)
    battery = Battery(vehicle, time.now, 20.0)
    assert battery.feed(32.0, fed) == 16.0
    time.s = 3600
    assert battery.soc_percent == pytest.approx(soc, abs=0.01)


def test_it_takes_no_more_than_is_offered_and_nothing_below_6_a() -> None:
    battery = Battery(Vehicle(), Time().now)
    assert battery.feed(10.0) == 10.0
    assert battery.feed(5.9) == 0.0
    assert battery.changes_in_s is None


@pytest.mark.parametrize(
    ("soc", "share"), [(20.0, 1.0), (80.0, 1.0), (90.0, 0.5), (97.0, 0.15), (99.5, 0.1)]
)
def test_the_curve_falls_from_80_percent_on(soc: float, share: float) -> None:
    assert Battery(Vehicle(), Time().now, soc).wants_a == pytest.approx(16.0 * share)


def test_a_full_battery_wants_nothing() -> None:
    battery = Battery(Vehicle(), Time().now, 100.0)
    assert battery.is_full
    assert battery.feed(32.0) == 0.0


@given(st.floats(0, 100), st.floats(0, 63))
def test_it_becomes_full_step_by_step_and_never_more(soc: float, offered_a: float) -> None:
    time = Time()
    battery = Battery(Vehicle(), time.now, soc)
    last = battery.soc_percent
    for _ in range(120):
        battery.feed(offered_a)
        wait_s = battery.changes_in_s
        if wait_s is None:
            break
        time.s += wait_s
        assert last <= battery.soc_percent <= 100.0
        last = battery.soc_percent
    assert battery.is_full or offered_a < 6.0
