"""Configuration keys by what they do: authorisation, connection, session; in virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from tests.virtual_station import BAD, GOOD, LIMITED, QUICK, Site, at_a_site

covers = pytest.mark.rig_covers
REGISTER = "Energy.Active.Import.Register"


async def caught(here: Site, connector: int = 1) -> None:
    """GOOD is in the cache, and its driver gone."""
    await here.card(GOOD, connector)
    await asyncio.sleep(61)


def started(here: Site) -> list[Any]:
    """idTags of the transactions that the Central System knows or will know."""
    waiting = [
        m["payload"] for m in here.station.controller.queue.messages if "meterStart" in m["payload"]
    ]
    return [p["idTag"] for p in (*here.said("StartTransaction"), *waiting)]


async def starts_offline(here: Site, id_tag: str, connector: int = 1) -> bool:
    await here.offline()
    before = len(started(here))
    await here.plug_in(connector)
    await here.card(id_tag, connector)
    return len(started(here)) > before


# --- authorisation ----------------------------------------------------------------------------


@covers("key:AllowOfflineTxForUnknownId")
@at_a_site()
async def test_unknown_cards_offline(here: Site) -> None:
    assert not await starts_offline(here, "STRANGER")
    await here.online()
    await here.change(AllowOfflineTxForUnknownId=True)
    assert await starts_offline(here, "STRANGER", 2)


@covers("key:AuthorizationCacheEnabled")
@at_a_site()
async def test_cache_in_use_or_not(here: Site) -> None:
    await caught(here)
    await here.change(AuthorizationCacheEnabled=False)
    assert not await starts_offline(here, GOOD)
    await here.online()
    await here.change(AuthorizationCacheEnabled=True)  # the content was kept
    assert await starts_offline(here, GOOD, 2)


@covers("key:LocalAuthorizeOffline")
@at_a_site()
async def test_known_cards_offline(here: Site) -> None:
    await caught(here)
    await here.change(LocalAuthorizeOffline=False)
    assert not await starts_offline(here, GOOD)
    await here.online()
    await here.change(LocalAuthorizeOffline=True)
    assert await starts_offline(here, GOOD, 2)


@covers("key:LocalPreAuthorize")
@pytest.mark.parametrize("known", [True, False])
def test_known_cards_online(known: bool) -> None:
    @at_a_site()
    async def run(here: Site) -> None:
        await caught(here)
        await here.change(LocalPreAuthorize=known)
        await here.charge()
        assert len(here.said("Authorize")) == (1 if known else 2)
        assert started(here) == [GOOD]

    run()


@covers("key:AuthorizeRemoteTxRequests", "message:RemoteStartTransaction", "message:Authorize")
@at_a_site()
async def test_remote_start_is_authorised_or_not(here: Site) -> None:
    await here.call("RemoteStartTransaction", idTag=GOOD, connectorId=1)
    assert here.said("Authorize") == []
    await here.change(AuthorizeRemoteTxRequests=True)
    await here.plug_in(2)
    await here.call("RemoteStartTransaction", idTag=BAD, connectorId=2)
    assert here.said("Authorize") == [{"idTag": BAD}]
    assert started(here) == []


@covers("key:LocalAuthListEnabled", "message:SendLocalList")
@at_a_site()
async def test_list_in_use_or_not(here: Site) -> None:
    entry = {"idTag": "LISTED", "idTagInfo": {"status": "Accepted"}}
    update = {"updateType": "Full", "localAuthorizationList": [entry]}
    await here.change(LocalAuthListEnabled=False)
    assert await here.call("SendLocalList", listVersion=1, **update) == {"status": "Accepted"}
    assert not await starts_offline(here, "LISTED")
    await here.online()
    await here.change(LocalAuthListEnabled=True)
    assert await starts_offline(here, "LISTED", 2)


@covers("key:LocalAuthListMaxLength", "key:SendLocalListMaxLength")
@at_a_site(LIMITED)
async def test_limits_of_the_list(here: Site) -> None:
    async def send(version: int, kind: str, *tags: str) -> str:
        entries = [{"idTag": tag, "idTagInfo": {"status": "Accepted"}} for tag in tags]
        conf = await here.call(
            "SendLocalList", listVersion=version, updateType=kind, localAuthorizationList=entries
        )
        return str(conf["status"])

    assert await here.read("LocalAuthListMaxLength") == "3"
    assert await here.read("SendLocalListMaxLength") == "2"
    assert await send(1, "Full", "A", "B", "C") == "Failed"
    assert await send(1, "Full", "A", "B") == "Accepted"
    assert await send(2, "Differential", "C", "D") == "Failed"
    assert await send(2, "Differential", "C") == "Accepted"


# --- connection and messages ------------------------------------------------------------------


@covers("key:HeartbeatInterval", "message:Heartbeat")
@at_a_site()
async def test_rhythm_of_the_heart(here: Site) -> None:
    assert await here.read("HeartbeatInterval") == "300"  # of BootNotification.conf
    await here.change(HeartbeatInterval=20)
    await asyncio.sleep(65)
    times = [s.at for s in here.calls("Heartbeat")]
    assert len(times) == 3
    assert [round(b - a) for a, b in pairwise(times)] == [20, 20]


@covers("key:MessageTimeout")
@at_a_site()
async def test_own_calls_are_given_up(here: Site) -> None:
    await here.change(MessageTimeout=5, AllowOfflineTxForUnknownId=True)
    here.csms.mute.add("Authorize")
    await here.plug_in()
    await here.card("STRANGER")
    await asyncio.sleep(4)
    assert started(here) == []
    await asyncio.sleep(1)
    assert started(here) == ["STRANGER"]  # no answer: as if offline


@covers("key:TransactionMessageAttempts", "key:TransactionMessageRetryInterval")
@at_a_site()
async def test_attempts_and_pauses_of_the_queue(here: Site) -> None:
    await here.change(TransactionMessageAttempts=4, TransactionMessageRetryInterval=5)
    here.csms.refuse.add("StartTransaction")
    await here.charge()
    await asyncio.sleep(100)
    times = [s.at for s in here.calls("StartTransaction")]
    assert [round(b - a) for a, b in pairwise(times)] == [5, 10, 15]
    await here.card()
    assert here.said("StopTransaction")[-1]["transactionId"] == -1


@covers("key:GetConfigurationMaxKeys", "message:GetConfiguration")
@at_a_site(LIMITED)
async def test_too_many_keys_at_once(here: Site) -> None:
    assert await here.read("GetConfigurationMaxKeys") == "2"
    conf = await here.call("GetConfiguration", key=["BlinkRepeat", "Unknown"])
    assert (len(conf["configurationKey"]), conf["unknownKey"]) == (1, ["Unknown"])
    too_many = await here.call("GetConfiguration", key=["BlinkRepeat", "Unknown", "CpoName"])
    assert too_many == "OccurenceConstraintViolation"


@covers("message:GetConfiguration")
@at_a_site()
async def test_a_key_is_listed_once_however_it_is_written(here: Site) -> None:
    conf = await here.call("GetConfiguration", key=["HEARTBEATINTERVAL", "HeartbeatInterval", "x"])
    assert [item["key"] for item in conf["configurationKey"]] == ["HeartbeatInterval"]
    assert conf["unknownKey"] == ["x"]


@covers("key:NumberOfConnectors", "message:StatusNotification", "message:BootNotification")
@at_a_site(replace(QUICK, connectors=3))
async def test_number_of_connectors(here: Site) -> None:
    assert await here.read("NumberOfConnectors") == "3"
    assert await here.try_change("NumberOfConnectors", "4") == "Rejected"
    reported = [p["connectorId"] for p in here.said("StatusNotification")]
    assert reported == [0, 1, 2, 3]
    assert len(here.said("BootNotification")) == 1


@covers("key:SupportedFeatureProfiles", "key:SupportedFeatureProfilesMaxLength")
@at_a_site(replace(QUICK, profiles=("Core", "Reservation")))
async def test_profiles_are_what_the_station_does(here: Site) -> None:
    assert await here.read("SupportedFeatureProfiles") == "Core,Reservation"
    assert await here.read("SupportedFeatureProfilesMaxLength") == "6"
    assert await here.call("CancelReservation", reservationId=1) == {"status": "Rejected"}
    assert await here.call("TriggerMessage", requestedMessage="Heartbeat") == "NotSupported"


# --- session and transaction ------------------------------------------------------------------


@covers("key:ConnectionTimeOut")
@at_a_site()
async def test_connection_time_out(here: Site) -> None:
    await here.change(ConnectionTimeOut=20)
    await here.card()
    await asyncio.sleep(18)
    assert here.statuses()[-1] == "Preparing"
    await asyncio.sleep(2)
    assert here.statuses()[-1] == "Available"
    await here.change(ConnectionTimeOut=0)
    await here.card()
    await asyncio.sleep(86_400)
    assert here.statuses()[-1] == "Preparing"  # for ever
    await here.change(ConnectionTimeOut=86_410)  # which counts for this one, too
    assert here.statuses()[-1] == "Preparing"
    await asyncio.sleep(10)
    assert here.statuses()[-1] == "Available"


@covers("key:StopTransactionOnInvalidId", "key:MaxEnergyOnInvalidId")
@at_a_site()
async def test_transaction_of_somebody_unknown(here: Site) -> None:
    await here.change(StopTransactionOnInvalidId=False, MaxEnergyOnInvalidId=100)
    await here.call("RemoteStartTransaction", idTag=BAD, connectorId=1)
    await here.plug_in()
    start = here.socket().meter.wh
    await asyncio.sleep(3600)
    assert here.statuses()[-1] == "SuspendedEVSE"
    assert here.socket().meter.wh - start == pytest.approx(100, abs=1)
    assert here.said("StopTransaction") == []
    await here.change(StopTransactionOnInvalidId=True)
    await here.call("RemoteStartTransaction", idTag=BAD, connectorId=2)
    await here.plug_in(2)
    assert here.said("StopTransaction")[-1]["reason"] == "DeAuthorized"


@covers("key:StopTransactionOnEVSideDisconnect", "key:UnlockConnectorOnEVSideDisconnect")
@at_a_site()
async def test_car_is_unplugged(here: Site) -> None:
    async def unplugged(**keys: bool) -> tuple[str, bool]:
        await here.change(**keys)
        await here.charge()
        here.plug.unplug_ev(1)
        await asyncio.sleep(3)
        seen = here.statuses()[-1], here.socket().outputs.plug_locked
        await here.call("UnlockConnector", connectorId=1)
        await here.unplug()
        return seen

    stop, unlock = "StopTransactionOnEVSideDisconnect", "UnlockConnectorOnEVSideDisconnect"
    assert await unplugged(**{stop: True, unlock: True}) == ("Finishing", False)
    assert await unplugged(**{stop: True, unlock: False}) == ("Finishing", True)
    reasons = [p["reason"] for p in here.said("StopTransaction")]
    assert reasons == ["EVDisconnected", "EVDisconnected"]
    assert await unplugged(**{stop: False, unlock: True}) == ("SuspendedEV", True)


@covers("key:MinimumStatusDuration")
@at_a_site()
async def test_short_statuses_are_not_reported(here: Site) -> None:
    await here.change(MinimumStatusDuration=10)
    await here.plug_in()
    await asyncio.sleep(3)
    await here.unplug()
    await asyncio.sleep(30)
    assert here.statuses() == ["Available"]
    await here.plug_in()
    await asyncio.sleep(11)
    assert here.statuses() == ["Available", "Preparing"]


@covers("key:ResetRetries", "message:Reset")
@at_a_site()
async def test_reset_works_at_the_first_attempt(here: Site) -> None:
    await here.change(ResetRetries=3)
    await here.call("Reset", type="Soft")
    await asyncio.sleep(60)
    assert len(here.said("BootNotification")) == 2
    assert await here.read("ResetRetries") == "3"


@covers("key:BlinkRepeat", "key:LightIntensity")
@at_a_site()
async def test_lamps_take_what_lamps_can(here: Site) -> None:
    await here.change(BlinkRepeat=0, LightIntensity=100)
    assert [await here.read(key) for key in ("BlinkRepeat", "LightIntensity")] == ["0", "100"]
    assert await here.try_change("LightIntensity", "101") == "Rejected"
    assert await here.try_change("BlinkRepeat", "-1") == "Rejected"


@covers("key:ConnectorPhaseRotation", "key:ConnectorPhaseRotationMaxLength")
@at_a_site()
async def test_phase_rotation(here: Site) -> None:
    key = "ConnectorPhaseRotation"
    assert await here.read(key) == "0.RST,1.RST,2.RST"
    assert await here.read("ConnectorPhaseRotationMaxLength") == "3"
    assert await here.try_change(key, "0.Unknown, 1.TRS") == "Accepted"
    assert await here.read(key) == "0.Unknown,1.TRS"
    for bad in ("3.RST", "1.RRR", "RST", "0.RST,1.RST,2.RST,2.RST"):
        assert await here.try_change(key, bad) == "Rejected", bad
