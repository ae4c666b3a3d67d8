"""The newest events, kept for readers that come late or come back."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from rig.events import Event, EventBus
from rig.runs.redact import Redactor

PORTION = 250
"""Events that a reader holds at once: one that does not read keeps no more than that alive."""
RING_SIZE = 20_000
"""Events kept; a campaign of 13 cases has about 3,000."""


@dataclass(frozen=True, slots=True)
class Gap:
    """So many events left the ring before this reader saw them."""

    missed: int


class EventRing:
    """A bounded memory of events; each reader has a cursor of its own and holds nobody up.

    Secrets are masked on the way in, as in the run store: readers may be on another machine.
    """

    def __init__(self, size: int = RING_SIZE) -> None:
        self._redact = Redactor()
        self._events: deque[Event] = deque(maxlen=size)
        self._news = asyncio.Event()
        self._closed = False

    @contextmanager
    def recording(self, bus: EventBus) -> Iterator[None]:
        """Keep every event of `bus`; readers end when this does."""
        try:
            with bus.listen(self._append):
                yield
        finally:
            self.close()

    def events(self) -> list[Event]:
        """Everything that is remembered."""
        return list(self._events)

    def close(self) -> None:
        """Let every reader end after what is there."""
        self._closed = True
        self._news.set()

    async def follow(self, after: int, keep_alive_s: float) -> AsyncIterator[Event | Gap | None]:
        """Events with a sequence number above `after`, then new ones until the ring closes.

        Yields:
            An event; a `Gap` before it when events in between are lost; None when nothing
            happened for `keep_alive_s` real seconds.
        """
        if self._events and after > self._events[-1].seq:
            after = 0  # numbers of an earlier daemon: everything here is new to this reader
        while True:
            for item in self._newer(after):
                if isinstance(item, Event):
                    after = item.seq
                yield item
            if self._newest() > after:
                continue
            if self._closed:
                return
            self._news.clear()
            try:
                async with asyncio.timeout(keep_alive_s):
                    await self._news.wait()
            except TimeoutError:
                yield None

    def _append(self, event: Event) -> None:
        self._events.append(dataclasses.replace(event, data=self._redact.members(event.data)))
        self._news.set()

    def _newest(self) -> int:
        return self._events[-1].seq if self._events else 0

    def _newer(self, after: int) -> list[Event | Gap]:
        """Some of them, copied, because the reader writes to a socket between two items."""
        if not self._events or self._newest() <= after:
            return []
        oldest = self._events[0].seq
        skip = max(0, after + 1 - oldest)
        fresh: list[Event | Gap] = [*islice(self._events, skip, skip + PORTION)]
        return [Gap(oldest - after - 1), *fresh] if oldest > after + 1 else fresh
