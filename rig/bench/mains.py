"""Mains of the station under test."""

from __future__ import annotations

from drivers.ports import MainsSwitch
from rig.bench.faults import FaultDesk
from rig.errors import BenchError

NO_SWITCH = "mains"


class Mains:
    """The station's supply. A bench without a switch has mains that are always on.

    Attributes:
        name: of the switch on the bench, or "mains" without one.
        has_switch: the bench can take the mains from the station.
    """

    def __init__(self, name: str | None, desk: FaultDesk) -> None:
        self.name = name or NO_SWITCH
        self.has_switch = name is not None
        self._desk = desk
        self._driver: MainsSwitch | None = None

    def attach(self, driver: MainsSwitch | None) -> None:
        """Take the driver, or None while the bench is closed."""
        self._driver = driver

    @property
    def is_on(self) -> bool:
        """Whether the station has mains, as last read back."""
        if not self.has_switch:
            return True
        return self._driver is not None and self._driver.is_on

    async def on(self) -> None:
        """Switch on.

        Raises:
            BenchError: the device failed.
        """
        if self.has_switch:
            async with self._desk.order(self.name):
                await self._switch().on()

    async def off(self) -> None:
        """Switch off.

        Raises:
            BenchError: the device failed, or there is no switch.
        """
        async with self._desk.order(self.name):
            await self._switch().off()

    def _switch(self) -> MainsSwitch:
        if not self.has_switch:
            raise BenchError(
                self.name,
                "this bench has no mains switch",
                "add a device of kind mains_switch or manual_mains_switch to the bench file",
            )
        if self._driver is None:
            raise BenchError(self.name, "the bench is not open")
        return self._driver
