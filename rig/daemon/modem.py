"""The modem as the API shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from drivers.ports import ModemStatus, TechnologyLock
from rig.bench import Bench
from rig.bench.modem import RSSI_LIMIT_DBM, meets_limit
from rig.client.modem import ModemInfo, SignalInfo, SpreadInfo, WatchInfo
from rig.errors import ConfigError

MAX_WATCH_S = 90.0
"""Longest watch of one request, in real seconds: a client waits no longer for an answer."""
MIN_INTERVAL_S = 0.05
"""Shortest interval in real seconds; one reading takes up to that."""


class ModemDesk:
    """Orders to the modem of a bench.

    Args:
        look: the bench, for looking only; raises when it is not open.
        use: the bench, for orders; raises also when somebody else has it.
        real: real seconds of a span of lab time.
    """

    def __init__(
        self, look: Callable[[], Bench], use: Callable[[], Bench], real: Callable[[float], float]
    ) -> None:
        self._look = look
        self._use = use
        self._real = real

    async def status(self) -> ModemInfo:
        """Who it is, and where it stands with SIM and network."""
        bench = self._look()
        return await self._info(bench, await bench.modem.status())

    async def signal(self) -> SignalInfo:
        """One reading, held against the limit."""
        seen = await self._look().modem.read_signal()
        return SignalInfo(
            **asdict(seen), limit_rssi_dbm=RSSI_LIMIT_DBM, meets_limit=meets_limit(seen.rssi_dbm)
        )

    async def set_lock(self, lock: str) -> ModemInfo:
        """Allow one technology, or all ("auto"); returns once registered again."""
        if lock not in set(TechnologyLock):
            raise ConfigError(f"no mode {lock!r}; there are: {', '.join(TechnologyLock)}")
        bench = self._use()
        return await self._info(bench, await bench.modem.set_lock(TechnologyLock(lock)))

    async def data(self, switch: str) -> ModemInfo:
        """Data session "on" or "off"."""
        if switch not in {"on", "off"}:
            raise ConfigError(f"no modem data {switch!r}; there are: on, off")
        bench = self._use()
        act = bench.modem.connect if switch == "on" else bench.modem.disconnect
        return await self._info(bench, await act())

    async def watch(self, duration_s: float, interval_s: float) -> WatchInfo:
        """Readings for a while, in lab seconds; the summary."""
        if self._real(duration_s) > MAX_WATCH_S:
            raise ConfigError(f"a watch takes {MAX_WATCH_S:g} s at most; ask for several")
        if self._real(interval_s) < MIN_INTERVAL_S:
            raise ConfigError(f"the interval must be {MIN_INTERVAL_S:g} real seconds at least")
        found = await self._look().modem.watch(duration_s, interval_s)
        spreads = {
            name: None if s is None else SpreadInfo(s.least, s.median, s.greatest, s.count)
            for name, s in found.spreads.items()
        }
        rssi = spreads["rssi_dbm"]
        return WatchInfo(
            readings=found.readings,
            **spreads,
            limit_rssi_dbm=RSSI_LIMIT_DBM,
            meets_limit=meets_limit(None if rssi is None else rssi.median),
        )

    async def _info(self, bench: Bench, seen: ModemStatus) -> ModemInfo:
        who = await bench.modem.identity()
        return ModemInfo(bench.modem.name, **asdict(who), **asdict(seen))
