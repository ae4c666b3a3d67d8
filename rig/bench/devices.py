"""All devices of a bench together: opened at once, made safe in order, never one failure only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

import structlog

from drivers.errors import DriverError
from drivers.ports import Device, OperatorUnavailable
from rig.bench.assembly import Assembled
from rig.bench.faults import translate
from rig.bench.kinds import LINE_KINDS, PORT_KINDS
from rig.errors import BenchError, OperatorAbort

log = structlog.get_logger()


class DeviceSet:
    """The assembled devices and which of them are open.

    Args:
        made: drivers, not yet opened.
    """

    def __init__(self, made: Assembled) -> None:
        self._made = made
        self._opened: dict[str, Device] = {}

    def find(self, name: str) -> Device | None:
        """An open device by name."""
        return self._opened.get(name)

    def opened(self) -> tuple[Device, ...]:
        """All open devices, boards first."""
        return tuple(self._opened.values())

    def hangs_on_board(self, name: str) -> bool:
        """Whether a device is reached through a relay board."""
        return bool(self._made.boards_of(name))

    async def open(self) -> list[BenchError]:
        """Open boards, then what hangs on them, concurrently; returns every failure.

        A device whose board failed is not tried: the board is what needs attention.
        """
        errors = list(self._made.errors)
        errors += await self._enter(self._made.boards.values())
        errors += await self._enter(
            device
            for name, device in self._made.others.items()
            if self._made.boards_of(name) <= set(self._opened)
        )
        return errors

    async def make_safe(self, order: Sequence[Sequence[str]]) -> list[BenchError]:
        """Make devices safe, group by group, boards last; returns every failure.

        A board that failed once is not asked again through other devices.

        Args:
            order: groups of device names.
        """
        errors: list[BenchError] = []
        dead: set[str] = set()
        for names in [*order, list(self._made.boards)]:
            ready = [
                self._opened[name]
                for name in names
                if name in self._opened and not self._lifelines(name) & dead
            ]
            found = await asyncio.gather(*(attempt(d.name, d.safe) for d in ready))
            for device, error in zip(ready, found, strict=True):
                if error is not None:
                    errors.append(error)
                    lifelines = self._lifelines(device.name)
                    dead |= lifelines & {error.device} or lifelines
        return errors

    async def close(self) -> list[BenchError]:
        """Free what holds a port of its own. Returns what could not be made safe."""
        boards = [self._opened[name] for name in self._made.boards if name in self._opened]
        boards += [
            self._opened[name]
            for name in self._made.others
            if name in self._opened
            and self._made.sections[name]["kind"] in (*PORT_KINDS, *LINE_KINDS)
        ]
        self._opened = {}
        found = await asyncio.gather(
            *(attempt(board.name, board.__aexit__, None, None, None) for board in boards)
        )
        return [error for error in found if error is not None]

    def _lifelines(self, name: str) -> frozenset[str]:
        return self._made.boards_of(name) or frozenset({name})

    async def _enter(self, devices: Iterable[Device]) -> list[BenchError]:
        async def enter(device: Device) -> BenchError | None:
            error = await attempt(device.name, device.__aenter__)
            if error is None:
                self._opened[device.name] = device
            return error

        found = await asyncio.gather(*(enter(device) for device in devices))
        return [error for error in found if error is not None]


async def attempt(
    device: str, act: Callable[..., Awaitable[object]], *args: object
) -> BenchError | None:
    """Do something with a device; what goes wrong is returned, not raised.

    A mistake in one driver must not keep the other devices from being made safe and freed.
    """
    try:
        await act(*args)
    except DriverError as error:
        return translate(error)
    except OperatorUnavailable as error:
        return OperatorAbort(device, str(error) or "no operator answered")
    except TimeoutError:
        return BenchError(device, "not done in time", "check the device")
    except Exception as error:
        log.exception("driver failed", device=device)
        return BenchError(device, f"internal error: {error!r}", "see the log of the daemon")
    return None
