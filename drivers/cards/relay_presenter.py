"""Cards lie on the reader all the time; a relay connects the antenna of one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Self

from drivers.completion import to_completion
from drivers.errors import NotSupported
from drivers.ports import Observer, RelayBoardPort
from drivers.relay.exclusive import select


class RelayCardPresenter:
    """Switched card antennas, one at a time.

    Args:
        name: of the presenter on the bench.
        board: relay board, already entered.
        coils: coil of each card's antenna, by card name.
        observe: told when a card comes and goes.
    """

    def __init__(
        self, name: str, board: RelayBoardPort, coils: Mapping[str, int], *, observe: Observer
    ) -> None:
        self.name = name
        self._board = board
        self._coils = dict(coils)
        self._observe = observe
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self._board.read_coils()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.safe()

    async def present(self, card: str, hold_s: float) -> None:
        """Connect the antenna of `card` for `hold_s` real seconds, then disconnect it.

        The card is removed also when the caller is cancelled.

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
                # Told first: the station may act before the relay has been read back.
                self._observe("card", self.name, {"card": card, "action": "presented"})
                await select(self._board, self._coils.values(), self._coils[card])
                await asyncio.sleep(hold_s)
            finally:
                await to_completion(self._remove(card))

    async def prove(self) -> str:
        """The board answers and at most one card is connected."""
        closed = await self._board.read_coils()
        shown = [card for card, coil in self._coils.items() if closed[coil]]
        return f"{len(self._coils)} cards, presented: {', '.join(shown) or 'none'}"

    async def safe(self) -> None:
        """No card in front of the reader."""
        await self._board.set_coils(dict.fromkeys(self._coils.values(), False))

    async def _remove(self, card: str) -> None:
        await self.safe()
        self._observe("card", self.name, {"card": card, "action": "removed"})
