"""An event loop whose time passes only while nothing else happens, and clocks that follow it.

Sockets are real, so whatever both sides of a connection do must run in this loop: then data that
was sent is there at the next look, and a look that finds nothing may jump to the next timer.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

from firmware_mocks.clock import MockClock
from rig.clock import Clock

T = TypeVar("T")
EPOCH = 1_790_000_000.0


class _Jumping(selectors.DefaultSelector):  # type: ignore[valid-type,misc]  # an alias of the platform
    """A selector that does not wait: it moves the loop's time instead."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or timeout is None or timeout <= 0:
            return ready if timeout is not None or ready else super().select(None)
        self.now += timeout
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return cast("float", self._jumping.now)


class VirtualClock(Clock):
    """Lab time of the rig, as the loop has it."""

    def __init__(self) -> None:
        super().__init__(1.0, EPOCH)

    def now(self) -> float:
        return asyncio.get_running_loop().time()


class VirtualMockClock(MockClock):
    """Lab time of a mock, as the loop has it."""

    def __init__(self) -> None:
        super().__init__(1.0, EPOCH)

    def now(self) -> float:
        try:
            return asyncio.get_running_loop().time()
        except RuntimeError:
            return 0.0


def run_virtually(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a loop of virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
