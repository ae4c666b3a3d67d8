"""At most one coil of a group closed: break before make."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from drivers.ports import RelayBoardPort

PAUSE_S = 0.02


async def select(
    board: RelayBoardPort, group: Collection[int], coil: int | None, pause_s: float = PAUSE_S
) -> None:
    """Close one coil of a group after all others are open, or open them all.

    Args:
        board: where the coils are.
        group: coils of which at most one may be closed.
        coil: the one to close; None to open all.
        pause_s: real seconds between the read-back "open" and the next "closed".

    Raises:
        ValueError: `coil` is not in `group`.
        DriverError: a write failed; then the new coil was not closed.
    """
    if coil is not None and coil not in group:
        raise ValueError(f"coil {coil} is not in the group {sorted(group)}")
    closed = await board.read_coils()
    others = {n: False for n in group if n != coil and closed[n]}
    if others:
        await board.set_coils(others)
        if coil is not None:
            await asyncio.sleep(pause_s)
    if coil is not None and not closed[coil]:
        await board.set_coil(coil, True)
