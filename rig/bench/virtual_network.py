"""The network of a station that is simulated: the world cuts it."""

from __future__ import annotations

from typing import Self

from drivers.errors import DeviceGone, DriverError
from drivers.ports import Observer
from drivers.switches.feed import NETWORK
from rig.bench.assembly import Assembled
from rig.bench.world import VirtualWorld
from rig.errors import BenchError

NAME = "virtual network"
KIND = "virtual_network_switch"
"""Of no bench file: a virtual bench that names no network switch has this one."""


class VirtualNetwork:
    """Network switch in the virtual world; a new world begins with the network up.

    Args:
        world: running by the time it is used.
        observe: told of every change.
    """

    name = NAME

    def __init__(self, world: VirtualWorld, observe: Observer) -> None:
        self.is_on = True
        self._world = world
        self._observe = observe

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.safe()

    async def on(self) -> None:
        """The station can reach its Central System again."""
        await self._switch(True)

    async def off(self) -> None:
        """Nothing goes through any more; neither side is told."""
        await self._switch(False)

    async def prove(self) -> str:
        """There is a world to switch in.

        Raises:
            DeviceGone: it has ended.
        """
        if self._world.exited.is_set():
            raise DeviceGone(NAME, self._world.exit_cause)
        return f"station network {NETWORK.word(self.is_on)}"

    async def safe(self) -> None:
        """Up. With a world that has ended, its network is no danger."""
        if not self.is_on and not self._world.exited.is_set():
            await self.on()

    async def _switch(self, on: bool) -> None:
        try:
            await self._world.control("network", up=on)
        except BenchError as error:
            raise DriverError(NAME, error.cause) from error
        changed, self.is_on = self.is_on != on, on
        if changed:
            self._observe(NETWORK.event, NAME, {NETWORK.key: on})


def add_to(made: Assembled, world: VirtualWorld, observe: Observer) -> None:
    """Give a bench the network switch of its world."""
    made.add(VirtualNetwork(world, observe), {"kind": KIND})
