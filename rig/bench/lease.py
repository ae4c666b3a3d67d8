"""Who may give orders to the bench."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rig.clock import Clock
from rig.errors import BenchBusy


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the bench, what for, and since when (UTC, ISO 8601)."""

    owner: str
    reason: str
    since: str


class Lease:
    """One holder at a time.

    Args:
        bench: its name.
        clock: for the record.
        on_lost: makes the bench safe; awaited whenever a lease was broken.
    """

    def __init__(self, bench: str, clock: Clock, on_lost: Callable[[], Awaitable[None]]) -> None:
        self.holder: Holder | None = None
        self._bench = bench
        self._clock = clock
        self._on_lost = on_lost

    def take(self, owner: str, reason: str) -> Holder:
        """Take the bench; the holder may take it again.

        Raises:
            BenchBusy: somebody else has it.
        """
        self.demand(owner)
        self.holder = Holder(owner, reason, self._clock.stamp())
        return self.holder

    def demand(self, owner: str) -> None:
        """Make sure that nobody else holds the bench.

        Raises:
            BenchBusy: somebody else has it.
        """
        held = self.holder
        if held is not None and held.owner != owner:
            raise BenchBusy(
                self._bench,
                f"held by {held.owner} since {held.since} ({held.reason})",
                "wait until it is released, or break the lease",
            )

    def release(self, owner: str) -> None:
        """Give the bench back; nothing happens if it is not held.

        Raises:
            BenchBusy: somebody else has it.
        """
        self.demand(owner)
        self.holder = None

    async def break_lease(self) -> Holder | None:
        """Take the bench from its holder and make it safe; returns who had it."""
        lost, self.holder = self.holder, None
        if lost is not None:
            await self._on_lost()
        return lost

    @asynccontextmanager
    async def hold(self, owner: str, reason: str) -> AsyncIterator[Holder]:
        """Hold the bench for the body.

        Raises:
            BenchBusy: somebody else has it.
        """
        mine = self.take(owner, reason)
        try:
            yield mine
        finally:
            if self.holder is mine:
                self.holder = None
