"""Watches the devices of an open bench while nobody uses them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from drivers.ports import Device
from rig.bench.faults import FaultDesk
from rig.errors import BenchError

POLL_S = 0.5


class BenchWatch:
    """Asks every device twice a second for a sign of life, until the bench is in quarantine.

    Args:
        desk: puts failures on record.
        rest: makes everything safe once the bench is in quarantine.
    """

    def __init__(self, desk: FaultDesk, rest: Callable[[], Awaitable[None]]) -> None:
        self._desk = desk
        self._rest = rest
        self._tasks: list[asyncio.Task[None]] = []

    def look(self, devices: Iterable[Device]) -> None:
        """Begin."""
        self._tasks = [
            asyncio.create_task(self._poll(device), name=f"poll {device.name}")
            for device in devices
        ]
        self._tasks.append(asyncio.create_task(self._rest_on_quarantine(), name="safe"))
        for task in self._tasks:
            task.add_done_callback(self._ended)

    async def look_away(self) -> None:
        """End, also in the middle of a look."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._tasks = []

    async def _poll(self, device: Device) -> None:
        """Notice a device that dies or moves while nobody uses it."""
        while not self._desk.quarantined.is_set():
            await asyncio.sleep(POLL_S)
            try:
                async with self._desk.order(device.name):
                    await device.prove()
            except BenchError:
                return  # the desk has put it on record

    async def _rest_on_quarantine(self) -> None:
        await self._desk.quarantined.wait()
        await self._rest()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A watch that fails by a mistake of ours leaves nobody watching."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._desk.blame(task.get_name(), f"internal error: {error!r}")
