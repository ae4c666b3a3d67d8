"""When a status is reported, and with what time and text; in virtual time."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from tests.virtual_station import Site, at_a_site
from tests.virtual_time import EPOCH

covers = pytest.mark.rig_covers


def now() -> float:
    return asyncio.get_running_loop().time()


def changed_at(report: dict[str, Any]) -> float:
    """Time stamp of a report, in virtual seconds."""
    return datetime.fromisoformat(report["timestamp"]).timestamp() - EPOCH


def after(here: Site, began: float) -> list[dict[str, Any]]:
    """StatusNotifications since a moment."""
    return [s.payload for s in here.calls("StatusNotification") if s.at > began]


@covers("message:StatusNotification")
@at_a_site()
async def test_what_changed_offline_has_the_time_and_the_order_of_the_changes(here: Site) -> None:
    await here.offline()
    began = now()
    await here.plug_in(2)
    await asyncio.sleep(100)
    await here.plug_in(1)
    await asyncio.sleep(20)
    await here.online()
    second, first = after(here, began)
    assert (second["connectorId"], first["connectorId"]) == (2, 1)
    assert second["status"] == "Finishing"  # ConnectionTimeOut was over after 60 s
    assert changed_at(second) == pytest.approx(began + 60, abs=1)
    assert changed_at(first) == pytest.approx(began + 100.5, abs=1)


@covers("message:StatusNotification")
@at_a_site()
async def test_a_fault_that_came_and_went_offline_is_told(here: Site) -> None:
    await here.offline()
    began = now()
    here.control.fault(1, "GroundFailure")
    await asyncio.sleep(50)
    here.control.fault(1, None)
    await asyncio.sleep(50)
    await here.online()
    fault, over = after(here, began)
    assert (fault["status"], fault["errorCode"]) == ("Faulted", "GroundFailure")
    assert (over["status"], over["errorCode"]) == ("Available", "NoError")
    assert changed_at(fault) == pytest.approx(began, abs=1)
    assert changed_at(over) == pytest.approx(began + 50, abs=1)


@at_a_site()
async def test_a_fault_that_came_twice_offline_is_not_told_twice_in_a_row(here: Site) -> None:
    await here.offline()
    began = now()
    for fault in ("GroundFailure", None, "GroundFailure"):
        here.control.fault(1, fault)
        await asyncio.sleep(10)
    await here.online()
    assert [p["status"] for p in after(here, began)] == ["Faulted"]
    here.control.fault(1, None)
    await asyncio.sleep(1)
    assert [p["status"] for p in after(here, began)] == ["Faulted", "Available"]


@at_a_site()
async def test_a_warning_that_lasts_is_told_once(here: Site) -> None:
    await here.offline()
    began = now()
    here.control.warning(1, "HighTemperature")
    await here.plug_in()
    await here.unplug()
    await here.plug_in()
    await here.online()
    (report,) = after(here, began)
    assert (report["status"], report["errorCode"]) == ("Preparing", "HighTemperature")


@at_a_site()
async def test_a_transaction_that_is_over_at_once_leaves_no_gap(here: Site) -> None:
    here.plug.plug_in(1)  # the car wants nothing: SuspendedEV would settle after 2 s
    await here.card()
    await here.call("UnlockConnector", connectorId=1)
    assert here.statuses() == ["Available", "Preparing", "Finishing"]


@at_a_site()
async def test_of_a_use_offline_only_the_end_is_told(here: Site) -> None:
    await here.change(LocalPreAuthorize=True)
    await here.charge()
    await here.card()
    await here.unplug()
    await here.offline()
    began = now()
    await here.charge()
    await here.card()
    await here.online()
    assert [p["status"] for p in after(here, began)] == ["Finishing"]


@at_a_site()
async def test_what_came_and_went_offline_without_an_error_is_not_told(here: Site) -> None:
    await here.offline()
    began = now()
    await here.plug_in()
    await here.unplug()
    await here.online()
    assert after(here, began) == []


@covers("key:MinimumStatusDuration")
@at_a_site()
async def test_a_status_that_comes_back_has_to_last_anew(here: Site) -> None:
    await here.change(MinimumStatusDuration=10)
    await here.plug_in()
    await asyncio.sleep(4)
    await here.unplug()
    await asyncio.sleep(3)
    came = now()
    await here.plug_in()
    await asyncio.sleep(8)
    assert here.statuses() == ["Available"]
    await asyncio.sleep(3)
    assert here.statuses() == ["Available", "Preparing"]
    report = here.said("StatusNotification")[-1]
    assert changed_at(report) == pytest.approx(came, abs=0.5)  # S13: not of the sending


@covers("key:MinimumStatusDuration")
@at_a_site()
async def test_what_was_triggered_meanwhile_is_not_reported_again(here: Site) -> None:
    await here.change(MinimumStatusDuration=10)
    await here.plug_in()
    await here.call("TriggerMessage", requestedMessage="StatusNotification", connectorId=1)
    await asyncio.sleep(30)
    assert here.statuses() == ["Available", "Preparing"]


@covers("key:StopTransactionOnEVSideDisconnect")
@at_a_site()
async def test_the_text_of_a_disconnection_outlives_an_outage(here: Site) -> None:
    await here.charge()
    await here.offline()
    here.plug.unplug_ev(1)
    await asyncio.sleep(5)
    await here.online()
    report = here.said("StatusNotification")[-1]
    assert (report["status"], report.get("info")) == ("Finishing", "EV side disconnected")


@covers("key:StopTransactionOnEVSideDisconnect")
@at_a_site()
async def test_the_text_of_a_disconnection_is_not_kept_for_another_status(here: Site) -> None:
    await here.change(StopTransactionOnEVSideDisconnect=False)
    await here.charge()
    period = {"startPeriod": 0, "limit": 0}
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
    profile = {
        "chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative", "chargingSchedule": schedule,
    }  # fmt: skip
    await here.call("SetChargingProfile", connectorId=1, csChargingProfiles=profile)
    here.plug.unplug_ev(1)
    await asyncio.sleep(5)
    await here.plug_in()
    await here.card()
    report = here.said("StatusNotification")[-1]
    assert (report["status"], report.get("info")) == ("Finishing", None)


@covers("message:UnlockConnector")
@at_a_site()
async def test_the_same_error_is_not_reported_twice_in_a_row(here: Site) -> None:
    await here.charge()
    here.control.block_lock(1, True)
    for _ in range(2):
        assert await here.call("UnlockConnector", connectorId=1) == {"status": "UnlockFailed"}
    reports = [(p["status"], p["errorCode"]) for p in here.said("StatusNotification")[-2:]]
    assert reports == [("Finishing", "NoError"), ("Finishing", "ConnectorLockFailure")]


def told(here: Site, began: float) -> list[tuple[str, str]]:
    """Status and error code of the reports since a moment."""
    return [(p["status"], p["errorCode"]) for p in after(here, began)]


@at_a_site()
async def test_a_warning_that_came_and_went_offline_goes_with_the_present_status(
    here: Site,
) -> None:
    await here.change(LocalPreAuthorize=True)
    await here.charge()
    await here.offline()
    began = now()
    await here.card()
    await here.unplug()
    await here.plug_in()
    here.control.warning(1, "HighTemperature")
    await asyncio.sleep(10)
    here.control.warning(1, None)
    await here.unplug()
    await here.online()  # Charging cannot become Preparing
    assert told(here, began) == [("Available", "HighTemperature"), ("Available", "NoError")]
    warned, over = after(here, began)
    assert changed_at(warned) == pytest.approx(began + 1.5, abs=0.2)
    assert changed_at(over) == pytest.approx(began + 12, abs=0.6)


@at_a_site()
async def test_a_warning_before_a_fault_that_lasts_goes_with_what_was_told_last(here: Site) -> None:
    await here.offline()
    began = now()
    await here.plug_in()
    here.control.warning(1, "HighTemperature")
    here.control.fault(1, "GroundFailure")
    await here.online()
    assert told(here, began) == [("Available", "HighTemperature"), ("Faulted", "GroundFailure")]


@at_a_site()
async def test_the_end_of_a_warning_is_told_whatever_came_and_went_after_it(here: Site) -> None:
    await here.offline()
    began = now()
    here.control.warning(1, "HighTemperature")
    await asyncio.sleep(1)
    here.control.warning(1, None)
    await here.plug_in()
    await here.unplug()
    await asyncio.sleep(20)
    await here.online()
    assert told(here, began) == [("Available", "HighTemperature"), ("Available", "NoError")]
    assert changed_at(after(here, began)[1]) < began + 5


@at_a_site()
async def test_a_report_whose_answer_is_lost_is_sent_again_with_its_text(here: Site) -> None:
    await here.charge()
    here.csms.mute = {"StatusNotification"}
    here.plug.unplug_ev(1)
    await asyncio.sleep(2)
    await here.offline()
    here.csms.mute = set()
    await here.online()
    first, again = here.said("StatusNotification", status="Finishing")
    assert first == again  # D3-c
    assert first["info"] == "EV side disconnected"
