"""Addresses of a bench file as they are at this moment: mocks, and ports found by what they are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from drivers.hotplug.ports import PortFacts, find
from rig.bench.world import VirtualWorld


class Addresses:
    """Resolves one opening of a bench; what is plugged in is listed once, when first asked for.

    Args:
        world: knows the `mock:` addresses; None on a bench of real devices.
    """

    def __init__(self, world: VirtualWorld | None) -> None:
        self._world = world

    def __call__(self, device: str, section: Mapping[str, object]) -> dict[str, object]:
        """The section with its `port`, `host` or `mock:` address as it is now.

        Raises:
            DriverError: no port fits, or several do.
            BenchError: the virtual world has no such address.
        """
        resolved = dict(section)
        port = resolved.get("port")
        if isinstance(port, Mapping):
            wanted = {name: str(value) for name, value in port.items() if value is not None}
            resolved["port"] = find(device, wanted, self._present).node
        return resolved if self._world is None else self._world.transport(resolved)

    @cached_property
    def _present(self) -> list[PortFacts]:
        from drivers.hotplug.udev import list_ports  # pyudev only for benches that need it

        return list_ports()
