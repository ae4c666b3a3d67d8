"""The modem of the bench: what the network offers where the station stands."""

from __future__ import annotations

from drivers.modem.signal_watch import SignalSummary, watch_signal
from drivers.ports import (
    Modem,
    ModemIdentity,
    ModemStatus,
    Observer,
    Signal,
    TechnologyLock,
)
from rig.bench.faults import FaultDesk
from rig.clock import Clock
from rig.errors import BenchError

NO_MODEM = "modem"
RSSI_LIMIT_DBM = -81
"""Least RSSI for a performance measurement, procedure 8.2.2; CSQ 16."""


def meets_limit(rssi_dbm: float | None) -> bool | None:
    """Whether a level allows a performance measurement; None when it is not known."""
    return None if rssi_dbm is None else rssi_dbm >= RSSI_LIMIT_DBM


class BenchModem:
    """The modem, with every order on the fault desk. A bench may have none.

    Attributes:
        name: on the bench, or "modem" without one.
    """

    def __init__(self, name: str | None, desk: FaultDesk, clock: Clock, observe: Observer) -> None:
        self.name = name or NO_MODEM
        self.is_there = name is not None
        self._desk = desk
        self._clock = clock
        self._observe = observe
        self._driver: Modem | None = None

    def attach(self, driver: Modem | None) -> None:
        """Take the driver, or None while the bench is closed."""
        self._driver = driver

    async def identity(self) -> ModemIdentity:
        """Who it is.

        Raises:
            BenchError: there is none, or it failed. So do all below.
        """
        async with self._desk.order(self.name):
            return await self._modem().identity()

    async def status(self) -> ModemStatus:
        """SIM, registration, operator, technology, lock."""
        async with self._desk.order(self.name):
            return await self._modem().status()

    async def read_signal(self) -> Signal:
        """One reading."""
        async with self._desk.order(self.name):
            return await self._modem().read_signal()

    async def set_lock(self, lock: TechnologyLock) -> ModemStatus:
        """Allow one technology only, or all; returns once registered again."""
        async with self._desk.order(self.name):
            return await self._modem().set_lock(lock)

    async def connect(self) -> ModemStatus:
        """Bring a data session up."""
        async with self._desk.order(self.name):
            return await self._modem().connect()

    async def disconnect(self) -> ModemStatus:
        """End the data session."""
        async with self._desk.order(self.name):
            await self._modem().disconnect()
            return await self._modem().status()

    async def watch(self, duration_s: float, interval_s: float) -> SignalSummary:
        """Read the signal for `duration_s` lab seconds, one reading every `interval_s`."""
        real = self._clock.real
        async with self._desk.order(self.name):
            return await watch_signal(
                self._modem(),
                self._observe,
                duration_s=real(duration_s),
                interval_s=real(interval_s),
            )

    def _modem(self) -> Modem:
        if not self.is_there:
            raise BenchError(
                self.name,
                "this bench has no modem",
                "add a device of kind modem or manual_modem to the bench file",
            )
        if self._driver is None:
            raise BenchError(self.name, "the bench is not open")
        return self._driver
