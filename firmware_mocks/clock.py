"""Lab time of a mock: runs `scale` times as fast as the wall clock, from a shared epoch."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from functools import lru_cache


class MockClock:
    """Lab seconds; the same arithmetic as the rig's clock, so that both agree about UTC."""

    def __init__(self, scale: float = 1.0, epoch: float | None = None) -> None:
        self.scale = scale
        self.epoch = time.time() if epoch is None else epoch
        self._origin = time.monotonic() - (time.time() - self.epoch)

    def now(self) -> float:
        """Monotonic lab time in seconds since the epoch."""
        return (time.monotonic() - self._origin) * self.scale

    def posix(self) -> float:
        """Lab time as POSIX seconds."""
        return self.epoch + self.now()

    def utc(self) -> datetime:
        """Lab time as UTC."""
        return datetime.fromtimestamp(self.posix(), UTC)

    def stamp(self) -> str:
        """Lab time as OCPP writes it: ISO 8601 with milliseconds and Z."""
        return stamp_of(self.posix())

    def real(self, lab_s: float) -> float:
        """Real seconds of a span of lab time."""
        return lab_s / self.scale

    async def sleep(self, lab_s: float) -> None:
        """Let lab time pass."""
        await asyncio.sleep(max(0.0, self.real(lab_s)))


def stamp(moment: datetime) -> str:
    """ISO 8601 with milliseconds and Z."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stamp_of(posix: float) -> str:
    """The same for POSIX seconds; thousands of stations share the text of a second."""
    second, micros = divmod(round(posix * 1e6), 1_000_000)
    return f"{_to_the_second(second)}.{micros // 1000:03}Z"


@lru_cache(maxsize=64)
def _to_the_second(posix: int) -> str:
    return f"{datetime.fromtimestamp(posix, UTC):%Y-%m-%dT%H:%M:%S}"
