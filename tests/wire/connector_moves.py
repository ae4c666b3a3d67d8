"""What moves a connector from one status to another, and what it has reported then."""

from __future__ import annotations

import asyncio

from firmware_mocks.charging_station.control import ErrorCode
from tests.virtual_station import GOOD, Site, moment


def last(here: Site, *wanted: str, connector: int = 1) -> None:
    """The last reports of a connector are these."""
    assert here.statuses(connector)[-len(wanted) :] == list(wanted), here.statuses(connector)


async def limit(here: Site, amperes: float) -> None:
    """Limit of the whole station from now on."""
    period = {"startPeriod": 0, "limit": amperes}
    profile = {
        "chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "ChargePointMaxProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]},
    }  # fmt: skip
    conf = await here.call("SetChargingProfile", connectorId=0, csChargingProfiles=profile)
    assert conf == {"status": "Accepted"}


async def reserve(here: Site, for_s: float = 3600.0) -> None:
    conf = await here.call(
        "ReserveNow", connectorId=1, expiryDate=moment(for_s), idTag=GOOD, reservationId=1
    )
    assert conf == {"status": "Accepted"}


async def become(here: Site, kind: str, status: str = "Accepted") -> None:
    conf = await here.call("ChangeAvailability", connectorId=1, type=kind)
    assert conf == {"status": status}


async def fault(here: Site, code: ErrorCode | None = "GroundFailure") -> None:
    here.control.fault(1, code)
    await asyncio.sleep(0.5)
