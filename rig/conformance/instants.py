"""Instants of messages as UTC seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


def instant(text: object) -> float | None:
    """UTC seconds of a dateTime; None when it is none. Without zone it is read as UTC."""
    return _instant(str(text))


@lru_cache(maxsize=32768)
def _instant(text: str) -> float | None:  # many rules read the same few time stamps
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def stamp(utc_s: float) -> str:
    """A dateTime for a message."""
    text = datetime.fromtimestamp(utc_s, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def time_of_day(utc_s: float) -> str:
    """For people."""
    return datetime.fromtimestamp(utc_s, UTC).strftime("%H:%M:%S")
