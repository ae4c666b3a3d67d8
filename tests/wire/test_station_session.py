"""Sessions of the emulated station: cards, cables, commands of the Central System."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from rig.csms.cards import IdTagInfo
from rig.csms.replies import Confirm
from rig.jsontypes import Json
from rig.ocppj.endpoint import Error
from rig.ocppj.frames import CallResult
from tests.wire.emulated_station import (
    BAD,
    FRIEND,
    GOOD,
    PERSONA,
    Lab,
    laboratory,
    payload,
)

SCALE = 80.0
SESSION = ["Preparing", "Charging", "Finishing", "Available"]


async def end_by_card(lab: Lab, id_tag: str = GOOD) -> None:
    """The card stops the transaction; the cable is pulled at both ends."""
    await lab.ask("card", id_tag=id_tag)
    await lab.status("Finishing")
    await lab.ask("unplug")
    await lab.status("Available")


async def test_cable_first_session_with_a_card(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        mark = lab.mark
        start = await lab.charge()
        charging = await lab.state()
        await lab.idle()
        await end_by_card(lab)
        stop = payload(lab.calls("StopTransaction")[0])
        after = await lab.state()
    actions = [e.call.action for e in lab.calls(since=mark) if e.call]
    assert actions.index("Authorize") < actions.index("StartTransaction")
    assert lab.statuses(since=mark) == SESSION
    assert (start["connectorId"], start["idTag"], start["meterStart"]) == (1, GOOD, 0)
    assert (stop["transactionId"], stop["idTag"], stop["reason"]) == (1, GOOD, "Local")
    assert isinstance(stop["meterStop"], int)
    assert stop["meterStop"] >= 20  # 11 kW for 12 s or more
    assert datetime.fromisoformat(str(start["timestamp"])) < datetime.fromisoformat(
        str(stop["timestamp"])
    )
    assert charging["locked"] is True
    assert (after["locked"], after["contactor"], after["cp"]) == (False, False, "A")


@pytest.mark.parametrize("remote", [False, True], ids=["card", "remote start"])
async def test_a_plug_is_reported_before_a_card_that_comes_at_once(
    tmp_path: Path, remote: bool
) -> None:
    """A test author is faster than contacts that bounce: Preparing is told all the same."""
    async with laboratory(tmp_path, 1.0) as lab, lab.station():
        await lab.booted()
        mark = lab.mark
        await lab.ask("plug_in")
        await lab.ask("ev_request")
        if remote:
            await lab.csms.call("RemoteStartTransaction", {"idTag": GOOD, "connectorId": 1}, 20)
        else:
            await lab.ask("card", id_tag=GOOD)
        await lab.status("Charging")
    calls = [e.call.payload.get("status", e.call.action) for e in lab.calls(since=mark) if e.call]
    authorized = [] if remote else ["Authorize"]
    assert calls == ["Preparing", *authorized, "StartTransaction", "Charging"]


async def test_meter_goes_on_where_the_last_transaction_ended(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.charge()
        await lab.idle()
        await end_by_card(lab)
        start = await lab.charge()
        (stop,) = lab.calls("StopTransaction")
    assert start["meterStart"] == payload(stop)["meterStop"]


async def test_car_that_waits_is_suspended_and_energy_follows_its_request(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.ask("plug_in")
        await lab.status("Preparing")
        await lab.ask("card", id_tag=GOOD)
        await lab.status("SuspendedEV")
        assert (await lab.state())["contactor"] is False
        await lab.ask("ev_request")
        await lab.status("Charging")
        await lab.idle()
        assert (await lab.state())["contactor"] is True
        await lab.ask("ev_stop")
        await lab.status("SuspendedEV")
        assert (await lab.state())["contactor"] is False


async def test_refused_card_leaves_the_connector_as_it_was(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.ask("plug_in")
        await lab.status("Preparing")
        await lab.ask("card", id_tag=BAD)
        assert (await lab.next("Authorize"))["idTag"] == BAD
        await lab.idle()
        assert (await lab.state())["status"] == "Preparing"
    assert not lab.calls("StartTransaction")


@pytest.mark.parametrize(
    ("other", "stops"),
    [(FRIEND, True), (BAD, False), (GOOD.lower(), True)],
    ids=["same group", "stranger", "same card in lower case"],
)
async def test_card_that_may_stop(tmp_path: Path, other: str, stops: bool) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.charge()
        asked = len(lab.calls("Authorize"))
        await lab.ask("card", id_tag=other)
        await lab.idle()
        assert bool(lab.calls("StopTransaction")) is stops
        same = other.casefold() == GOOD.casefold()
        assert len(lab.calls("Authorize")) == asked + (not same)


async def test_without_group_another_card_is_not_even_sent(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        lab.csms.cards.put(GOOD, IdTagInfo("Accepted"))
        await lab.booted()
        await lab.charge()
        await lab.ask("card", id_tag=FRIEND)
        await lab.idle()
    assert len(lab.calls("Authorize")) == 1
    assert not lab.calls("StopTransaction")


@pytest.mark.parametrize("plugged", [True, False], ids=["cable first", "remote start first"])
async def test_remote_start_waits_for_the_cable_only(tmp_path: Path, plugged: bool) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        lab.csms.cards.put("ANY-TAG", IdTagInfo("Accepted"))
        await lab.booted()
        if plugged:
            await lab.ask("plug_in")
            await lab.status("Preparing")
        conf = await lab.command("RemoteStartTransaction", idTag="ANY-TAG", connectorId=1)
        assert conf == {"status": "Accepted"}
        if not plugged:
            await lab.status("Preparing")
            await lab.ask("plug_in")
        assert (await lab.next("StartTransaction"))["idTag"] == "ANY-TAG"
        assert not lab.calls("Authorize")  # AuthorizeRemoteTxRequests is false


async def test_remote_stop_of_a_running_transaction(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.charge()
        unknown = await lab.command("RemoteStopTransaction", transactionId=4711)
        assert unknown == {"status": "Rejected"}
        conf = await lab.command("RemoteStopTransaction", transactionId=lab.transaction_id)
        assert conf == {"status": "Accepted"}
        stop = await lab.next("StopTransaction")
        assert stop["reason"] == "Remote"
        assert "idTag" not in stop
        await lab.status("Finishing")


@pytest.mark.parametrize("card", [GOOD, BAD], ids=["good card", "refused card"])
async def test_remote_start_is_authorised_like_a_card_if_configured(
    tmp_path: Path, card: str
) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.change("AuthorizeRemoteTxRequests", "true")
        await lab.ask("plug_in")
        await lab.status("Preparing")
        await lab.command("RemoteStartTransaction", idTag=card, connectorId=1)
        assert (await lab.next("Authorize"))["idTag"] == card
        await lab.idle()
        assert bool(lab.calls("StartTransaction")) is (card == GOOD)


@pytest.mark.parametrize(
    ("stop", "unlock", "seen", "locked"),
    [
        ("true", "true", ("EVDisconnected", "Finishing"), False),
        ("true", "false", ("EVDisconnected", "Finishing"), True),
        ("false", "true", (None, "SuspendedEV"), True),
        ("false", "false", (None, "SuspendedEV"), True),
    ],
    ids=["stop, unlock", "stop, keep locked", "go on", "go on, keep locked"],
)
async def test_ev_side_unplugged(
    tmp_path: Path, stop: str, unlock: str, seen: tuple[str | None, str], locked: bool
) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.change("StopTransactionOnEVSideDisconnect", stop)
        await lab.change("UnlockConnectorOnEVSideDisconnect", unlock)
        await lab.charge()
        await lab.ask("unplug_ev")
        report = await lab.status(seen[1])
        await lab.idle()
        assert report["info"] == "EV side disconnected"
        reasons = [payload(e)["reason"] for e in lab.calls("StopTransaction")]
        assert reasons == ([seen[0]] if seen[0] else [])
        assert (await lab.state())["locked"] is locked


async def test_fixed_cable_reports_finishing_then_available(tmp_path: Path) -> None:
    persona = PERSONA + "fixed_cable: true\n"
    async with laboratory(tmp_path, SCALE) as lab, lab.station(persona=persona):
        await lab.booted()
        await lab.charge()
        mark = lab.mark
        await lab.ask("unplug_ev")
        await lab.idle()
        reports = [payload(e) for e in lab.calls("StatusNotification", since=mark)]
    assert [r["status"] for r in reports] == ["Finishing", "Available"]
    assert reports[0]["info"] == "EV side disconnected"


@pytest.mark.parametrize(("stops", "status"), [("true", "Finishing"), ("false", "SuspendedEVSE")])
async def test_start_that_is_not_accepted(tmp_path: Path, stops: str, status: str) -> None:
    blocked: Json = {"status": "Blocked"}
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.change("StopTransactionOnInvalidId", stops)
        with lab.csms.replies.script("StartTransaction", Confirm({"idTagInfo": blocked})):
            await lab.ask("plug_in")
            await lab.ask("ev_request")
            await lab.status("Preparing")
            await lab.ask("card", id_tag=GOOD)
            await lab.status(status)
        await lab.idle()
        state = await lab.state()
        stopped = [payload(e) for e in lab.calls("StopTransaction")]
    assert state["contactor"] is False
    assert state["locked"] is True
    assert [s["reason"] for s in stopped] == ["DeAuthorized"] * (stops == "true")
    assert not any("idTag" in s for s in stopped)


async def test_energy_after_a_refused_start_is_limited(tmp_path: Path) -> None:
    blocked: Json = {"status": "Blocked"}
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.change("StopTransactionOnInvalidId", "false")
        await lab.change("MaxEnergyOnInvalidId", "100")
        with lab.csms.replies.script("StartTransaction", Confirm({"idTagInfo": blocked})):
            start = await lab.charge()
        await lab.status("SuspendedEVSE")
        state = await lab.state()
        assert not lab.calls("StopTransaction")
        await lab.ask("card", id_tag=GOOD)
        stop = await lab.next("StopTransaction")
    assert isinstance(start["meterStart"], int)
    assert isinstance(state["meter_wh"], float)
    assert state["contactor"] is False
    # a station that is late by a quarter of a real second takes 60 Wh more at 11 kW
    assert 100 <= state["meter_wh"] - start["meterStart"] <= 200
    assert stop["reason"] == "Local"


@pytest.mark.parametrize(
    ("command", "fields", "follows"),
    [
        ("RemoteStopTransaction", {"transactionId": 1}, ("StopTransaction",)),
        ("UnlockConnector", {"connectorId": 1}, ("StopTransaction",)),
        ("Reset", {"type": "Soft"}, ("StopTransaction",)),
        ("Reset", {"type": "Hard"}, ("StopTransaction",)),
        ("RemoteStartTransaction", {"connectorId": 2, "idTag": GOOD}, ("StatusNotification",)),
        ("ChangeAvailability", {"connectorId": 2, "type": "Inoperative"}, ("StatusNotification",)),
    ],
    ids=["RemoteStop", "Unlock", "Reset Soft", "Reset Hard", "RemoteStart", "ChangeAvailability"],
)
async def test_answer_comes_before_its_consequence(
    tmp_path: Path, command: str, fields: dict[str, Json], follows: tuple[str, ...]
) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.charge()
        await lab.idle()
        mark = lab.mark
        await lab.command(command, **fields)
        consequence = await lab.call(*follows)
        answer = next(
            e for e in lab.csms.log.since(mark)
            if e.direction == "in" and isinstance(e.frame, CallResult)
        )  # fmt: skip
        assert answer.seq < consequence.seq


@pytest.mark.parametrize("kind", ["Soft", "Hard"])
async def test_reset_stops_then_boots_again_with_finishing(tmp_path: Path, kind: str) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.charge()
        await lab.command("Reset", type=kind)
        assert (await lab.next("StopTransaction"))["reason"] == f"{kind}Reset"
        closed = await lab.entry(lambda e: e.what == "close", "the end of the connection")
        assert closed.detail["code"] == 1001
        await lab.call("BootNotification")
        await lab.status("Finishing")
        await lab.ask("unplug")
        await lab.status("Available")


async def test_scheduled_availability_waits_for_the_cable(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.charge()
        conf = await lab.command("ChangeAvailability", connectorId=1, type="Inoperative")
        assert conf == {"status": "Scheduled"}
        await lab.ask("card", id_tag=GOOD)
        await lab.status("Finishing")
        await lab.ask("unplug")
        await lab.status("Unavailable")
        start = await lab.command("RemoteStartTransaction", idTag=GOOD, connectorId=1)
        assert start == {"status": "Rejected"}
        await lab.command("ChangeAvailability", connectorId=1, type="Operative")
        await lab.status("Available")


async def test_station_inoperative_reports_zero_and_every_connector_once(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        mark = lab.mark
        for _ in range(2):  # the second changes nothing
            conf = await lab.command("ChangeAvailability", connectorId=0, type="Inoperative")
            assert conf == {"status": "Accepted"}
            await lab.idle()
        reports = [payload(e) for e in lab.calls("StatusNotification", since=mark)]
    assert [(r["connectorId"], r["status"]) for r in reports] == [
        (n, "Unavailable") for n in (0, 1, 2)
    ]


async def test_unlock_without_transaction_moves_the_bolt_only(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        assert await lab.command("UnlockConnector", connectorId=1) == {"status": "Unlocked"}
        assert await lab.command("UnlockConnector", connectorId=3) == {"status": "NotSupported"}
        await lab.charge()
        await lab.ask("block_lock", connector=1, blocked=True)
        assert await lab.command("UnlockConnector", connectorId=1) == {"status": "UnlockFailed"}
        assert (await lab.next("StopTransaction"))["reason"] == "UnlockCommand"


async def test_fault_stops_the_transaction_and_clears_to_finishing(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.charge()
        await lab.ask("fault", connector=1, error_code="GroundFailure")
        report = await lab.status("Faulted")
        assert report["errorCode"] == "GroundFailure"
        await lab.idle()
        assert [payload(e)["reason"] for e in lab.calls("StopTransaction")] == ["Other"]
        await lab.ask("fault", connector=1, error_code=None)
        await lab.status("Finishing")


async def test_what_the_station_does_not_have_is_refused(tmp_path: Path) -> None:
    core = PERSONA + "profiles: [Core]\n"
    async with laboratory(tmp_path, SCALE) as lab, lab.station(persona=core):
        await lab.booted()
        assert await lab.command("GetLocalListVersion") == {"listVersion": -1}
        outcome = await lab.csms.call("TriggerMessage", {"requestedMessage": "Heartbeat"}, 20)
        assert isinstance(outcome, Error)
        assert outcome.code == "NotSupported"
