"""An event loop whose time passes only while nothing else happens, and clocks that follow it.

Sockets are real, so whatever both sides of a connection do must run in this loop: then data that
was sent is there at the next look, and a look that finds nothing may jump to the next timer. What
a thread of the loop's executor does takes no time: as long as it works, time stands still.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple

from firmware_mocks.clock import MockClock
from rig.clock import Clock

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
EPOCH = 1_790_000_000.0


class _Jumping(selectors.DefaultSelector):
    """A selector that does not wait: it moves the loop's time instead."""

    now = 0.0
    threads = 0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None or self.threads:
            return super().select(None)
        self.now += timeout
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._jumping.now

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run it in a thread; time stands still meanwhile."""
        future = super().run_in_executor(executor, func, *args)
        self._jumping.threads += 1
        future.add_done_callback(self._thread_ended)
        return future

    def _thread_ended(self, _: asyncio.Future[Any]) -> None:
        self._jumping.threads -= 1


class VirtualClock(Clock):
    """Lab time of the rig, as the loop has it."""

    def __init__(self, scale: float = 1.0, epoch: float = EPOCH) -> None:
        super().__init__(scale, epoch)

    def now(self) -> float:
        return asyncio.get_running_loop().time() * self.scale


class VirtualMockClock(MockClock):
    """Lab time of a mock, as the loop has it."""

    def __init__(self, scale: float = 1.0, epoch: float = EPOCH) -> None:
        super().__init__(scale, epoch)

    def now(self) -> float:
        try:
            return asyncio.get_running_loop().time() * self.scale
        except RuntimeError:
            return 0.0


def run_virtually(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a loop of virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
