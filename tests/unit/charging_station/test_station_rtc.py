"""The station's own clock: set by the Central System, in steps that matter."""

from __future__ import annotations

from datetime import timedelta

import pytest

from firmware_mocks.charging_station.defects import Defects
from firmware_mocks.charging_station.rtc import RealTimeClock
from firmware_mocks.clock import MockClock


class StandingClock(MockClock):
    """Lab time that does not pass."""

    def now(self) -> float:
        return 100.0


@pytest.mark.parametrize(
    ("off_s", "taken_s"), [(0.9, 0.0), (-0.9, 0.0), (1.0, 1.0), (-1.0, -1.0), (3600.0, 3600.0)]
)
def test_less_than_a_second_is_ignored(off_s: float, taken_s: float) -> None:
    clock = StandingClock(epoch=1e9)
    rtc = RealTimeClock(clock, Defects())
    rtc.set(clock.utc() + timedelta(seconds=off_s))
    assert rtc.posix() - clock.posix() == taken_s


def test_a_later_setting_counts_from_the_earlier_one() -> None:
    clock = StandingClock(epoch=1e9)
    rtc = RealTimeClock(clock, Defects())
    rtc.set(clock.utc() + timedelta(hours=1))
    rtc.set(clock.utc() + timedelta(hours=1, seconds=0.5))
    assert rtc.utc() == clock.utc() + timedelta(hours=1)
    rtc.set(clock.utc())
    assert rtc.utc() == clock.utc()


def test_defect_is_ten_minutes_ahead_whatever_was_set() -> None:
    clock = StandingClock(epoch=1e9)
    rtc = RealTimeClock(clock, Defects(["timestamp-wrong-minutes"]))
    for _ in range(2):
        assert rtc.utc() == clock.utc() + timedelta(minutes=10)
        rtc.set(clock.utc())


def test_moment_is_not_moved() -> None:
    rtc = RealTimeClock(StandingClock(epoch=1e9), Defects())
    assert rtc.utc(5.0).timestamp() == 5.0


def test_steps_are_told() -> None:
    clock = StandingClock(epoch=1e9)
    rtc, steps = RealTimeClock(clock, Defects()), list[float]()
    rtc.stepped = steps.append
    for off_s in (0.5, 60.0, 0.0):
        rtc.set(clock.utc() + timedelta(seconds=off_s))
    assert steps == [60.0, -60.0]
