"""A relay brings a card to the reader: it connects the card's antenna, or moves the card there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Self

from drivers.completion import to_completion
from drivers.errors import NotSupported
from drivers.ports import Observer, RelayBoardPort
from drivers.relay.exclusive import PAUSE_S, select


class RelayCardPresenter:
    """Cards switched or moved by relays, one at a time.

    Args:
        name: of the presenter on the bench.
        board: relay board, already entered.
        coils: coil of each card, by card name.
        travel_s: real seconds that a card takes to the reader and back: 0 for a switched
            antenna, more for a servo or a lifting magnet.
        observe: told when a card comes and goes.
    """

    def __init__(
        self,
        name: str,
        board: RelayBoardPort,
        coils: Mapping[str, int],
        *,
        observe: Observer,
        travel_s: float = 0.0,
    ) -> None:
        self.name = name
        self._board = board
        self._coils = dict(coils)
        self._travel_s = travel_s
        self._observe = observe
        self._lock = asyncio.Lock()
        self._out = False  # a card may be at the reader, or on its way

    async def __aenter__(self) -> Self:
        await self._board.read_coils()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.safe()

    async def present(self, card: str, hold_s: float) -> None:
        """Bring `card` to the reader, leave it there for `hold_s` real seconds, take it back.

        Takes twice the travel time longer. The card is removed also when the caller is cancelled.

        Raises:
            NotSupported: no such card on this presenter.
            DriverError: a relay did not follow.
        """
        if card not in self._coils:
            raise NotSupported(
                self.name, f"no card {card!r}; there are {', '.join(sorted(self._coils))}"
            )
        async with self._lock:
            try:
                await self._bring(card)
                await asyncio.sleep(hold_s)
            finally:
                await to_completion(self._remove(card))

    async def prove(self) -> str:
        """The board answers and at most one card is connected."""
        closed = await self._board.read_coils()
        shown = [card for card, coil in self._coils.items() if closed[coil]]
        return f"{len(self._coils)} cards, presented: {', '.join(shown) or 'none'}"

    async def safe(self) -> None:
        """No card in front of the reader: returns when the last one has travelled back."""
        await self._board.set_coils(dict.fromkeys(self._coils.values(), False))
        if self._out:
            await self._travel()
        self._out = False

    async def _bring(self, card: str) -> None:
        if not self._travel_s:
            # Told first: the station may act before the relay has been read back.
            self._tell(card, "presented")
        self._out = True
        pause_s = max(PAUSE_S, self._travel_s)
        await select(self._board, self._coils.values(), self._coils[card], pause_s)
        if self._travel_s:
            await self._travel()
            self._tell(card, "presented")

    async def _remove(self, card: str) -> None:
        await self.safe()
        self._tell(card, "removed")

    async def _travel(self) -> None:
        if self._travel_s:
            await asyncio.sleep(self._travel_s)

    def _tell(self, card: str, action: str) -> None:
        self._observe("card", self.name, {"card": card, "action": action})
