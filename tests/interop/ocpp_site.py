"""The independent station on its wall, and a person in front of it who answers the rig."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ocpp.v16 import call

from tests.interop.ocpp_station import Disk, Firmware

HANDS_S = 0.5
"""What a person needs for anything."""


class Site:
    """An `Operator` for the rig.

    Args:
        url: where the station connects, with its identity.
        id_tags: cards by name.
        disk: of the station.
        now: UTC seconds.
    """

    def __init__(
        self, url: str, id_tags: dict[str, str], disk: Disk, now: Callable[[], float]
    ) -> None:
        self._url = url
        self._id_tags = id_tags
        self._now = now
        self._disk = disk
        self._life: asyncio.Task[None] | None = None
        self.station = Firmware(disk, now)

    def power_on(self) -> None:
        if self._life is None:
            self._life = asyncio.create_task(self._run())

    async def power_off(self) -> None:
        life, self._life = self._life, None
        if life is not None:
            self.station.lose_power()
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)
            await self.station.stop_tasks()

    async def _run(self) -> None:
        while True:
            before, self.station = self.station, Firmware(self._disk, self._now)
            for name in ("plugged", "ev_connected", "wants_energy"):
                setattr(self.station, name, getattr(before, name))
            await self.station.life(self._url)

    async def ask(self, question: str, choices: Any, timeout_s: float, **_about: object) -> str:
        """What a person does who can read."""
        await asyncio.sleep(HANDS_S)
        station = self.station
        if "get energy" in question:
            return "yes" if station.energy else "no"
        if "locked in the station" in question:
            return "yes" if station.locked else "no"
        if "pulled out of the station?" in question:
            return "no" if station.locked else "yes"
        if "mains" in question:
            await self.power_off()
            if "switch the mains of the charging station on" in question:
                self.power_on()
            return "done"
        if "send a DataTransfer" in question:
            assert station.uplink is not None
            station.run(station.uplink.call(call.DataTransfer(vendor_id="org.elsewhere")))
            return "done"
        if "bolt of the lock" in question:
            station.bolt = None if "bolt of the lock go" in question else "closed" in question
            station.locked = station.locked or station.bolt is True
            return "done"
        card = next((tag for name, tag in self._id_tags.items() if repr(name) in question), None)
        if card is not None:
            station.run(station.swipe(card))
            return "done"
        station.run(self._move(question))
        return "done"

    async def _move(self, question: str) -> None:
        station = self.station
        if "put the" in question or "connect the type2 cable" in question:
            station.plugged = station.ev_connected = True
        elif "request energy (set" in question:
            station.wants_energy = True
        elif "stop charging" in question:
            station.wants_energy = False
        elif "EV's side only" in question:
            station.wants_energy = station.ev_connected = False
            if station.flag("StopTransactionOnEVSideDisconnect"):
                await station.stop("EVDisconnected")
            elif station.transaction is not None:
                await station.tell(1)
        elif "pull the plug" in question:
            station.plugged = station.ev_connected = False
        else:
            raise AssertionError(f"what does this want of me? {question}")
        await station.refresh()
