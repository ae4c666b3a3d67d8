"""The security log: rolling, and cut to a span of time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from firmware_mocks.charging_station.security_log import MAX_ENTRIES, SecurityLog
from firmware_mocks.charging_station.storage import StoredEvent


def event(second: int, tech_info: str = "") -> StoredEvent:
    moment = datetime.fromtimestamp(second, UTC).isoformat(timespec="milliseconds")
    return StoredEvent(
        timestamp=moment.replace("+00:00", "Z"), type="InvalidMessages", tech_info=tech_info
    )


def log_of(count: int) -> SecurityLog:
    log = SecurityLog([], lambda: None)
    for second in range(count):
        log.append(event(second))
    return log


def test_an_entry_is_a_line_with_its_moment() -> None:
    log = log_of(1)
    log.append(event(1, "M4.1"))
    assert log.entries() == [
        "1970-01-01T00:00:00.000Z InvalidMessages",
        "1970-01-01T00:00:01.000Z InvalidMessages M4.1",
    ]


@pytest.mark.parametrize(
    ("oldest", "latest", "count"), [(None, None, 5), (2, None, 3), (None, 2, 3), (1, 3, 3)]
)
def test_limits_are_included(oldest: int | None, latest: int | None, count: int) -> None:
    limits = [None if s is None else datetime.fromtimestamp(s, UTC) for s in (oldest, latest)]
    assert len(log_of(5).entries(*limits)) == count


def test_the_oldest_entry_goes_when_the_log_is_full() -> None:
    log = log_of(MAX_ENTRIES + 2)
    assert len(log.entries()) == MAX_ENTRIES
    assert log.entries()[0].startswith("1970-01-01T00:00:02")


def test_a_log_can_be_cleared_and_tells_that_it_has_changed() -> None:
    saved: list[int] = []
    log = SecurityLog([], lambda: saved.append(1))
    log.append(event(1))
    log.clear()
    assert log.entries() == []
    assert len(saved) == 2
