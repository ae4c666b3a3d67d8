"""What all switches of mains or network have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

from drivers.ports import Observer
from drivers.switches.feed import Feed


class Switch(ABC):
    """A switch that is left in its safe state, and tells of every change.

    Args:
        name: on the bench.
        feed: what it takes from the station.
        observe: told of every change.
        is_on: what it is taken to be before it was asked.
        safe_on: state in which it is left.
    """

    def __init__(
        self, name: str, feed: Feed, *, observe: Observer, is_on: bool, safe_on: bool
    ) -> None:
        self.name = name
        self.is_on = is_on
        self._feed = feed
        self._observe = observe
        self._safe_on = safe_on

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.safe()

    async def on(self) -> None:
        """Give it to the station."""
        await self._switch(True)

    async def off(self) -> None:
        """Take it from the station."""
        await self._switch(False)

    async def safe(self) -> None:
        """As the bench file says."""
        await self._switch(self._safe_on)

    async def _switch(self, on: bool) -> None:
        await self._set(on)
        changed, self.is_on = self.is_on != on, on
        if changed:
            self._observe(self._feed.event, self.name, {self._feed.key: on})

    @abstractmethod
    async def _set(self, on: bool) -> None:
        """Bring it into this state; returns once it is there."""
