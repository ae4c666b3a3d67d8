"""The relay boards themselves: pulses by hand, and what the boards cannot do for safety."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drivers.errors import NotSupported
from drivers.ports import Device, PulsingBoard, RelayBoardPort
from rig.bench.faults import FaultDesk
from rig.errors import BenchError


class Relays:
    """All relay boards of a bench.

    Args:
        find: an open device by name.
        opened: all open devices.
        roles: part of each coil: (board, coil) -> "plug-1.cp".
        desk: takes the orders.
    """

    def __init__(
        self,
        find: Callable[[str], Device | None],
        opened: Callable[[], tuple[Device, ...]],
        roles: Mapping[tuple[str, int], str],
        desk: FaultDesk,
    ) -> None:
        self._find = find
        self._opened = opened
        self._roles = roles
        self._desk = desk

    async def pulse(self, board: str, coil: int, seconds: float) -> None:
        """Have a board close a coil and open it by its own clock; returns when it is open.

        Args:
            board: name on the bench.
            coil: one that has no part in the bench.
            seconds: real, also on a bench whose lab time is faster: the board's timer is its own.

        Raises:
            BenchError: refused, or the board failed.
        """
        async with self._desk.order(board):
            device = self._find(board)
            if not isinstance(device, RelayBoardPort):
                names = ", ".join(d.name for d in self._opened() if isinstance(d, RelayBoardPort))
                raise BenchError(board, "no such relay board", f"there are: {names or 'none'}")
            if role := self._roles.get((board, coil)):
                raise BenchError(
                    board,
                    f"coil {coil} is {role}",
                    "a coil with a part in the bench is worked through that device",
                )
            if not isinstance(device, PulsingBoard):
                raise NotSupported(board, "cannot time a pulse")
            await device.pulse(coil, seconds)

    def warnings(self) -> list[tuple[str, str]]:
        """Device and sentence: what the open boards cannot do, or cannot be asked."""
        return [
            (device.name, warning)
            for device in self._opened()
            for warning in getattr(device, "warnings", ())
        ]
