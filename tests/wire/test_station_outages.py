"""Losses of power and of the connection, and what is done meanwhile; in virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.virtual_station import FRIEND, GOOD, QUICK, Site, at_a_site

covers = pytest.mark.rig_covers


async def power_cycle(here: Site) -> None:
    here.control.power(False)
    await asyncio.sleep(5)
    here.control.power(True)
    await asyncio.sleep(5)


@covers("message:MeterValues")
@at_a_site(replace(QUICK, power_failure_mode="resume"))
async def test_samples_are_kept_before_the_registration(here: Site) -> None:
    await here.charge()
    await here.offline()
    await power_cycle(here)
    await asyncio.sleep(125)
    here.csms.said.clear()
    await here.online()
    actions = [s.action for s in here.csms.said]
    assert actions == ["", "BootNotification", *3 * ["StatusNotification"], *2 * ["MeterValues"]]
    assert {p["transactionId"] for p in here.said("MeterValues")} == {1}


@covers("key:AllowOfflineTxForUnknownId")
@pytest.mark.parametrize("known", [True, False])
def test_a_station_that_nobody_has_ever_accepted_serves_nobody(known: bool) -> None:
    @at_a_site()
    async def run(here: Site) -> None:
        await here.change(AllowOfflineTxForUnknownId=True)
        if not known:  # it is to go to another Central System from now on
            account = here.station.uplink.account
            here.station.uplink.account = replace(account, csms_url="ws://127.0.0.1:9")
        await here.offline()
        await power_cycle(here)
        await here.plug_in()
        await here.card(GOOD)
        assert (here.socket().transaction is not None) is known

    run()


@covers("registration:ACCEPTED-OFFLINE")
@at_a_site()
async def test_pauses_after_a_loss_are_spread_and_double(here: Site) -> None:
    seen = [asyncio.get_running_loop().time()]
    port = int(here.csms.url.split(":")[2].split("/")[0])

    def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(asyncio.get_running_loop().time())
        writer.close()

    await here.csms.__aexit__()
    async with await asyncio.start_server(hang_up, "127.0.0.1", port):
        await asyncio.sleep(45)
    factors = [(b - a) / 2**n for n, (a, b) in enumerate(pairwise(seen))]
    assert len(factors) == 5
    assert all(0.8 <= factor <= 1.2 for factor in factors)
    assert len({round(factor, 3) for factor in factors}) == 5


@covers("registration:any-OFF")
@at_a_site(replace(QUICK, boot_time_s=20.0))
async def test_a_restart_while_it_boots_changes_nothing(here: Site) -> None:
    here.control.power(False)
    here.control.power(True)
    await asyncio.sleep(5)
    here.control.restart()
    await asyncio.sleep(20)
    assert len(here.said("BootNotification")) == 2
    here.control.restart()
    await asyncio.sleep(25)
    assert len(here.said("BootNotification")) == 3


@covers("message:SetChargingProfile")
@at_a_site(replace(QUICK, power_failure_mode="resume"))
async def test_who_came_first_is_served_first_after_a_power_failure_too(here: Site) -> None:
    schedule = {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10}],
    }
    profile = {
        "chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "ChargePointMaxProfile",
        "chargingProfileKind": "Absolute", "chargingSchedule": schedule,
    }  # fmt: skip
    await here.call("SetChargingProfile", connectorId=0, csChargingProfiles=profile)
    await here.charge(GOOD, 2)
    await here.charge(FRIEND, 1)
    for _ in range(2):
        assert (here.socket(1).offered_a, here.socket(2).offered_a) == (0, 10)
        await power_cycle(here)


@covers("registration:any-OFF")
@at_a_site(replace(QUICK, boot_time_s=20.0))
async def test_a_boot_that_the_power_interrupts_leaves_nothing_behind(here: Site) -> None:
    await here.change(ConnectionTimeOut=60)
    here.control.power(False)
    here.control.power(True)
    await asyncio.sleep(10)
    await here.plug_in()  # it is seen, and somebody is waited for
    here.control.power(False)
    here.control.power(True)
    await asyncio.sleep(200)
    assert here.statuses()[-2:] == ["Preparing", "Finishing"]
    assert here.statuses().count("Finishing") == 1


@covers("registration:ACCEPTED-OFFLINE", "registration:OFFLINE-ACCEPTED")
@at_a_site()
async def test_whoever_answers_nothing_twice_is_not_there(here: Site) -> None:
    await asyncio.sleep(40)
    here.csms.mute = {"Authorize"}
    for connections in (1, 2):
        await here.card()
        await asyncio.sleep(35)
        assert len(here.calls("")) == connections
    assert len(here.said("BootNotification")) == 1
    here.csms.mute = set()
    await here.charge()


@covers("registration:ACCEPTED-OFFLINE")
@at_a_site()
async def test_whoever_answers_something_is_there(here: Site) -> None:
    await asyncio.sleep(40)
    here.csms.mute = {"Authorize"}
    for _ in range(3):
        await here.card()
        await asyncio.sleep(35)
        await here.call("TriggerMessage", requestedMessage="Heartbeat")
    assert len(here.calls("")) == 1


@covers("registration:ACCEPTED-OFFLINE")
@at_a_site()
async def test_what_a_tester_asks_for_says_nothing_about_the_connection(here: Site) -> None:
    await asyncio.sleep(40)
    here.csms.mute = {"Heartbeat"}
    for _ in range(3):
        assert await here.control.call("Heartbeat", {}, 1.0) == {"timeout": True}
    await asyncio.sleep(5)
    assert len(here.calls("")) == 1


@at_a_site()
async def test_a_start_that_is_never_answered_is_given_up_all_the_same(here: Site) -> None:
    await asyncio.sleep(40)
    here.csms.mute = {"StartTransaction"}
    await here.plug_in()
    await here.card()
    await asyncio.sleep(400)
    assert len(here.said("StartTransaction")) == 3  # TransactionMessageAttempts
    await here.card()
    assert [p["transactionId"] for p in here.said("StopTransaction")] == [-1]
