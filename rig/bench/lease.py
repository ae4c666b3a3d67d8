"""Who may give orders to the bench: one holder at a time, on the record, for a limited time.

A bench nobody holds may be used by anybody. A holder keeps it by giving orders or by renewing;
one that falls silent loses it, and the bench is made safe.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rig.clock import Clock
from rig.errors import BenchBusy, BenchError
from rig.events import EventBus, Kind

DEFAULT_TTL_S = 3600.0
PLACE_KEPT_S = 10.0
"""Real seconds for which somebody who waits may be away without losing the place."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the bench, what for, and since when (UTC, ISO 8601). `ttl_s` is real time."""

    owner: str
    reason: str
    since: str
    ttl_s: float


class Lease:
    """One holder at a time; those who wait are served in the order of their coming.

    Args:
        bench: its name.
        clock: for the record.
        bus: takes what happens: taken, released, broken, expired.
        on_lost: makes the bench safe; awaited whenever a lease was broken or has expired.

    Attributes:
        in_use: whether the bench works for its holder now; then the lease does not expire.
    """

    def __init__(
        self, bench: str, clock: Clock, bus: EventBus, on_lost: Callable[[], Awaitable[None]]
    ) -> None:
        self.holder: Holder | None = None
        self.in_use: Callable[[], bool] = lambda: False
        self._bench = bench
        self._clock = clock
        self._bus = bus
        self._on_lost = on_lost
        self._queue: dict[str, float] = {}  # owner -> loop time until which the place is kept
        self._freed = asyncio.Event()
        self._expiry: asyncio.TimerHandle | None = None
        self._losing: asyncio.Task[None] | None = None

    @property
    def queue(self) -> tuple[str, ...]:
        """Who waits, first come first."""
        now = asyncio.get_running_loop().time()
        self._queue = {owner: until for owner, until in self._queue.items() if until > now}
        return tuple(self._queue)

    def take(self, owner: str, reason: str, ttl_s: float = DEFAULT_TTL_S) -> Holder:
        """Take the bench; the holder may take it again.

        Raises:
            BenchBusy: somebody else has it, or is to have it next.
        """
        self.demand(owner)
        waiting = self.queue
        if self.holder is None and waiting and waiting[0] != owner:
            raise BenchBusy(
                self._bench, f"{waiting[0]} is next", "wait with: rig lease take --wait"
            )
        self._queue.pop(owner, None)
        again = self.holder is not None
        self.holder = Holder(owner, reason, self._clock.stamp(), ttl_s)
        self._schedule(ttl_s)
        if not again:
            self._record("taken", owner, reason)
        return self.holder

    async def wait(self, owner: str, reason: str, ttl_s: float, wait_s: float) -> Holder:
        """Take the bench when it is this owner's turn.

        Args:
            owner: who asks.
            reason: what for.
            ttl_s: real seconds that it lasts without a sign of life.
            wait_s: real seconds after which to give up; the place is kept a little longer.

        Raises:
            BenchBusy: it was not free in time.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + wait_s
        while True:
            self._queue[owner] = until + PLACE_KEPT_S
            freed = self._freed
            try:
                return self.take(owner, reason, ttl_s)
            except BenchBusy:
                try:
                    async with asyncio.timeout_at(until):
                        await freed.wait()
                except TimeoutError:
                    pass
                else:
                    continue
                raise

    def demand(self, owner: str) -> None:
        """Make sure that nobody else holds the bench; the holder's lease is renewed.

        Raises:
            BenchBusy: somebody else has it.
        """
        held = self.holder
        if held is None:
            return
        if held.owner != owner:
            raise BenchBusy(
                self._bench,
                f"held by {held.owner} since {held.since} ({held.reason})",
                "wait for it with: rig lease take --wait; or see: rig lease break --help",
            )
        self._schedule(held.ttl_s)

    def release(self, owner: str) -> None:
        """Give the bench back; nothing happens if it is not held.

        Raises:
            BenchBusy: somebody else has it.
        """
        self.demand(owner)
        if self.holder is not None:
            self._record("released", owner, self.holder.reason)
            self._free()

    async def break_lease(self, by: str, reason: str) -> Holder | None:
        """Take the bench from its holder and make it safe; returns who had it."""
        lost = self.holder
        if lost is not None:
            self._record("broken", lost.owner, reason, by=by)
            self._free()
            await self._make_safe()
        return lost

    async def close(self) -> None:
        """Forget holder and queue; the bench is being closed."""
        self._free()
        self._queue.clear()
        if self._losing is not None:
            await asyncio.wait({self._losing})

    def _schedule(self, ttl_s: float) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        self._expiry = asyncio.get_running_loop().call_later(ttl_s, self._expire)

    def _expire(self) -> None:
        lost = self.holder
        if lost is not None and self.in_use():
            self._schedule(lost.ttl_s)
        elif lost is not None:
            self._record("expired", lost.owner, f"no sign of life for {lost.ttl_s:g} s")
            self._free()
            self._losing = asyncio.ensure_future(self._make_safe())

    async def _make_safe(self) -> None:
        with contextlib.suppress(BenchError):  # the bench is in quarantine then, with the cause
            await self._on_lost()

    def _free(self) -> None:
        self.holder = None
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        self._freed.set()
        self._freed = asyncio.Event()

    def _record(self, what: str, owner: str, reason: str, by: str = "") -> None:
        self._bus.publish(
            Kind.BENCH, self._bench, state="lease", what=what, owner=owner, reason=reason,
            by=by or owner,
        )  # fmt: skip
