"""A tester plug and the connector it is for."""

from __future__ import annotations

from drivers.evse_tester.manual import ManualEvseTester
from drivers.evse_tester.pilot import offered_current_a
from drivers.ports import CableCode, CpState, EvseTester, PlugFault, PlugReading
from rig.bench.faults import FaultDesk
from rig.clock import Clock
from rig.errors import BenchError

FAULT_S = 10.0
"""Lab seconds for which a fault is put in at most, where an order does not say."""


class Plug:
    """What cable and EV do at one connector of the station.

    Attributes:
        name: of the plug on the bench.
        connector_id: OCPP connector of the station, from 1.
        plug_type: "type1" or "type2".
        fixed_cable: the cable is the station's own.
    """

    def __init__(
        self,
        name: str,
        connector_id: int,
        plug_type: str,
        fixed_cable: bool,
        desk: FaultDesk,
        clock: Clock,
    ) -> None:
        self.name = name
        self.connector_id = connector_id
        self.plug_type = plug_type
        self.fixed_cable = fixed_cable
        self._desk = desk
        self._clock = clock
        self._driver: EvseTester | None = None

    def attach(self, driver: EvseTester | None) -> None:
        """Take the driver, or None while the bench is closed."""
        self._driver = driver

    @property
    def is_manual(self) -> bool:
        """Whether a person does what this plug does, and answers for it."""
        return isinstance(self._driver, ManualEvseTester)

    async def insert(self, cable: CableCode | None = None) -> None:
        """Cable in, EV connected: state B.

        Args:
            cable: what it carries; None for what the bench file says.

        Raises:
            BenchError: refused, or the device failed. So do all orders below.
        """
        async with self._desk.order(self.name):
            await self._tester().plug_in(cable)

    async def insert_station(self, cable: CableCode | None = None) -> None:
        """Cable into the station only; the EV side is connected by `insert`."""
        async with self._desk.order(self.name):
            await self._tester().plug_in_station(cable)

    async def request_energy(self, *, ventilation: bool = False) -> None:
        """EV asks for energy: state C, or D where it needs ventilation."""
        async with self._desk.order(self.name):
            await self._tester().request_energy(ventilation=ventilation)

    async def stop_energy(self) -> None:
        """EV stops: state B."""
        async with self._desk.order(self.name):
            await self._tester().stop_energy()

    async def unplug_ev(self) -> None:
        """EV side out: state A, the cable stays in the station."""
        async with self._desk.order(self.name):
            await self._tester().unplug_ev()

    async def unplug_station(self) -> None:
        """Cable out of the station."""
        async with self._desk.order(self.name):
            await self._tester().unplug_station()

    async def unplug(self) -> None:
        """Both sides out, in the safe order."""
        async with self._desk.order(self.name):
            await self._tester().unplug()

    async def press_button(self, pressed: bool) -> None:
        """Press or let go the release button of a Type 1 connector."""
        async with self._desk.order(self.name):
            await self._tester().press_button(pressed)

    async def inject(self, fault: PlugFault, at_most_s: float = FAULT_S) -> None:
        """Put a fault in; it takes itself out after so many lab seconds at the latest."""
        async with self._desk.order(self.name):
            await self._tester().inject(fault, self._clock.real(at_most_s))

    async def clear_fault(self) -> None:
        """Take the fault out."""
        async with self._desk.order(self.name):
            await self._tester().clear_fault()

    async def set_load(self, phases: int) -> None:
        """Have 0 to 3 phases of the load on."""
        async with self._desk.order(self.name):
            await self._tester().set_load(phases)

    async def read(self) -> PlugReading:
        """What the plug presents and sees."""
        async with self._desk.order(self.name):
            return await self._tester().read()

    def known(self) -> PlugReading:
        """What is known of it without asking; the bench looks at it twice a second.

        Raises:
            BenchError: the bench is not open.
        """
        return self._tester().known

    async def energy_flows(self) -> bool | None:
        """Whether the station feeds the EV: state C and voltage at the plug.

        Returns:
            None where the plug cannot see voltage and the operator cannot tell.
        """
        async with self._desk.order(self.name):
            tester = self._tester()
            if isinstance(tester, ManualEvseTester):
                return await tester.confirm_voltage()
            reading = await tester.read()
        if reading.voltage_present is None:
            return None
        return reading.voltage_present and reading.cp_state in (CpState.C, CpState.D)

    async def offered_current(self) -> float | None:
        """Amperes that the station's pilot offers now, None where the plug cannot tell."""
        async with self._desk.order(self.name):
            measured = (await self._tester().read()).measured
        if measured is None:
            return None
        return 0.0 if measured.duty_percent is None else offered_current_a(measured.duty_percent)

    def _tester(self) -> EvseTester:
        if self._driver is None:
            raise BenchError(self.name, "the bench is not open")
        return self._driver
