"""WebSocket pings of the station, and what it does when nobody answers them.

Source: OCPP-J 1.6, 3.5 (WebSocketPingInterval); station behaviour 4.4.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from firmware_mocks.clock import MockClock
from rig.ocppj.link import Link

LEAST_PATIENCE_S = 2.0
"""Real seconds to wait for a pong at least: with fast lab time a busy machine is not dead."""


class KeepAlive:
    """Pings at an interval; without a pong until the next ping is due, it hangs up.

    Args:
        clock: lab time.
        interval_s: asked for WebSocketPingInterval, lab seconds; 0 for no pings.
    """

    def __init__(self, clock: MockClock, interval_s: Callable[[], float]) -> None:
        self._clock = clock
        self._interval_s = interval_s
        self._changed = asyncio.Event()

    def interval_changed(self) -> None:
        """WebSocketPingInterval was written: the new one counts from the last ping."""
        self._changed.set()

    async def run(self, link: Link) -> None:
        """Ping until the link ends or is given up."""
        pinged_s = self._clock.now()
        while True:
            if not await self._is_due(pinged_s):
                continue
            pinged_s = self._clock.now()
            patience_s = max(self._clock.real(self._interval_s()), LEAST_PATIENCE_S)
            try:
                async with asyncio.timeout(patience_s):
                    await link.ping()
            except (TimeoutError, ConnectionError):
                link.kill()
                return

    async def _is_due(self, pinged_s: float) -> bool:
        """Wait for the next ping; False when the interval has changed meanwhile."""
        self._changed.clear()
        interval_s = self._interval_s()
        wait_s = max(0.0, self._clock.real(pinged_s + interval_s - self._clock.now()))
        try:
            async with asyncio.timeout(wait_s if interval_s > 0 else None):
                await self._changed.wait()
        except TimeoutError:
            return True
        return False
