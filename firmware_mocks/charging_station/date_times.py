"""Dates of messages: date-time by the schemas, but who checks no formats lets any text pass.

Source: OCPP-J 1.6, 4.2.3 (PropertyConstraintViolation: "contains an invalid value").
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from firmware_mocks.charging_station.storage import Json

NAMES = frozenset(
    {
        "currentTime", "expiryDate", "installDateTime", "latestTimestamp", "oldestTimestamp",
        "retrieveDate", "retrieveDateTime", "startSchedule", "startTime", "stopTime", "timestamp",
        "validFrom", "validTo",
    }
)  # fmt: skip
"""Members with the format date-time in the schemas of OCPP 1.6."""


def moment(value: Json) -> datetime:
    """The moment that a text stands for; without zone it is UTC.

    Raises:
        ValueError: it is no date.
    """
    read = datetime.fromisoformat(str(value))
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def unreadable(value: Json, name: str = "") -> Iterator[str]:
    """The dates in a payload that are none, each in a sentence."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from unreadable(child, key)
    elif isinstance(value, list):
        for child in value:
            yield from unreadable(child)
    elif name in NAMES:
        try:
            moment(value).timestamp()
        except (ValueError, OverflowError):
            yield f"{name}: {value!r} is no date-time"
