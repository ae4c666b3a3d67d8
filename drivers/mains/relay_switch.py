"""Mains contactor of the station, switched by a relay."""

from __future__ import annotations

from typing import Self

from drivers.ports import Observer, RelayBoardPort


class RelayMainsSwitch:
    """Mains switch on one coil; closed is on.

    Args:
        name: of the switch on the bench.
        board: relay board, already entered.
        coil: of the contactor.
        safe_on: state in which the switch is left.
        observe: told of every change.
    """

    def __init__(
        self,
        name: str,
        board: RelayBoardPort,
        coil: int,
        *,
        observe: Observer,
        safe_on: bool = False,
    ) -> None:
        self.name = name
        self.is_on = False
        self._board = board
        self._coil = coil
        self._observe = observe
        self._safe_on = safe_on

    async def __aenter__(self) -> Self:
        self.is_on = (await self._board.read_coils())[self._coil]
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
        self.is_on = (await self._board.read_coils())[self._coil]
        return f"station mains {'on' if self.is_on else 'off'}"

    async def safe(self) -> None:
        """As the bench file says."""
        await self._switch(self._safe_on)

    async def _switch(self, on: bool) -> None:
        await self._board.set_coil(self._coil, on)
        changed, self.is_on = self.is_on != on, on
        if changed:
            self._observe("mains", self.name, {"on": on})
