"""Security log of a station: rolling, on the disk, and shown as lines of text.

Source: OCPP security white paper, A04 and "Security events/logging"; station behaviour 14.8.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from firmware_mocks.charging_station.storage import StoredEvent

MAX_ENTRIES = 500
"""The oldest entry goes when there are more."""


class SecurityLog:
    """What has happened to the security of this station.

    Args:
        stored: entries from the disk; changed in place.
        changed: told when they must be saved.
    """

    __slots__ = ("_changed", "stored")

    def __init__(self, stored: list[StoredEvent], changed: Callable[[], None]) -> None:
        self.stored = stored
        self._changed = changed

    def append(self, event: StoredEvent) -> None:
        """Write an entry; the oldest one goes when the log is full."""
        self.stored.append(event)
        del self.stored[:-MAX_ENTRIES]
        self._changed()

    def clear(self) -> None:
        """Forget every entry."""
        self.stored.clear()
        self._changed()

    def entries(self, oldest: datetime | None = None, latest: datetime | None = None) -> list[str]:
        """Lines of a log file, oldest first.

        Args:
            oldest: first moment that counts; None for no limit.
            latest: last moment that counts.
        """
        return [
            f"{event['timestamp']} {event['type']} {event['tech_info']}".rstrip()
            for event in self.stored
            if (oldest is None or datetime.fromisoformat(event["timestamp"]) >= oldest)
            and (latest is None or datetime.fromisoformat(event["timestamp"]) <= latest)
        ]
