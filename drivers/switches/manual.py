"""Mains or network of the station, switched by the operator."""

from __future__ import annotations

from drivers.operator import Hands
from drivers.ports import Observer, Operator
from drivers.switches.feed import Feed
from drivers.switches.switch import Switch


class ManualSwitch(Switch):
    """Manual twin of a switch. It is taken to be on; only a change is asked for.

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
        super().__init__(name, feed, observe=observe, is_on=True, safe_on=safe_on)
        self._hands = Hands(name, operator)

    async def prove(self) -> str:
        """Nothing to ask a device: the operator is the device."""
        return f"station {self._feed.event} by hand, {self._feed.word(self.is_on)}"

    async def _set(self, on: bool) -> None:
        if self.is_on != on:
            await self._hands.do(self._feed.ask(on))
