"""The network of a station that is simulated: the world cuts it."""

from __future__ import annotations

from drivers.errors import DeviceGone, DriverError
from drivers.ports import Observer
from drivers.switches.feed import NETWORK
from drivers.switches.switch import Switch
from rig.bench.assembly import Assembled
from rig.bench.world import VirtualWorld
from rig.errors import BenchError

NAME = "virtual network"
KIND = "virtual_network_switch"
"""Of no bench file: a virtual bench that names no network switch has this one."""


class VirtualNetwork(Switch):
    """Network switch in the virtual world; a new world begins with the network up.

    Args:
        world: running by the time it is used.
        observe: told of every change.
    """

    def __init__(self, world: VirtualWorld, observe: Observer) -> None:
        super().__init__(NAME, NETWORK, observe=observe, is_on=True, safe_on=True)
        self._world = world

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

    async def _set(self, on: bool) -> None:
        try:
            await self._world.control("network", up=on)
        except BenchError as error:
            raise DriverError(NAME, error.cause) from error


def add_to(made: Assembled, world: VirtualWorld, observe: Observer) -> None:
    """Give a bench the network switch of its world."""
    made.add(VirtualNetwork(world, observe), {"kind": KIND})
