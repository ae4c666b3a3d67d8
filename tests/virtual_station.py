"""One emulated station, its cables and cars, and a Central System by rote, in virtual time.

Whatever both sides do takes no time: a `sleep` is over when everything that is due in it is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from firmware_mocks.charging_station.control import StationControl
from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.socket import Socket
from firmware_mocks.charging_station.station import ChargingStation, StationOptions
from firmware_mocks.charging_station.uplink import Account
from firmware_mocks.evse_tester.virtual_plug import VirtualPlug
from rig.ocppj.link import NoObserver
from tests.fuzz.raw_central_system import RawCentralSystem, Said
from tests.virtual_time import EPOCH, VirtualMockClock, run_virtually

GOOD, FRIEND, BAD = "04A1B2C3D4E5F6", "04F12E4D000001", "04BADBADBADBAD"
QUICK = Persona(boot_time_s=1.0)
SECURE = Persona(boot_time_s=1.0, security_extension=True)

LIMITED = replace(
    QUICK,
    limits=(
        ("LocalAuthListMaxLength", "3"), ("SendLocalListMaxLength", "2"),
        ("GetConfigurationMaxKeys", "2"), ("ChargeProfileMaxStackLevel", "2"),
        ("ChargingScheduleAllowedChargingRateUnit", "Current"), ("ChargingScheduleMaxPeriods", "2"),
        ("MaxChargingProfilesInstalled", "2"), ("ReserveConnectorZeroSupported", "false"),
        ("StopTransactionMaxMeterValues", "4"), ("MeterValuesSampledDataMaxLength", "2"),
        ("MeterValuesAlignedDataMaxLength", "2"), ("StopTxnSampledDataMaxLength", "2"),
        ("StopTxnAlignedDataMaxLength", "2"),
    ),
)  # fmt: skip
"""With limits that a test can reach."""


def moment(in_s: float = 0.0) -> str:
    """A moment in so many virtual seconds, as OCPP writes it."""
    now = EPOCH + asyncio.get_running_loop().time() + in_s
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


@dataclass
class Site:
    """The station and what is around it."""

    station: ChargingStation
    csms: RawCentralSystem
    plug: VirtualPlug

    @property
    def control(self) -> StationControl:
        return StationControl(self.station)

    def socket(self, connector: int = 1) -> Socket:
        return self.station.controller.sockets[connector]

    async def call(self, action: str, **payload: Any) -> Any:
        """Answer to a CALL: payload, or code of the CALLERROR; what follows from it is done."""
        answer = await self.csms.call(action, payload)
        assert answer is not None, "the connection ended before the answer"
        await asyncio.sleep(0.5)
        return answer[2]

    async def change(self, **keys: object) -> None:
        """Write configuration keys."""
        for key, value in keys.items():
            text = str(value).lower() if isinstance(value, bool) else str(value)
            conf = await self.call("ChangeConfiguration", key=key, value=text)
            assert conf == {"status": "Accepted"}, (key, value)

    async def try_change(self, key: str, value: str) -> str:
        """Status of the answer to ChangeConfiguration."""
        conf = await self.call("ChangeConfiguration", key=key, value=value)
        return str(conf["status"])

    async def read(self, key: str) -> str:
        """Value of a configuration key."""
        conf = await self.call("GetConfiguration", key=[key])
        (item,) = conf["configurationKey"]
        return str(item["value"])

    async def card(self, id_tag: str = GOOD, connector: int = 1) -> None:
        """Hold a card to the reader."""
        self.control.card(id_tag, connector)
        await asyncio.sleep(0.5)

    async def plug_in(self, connector: int = 1, *, wants: bool = True) -> None:
        """Cable and car; the car wants energy, or waits."""
        self.plug.plug_in(connector)
        if wants:
            self.plug.ev_request(connector)
        await asyncio.sleep(0.5)

    async def unplug(self, connector: int = 1) -> None:
        """Away with the cable."""
        self.plug.unplug(connector)
        await asyncio.sleep(0.5)

    async def charge(self, id_tag: str = GOOD, connector: int = 1) -> dict[str, Any]:
        """Cable, then card; StartTransaction.req."""
        await self.plug_in(connector)
        await self.card(id_tag, connector)
        return self.said("StartTransaction")[-1]

    async def offline(self) -> None:
        """Cut the network."""
        await self.control.network(False)
        await asyncio.sleep(0.5)

    async def online(self) -> None:
        """Restore it; returns when everything that waited is delivered."""
        await self.control.network(True)
        await self.csms.connected.wait()
        await asyncio.sleep(5)

    def said(self, action: str, **fields: Any) -> list[dict[str, Any]]:
        """Payloads of the CALLs of one action that have these fields."""
        return [s.payload for s in self.calls(action, **fields)]

    def calls(self, action: str, **fields: Any) -> list[Said]:
        """The same with the times."""
        wanted = fields.items()
        return [s for s in self.csms.said if s.action == action and wanted <= s.payload.items()]

    def statuses(self, connector: int = 1) -> list[str]:
        """What a connector has reported."""
        return [p["status"] for p in self.said("StatusNotification", connectorId=connector)]


@asynccontextmanager
async def site(persona: Persona = QUICK, password: bytes | None = None) -> AsyncIterator[Site]:
    """A station that has booted."""
    async with RawCentralSystem(moment, good=frozenset({GOOD, FRIEND})) as csms:
        options = StationOptions(Account(csms.url, "CP1", password), persona)
        station = ChargingStation(options, VirtualMockClock(), NoObserver())
        plug = VirtualPlug(station, station.clock)
        station.set_power(True)
        try:
            await csms.served.wait()
            await asyncio.sleep(1)
            yield Site(station, csms, plug)
        finally:
            await station.aclose()
        assert csms.problems == []


Scenario = Callable[[Site], Coroutine[Any, Any, None]]


def at_a_site(persona: Persona = QUICK) -> Callable[[Scenario], Callable[[], None]]:
    """Make a test of a scenario: it gets a site, and all the time it wants."""

    def decorate(scenario: Scenario) -> Callable[[], None]:
        async def run() -> None:
            async with site(persona) as here:
                await scenario(here)

        @wraps(scenario)
        def test() -> None:
            run_virtually(run())

        del test.__wrapped__  # else pytest asks for a fixture
        return test

    return decorate
