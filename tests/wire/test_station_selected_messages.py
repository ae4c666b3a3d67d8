"""Defects of single messages: the n-th, those with a field, and what begins with a message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from tests.virtual_station import BAD, QUICK, Scenario, Site, at_a_site


def wrong(*defects: str) -> Callable[[Scenario], Callable[[], None]]:
    return at_a_site(replace(QUICK, defects=defects))


@wrong("skip:StatusNotification[connectorId=1,status=Available]#2+")
async def test_only_the_second_report_is_lost(site: Site) -> None:
    await site.charge()
    await site.card()
    await site.unplug()
    assert site.statuses() == ["Available", "Preparing", "Charging", "Finishing"]
    assert site.statuses(2) == ["Available"]


@wrong('answer-field:ChangeConfiguration[key=HeartbeatInterval]#2.status="Rejected"')
async def test_only_the_second_answer_about_a_key_is_spoilt(site: Site) -> None:
    said = [
        await site.try_change(key, "60")
        for key in (
            "HeartbeatInterval",
            "ConnectionTimeOut",
            "HeartbeatInterval",
            "HeartbeatInterval",
        )
    ]
    assert said == ["Accepted", "Accepted", "Rejected", "Accepted"]


@wrong("contactor-stays-closed@StartTransaction#2")
async def test_a_defect_begins_in_the_second_session(site: Site) -> None:
    energy = []
    for _ in range(2):
        await site.charge()
        await site.card()
        energy.append(site.socket().outputs.contactor_closed)
        await site.unplug()
    assert energy == [False, True]


@wrong(
    'unasked:UnlockConnector>StopTransaction={"transactionId":7,"meterStop":1,"timestamp":"$now"}'
)
async def test_a_call_that_nobody_asked_for_follows_a_command(site: Site) -> None:
    await site.call("UnlockConnector", connectorId=1)
    (stop,) = site.said("StopTransaction")
    assert stop["transactionId"] == 7
    assert stop["timestamp"].startswith("20")


@wrong("unasked:Authorize>Heartbeat={}")
async def test_a_call_that_nobody_asked_for_follows_one_of_its_own(site: Site) -> None:
    before = len(site.said("Heartbeat"))
    await site.card()
    assert len(site.said("Heartbeat")) == before + 1


@wrong("contactor-never-closes@Disconnect")
async def test_a_defect_begins_when_the_connection_is_lost(site: Site) -> None:
    await site.charge()
    before = site.socket().outputs.contactor_closed
    await site.offline()
    assert (before, site.socket().outputs.contactor_closed) == (True, False)


@wrong("contactor-never-closes@Card[connectorId=1]#2")
async def test_a_defect_begins_with_the_second_card(site: Site) -> None:
    await site.charge()
    before = site.socket().outputs.contactor_closed
    await site.card(BAD)
    assert (before, site.socket().outputs.contactor_closed) == (True, False)


@wrong("lock-stays-closed@Pilot[state=C]")
async def test_a_defect_begins_with_a_state_of_the_pilot(site: Site) -> None:
    await site.charge()
    await site.card()
    assert site.socket().outputs.plug_locked


@wrong("contactor-welded")
async def test_a_welded_contactor_does_not_open(site: Site) -> None:
    await site.charge()
    await site.card()
    assert site.socket().outputs.contactor_closed


@wrong("close-after:Authorize")
async def test_the_connection_is_lost_after_an_answer(site: Site) -> None:
    await site.card()
    await asyncio.sleep(5)
    assert len([s for s in site.csms.said if s.action == ""]) == 2


async def stops_after_a_lost_connection(site: Site) -> int:
    await site.charge()
    await site.card()
    await asyncio.sleep(10)
    return len(site.said("StopTransaction"))


@wrong("close-in-exchange:StopTransaction#1")
async def test_what_is_lost_with_the_connection_is_sent_again(site: Site) -> None:
    assert await stops_after_a_lost_connection(site) == 2


@wrong("close-in-exchange:StopTransaction#1", "forgets-lost-messages")
async def test_a_station_may_forget_what_was_lost_with_the_connection(site: Site) -> None:
    assert await stops_after_a_lost_connection(site) == 1
