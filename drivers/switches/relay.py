"""Mains contactor or network contact of the station, switched by a relay."""

from __future__ import annotations

from typing import Self

from drivers.ports import Observer, RelayBoardPort
from drivers.switches.feed import Feed


class RelaySwitch:
    """Switch on one coil.

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
        self.name = name
        self.is_on = False
        self._board = board
        self._coil = coil
        self._feed = feed
        self._observe = observe
        self._closed_is_on = closed_is_on
        self._safe_on = safe_on

    async def __aenter__(self) -> Self:
        await self._read()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.safe()

    async def on(self) -> None:
        """Switch on; done when read back."""
        await self._switch(True)

    async def off(self) -> None:
        """Switch off; done when read back."""
        await self._switch(False)

    async def prove(self) -> str:
        """The coil can be read."""
        await self._read()
        return f"station {self._feed.event} {self._feed.word(self.is_on)}"

    async def safe(self) -> None:
        """As the bench file says."""
        await self._switch(self._safe_on)

    async def _read(self) -> None:
        closed = (await self._board.read_coils())[self._coil]
        self.is_on = closed is self._closed_is_on

    async def _switch(self, on: bool) -> None:
        await self._board.set_coil(self._coil, on is self._closed_is_on)
        changed, self.is_on = self.is_on != on, on
        if changed:
            self._observe(self._feed.event, self.name, {self._feed.key: on})
