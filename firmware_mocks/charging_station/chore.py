"""Work that comes back: when its time has come, or when something it depends on has changed.

A task that waits costs some kilobytes; a chore is a timer. Most of a station's life is waiting,
and a fleet has thousands of stations.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from firmware_mocks.clock import MockClock


class Chore:
    """Does its work at once when started or touched, and again when the work has said.

    Args:
        clock: lab time.
        work: does what is due; returns the lab seconds until it wants to be done again, None for
            not before something changes.
    """

    __slots__ = ("_clock", "_handle", "_started", "_work")

    def __init__(self, clock: MockClock, work: Callable[[], float | None]) -> None:
        self._clock = clock
        self._work = work
        self._started = False
        self._handle: asyncio.Handle | None = None

    def start(self) -> None:
        """Begin: the work is done as soon as possible."""
        self._started = True
        self.touch()

    def stop(self) -> None:
        """End: nothing is done any more."""
        self._started = False
        self._cancel()

    def touch(self) -> None:
        """Something changed: do the work as soon as possible. Does nothing unless started."""
        if self._started:
            self._cancel()
            self._handle = asyncio.get_running_loop().call_soon(self._do)

    def _cancel(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _do(self) -> None:
        self._handle = None
        wait_s = self._work()
        if wait_s is not None and self._started and self._handle is None:
            delay_s = max(0.0, self._clock.real(wait_s))
            self._handle = asyncio.get_running_loop().call_later(delay_s, self._do)
