"""Mains or network of the station, switched by the operator."""

from __future__ import annotations

from typing import Self

from drivers.operator import Hands
from drivers.ports import Observer, Operator
from drivers.switches.feed import Feed


class ManualSwitch:
    """Manual twin of a switch. It is taken to be on until the operator was asked.

    Args:
        name: of the switch on the bench.
        operator: who is asked.
        feed: what it takes from the station.
        safe_on: state in which the switch is left.
        observe: told of every change.
    """

    def __init__(
        self, name: str, operator: Operator, feed: Feed, *, observe: Observer, safe_on: bool = True
    ) -> None:
        self.name = name
        self.is_on = True
        self._hands = Hands(name, operator)
        self._feed = feed
        self._observe = observe
        self._safe_on = safe_on

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.safe()

    async def on(self) -> None:
        """Have it switched on; asks nothing when it is."""
        await self._switch(True)

    async def off(self) -> None:
        """Have it switched off; asks nothing when it is."""
        await self._switch(False)

    async def prove(self) -> str:
        """Nothing to ask a device: the operator is the device."""
        return f"station {self._feed.event} by hand, {self._feed.word(self.is_on)}"

    async def safe(self) -> None:
        """As the bench file says."""
        await self._switch(self._safe_on)

    async def _switch(self, on: bool) -> None:
        if self.is_on != on:
            await self._hands.do(self._feed.ask(on))
            self.is_on = on
            self._observe(self._feed.event, self.name, {self._feed.key: on})
