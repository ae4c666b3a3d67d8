"""What every device has to say for itself: one line each, and what to do where one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from drivers.errors import DriverError
from rig.bench.assembly import Section, boards_of
from rig.bench.devices import DeviceSet
from rig.bench.faults import translate
from rig.bench.world import NAME as WORLD
from rig.bench.world import VirtualWorld
from rig.errors import BenchError, BenchUnavailable


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """What a check of one device found: one line for the operator, and what to do about it."""

    device: str
    ok: bool
    detail: str
    remedy: str = ""


async def of_open_bench(
    sections: Mapping[str, Section], devices: DeviceSet, world: VirtualWorld | None
) -> list[DeviceReport]:
    """Ask every device of an open bench for a sign of life."""
    reports = []
    if world is not None:
        alive = not world.exited.is_set() and world.pid is not None
        detail = f"runs as process {world.pid}" if alive else world.exit_cause
        reports.append(DeviceReport(WORLD, alive, detail, "" if alive else "recover the bench"))
    return reports + list(await asyncio.gather(*(_look(name, devices) for name in sections)))


def of_failed_opening(
    error: BenchUnavailable, sections: Mapping[str, Section], simulated: frozenset[str]
) -> list[DeviceReport]:
    """What is known about the devices of a bench that could not be opened."""
    failed = {e.device: e for e in error.errors}
    reports = [DeviceReport(name, False, e.cause, e.remedy) for name, e in failed.items()]
    return reports + [
        DeviceReport(name, *_hearsay(section, failed, simulated=name in simulated))
        for name, section in sections.items()
        if name not in failed
    ]


async def _look(name: str, devices: DeviceSet) -> DeviceReport:
    device = devices.find(name)
    if device is None:
        return DeviceReport(name, False, "not open", "recover the bench")
    try:
        return DeviceReport(name, True, await device.prove())
    except DriverError as error:
        wrong = translate(error)
        return DeviceReport(name, False, wrong.cause, wrong.remedy)


def _hearsay(
    section: Section, failed: Mapping[str, BenchError], *, simulated: bool
) -> tuple[bool, str, str]:
    if lost := sorted(boards_of(section) & failed.keys()):
        return False, f"hangs on {lost[0]}, which failed", ""
    if WORLD in failed and simulated:
        return False, "the virtual world does not run", ""
    return True, "answers", ""
