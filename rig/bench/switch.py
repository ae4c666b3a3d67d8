"""What the bench can take from the station under test: its mains, its network."""

from __future__ import annotations

from drivers.ports import StationSwitch
from rig.bench.faults import FaultDesk
from rig.errors import BenchError


class BenchSwitch:
    """Mains or network of the station. What a bench cannot switch is always on.

    Attributes:
        name: of the switch on the bench; what it switches, where there is none.
        has_switch: the bench can take it from the station.
    """

    def __init__(self, name: str | None, what: str, desk: FaultDesk) -> None:
        self.name = name or what
        self.has_switch = name is not None
        self._what = what
        self._desk = desk
        self._driver: StationSwitch | None = None

    def attach(self, driver: StationSwitch | None) -> None:
        """Take the driver, or None while the bench is closed."""
        self._driver = driver

    @property
    def is_on(self) -> bool:
        """Whether the station has it, as last read back."""
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
                await self.need().on()

    async def off(self) -> None:
        """Switch off.

        Raises:
            BenchError: the device failed, or there is no switch.
        """
        async with self._desk.order(self.name):
            await self.need().off()

    def need(self) -> StationSwitch:
        """The driver.

        Raises:
            BenchError: there is no switch, or the bench is not open.
        """
        if not self.has_switch:
            raise BenchError(
                self.name,
                f"this bench has no {self._what} switch",
                f"add a device of kind {self._what}_switch or manual_{self._what}_switch to the "
                "bench file",
            )
        if self._driver is None:
            raise BenchError(self.name, "the bench is not open")
        return self._driver
