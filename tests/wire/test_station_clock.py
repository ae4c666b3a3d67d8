"""The Central System sets the station's clock: what was to be at a date is at that date."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.virtual_station import FRIEND, QUICK, Site, at_a_site, moment

HOUR_S = 3600.0


async def set_forward(here: Site, by_s: float = HOUR_S) -> None:
    """The station learns that it is later than it thought."""
    here.csms.now = lambda: moment(by_s)
    await here.call("TriggerMessage", requestedMessage="Heartbeat")
    await asyncio.sleep(1)


@at_a_site()
async def test_a_reservation_ends_at_its_date(here: Site) -> None:
    expiry = moment(HOUR_S + 10)
    await here.call("ReserveNow", connectorId=1, reservationId=1, idTag=FRIEND, expiryDate=expiry)
    await set_forward(here)
    assert here.statuses()[-1] == "Reserved"
    await asyncio.sleep(15)
    assert here.statuses()[-1] == "Available"


@at_a_site()
async def test_a_limit_begins_at_its_date(here: Site) -> None:
    schedule = {
        "chargingRateUnit": "A", "startSchedule": moment(HOUR_S + 10),
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10}],
    }  # fmt: skip
    profile = {
        "chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute", "chargingSchedule": schedule,
    }  # fmt: skip
    await here.call("SetChargingProfile", connectorId=1, csChargingProfiles=profile)
    await set_forward(here)
    assert here.socket().offered_a == 32
    await asyncio.sleep(15)
    assert here.socket().offered_a == 10


@pytest.mark.parametrize("kind", ["Relative", "Absolute"])
def test_what_counts_from_the_start_of_the_transaction_goes_on_where_it_was(kind: str) -> None:
    @at_a_site()
    async def run(here: Site) -> None:
        await here.charge()
        schedule = {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [
                {"startPeriod": 0, "limit": 10}, {"startPeriod": 600, "limit": 20},
            ],
        }  # fmt: skip
        profile = {
            "chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": kind, "chargingSchedule": schedule,
        }  # fmt: skip
        await here.call("SetChargingProfile", connectorId=1, csChargingProfiles=profile)
        await set_forward(here)
        assert here.socket().offered_a == 10
        await asyncio.sleep(590)
        assert here.socket().offered_a == 10
        await asyncio.sleep(10)
        assert here.socket().offered_a == 20

    run()


@at_a_site()
async def test_a_profile_that_counts_from_its_receipt_goes_on_where_it_was(here: Site) -> None:
    schedule = {
        "chargingRateUnit": "A", "duration": 600,
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10}],
    }  # fmt: skip
    profile = {
        "chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute", "chargingSchedule": schedule,
    }  # fmt: skip
    await here.call("SetChargingProfile", connectorId=1, csChargingProfiles=profile)
    await set_forward(here)
    assert here.socket().offered_a == 10
    await asyncio.sleep(600)
    assert here.socket().offered_a == 32


@at_a_site()
async def test_samples_stay_on_the_grid(here: Site) -> None:
    await here.change(ClockAlignedDataInterval=900)
    await set_forward(here, 400)
    began = asyncio.get_running_loop().time()
    await asyncio.sleep(900)
    first = next(s for s in here.calls("MeterValues") if s.at > began)
    (value,) = first.payload["meterValue"]
    assert value["timestamp"][14:19] in ("00:00", "15:00", "30:00", "45:00")
    late_s = first.at - began
    assert moment(400 - 900 + late_s)[14:19] == value["timestamp"][14:19]


@at_a_site(replace(QUICK, install_time_s=1.0))
async def test_firmware_is_fetched_at_its_date(here: Site) -> None:
    location = "http://127.0.0.1:9/firmware"
    date = moment(HOUR_S + 100)
    await here.call("UpdateFirmware", location=location, retrieveDate=date, retries=0)
    await set_forward(here)
    await asyncio.sleep(200)
    said = [p["status"] for p in here.said("FirmwareStatusNotification")]
    assert said == ["Downloading", "DownloadFailed"]
