"""Mains contactor or network contact of the station, switched by a relay."""

from __future__ import annotations

from typing import Self

from drivers.ports import Observer, RelayBoardPort
from drivers.switches.feed import Feed
from drivers.switches.switch import Switch


class RelaySwitch(Switch):
    """Switch on one coil; an order is done when it is read back.

    Args:
        name: of the switch on the bench.
        board: relay board, already entered.
        coil: of the contactor.
        feed: what it takes from the station.
        closed_is_on: False where a closed coil takes it away: wired over a normally closed
            contact.
        safe_on: state in which the switch is left.
        observe: told of every change.
    """

    def __init__(
        self,
        name: str,
        board: RelayBoardPort,
        coil: int,
        feed: Feed,
        *,
        observe: Observer,
        closed_is_on: bool = True,
        safe_on: bool = False,
    ) -> None:
        super().__init__(name, feed, observe=observe, is_on=False, safe_on=safe_on)
        self._board = board
        self._coil = coil
        self._closed_is_on = closed_is_on

    async def __aenter__(self) -> Self:
        await self._read()
        return self

    async def prove(self) -> str:
        """The coil can be read."""
        await self._read()
        return f"station {self._feed.event} {self._feed.word(self.is_on)}"

    async def _read(self) -> None:
        closed = (await self._board.read_coils())[self._coil]
        self.is_on = closed is self._closed_is_on

    async def _set(self, on: bool) -> None:
        await self._board.set_coil(self._coil, on is self._closed_is_on)
