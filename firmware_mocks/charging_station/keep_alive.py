"""WebSocket pings of the station, and what it does when nobody answers them.

Source: OCPP-J 1.6, 3.5 (WebSocketPingInterval); station behaviour 4.4.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from firmware_mocks.charging_station.chore import Chore
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

    __slots__ = ("_chore", "_clock", "_interval_s", "_link", "_ping", "_pinged_s")

    def __init__(self, clock: MockClock, interval_s: Callable[[], float]) -> None:
        self._clock = clock
        self._interval_s = interval_s
        self._chore = Chore(clock, self._mind)
        self._link: Link | None = None
        self._pinged_s = 0.0
        self._ping: asyncio.Task[None] | None = None

    def interval_changed(self) -> None:
        """WebSocketPingInterval was written: the new one counts from the last ping."""
        self._chore.touch()

    def begin(self, link: Link) -> None:
        """Ping on this link until `end`."""
        self._link, self._pinged_s = link, self._clock.now()
        self._chore.start()

    def end(self) -> None:
        """The link is gone."""
        self._chore.stop()
        if self._ping is not None:
            self._ping.cancel()
            self._ping = None

    def _mind(self) -> float | None:
        interval_s = self._interval_s()
        if interval_s <= 0 or self._ping is not None or self._link is None:
            return None
        left_s = self._pinged_s + interval_s - self._clock.now()
        if left_s > 0:
            return left_s
        self._pinged_s = self._clock.now()
        self._ping = asyncio.create_task(self._ping_once(self._link, interval_s))
        return None

    async def _ping_once(self, link: Link, interval_s: float) -> None:
        patience_s = max(self._clock.real(interval_s), LEAST_PATIENCE_S)
        try:
            async with asyncio.timeout(patience_s):
                await link.ping()
        except (TimeoutError, ConnectionError):
            link.kill()
            return
        self._ping = None
        self._chore.touch()
