"""Mains of the station, switched by the operator."""

from __future__ import annotations

from typing import Self

from drivers.operator import Hands
from drivers.ports import Observer, Operator


class ManualMainsSwitch:
    """Manual twin of the mains switch. It is taken to be on until the operator was asked.

    Args:
        name: of the switch on the bench.
        operator: who is asked.
        safe_on: state in which the switch is left.
        observe: told of every change.
    """

    def __init__(
        self, name: str, operator: Operator, *, observe: Observer, safe_on: bool = True
    ) -> None:
        self.name = name
        self.is_on = True
        self._hands = Hands(name, operator)
        self._observe = observe
        self._safe_on = safe_on

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.safe()

    async def on(self) -> None:
        """Have the mains switched on; asks nothing when they are."""
        if not self.is_on:
            await self._hands.do("switch the mains of the charging station on")
            self._remember(True)

    async def off(self) -> None:
        """Have the mains switched off; asks nothing when they are."""
        if self.is_on:
            await self._hands.do("switch the mains of the charging station off")
            self._remember(False)

    async def prove(self) -> str:
        """Nothing to ask a device: the operator is the device."""
        return f"station mains by hand, {'on' if self.is_on else 'off'}"

    async def safe(self) -> None:
        """As the bench file says."""
        await (self.on() if self._safe_on else self.off())

    def _remember(self, on: bool) -> None:
        self.is_on = on
        self._observe("mains", self.name, {"on": on})
