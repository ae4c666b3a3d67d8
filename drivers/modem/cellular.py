"""What every backend of a cellular modem does alike: lock and wait, dial and wait, be safe."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import TypeVar

from drivers.errors import RadioUnavailable, ReadbackMismatch
from drivers.modem.timings import ModemTimings
from drivers.modem.waiting import wait_until
from drivers.ports import (
    AccessTechnology,
    ModemStatus,
    Observer,
    Registration,
    Signal,
    TechnologyLock,
)

T = TypeVar("T")


class CellularModem(ABC):
    """The orders that take the radio's time, over the questions that a backend can ask.

    Args:
        name: of the modem on the bench.
        observe: told of progress.
        safe_lock: what the modem may use when the bench is safe.
        timings: deadlines.
    """

    def __init__(
        self, name: str, observe: Observer, safe_lock: TechnologyLock, timings: ModemTimings | None
    ) -> None:
        self.name = name
        self._observe = observe
        self._safe_lock = safe_lock
        self._times = timings or ModemTimings()
        self._stir = asyncio.Event()

    @abstractmethod
    async def status(self) -> ModemStatus:
        """SIM, registration, operator, technology and lock."""

    @abstractmethod
    async def read_signal(self) -> Signal:
        """One reading."""

    @abstractmethod
    async def _need_sim(self) -> None:
        """Raise `RadioUnavailable` unless the SIM can be used."""

    @abstractmethod
    async def _read_lock(self) -> TechnologyLock | None:
        """What is allowed."""

    @abstractmethod
    async def _order_lock(self, lock: TechnologyLock) -> None:
        """Order what is allowed; nothing else changes."""

    @abstractmethod
    async def _is_up(self) -> bool | None:
        """Whether there is a data session; None while one comes or goes, or it is not known."""

    @abstractmethod
    async def _dial(self, up: bool) -> None:
        """Order a data session up or down; `RadioUnavailable` where the network says no."""

    async def safe(self) -> None:
        """No data session, lock of the safe state; both read back. Waits for no network."""
        await self.disconnect()
        if await self._read_lock() is not self._safe_lock:
            await self._write_lock(self._safe_lock)

    async def set_lock(self, lock: TechnologyLock) -> ModemStatus:
        """Allow one technology, and wait until it serves us. See the port for errors."""
        await self._need_sim()
        await self.disconnect()
        every = lock is TechnologyLock.AUTO
        text = "allowing every technology" if every else f"allowing {lock.value} only"
        self._tell("lock", text, lock=lock.value)
        await self._write_lock(lock)
        told: list[Registration | None] = []

        async def look() -> ModemStatus:
            seen = await self.status()
            if seen.lock is not lock:
                raise self._did_not_follow(lock, seen.lock)
            if told[-1:] != [seen.registration]:
                told.append(seen.registration)
                self._tell("register", f"registration: {describe(seen)}", lock=lock.value)
            return seen

        def served(seen: ModemStatus) -> bool:
            used = seen.access_technology
            return used is not None and lock.allows(used)

        seen, ok = await self._wait(look, served, self._times.register_s)
        if not ok:
            wanted = "any technology" if every else lock.value
            what = f"no network on {wanted} within {self._times.register_s:g} s: {describe(seen)}"
            self._tell("failed", what, lock=lock.value)
            raise RadioUnavailable(
                self.name, what, hint="the operator may not offer it here, or not to this SIM"
            )

        def valid(signal: Signal) -> bool:
            of_old_cell = signal.access_technology not in (None, seen.access_technology)
            return signal.rssi_dbm is not None and not of_old_cell

        await self._wait(self.read_signal, valid, self._times.signal_s)
        self._tell("done", f"registered: {describe(seen)}", lock=lock.value)
        return seen

    async def connect(self) -> ModemStatus:
        """Bring a data session up. See the port for errors."""
        await self._need_sim()
        if not await self._is_up():
            self._tell("connect", "bringing a data session up")
            await self._dial(True)
            _, ok = await self._wait(self._is_up, bool, self._times.data_s)
            if not ok:
                raise RadioUnavailable(
                    self.name,
                    f"no data session within {self._times.data_s:g} s",
                    hint="check the APN, and that the SIM has data",
                )
        self._tell("connected", "data session up")
        return await self.status()

    async def disconnect(self) -> None:
        """End the data session; nothing is ordered when there is none."""
        if await self._is_up() is False:
            return
        self._tell("disconnect", "ending the data session")
        await self._dial(False)
        seen, ok = await self._wait(self._is_up, lambda up: up is False, self._times.data_s)
        if not ok:
            raise ReadbackMismatch(self.name, "data session", expected=False, got=seen)

    async def _write_lock(self, lock: TechnologyLock) -> None:
        await self._order_lock(lock)
        if (got := await self._read_lock()) is not lock:
            raise self._did_not_follow(lock, got)

    def _did_not_follow(self, lock: TechnologyLock, got: TechnologyLock | None) -> ReadbackMismatch:
        seen = "another order of technologies" if got is None else got.value
        return ReadbackMismatch(self.name, "technology lock", expected=lock.value, got=seen)

    async def _wait(
        self, look: Callable[[], Awaitable[T]], good: Callable[[T], bool], timeout_s: float
    ) -> tuple[T, bool]:
        return await wait_until(
            look, good, timeout_s=timeout_s, poll_s=self._times.poll_s, stir=self._stir
        )

    def _tell(self, step: str, text: str, **data: str) -> None:
        self._observe("modem", self.name, {"step": step, "text": text, **data})


def describe(seen: ModemStatus) -> str:
    """Where a modem stands, in words."""
    words = [seen.registration.value if seen.registration is not None else "state unknown"]
    used: AccessTechnology | None = seen.access_technology
    if used is not None:
        words.append(seen.technology_name or used.value)
    if seen.operator:
        words.append(seen.operator)
    return ", ".join(words)
