"""Which connector somebody gets: shared reader, reservations, remote starts; in virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.virtual_station import BAD, FRIEND, GOOD, QUICK, Site, at_a_site, moment

covers = pytest.mark.rig_covers

ONE_READER = replace(QUICK, readers="shared")
FLOATING = replace(QUICK, reserve_zero_picks_first=False)


async def reserve(here: Site, connector: int, id_tag: str = FRIEND) -> str:
    conf = await here.call(
        "ReserveNow",
        connectorId=connector,
        reservationId=7,
        idTag=id_tag,
        expiryDate=moment(6000),
    )
    return str(conf["status"])


def started(here: Site) -> list[dict[str, Any]]:
    return here.said("StartTransaction")


# --- one reader for all connectors --------------------------------------------------------------


@at_a_site(ONE_READER)
async def test_a_card_is_for_the_connector_that_gets_the_first_plug(here: Site) -> None:
    await here.card()
    await here.plug_in(2)
    assert [p["connectorId"] for p in started(here)] == [2]
    assert here.statuses(1) == ["Available", "Preparing", "Available"]
    assert here.statuses(2) == ["Available", "Charging"]


@at_a_site(ONE_READER)
async def test_a_remote_start_stays_with_its_connector(here: Site) -> None:
    await here.call("RemoteStartTransaction", connectorId=1, idTag=GOOD)
    await here.plug_in(2)
    assert started(here) == []
    await here.plug_in(1)
    assert [p["connectorId"] for p in started(here)] == [1]


@at_a_site(ONE_READER)
async def test_a_card_does_not_start_where_somebody_else_has_just_finished(here: Site) -> None:
    await here.charge()
    await here.card()  # and the cable stays in
    await here.card(FRIEND)
    assert here.statuses(1)[-1] == "Finishing"
    assert here.statuses(2)[-1] == "Preparing"


@at_a_site(ONE_READER)
async def test_a_card_gets_a_connector_that_is_kept_for_nobody_else(here: Site) -> None:
    await reserve(here, 1)
    await here.card()
    assert here.statuses(1)[-1] == "Reserved"
    assert here.statuses(2)[-1] == "Preparing"


@at_a_site(ONE_READER)
async def test_a_card_gets_the_connector_that_is_kept_for_it(here: Site) -> None:
    await reserve(here, 2)
    await here.card(FRIEND)
    assert here.statuses(1)[-1] == "Available"
    assert here.statuses(2)[-1] == "Preparing"


# --- remote start without connector -------------------------------------------------------------


@covers("message:RemoteStartTransaction")
@at_a_site()
async def test_remote_start_anywhere_avoids_what_is_reserved_for_others(here: Site) -> None:
    await reserve(here, 1)
    conf = await here.call("RemoteStartTransaction", idTag=GOOD)
    assert conf == {"status": "Accepted"}
    assert here.statuses(2)[-1] == "Preparing"
    conf = await here.call("RemoteStartTransaction", idTag=GOOD)
    assert conf == {"status": "Rejected"}


# --- reservation of no connector in particular --------------------------------------------------


@covers("message:ReserveNow")
@at_a_site(FLOATING)
async def test_the_last_free_connector_is_kept(here: Site) -> None:
    assert await reserve(here, 0) == "Accepted"
    assert here.statuses(1) == here.statuses(2) == ["Available"]
    await here.charge(GOOD, 1)
    assert here.statuses(2) == ["Available", "Reserved"]
    await here.plug_in(2)
    await here.card(GOOD, 2)
    assert len(started(here)) == 1
    await here.card(FRIEND, 2)
    assert started(here)[-1]["reservationId"] == 7


@covers("message:ReserveNow")
@at_a_site(FLOATING)
async def test_nothing_is_kept_any_more_once_enough_is_free(here: Site) -> None:
    await reserve(here, 0)
    await here.charge(GOOD, 1)
    await here.card(GOOD, 1)
    await here.unplug(1)
    assert here.statuses(1)[-1] == here.statuses(2)[-1] == "Available"


@covers("message:ReserveNow")
@pytest.mark.parametrize("picks_first", [True, False])
def test_a_reservation_of_any_connector_is_used_at_any(picks_first: bool) -> None:
    @at_a_site(replace(QUICK, reserve_zero_picks_first=picks_first))
    async def run(here: Site) -> None:
        await reserve(here, 0)
        await here.charge(FRIEND, 2)
        assert started(here)[-1]["reservationId"] == 7
        assert here.statuses(1)[-1] == "Available"
        conf = await here.call("CancelReservation", reservationId=7)
        assert conf == {"status": "Rejected"}

    run()


# --- who is let go ------------------------------------------------------------------------------


@covers("message:ChangeAvailability")
@at_a_site()
async def test_an_identification_does_not_outlive_a_time_out_of_service(here: Site) -> None:
    await here.card()
    await here.call("ChangeAvailability", connectorId=1, type="Inoperative")
    await asyncio.sleep(3600)
    await here.call("ChangeAvailability", connectorId=1, type="Operative")
    await here.plug_in()
    assert started(here) == []
    assert here.statuses()[-3:] == ["Unavailable", "Available", "Preparing"]


@at_a_site()
async def test_a_blocked_card_of_the_group_does_not_stop(here: Site) -> None:
    await here.charge()
    blocked = {"idTag": BAD, "idTagInfo": {"status": "Blocked", "parentIdTag": "FAMILY"}}
    await here.call(
        "SendLocalList", listVersion=1, updateType="Full", localAuthorizationList=[blocked]
    )
    await here.card(BAD)
    assert here.said("StopTransaction") == []


@covers("key:StopTransactionOnInvalidId")
@at_a_site()
async def test_the_plug_of_a_refused_card_is_held_without_a_break(here: Site) -> None:
    locked: list[bool] = []
    here.station.on_outputs(lambda _, outputs: locked.append(outputs.plug_locked))
    await here.card()
    here.csms.good = frozenset()  # StartTransaction is refused
    await here.plug_in()
    await asyncio.sleep(3)
    assert here.said("StopTransaction")[-1]["reason"] == "DeAuthorized"
    assert locked == sorted(locked)
    assert locked[-1]


@covers("key:MaxChargingProfilesInstalled")
@at_a_site(replace(QUICK, limits=(("MaxChargingProfilesInstalled", "1"),)))
async def test_a_remote_start_with_a_profile_that_finds_no_room_is_rejected(here: Site) -> None:
    period = {"startPeriod": 0, "limit": 10}
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]},
    }
    await here.call("SetChargingProfile", connectorId=1, csChargingProfiles=profile)
    profile |= {"chargingProfileId": 2, "chargingProfilePurpose": "TxProfile"}
    conf = await here.call(
        "RemoteStartTransaction", connectorId=1, idTag=GOOD, chargingProfile=profile
    )
    assert conf == {"status": "Rejected"}


# --- a reader for each connector ----------------------------------------------------------------


@at_a_site()
async def test_a_card_that_charges_elsewhere_stops_there_at_any_reader(here: Site) -> None:
    await here.charge()
    await here.plug_in(2)
    await here.card(GOOD, 2)
    assert [p["connectorId"] for p in started(here)] == [1]
    assert [p["reason"] for p in here.said("StopTransaction")] == ["Local"]
    await here.card(GOOD, 2)
    assert [p["connectorId"] for p in started(here)] == [1, 2]


@at_a_site()
async def test_a_card_at_another_reader_leaves_the_connector_that_it_waited_at(here: Site) -> None:
    await here.card(GOOD, 1)
    await here.card(GOOD, 2)
    assert here.statuses(1) == ["Available", "Preparing", "Available"]
    await here.plug_in(1)
    await here.plug_in(2)
    assert [p["connectorId"] for p in started(here)] == [2]


@at_a_site()
async def test_another_card_of_the_group_starts_where_it_is_shown(here: Site) -> None:
    await here.charge()
    await here.plug_in(2)
    await here.card(FRIEND, 2)
    assert [p["connectorId"] for p in started(here)] == [1, 2]


# --- a station that is about to go down ---------------------------------------------------------


@pytest.mark.parametrize("way", ["card", "remote", "cable"])
def test_nobody_begins_while_a_reset_waits_for_its_answers(way: str) -> None:
    @at_a_site()
    async def run(here: Site) -> None:
        await here.charge()
        if way == "cable":
            await here.card(FRIEND, 2)
        else:
            await here.plug_in(2)
        here.csms.mute = {"StopTransaction"}
        assert await here.call("Reset", type="Soft") == {"status": "Accepted"}
        if way == "card":
            await here.card(FRIEND, 2)
        elif way == "remote":
            conf = await here.call("RemoteStartTransaction", connectorId=2, idTag=FRIEND)
            assert conf == {"status": "Rejected"}
        else:
            await here.plug_in(2)
        await asyncio.sleep(20)
        assert len(started(here)) == 1
        assert here.said("Authorize", idTag=FRIEND) == [] or way == "cable"

    run()


@at_a_site(replace(QUICK, power_failure_mode="stop_before_down"))
async def test_mains_that_come_back_in_time_bring_the_drivers_back(here: Site) -> None:
    await here.plug_in()
    here.control.power(False)
    here.control.power(True)
    await asyncio.sleep(1)
    await here.card()
    assert len(started(here)) == 1
