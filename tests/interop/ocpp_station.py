"""A charging station that shares no code with the rig: the `ocpp` package's own ChargePoint.

One connector, Core and Remote Trigger, no cache. `Firmware` is the station itself, with what
survives a connection and what survives a loss of power; `Uplink` (`ocpp_uplink`) is one
connection, and the handlers of the Central System's requests. Where the package decides how
something is done, it does: one call at a time, its own message ids, its own checks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ocpp.v16 import call
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.interop.ocpp_uplink import BOOLEANS, ENERGY, LISTS, NUMBERS, READ_ONLY, Uplink

logging.getLogger("ocpp").setLevel(logging.CRITICAL)

BOOT_S, BACK_OFF_S = 1.0, (1.0, 2.0, 4.0)
WH_PER_S = 2.0
KEYS = {**READ_ONLY, **BOOLEANS, **NUMBERS, **LISTS, "ConnectorPhaseRotation": "0.RST,1.RST"}


@dataclass
class Transaction:
    """One charging session that is accounted."""

    id_tag: str
    parent: str | None
    number: int | None = None
    refused: bool = False


@dataclass
class Disk:
    """What a loss of power leaves."""

    keys: dict[str, str] = field(default_factory=lambda: dict(KEYS))
    inoperative: set[int] = field(default_factory=set)
    queue: list[tuple[Any, Transaction]] = field(default_factory=list)
    transaction: Transaction | None = None
    wh: float = 1000.0


class Firmware:
    """The station: cable, card, contactor, meter and queue.

    Args:
        disk: kept over boots.
        now: UTC seconds.
    """

    def __init__(self, disk: Disk, now: Callable[[], float]) -> None:
        self.disk = disk
        self.now = now
        self.uplink: Uplink | None = None
        self.accepted = False
        self.plugged = self.ev_connected = self.wants_energy = self.locked = False
        self.owner: str | None = None  # whose plug is locked after the session
        self.bolt: bool | None = None  # held closed, held open, or free
        self.card: tuple[str, str | None] | None = None
        self.ended = False
        self.has_charged = self.lock_failed = False
        self.scheduled = False
        self.told: dict[int, str] = {}
        self.rebooting = asyncio.Event()
        self._counted_at: float | None = None
        self._time_out: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._changed = asyncio.Lock()
        self._flushing = asyncio.Lock()

    # --- small things ---------------------------------------------------------------------------

    @property
    def transaction(self) -> Transaction | None:
        return self.disk.transaction

    def flag(self, key: str) -> bool:
        return self.disk.keys[key] == "true"

    def number(self, key: str) -> int:
        return int(self.disk.keys[key])

    def stamp(self) -> str:
        return datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="milliseconds")[:-6] + "Z"

    def run(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop_tasks(self) -> None:
        tasks = {t for t in self._tasks if t is not asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def energy(self) -> bool:
        running = self.transaction
        return running is not None and self.wants_energy and not running.refused

    def meter(self) -> int:
        if self._counted_at is not None:
            self.disk.wh += (self.now() - self._counted_at) * WH_PER_S
            self._counted_at = self.now()
        return int(self.disk.wh)

    def _count(self) -> None:
        self.meter()
        self._counted_at = self.now() if self.energy else None

    # --- status ---------------------------------------------------------------------------------

    def status(self, connector: int) -> str:
        if connector == 0:
            return "Unavailable" if 0 in self.disk.inoperative else "Available"
        running = self.transaction
        if self.lock_failed:
            return "Faulted"
        if running is not None:
            if running.refused:
                return "SuspendedEVSE"
            if self.wants_energy:
                return "Charging"
            return "SuspendedEV" if self.has_charged else "Preparing"
        if self.disk.inoperative and not self.scheduled:
            return "Unavailable"
        if self.plugged:
            return "Finishing" if self.ended else "Preparing"
        return "Preparing" if self.card else "Available"

    async def refresh(self) -> None:
        """Start what can start, and report what has changed."""
        async with self._changed:
            if self.card and self.plugged and self.ev_connected and self.transaction is None:
                self.lock_failed = self.bolt is False
                if self.lock_failed:
                    self.card = None
                else:
                    self._start(*self.card)
            self.has_charged = self.energy or (self.has_charged and self.transaction is not None)
            if not self.plugged:
                self.ended = self.lock_failed = False
            self._count()
            await self.report()

    async def report(self) -> None:
        for connector in (0, 1):
            if self.told.get(connector) != self.status(connector):
                await self.tell(connector)

    async def tell(self, connector: int) -> None:
        """StatusNotification of the present status; nothing while offline."""
        if self.uplink is None or not self.accepted:
            return
        status = self.status(connector)
        lost = connector and self.plugged and not self.ev_connected
        info = "EV side disconnected" if lost else None
        error = "ConnectorLockFailure" if status == "Faulted" else "NoError"
        self.told[connector] = status
        with suppress(ConnectionClosed, TimeoutError):
            await self.uplink.call(
                call.StatusNotification(
                    connector_id=connector, error_code=error, status=status,
                    timestamp=self.stamp(), info=info,
                )
            )  # fmt: skip

    # --- who may charge -------------------------------------------------------------------------

    async def authorize(self, id_tag: str) -> tuple[bool, str | None]:
        """Whether somebody may charge, and their group."""
        if self.uplink is not None and not self.accepted:
            return False, None
        if self.uplink is None:
            allowed = ("LocalAuthorizeOffline", "AllowOfflineTxForUnknownId")
            return all(map(self.flag, allowed)), None
        with suppress(ConnectionClosed, TimeoutError):
            conf = await self.uplink.call(call.Authorize(id_tag=id_tag))
            if conf is not None:
                return conf.id_tag_info["status"] == "Accepted", conf.id_tag_info.get(
                    "parent_id_tag"
                )
        return False, None

    async def swipe(self, id_tag: str) -> None:
        running = self.transaction
        if running is not None:
            if id_tag == running.id_tag:
                await self.stop("Local", id_tag)
            elif running.parent is not None:
                fine, parent = await self.authorize(id_tag)
                if fine and parent == running.parent:
                    await self.stop("Local", id_tag)
            return
        if self.owner == id_tag:
            self.locked, self.owner = False, None
        if self.status(1) in ("Unavailable", "Finishing"):
            return
        fine, parent = await self.authorize(id_tag)
        if fine:
            await self.take(id_tag, parent)

    async def take(self, id_tag: str, parent: str | None) -> None:
        """A driver is known; the cable has to come within ConnectionTimeOut."""
        self.card = id_tag, parent
        await self.refresh()
        if self.transaction is None:
            self._time_out = self.run(self._forget_later())

    async def _forget_later(self) -> None:
        await asyncio.sleep(self.number("ConnectionTimeOut"))
        if self.transaction is None:
            self.card = None
            await self.refresh()

    # --- transactions ---------------------------------------------------------------------------

    def _start(self, id_tag: str, parent: str | None) -> None:
        if self._time_out is not None:
            self._time_out.cancel()
        self.card, self.has_charged, self.locked = None, False, True
        running = self.disk.transaction = Transaction(id_tag, parent)
        self.enqueue(
            call.StartTransaction(
                connector_id=1, id_tag=id_tag, meter_start=self.meter(), timestamp=self.stamp()
            ),
            running,
        )
        self.run(self._sample(running))

    async def stop(self, reason: str, id_tag: str | None = None) -> None:
        """End the transaction; the socket lets go of the plug, unless the EV's side says not to."""
        running = self.transaction
        if running is None:
            return
        message = call.StopTransaction(self.meter(), self.stamp(), 0, reason, id_tag)
        self.disk.transaction = None
        keep = reason == "DeAuthorized" or (
            reason == "EVDisconnected" and not self.flag("UnlockConnectorOnEVSideDisconnect")
        )
        self.owner = running.id_tag if keep else None
        self.locked, self.ended = keep, True
        self.enqueue(message, running)
        self.scheduled = False
        await self.refresh()

    def enqueue(self, message: Any, running: Transaction) -> None:
        self.disk.queue.append((message, running))
        self.run(self.flush())

    async def flush(self) -> None:
        """Send what is about transactions, oldest first, as often as it is to be tried."""
        async with self._flushing:
            attempt = 1
            while self.disk.queue and self.uplink is not None and self.accepted:
                message, running = self.disk.queue[0]
                if running.number is None and not isinstance(message, call.StartTransaction):
                    self.disk.queue.pop(0)  # its start was given up
                    continue
                if isinstance(message, call.StopTransaction | call.MeterValues):
                    message.transaction_id = running.number
                try:
                    conf = await self.uplink.call(message)
                except (ConnectionClosed, TimeoutError):
                    conf = None
                if self.uplink is None:
                    return
                if conf is None and attempt < self.number("TransactionMessageAttempts"):
                    await asyncio.sleep(attempt * self.number("TransactionMessageRetryInterval"))
                    attempt += 1
                    continue
                attempt, _ = 1, self.disk.queue.pop(0)
                if isinstance(message, call.StartTransaction) and conf is not None:
                    running.number = conf.transaction_id
                    await self._started(running, conf.id_tag_info)

    async def _started(self, running: Transaction, info: dict[str, str]) -> None:
        running.parent = info.get("parent_id_tag", running.parent)
        if info["status"] == "Accepted" or running is not self.transaction:
            return
        if self.flag("StopTransactionOnInvalidId"):
            self.run(self.stop("DeAuthorized"))
        else:
            running.refused = True
            self.run(self.refresh())

    # --- meter values ---------------------------------------------------------------------------

    def values(self, key: str, context: str) -> list[dict[str, Any]]:
        names = [name for name in self.disk.keys[key].split(",") if name]
        told = {ENERGY: (str(self.meter()), "Wh"), "Power.Active.Import": (
            str(int(WH_PER_S * 3600)) if self.energy else "0", "W")}  # fmt: skip
        sampled = [
            {"value": told[n][0], "unit": told[n][1], "measurand": n, "context": context}
            for n in names
        ]
        return [{"timestamp": self.stamp(), "sampled_value": sampled}]

    async def _sample(self, running: Transaction) -> None:
        while running is self.transaction:
            every_s = self.number("MeterValueSampleInterval")
            await asyncio.sleep(every_s or 1.0)
            if every_s and running is self.transaction:
                values = self.values("MeterValuesSampledData", "Sample.Periodic")
                self.enqueue(call.MeterValues(connector_id=1, meter_value=values), running)

    async def clock_aligned(self) -> None:
        while True:
            every_s = self.number("ClockAlignedDataInterval")
            if not every_s:
                await asyncio.sleep(1.0)
                continue
            await asyncio.sleep(every_s - self.now() % every_s)
            if self.uplink is None or not self.number("ClockAlignedDataInterval"):
                continue
            message = call.MeterValues(
                connector_id=1, meter_value=self.values("MeterValuesAlignedData", "Sample.Clock")
            )
            if self.transaction is not None:
                self.enqueue(message, self.transaction)
            elif self.accepted:
                with suppress(ConnectionClosed, TimeoutError):
                    await self.uplink.call(message)

    # --- life -----------------------------------------------------------------------------------

    async def life(self, url: str) -> None:
        """From power-up until the next boot."""
        await asyncio.sleep(BOOT_S)
        await self.stop("PowerLoss")  # of a transaction in whose middle the power has failed
        self.run(self.clock_aligned())
        connecting = self.run(self._connect(url))
        await self.rebooting.wait()
        if self.uplink is not None:
            await self.uplink.leave()
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
        await self.stop_tasks()

    async def _connect(self, url: str) -> None:
        attempt = 0
        while True:
            with suppress(OSError, ConnectionClosed, InvalidStatus, TimeoutError):
                async with connect(  # the library would ping whatever the configuration
                    url,
                    subprotocols=[Subprotocol("ocpp1.6")],
                    ping_interval=None,
                ) as ws:
                    attempt = 0
                    uplink = self.uplink = Uplink(self, ws)
                    talking = asyncio.create_task(self._talk(uplink))
                    try:
                        await uplink.start()
                    finally:
                        self.uplink = None
                        talking.cancel()
                        await asyncio.gather(talking, return_exceptions=True)
            await asyncio.sleep(BACK_OFF_S[min(attempt, len(BACK_OFF_S) - 1)])
            attempt += 1

    async def _talk(self, uplink: Uplink) -> None:
        with suppress(ConnectionClosed, TimeoutError):
            while not self.accepted:
                conf = await uplink.boot()
                if conf is not None and conf.status == "Accepted":
                    self.accepted = True
                    self.disk.keys["HeartbeatInterval"] = str(conf.interval)
                else:
                    wait_s = conf.interval if conf is not None else self.number("HeartbeatInterval")
                    uplink.asked_to_boot.clear()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(uplink.asked_to_boot.wait(), wait_s)
            await self.refresh()
            self.run(self.flush())
            while True:
                await asyncio.sleep(self.number("HeartbeatInterval"))
                await uplink.call(call.Heartbeat())

    def lose_power(self) -> None:
        """Nobody is left to close the connection."""
        self.meter()
        if self.uplink is not None:
            self.uplink.vanish()

    async def reboot(self, reason: str) -> None:
        await self.stop(reason)
        await self.flush()
        self.rebooting.set()
