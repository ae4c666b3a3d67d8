"""Local list, reservations, smart charging and triggers of the emulated station, on the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from rig.jsontypes import Json
from rig.ocppj.endpoint import Error
from rig.ocppj.frames import Payload
from tests.wire.emulated_station import BAD, FRIEND, GOOD, GROUP, PERSONA, Lab, laboratory, payload

SCALE = 80.0
ONE = PERSONA + "connectors: 1\n"


def at(lab: Lab, seconds: float) -> str:
    """A moment of lab time from now."""
    moment = datetime.fromtimestamp(lab.clock.epoch + lab.clock.now(), UTC)
    return (moment + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


# --- local list ---------------------------------------------------------------------------------


async def send_list(lab: Lab, version: int, kind: str = "Full", **cards: str | None) -> Json:
    entries: list[Json] = [
        {"idTag": tag} if status is None else {"idTag": tag, "idTagInfo": {"status": status}}
        for tag, status in cards.items()
    ]
    conf = await lab.command(
        "SendLocalList", listVersion=version, updateType=kind, localAuthorizationList=entries
    )
    return conf["status"]


async def test_a_listed_card_starts_offline_and_a_blocked_one_does_not(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        assert await send_list(lab, 3, **{GOOD: "Accepted", BAD: "Blocked"}) == "Accepted"
        assert await lab.command("GetLocalListVersion") == {"listVersion": 3}
        await lab.ask("network", up=False)
        for card in (BAD, GOOD):
            await lab.ask("plug_in")
            await lab.ask("ev_request")
            await lab.ask("card", id_tag=card)
        await lab.ask("network", up=True)
        start = await lab.next("StartTransaction")
        assert start["idTag"] == GOOD
        assert lab.calls("Authorize") == []


async def test_the_list_goes_before_the_cache_and_is_used_without_asking(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.change("LocalPreAuthorize", "true")
        assert await send_list(lab, 1, **{GOOD: "Accepted"}) == "Accepted"
        await lab.charge()
        assert lab.calls("Authorize") == []


async def test_a_listed_card_that_the_central_system_refuses_is_a_conflict(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.change("LocalPreAuthorize", "true")
        assert await send_list(lab, 1, **{BAD: "Accepted"}) == "Accepted"
        await lab.ask("plug_in")
        await lab.ask("card", id_tag=BAD)
        await lab.status("Finishing")
        await lab.idle()
        (report,) = lab.calls("StatusNotification", errorCode="LocalListConflict")
        assert payload(report)["connectorId"] == 0
        assert payload(report)["status"] == "Available"
        assert len(lab.calls("StopTransaction", reason="DeAuthorized")) == 1


async def test_the_list_survives_a_loss_of_power(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        assert await send_list(lab, 7, **{GOOD: "Accepted"}) == "Accepted"
        await lab.ask("power", on=False)
        await lab.ask("power", on=True)
        await lab.booted()
        assert await lab.command("GetLocalListVersion") == {"listVersion": 7}
        assert await send_list(lab, 7, "Differential") == "VersionMismatch"


# --- reservation --------------------------------------------------------------------------------


async def reserve(lab: Lab, connector: int = 1, *, seconds: float = 600, **more: Json) -> Json:
    fields: dict[str, Json] = {
        "connectorId": connector, "expiryDate": at(lab, seconds), "idTag": GOOD,
        "reservationId": 11,
    }  # fmt: skip
    return (await lab.command("ReserveNow", **(fields | more)))["status"]


async def test_a_reserved_connector_is_for_its_card(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        assert await reserve(lab) == "Accepted"
        await lab.status("Reserved")
        await lab.ask("card", id_tag=FRIEND)
        await lab.idle()
        assert lab.calls("Authorize") == []
        await lab.ask("card", id_tag=GOOD)
        await lab.status("Preparing")
        await lab.ask("plug_in")
        start = await lab.next("StartTransaction")
        assert (start["reservationId"], start["idTag"]) == (11, GOOD)
        assert await lab.command("CancelReservation", reservationId=11) == {"status": "Rejected"}


async def test_a_reservation_is_for_the_group_too(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        assert await reserve(lab, parentIdTag=GROUP) == "Accepted"
        await lab.status("Reserved")
        await lab.ask("card", id_tag=FRIEND)
        await lab.ask("plug_in")
        start = await lab.next("StartTransaction")
        assert (start["reservationId"], start["idTag"]) == (11, FRIEND)


async def test_a_reservation_ends_when_its_time_has_come_or_it_is_cancelled(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        assert await reserve(lab, seconds=60) == "Accepted"
        await lab.status("Reserved")
        await lab.status("Available")
        assert await lab.command("CancelReservation", reservationId=11) == {"status": "Rejected"}
        assert await reserve(lab) == "Accepted"
        await lab.status("Reserved")
        assert await lab.command("CancelReservation", reservationId=11) == {"status": "Accepted"}
        await lab.status("Available")


async def test_what_cannot_be_reserved(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        assert await reserve(lab, 3) == "Rejected"
        assert await reserve(lab, seconds=-5) == "Rejected"
        assert await reserve(lab, 1) == "Accepted"
        assert await reserve(lab, 1, reservationId=12) == "Occupied"
        assert await reserve(lab, 1) == "Accepted"  # the same id is replaced
        await lab.command("ChangeAvailability", connectorId=2, type="Inoperative")
        await lab.status("Unavailable", 2)
        assert await reserve(lab, 2, reservationId=12) == "Unavailable"
        await lab.ask("fault", connector=2, error_code="GroundFailure")
        await lab.status("Faulted", 2)
        assert await reserve(lab, 2, reservationId=12) == "Faulted"


async def test_connector_zero_keeps_one_connector(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station(persona=ONE):
        await lab.booted()
        assert await reserve(lab, 0) == "Accepted"
        await lab.status("Reserved")
        assert await reserve(lab, 0, reservationId=12) == "Occupied"
        remote = await lab.command("RemoteStartTransaction", idTag=BAD)
        assert remote == {"status": "Rejected"}
        remote = await lab.command("RemoteStartTransaction", idTag=GOOD, connectorId=1)
        assert remote == {"status": "Accepted"}
        await lab.ask("plug_in")
        assert (await lab.next("StartTransaction"))["reservationId"] == 11


async def test_a_reservation_survives_a_loss_of_power(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        assert await reserve(lab) == "Accepted"
        await lab.status("Reserved")
        await lab.ask("power", on=False)
        await lab.ask("power", on=True)
        await lab.status("Reserved")
        await lab.ask("fault", connector=1, error_code="GroundFailure")
        await lab.status("Faulted")
        await lab.ask("fault", connector=1, error_code=None)
        await lab.status("Available")


# --- smart charging -----------------------------------------------------------------------------


def profile(lab: Lab, *limits: tuple[int, float], **more: Any) -> dict[str, Json]:
    schedule: dict[str, Json] = {
        "chargingRateUnit": more.pop("unit", "A"),
        "startSchedule": more.pop("start", at(lab, 0)),
        "chargingSchedulePeriod": [{"startPeriod": s, "limit": a} for s, a in limits],
    }
    return {
        "chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute", "chargingSchedule": schedule, **more,
    }  # fmt: skip


async def set_profile(lab: Lab, connector: int, charging: dict[str, Json]) -> Json:
    conf = await lab.command(
        "SetChargingProfile", connectorId=connector, csChargingProfiles=charging
    )
    return conf["status"]


async def periods(lab: Lab, connector: int = 1, duration: int = 300, **more: Json) -> Json:
    conf = await lab.command(
        "GetCompositeSchedule", connectorId=connector, duration=duration, **more
    )
    assert (conf["status"], conf["connectorId"]) == ("Accepted", connector)
    schedule = cast("dict[str, Json]", conf["chargingSchedule"])
    assert "startSchedule" not in schedule
    return schedule["chargingSchedulePeriod"]


async def offered(lab: Lab) -> float:
    """Current that the next MeterValues say is offered."""
    values = cast("Any", (await lab.next("MeterValues"))["meterValue"])
    return float(values[0]["sampledValue"][0]["value"])


async def test_a_profile_moves_the_pilot_when_its_time_comes(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.change("MeterValuesSampledData", "Current.Offered")
        await lab.change("MeterValueSampleInterval", "20")
        relative = profile(lab, (0, 10.0), (50, 13.0), (110, 0.0), chargingProfileKind="Relative")
        assert await set_profile(lab, 0, relative) == "Accepted"
        await lab.charge()
        assert [await offered(lab) for _ in range(2)] == [10.0, 10.0]
        assert await offered(lab) == 13.0
        await lab.status("SuspendedEVSE")
        assert await lab.command("ClearChargingProfile", id=1) == {"status": "Accepted"}
        await lab.status("Charging")
        assert await offered(lab) == 32.0
        assert await lab.command("ClearChargingProfile", id=1) == {"status": "Unknown"}


async def test_a_tx_profile_lives_as_long_as_its_transaction(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        tx = profile(lab, (0, 8.0), chargingProfilePurpose="TxProfile")
        assert await set_profile(lab, 1, tx) == "Rejected"
        await lab.charge()
        assert await set_profile(lab, 1, tx | {"transactionId": 99}) == "Rejected"
        assert await set_profile(lab, 1, tx | {"transactionId": lab.transaction_id}) == "Accepted"
        assert await periods(lab) == [{"startPeriod": 0, "limit": 8.0}]
        await lab.ask("card", id_tag=GOOD)
        await lab.status("Finishing")
        assert await periods(lab) == [{"startPeriod": 0, "limit": 32.0}]


async def test_a_remote_start_brings_its_profile(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        tx = profile(lab, (0, 9.0), chargingProfilePurpose="TxProfile")
        bad = profile(lab, (0, 9.0))
        for charging, status in ((bad, "Rejected"), (tx, "Accepted")):
            conf = await lab.command(
                "RemoteStartTransaction", idTag=GOOD, connectorId=1, chargingProfile=charging
            )
            assert conf == {"status": status}
        await lab.ask("plug_in")
        await lab.next("StartTransaction")
        assert await periods(lab) == [{"startPeriod": 0, "limit": 9.0}]


async def test_a_composite_schedule_joins_purposes_and_units(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        most = profile(lab, (0, 20.0), chargingProfilePurpose="ChargePointMaxProfile")
        assert await set_profile(lab, 0, most) == "Accepted"
        default = profile(lab, (0, 25.0), (100, 7.0), chargingProfileId=2, start=at(lab, 0))
        assert await set_profile(lab, 1, default) == "Accepted"
        seen = cast("list[dict[str, float]]", await periods(lab))
        assert [p["limit"] for p in seen] == [20.0, 7.0]
        assert 1 <= seen[1]["startPeriod"] <= 100
        watts = cast("list[dict[str, float]]", await periods(lab, chargingRateUnit="W"))
        assert watts[0]["limit"] == 13800.0
        assert await periods(lab, 0) == [{"startPeriod": 0, "limit": 20.0}]
        unknown = await lab.command("GetCompositeSchedule", connectorId=7, duration=10)
        assert unknown == {"status": "Rejected"}


async def test_profiles_survive_a_loss_of_power_and_replace_each_other(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        assert await set_profile(lab, 1, profile(lab, (0, 12.0))) == "Accepted"
        assert await set_profile(lab, 1, profile(lab, (0, 14.0), chargingProfileId=5)) == "Accepted"
        await lab.ask("power", on=False)
        await lab.ask("power", on=True)
        await lab.booted()
        assert await periods(lab) == [{"startPeriod": 0, "limit": 14.0}]
        assert await lab.command("ClearChargingProfile", stackLevel=3) == {"status": "Unknown"}
        assert await lab.command("ClearChargingProfile") == {"status": "Accepted"}
        assert await periods(lab) == [{"startPeriod": 0, "limit": 32.0}]


async def test_a_profile_for_no_connector_is_an_error(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        charging: Payload = {"connectorId": 9, "csChargingProfiles": profile(lab, (0, 9.0))}
        outcome = await lab.csms.call("SetChargingProfile", charging, 20)
        assert isinstance(outcome, Error)
        assert outcome.code == "PropertyConstraintViolation"


# --- triggers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "connector", "expected"),
    [
        ("Heartbeat", None, [("Heartbeat", None)]),
        ("StatusNotification", 1, [("StatusNotification", 1)]),
        ("StatusNotification", None, [("StatusNotification", n) for n in (0, 1, 2)]),
        ("MeterValues", 2, [("MeterValues", 2)]),
        ("MeterValues", None, [("MeterValues", 1), ("MeterValues", 2)]),
    ],
)
async def test_a_trigger_is_answered_and_then_obeyed(
    tmp_path: Path, message: str, connector: int | None, expected: list[tuple[str, int | None]]
) -> None:
    async with laboratory(tmp_path, SCALE, heartbeat_interval_s=900) as lab, lab.station():
        await lab.call("BootNotification")
        for number in (0, 1, 2):
            await lab.status("Available", number)
        mark = lab.mark
        fields: dict[str, Json] = {"requestedMessage": message}
        if connector is not None:
            fields["connectorId"] = connector
        assert await lab.command("TriggerMessage", **fields) == {"status": "Accepted"}
        for action, of in expected:
            await lab.call(action, **({} if of is None else {"connectorId": of}))
        seen = [(e.call.action, e.call.payload.get("connectorId"))
                for e in lab.calls(since=mark) if e.call]  # fmt: skip
        assert seen == expected
        if message == "MeterValues":
            values = cast("Any", payload(lab.calls("MeterValues")[0])["meterValue"])
            assert values[0]["sampledValue"][0]["context"] == "Trigger"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"requestedMessage": "BootNotification"}, "Rejected"),
        ({"requestedMessage": "StatusNotification", "connectorId": 3}, "Rejected"),
        ({"requestedMessage": "MeterValues", "connectorId": 3}, "Rejected"),
        ({"requestedMessage": "FirmwareStatusNotification"}, "NotImplemented"),
        ({"requestedMessage": "DiagnosticsStatusNotification"}, "NotImplemented"),
    ],
)
async def test_triggers_that_are_refused(
    tmp_path: Path, fields: dict[str, Json], status: str
) -> None:
    persona = PERSONA + "profiles: [Core, RemoteTrigger]\n"
    async with laboratory(tmp_path, SCALE) as lab, lab.station(persona=persona):
        await lab.booted()
        assert await lab.command("TriggerMessage", **fields) == {"status": status}
