"""Whether the master keeps a line silent between frames, as the boards would see it. Pure.

A pseudo terminal spends no time on a character, so the time is counted from when an answer was
handed to it. What is noted here would have been too fast on a real line too; a machine that is
slow can hide a violation, but not make one up.
"""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_KEPT = 100


@dataclass(frozen=True, slots=True)
class Violation:
    """A request that came too soon after an answer, in milliseconds."""

    gap_ms: float
    needed_ms: float


def needed_s(baudrate: int | None) -> float:
    """3.5 characters of 10 bits, 1.75 ms above 19200 baud; an unknown speed asks for the latter.

    Source: Modbus over serial line V1.02, 2.5.1.1.
    """
    return 35 / baudrate if baudrate is not None and baudrate <= 19200 else 0.00175


class SilenceWatch:
    """Notes requests that come too soon."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []
        self.shortest_ms: float | None = None
        self._answered_at: float | None = None

    def answered(self, now_s: float) -> None:
        """An answer goes out."""
        self._answered_at = now_s

    def heard(self, now_s: float, requests: int, baudrate: int | None) -> None:
        """Bytes have come that completed so many requests."""
        if self._answered_at is not None:
            self._note(now_s - self._answered_at, baudrate)
            self._answered_at = None
        if requests > 1:
            self._note(0.0, baudrate)

    def report(self) -> dict[str, object]:
        """As the control channel tells it."""
        return {
            "shortest_ms": self.shortest_ms,
            "violations": [{"gap_ms": v.gap_ms, "needed_ms": v.needed_ms} for v in self.violations],
        }

    def _note(self, gap_s: float, baudrate: int | None) -> None:
        gap_ms, least_ms = round(1000 * gap_s, 3), round(1000 * needed_s(baudrate), 3)
        if self.shortest_ms is None or gap_ms < self.shortest_ms:
            self.shortest_ms = gap_ms
        if gap_ms < least_ms and len(self.violations) < LONGEST_KEPT:
            self.violations.append(Violation(gap_ms, least_ms))
