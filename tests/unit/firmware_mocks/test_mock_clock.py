"""Lab time of the mocks, and that it is the rig's."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_mocks.clock import MockClock, stamp
from rig.clock import Clock


@given(st.floats(0.001, 1e6), st.floats(0, 1e6))
def test_span_of_lab_time_in_real_seconds(scale: float, lab_s: float) -> None:
    assert MockClock(scale).real(lab_s) == pytest.approx(lab_s / scale)


@pytest.mark.parametrize("scale", [1.0, 20.0, 1000.0])
def test_agrees_with_the_rig_about_utc(scale: float) -> None:
    epoch = time.time() - 3600
    mine, theirs = MockClock(scale, epoch), Clock(scale, epoch)
    difference = (mine.utc() - theirs.utc()).total_seconds()
    assert abs(difference) < 0.05 * scale


def test_lab_time_runs_as_fast_as_the_scale() -> None:
    clock = MockClock(1000)
    lab, real = clock.now(), time.monotonic()
    while time.monotonic() - real < 0.02:
        pass
    passed_lab, passed_real = clock.now() - lab, time.monotonic() - real
    assert passed_lab == pytest.approx(1000 * passed_real, rel=0.2)
    assert clock.posix() == pytest.approx(clock.epoch + clock.now(), abs=1)


async def test_sleep_is_in_lab_seconds_and_not_negative() -> None:
    clock = MockClock(1000)
    start = clock.now()
    await clock.sleep(20)
    await clock.sleep(-5)
    assert 20 <= clock.now() - start < 2000


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 678901, UTC), "2026-01-02T03:04:05.678Z"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00.000Z"),
    ],
)
def test_time_stamp_has_milliseconds_and_zone(moment: datetime, text: str) -> None:
    assert stamp(moment) == text


def test_own_time_stamp_is_now() -> None:
    clock = MockClock()
    assert datetime.fromisoformat(clock.stamp()).timestamp() == pytest.approx(time.time(), abs=1)
