"""000_RESET brings a station into the start state from whatever state it was in before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from rig.jsontypes import Json
from rig.ocppj.endpoint import Result
from rig.ocppj.frames import Payload
from rig.runs import RunRecord
from tests.detection import lab
from tests.detection.campaigns import at_site, control, run
from tests.detection.lab import Laboratory
from tests.virtual_station import moment

GOOD = "04A1B2C3D4E5F6"
LISTED: dict[str, Json] = {"idTag": "SOMEBODY", "idTagInfo": {"status": "Accepted"}}
Arrange = Callable[[Laboratory], Awaitable[None]]


async def order(at: Laboratory, action: str, payload: Payload) -> None:
    """An order of a Central System before us."""
    outcome = await at.csms.call(action, payload, 30)
    assert isinstance(outcome, Result), outcome
    assert outcome.payload["status"] == "Accepted"


async def charging(at: Laboratory) -> None:
    await cable_in(at)
    await order(at, "RemoteStartTransaction", {"connectorId": 1, "idTag": GOOD})
    await at.bench.plugs["plug-1"].request_energy()
    async with at.clock.deadline(30, "transaction"):
        while not at.csms.station.transactions:
            await at.csms.log.grow(len(at.csms.log.entries))


async def charging_for_somebody_else(at: Laboratory) -> None:
    await charging(at)
    at.csms.station.transactions.clear()  # a daemon that begins now knows of none
    at.csms.station.statuses.clear()


async def cable_in(at: Laboratory) -> None:
    await at.bench.plugs["plug-1"].insert()


async def reserved_by_somebody_else(at: Laboratory) -> None:
    await order(at, "ReserveNow", {
        "connectorId": 1, "expiryDate": moment(90000), "idTag": GOOD, "reservationId": 7,
    })  # fmt: skip
    at.csms.station.reservations.clear()


async def profiles_and_lists(at: Laboratory) -> None:
    period: dict[str, Json] = {"startPeriod": 0, "limit": 6.0}
    schedule: dict[str, Json] = {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
    profile: dict[str, Json] = {
        "chargingProfileId": 9, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative", "chargingSchedule": schedule,
    }  # fmt: skip
    await order(at, "SetChargingProfile", {"connectorId": 0, "csChargingProfiles": {**profile}})
    await order(at, "ChangeConfiguration", {"key": "LocalAuthListEnabled", "value": "true"})
    await order(at, "SendLocalList", {
        "listVersion": 7, "updateType": "Full", "localAuthorizationList": [LISTED],
    })  # fmt: skip


async def unavailable(at: Laboratory) -> None:
    await order(at, "ChangeAvailability", {"connectorId": 0, "type": "Inoperative"})
    await order(at, "ChangeAvailability", {"connectorId": 1, "type": "Inoperative"})


async def without_power(at: Laboratory) -> None:
    await at.bench.mains.off()  # the connection stays half-open


async def hanging_connection(at: Laboratory) -> None:
    """The station has forgotten the connection; we have not, and cannot know it."""
    await control(at, "network", up=False)
    await control(at, "network", up=True)


async def in_the_middle_of_a_boot(at: Laboratory) -> None:
    await control(at, "restart")


async def with_messages_waiting(at: Laboratory) -> None:
    await charging(at)
    await control(at, "network", up=False)
    await at.bench.plugs["plug-1"].unplug()
    await at.clock.sleep(20)
    await control(at, "network", up=True)


async def network_cut(at: Laboratory) -> None:
    await at.csms.cut()


async def slow_statuses(at: Laboratory) -> None:
    assert await control(at, "configure", key="MinimumStatusDuration", value="20")


@pytest.mark.parametrize(
    "arrange",
    [
        charging, charging_for_somebody_else, cable_in, reserved_by_somebody_else,
        profiles_and_lists, unavailable, without_power, hanging_connection,
        in_the_middle_of_a_boot, with_messages_waiting, network_cut, slow_statuses,
    ],
)  # fmt: skip
def test_a_case_begins_in_the_start_state(arrange: Arrange, tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        async with at.clock.deadline(60, "station"):
            await at.csms.wait_registered()
        await at.clock.sleep(10)
        await arrange(at)
        outcome = await run(at, "003")
        return at.store.load(outcome.run_id)

    record = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    assert len(record.cases) == 1, record.cause
    (case,) = record.cases
    assert case.cause == ""
    assert (case.verdict, case.idle) == ("PASS", True)
    assert record.changes == ()


def test_a_station_that_does_not_answer_is_switched_off_and_on(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        async with at.clock.deadline(60, "station"):
            await at.csms.wait_registered()
        await control(at, "defect", name="no-answer:ChangeConfiguration")
        outcome = await run(at, "021")
        return at.store.load(outcome.run_id)

    record = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    (case,) = record.cases
    assert (case.verdict, case.idle) == ("FAIL", False)
    assert case.cause.startswith("000_RESET")
    mains = [e.data["on"] for e in record.events() if e.kind == "mains"]
    assert mains == [] or mains[-1] is True
