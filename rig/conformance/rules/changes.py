"""A value that changes over a log. Pure."""

from __future__ import annotations

from bisect import bisect_left
from typing import Generic, TypeVar

T = TypeVar("T")


class Changes(Generic[T]):
    """Values of one thing over time."""

    __slots__ = ("_seqs", "_values")

    def __init__(self) -> None:
        self._seqs: list[int] = []
        self._values: list[T] = []

    def add(self, seq: int, value: T) -> None:
        """From event `seq` on, the value is this one."""
        self._seqs.append(seq)
        self._values.append(value)

    def at(self, seq: int) -> T | None:
        """The value just before event `seq`; None when there is none yet."""
        place = bisect_left(self._seqs, seq)
        return self._values[place - 1] if place else None

    def place_of_value(self, seq: int) -> int:
        """Since which event the value just before event `seq` has been the same; 0 if ever."""
        place = bisect_left(self._seqs, seq) - 1
        while place > 0 and self._values[place - 1] == self._values[place]:
            place -= 1
        return self._seqs[place] if place >= 0 else 0

    def last(self) -> T | None:
        """The newest value."""
        return self._values[-1] if self._values else None

    def items(self) -> list[tuple[int, T]]:
        """Every value with its place."""
        return list(zip(self._seqs, self._values, strict=True))

    def changed_between(self, after: int, until: int) -> bool:
        """Whether another value was noted after event `after` and before `until`."""
        first, last = bisect_left(self._seqs, after + 1), bisect_left(self._seqs, until)
        return any(v != self._values[max(first - 1, 0)] for v in self._values[first:last])
