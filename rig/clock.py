"""Injected time.

Everything in the rig that waits or measures does so on a `Clock`. A bench of real devices
runs at scale 1. The virtual bench may run its *lab time* faster: with scale 10 an OCPP
interval of 30 s passes in 3 s, for the rig and for the mocks alike. Driver time-outs are
bus time and are never scaled.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime


class DeadlineExceeded(Exception):
    """A named wait took too long: `name` says what was waited for, `timeout_s` how long."""

    def __init__(self, name: str, timeout_s: float) -> None:
        self.name = name
        self.timeout_s = timeout_s
        super().__init__(f"{name}: not within {timeout_s:g} s")


class Clock:
    """Lab time.

    Args:
        scale: lab seconds per real second, 1 on a bench with real devices.
        epoch: real POSIX time at which lab time and real time are equal; mocks that must
            agree about UTC get the same one.
    """

    def __init__(self, scale: float = 1.0, epoch: float | None = None) -> None:
        if scale <= 0:
            raise ValueError(f"scale {scale!r} is not positive")
        self.scale = scale
        self.epoch = time.time() if epoch is None else epoch
        self._origin = time.monotonic() - (time.time() - self.epoch)

    def now(self) -> float:
        """Monotonic lab time in seconds since `epoch`."""
        return (time.monotonic() - self._origin) * self.scale

    def utc(self) -> datetime:
        """Lab time as UTC."""
        return self.utc_at(self.now())

    def utc_at(self, lab_s: float) -> datetime:
        """A moment of lab time as UTC."""
        return datetime.fromtimestamp(self.epoch + lab_s, UTC)

    def stamp(self) -> str:
        """Lab time as OCPP writes it: ISO 8601, milliseconds, Z."""
        return iso(self.utc())

    def real(self, lab_s: float) -> float:
        """How many real seconds a span of lab time takes."""
        return lab_s / self.scale

    async def sleep(self, lab_s: float) -> None:
        """Wait a mandated span of lab time. Never a substitute for awaiting an event."""
        await asyncio.sleep(max(0.0, self.real(lab_s)))

    @asynccontextmanager
    async def deadline(self, timeout_s: float, name: str) -> AsyncIterator[None]:
        """Bound a wait by lab time.

        Raises:
            DeadlineExceeded: the body took longer than `timeout_s`.
        """
        guard = asyncio.timeout(max(0.0, self.real(timeout_s)))
        try:
            async with guard:
                yield
        except TimeoutError as error:
            if guard.expired():
                raise DeadlineExceeded(name, timeout_s) from error
            raise


def iso(moment: datetime) -> str:
    """UTC time stamp with milliseconds and Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
