"""An event that costs next to nothing while nobody waits.

`asyncio.Event` has a deque of its own: 760 bytes each, and a station has a dozen of them. In a
process with thousands of stations that is most of the memory.
"""

from __future__ import annotations

import asyncio


class Flag:
    """Set or not; may be waited for. The same as `asyncio.Event`, but lean."""

    __slots__ = ("_is_set", "_waiting")

    def __init__(self, is_set: bool = False) -> None:
        self._is_set = is_set
        self._waiting: list[asyncio.Future[None]] | None = None

    def is_set(self) -> bool:
        """Whether it is set."""
        return self._is_set

    def set(self) -> None:
        """Set it, and wake everybody who waits."""
        self._is_set = True
        waiting, self._waiting = self._waiting, None
        for future in waiting or ():
            if not future.done():
                future.set_result(None)

    def clear(self) -> None:
        """Reset it: who asks from now on waits."""
        self._is_set = False

    async def wait(self) -> None:
        """Return once it is set, or at once if it is."""
        if self._is_set:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._waiting is None:
            self._waiting = []
        self._waiting.append(future)
        try:
            await future
        finally:
            if self._waiting is not None and future in self._waiting:
                self._waiting.remove(future)
