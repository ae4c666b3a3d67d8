"""What fuzzing has found, each with the answer that is right."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.station import ChargingStation, StationOptions
from firmware_mocks.charging_station.uplink import Account
from rig.ocppj.link import NoObserver
from tests.fuzz.raw_central_system import RawCentralSystem
from tests.virtual_time import VirtualMockClock, run_virtually

DAYS_31 = 31 * 86_400
INVALID = "PropertyConstraintViolation"


def profile(**changes: Any) -> dict[str, Any]:
    schedule = {
        "chargingRateUnit": "A",
        "duration": 3600,
        "startSchedule": "2026-09-21T00:00:00Z",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.0}],
    }
    schedule |= changes.pop("schedule", {})
    base = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": schedule,
    }
    return {"connectorId": changes.pop("connectorId", 1), "csChargingProfiles": base | changes}


async def asked(*calls: tuple[str, dict[str, Any]], now: str = "2026-09-21T14:13:20Z") -> Any:
    """The last answer of a station to several CALLs: code of a CALLERROR, else payload."""
    async with RawCentralSystem(lambda: now) as csms:
        options = StationOptions(Account(csms.url, "CP1"), Persona(boot_time_s=1.0))
        station = ChargingStation(options, VirtualMockClock(), NoObserver())
        station.set_power(True)
        try:
            await csms.served.wait()
            for action, payload in calls:
                answer = await csms.call(action, payload)
            assert answer is not None
            assert (await csms.call("GetLocalListVersion", {}) or [0])[0] == 3, "and lives on"
        finally:
            await station.aclose()
    return answer[2]


def reserve(date: str) -> tuple[str, dict[str, Any]]:
    fields = {"connectorId": 1, "expiryDate": date, "idTag": "A", "reservationId": 1}
    return "ReserveNow", fields


def limited(limit: float) -> dict[str, Any]:
    return profile(schedule={"chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}]})


REJECTED = {"status": "Rejected"}
PHASES = profile(
    schedule={"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0, "numberPhases": -1}]}
)
LISTED = {"idTag": "A", "idTagInfo": {"status": "Accepted", "expiryDate": "soon"}}
FOUND: dict[str, tuple[str, dict[str, Any], Any]] = {
    "availability of connector -1": (
        "ChangeAvailability",
        {"connectorId": -1, "type": "Operative"},
        REJECTED,
    ),
    "schedule of connector -1": (
        "GetCompositeSchedule",
        {"connectorId": -1, "duration": 60},
        REJECTED,
    ),
    "trigger for connector -1": (
        "TriggerMessage",
        {"requestedMessage": "StatusNotification", "connectorId": -1},
        REJECTED,
    ),
    "profile for connector -1": ("SetChargingProfile", profile(connectorId=-1), INVALID),
    "reservation until soon": (*reserve("soon"), INVALID),
    "reservation until the 45th": (*reserve("2026-13-45T99:00:00Z"), INVALID),
    "profile valid from soon": ("SetChargingProfile", profile(validFrom="soon"), INVALID),
    "schedule that starts never": (
        "SetChargingProfile",
        profile(schedule={"startSchedule": "never"}),
        INVALID,
    ),
    "list entry that expires soon": (
        "SendLocalList",
        {"listVersion": 1, "updateType": "Full", "localAuthorizationList": [LISTED]},
        INVALID,
    ),
    "limit near infinity": ("SetChargingProfile", limited(1e308), REJECTED),
    "minus one phase": ("SetChargingProfile", PHASES, REJECTED),
}


@pytest.mark.parametrize("name", FOUND)
def test_station_answers_and_lives_on(name: str) -> None:
    action, payload, right = FOUND[name]
    assert run_virtually(asked((action, payload))) == right


def test_schedule_of_many_years_of_daily_changes_is_cut() -> None:
    daily = profile(chargingProfileKind="Recurring", recurrencyKind="Daily")
    question = {"connectorId": 1, "duration": 10**12}
    conf = run_virtually(asked(("SetChargingProfile", daily), ("GetCompositeSchedule", question)))
    schedule = conf["chargingSchedule"]
    assert schedule["duration"] == DAYS_31
    assert len(schedule["chargingSchedulePeriod"]) >= 2 * 31 - 1
    assert schedule["chargingSchedulePeriod"][-1]["startPeriod"] < DAYS_31


@pytest.mark.parametrize("time", ["soon", "", "2026-02-30T00:00:00Z"])
def test_time_of_the_central_system_that_is_none_leaves_the_clock_alone(time: str) -> None:
    conf = run_virtually(asked(("GetLocalListVersion", {}), now=time))
    assert conf == {"listVersion": 0}


def test_card_whose_date_cannot_be_read_is_refused_offline() -> None:
    async def run() -> list[str]:
        async with RawCentralSystem(lambda: "2026-09-21T14:13:20Z", good=frozenset({"A"})) as csms:
            csms.info = {"expiryDate": "soon"}
            options = StationOptions(Account(csms.url, "CP1"), Persona(boot_time_s=1.0))
            station = ChargingStation(options, VirtualMockClock(), NoObserver())
            station.set_power(True)
            try:
                await csms.served.wait()
                await asyncio.sleep(1)
                station.present_card(1, "A")
                await asyncio.sleep(70)  # authorised, cached, and the driver went away
                station.uplink.network_up.clear()
                await station.uplink.drop()
                station.present_card(1, "A")
                await asyncio.sleep(1)
                offline = station.controller.sockets[1].status
            finally:
                await station.aclose()
            return [*(s.action for s in csms.said if s.action == "Authorize"), offline]

    assert run_virtually(run()) == ["Authorize", "Available"]
