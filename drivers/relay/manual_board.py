"""A box of switches in the operator's hands, where a bench has no relay board yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from drivers.errors import NotSupported
from drivers.operator import Hands
from drivers.ports import Observer, Operator


class ManualRelayBoard:
    """Manual twin of a relay board: switches K1..Kn, set by the operator, no inputs.

    Args:
        name: of the board on the bench.
        operator: who is asked.
        observe: told of every switch that changed.
        coil_count: number of switches.
    """

    input_count = 0

    def __init__(
        self, name: str, operator: Operator, *, observe: Observer, coil_count: int = 8
    ) -> None:
        self.name = name
        self.coil_count = coil_count
        self._hands = Hands(name, operator)
        self._observe = observe
        self._closed = [False] * coil_count

    async def __aenter__(self) -> Self:
        await self._hands.do("open all switches")
        self._closed = [False] * self.coil_count
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.safe()

    async def set_coil(self, coil: int, closed: bool) -> None:
        """Have one switch set; asks nothing when it is."""
        await self.set_coils({coil: closed})

    async def set_coils(self, coils: Mapping[int, bool]) -> None:
        """Have several switches set, those to be opened first."""
        wrong = [n for n in coils if not 0 <= n < self.coil_count]
        if wrong:
            raise NotSupported(self.name, f"no switch K{wrong[0] + 1}")
        for wanted in (False, True):
            moved = sorted(n for n, c in coils.items() if c is wanted and self._closed[n] != wanted)
            if not moved:
                continue
            names = ", ".join(f"K{n + 1}" for n in moved)
            await self._hands.do(f"{'close' if wanted else 'open'} {names}")
            for n in moved:
                self._closed[n] = wanted
                self._observe("relay", self.name, {"board": self.name, "coil": n, "closed": wanted})

    async def read_coils(self) -> tuple[bool, ...]:
        """What the operator was told to set."""
        return tuple(self._closed)

    async def read_inputs(self) -> tuple[bool, ...]:
        """None are wired."""
        return ()

    async def prove(self) -> str:
        """Nothing to ask a device: the operator is the device."""
        return f"{self.coil_count} switches by hand"

    async def safe(self) -> None:
        """Have all switches opened; asks nothing when they are."""
        await self.set_coils(dict.fromkeys(range(self.coil_count), False))
