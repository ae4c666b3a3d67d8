"""The station's own clock, set by the Central System."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from firmware_mocks.charging_station.defects import Defects
from firmware_mocks.clock import MockClock, stamp_of


class RealTimeClock:
    """Time of day as the station believes it to be; runs on through a loss of power.

    Attributes:
        stepped: told of each step, in seconds.
    """

    __slots__ = ("_clock", "_defects", "_offset_s", "stepped")

    def __init__(self, clock: MockClock, defects: Defects) -> None:
        self._clock = clock
        self._defects = defects
        self._offset_s = 0.0
        self.stepped: Callable[[float], None] = lambda _: None

    def posix(self) -> float:
        """Now, as POSIX seconds."""
        ahead_s = 600.0 if self._defects.has("timestamp-wrong-minutes") else 0.0
        return self._clock.posix() + self._offset_s + ahead_s

    def utc(self, posix: float | None = None) -> datetime:
        """A moment of this clock, by default now."""
        return datetime.fromtimestamp(self.posix() if posix is None else posix, UTC)

    def stamp(self, posix: float | None = None) -> str:
        """The same as OCPP writes it."""
        return stamp_of(self.posix() if posix is None else posix)

    def set(self, moment: datetime) -> None:
        """Take over the time of the Central System; less than a second is ignored."""
        off_s = moment.timestamp() - (self._clock.posix() + self._offset_s)
        if abs(off_s) >= 1:
            self._offset_s += off_s
            self.stepped(off_s)
