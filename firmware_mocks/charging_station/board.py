"""What every part of a station's controller has at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from firmware_mocks.charging_station.configuration import Configuration
from firmware_mocks.charging_station.defects import Defects
from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.rtc import RealTimeClock
from firmware_mocks.charging_station.uplink import Uplink
from firmware_mocks.clock import MockClock
from rig.ocppj.flag import Flag


class SideTasks:
    """What goes on beside the rest, and ends with the power."""

    __slots__ = "_tasks"

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[None], None] = {}  # an empty set is three times as large

    def spawn(self, work: Awaitable[None]) -> asyncio.Task[None]:
        """Begin something."""
        task = asyncio.ensure_future(work)
        self._tasks[task] = None
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)

    def kill(self) -> None:
        """Cancel everything; does not wait."""
        for task in tuple(self._tasks):
            task.cancel()
        self._tasks.clear()

    async def stop(self) -> None:
        """Cancel everything but the caller, and wait for it."""
        others = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Board:
    """Hardware and services of the controller.

    Attributes:
        persona: fixed properties.
        defects: what goes wrong on purpose.
        clock: lab time.
        rtc: the station's own time of day.
        configuration: the keys.
        uplink: connection to the Central System.
        tasks: what ends with the power.
        powered: set while there is power.
        firmware_version: of the firmware that runs.
        save: writes everything that survives to the disk.
        restart: boots the controller anew.
    """

    persona: Persona
    defects: Defects
    clock: MockClock
    rtc: RealTimeClock
    configuration: Configuration
    uplink: Uplink
    tasks: SideTasks
    powered: Flag
    firmware_version: str
    save: Callable[[], None]
    restart: Callable[[], None]
