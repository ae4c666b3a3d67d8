"""What breaks at a station and stays broken over a boot: faults, meter, button; in virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from firmware_mocks.charging_station.control import ErrorCode
from firmware_mocks.charging_station.maintenance import Maintenance
from tests.virtual_station import BAD, FRIEND, GOOD, QUICK, Site, at_a_site, moment

covers = pytest.mark.rig_covers


def reported(here: Site, connector: int = 1) -> list[tuple[str, str]]:
    """Status and errorCode of every report of a connector."""
    said = here.said("StatusNotification", connectorId=connector)
    return [(p["status"], p["errorCode"]) for p in said]


async def reboot(here: Site) -> None:
    await asyncio.sleep(1)
    here.csms.said.clear()
    here.control.restart()
    await asyncio.sleep(5)


def contexts(here: Site) -> list[str]:
    return [
        value["context"]
        for values in here.said("MeterValues")
        for sample in values["meterValue"]
        for value in sample["sampledValue"]
    ]


# --- faults and warnings ----------------------------------------------------------------------


@at_a_site()
async def test_a_boot_repairs_nothing(here: Site) -> None:
    here.control.fault(1, "GroundFailure")
    here.control.block_lock(2, True, True)
    await reboot(here)
    assert reported(here) == [("Faulted", "GroundFailure")]
    assert here.control.connector(2)["locked"] is True
    here.control.fault(1, None)
    await asyncio.sleep(1)
    assert reported(here)[-1] == ("Available", "NoError")


@at_a_site()
async def test_a_warning_leaves_the_status_as_it_is(here: Site) -> None:
    await here.charge()
    before = len(reported(here))
    here.control.warning(1, "HighTemperature")
    await asyncio.sleep(1)
    here.control.warning(1, None)
    await asyncio.sleep(1)
    assert reported(here)[before:] == [("Charging", "HighTemperature"), ("Charging", "NoError")]
    assert not here.said("StopTransaction")


@at_a_site()
async def test_emergency_button_ends_every_transaction(here: Site) -> None:
    await here.charge(GOOD, 1)
    await here.charge(FRIEND, 2)
    here.control.emergency_stop(True)
    await asyncio.sleep(1)
    assert [p["reason"] for p in here.said("StopTransaction")] == 2 * ["EmergencyStop"]
    assert {reported(here, n)[-1] for n in (1, 2)} == {("Faulted", "OtherError")}
    await here.card(GOOD)
    assert len(here.said("StartTransaction")) == 2
    here.control.emergency_stop(False)
    await asyncio.sleep(1)
    assert reported(here)[-1] == ("Finishing", "NoError")


@at_a_site()
async def test_own_restart_ends_a_transaction_with_reboot(here: Site) -> None:
    await here.charge()
    here.control.restart()
    await asyncio.sleep(10)
    (stop,) = here.said("StopTransaction")
    assert stop["reason"] == "Reboot"
    assert here.statuses()[-1] == "Finishing"


# --- the meter --------------------------------------------------------------------------------


@at_a_site()
async def test_outage_of_the_meter_is_told_and_nothing_is_counted(here: Site) -> None:
    await here.change(MeterValueSampleInterval=10)
    await here.charge()
    await asyncio.sleep(25)
    here.control.meter_outage(1, True)
    at_failure = here.socket().meter.wh
    await asyncio.sleep(30)
    assert here.socket().meter.wh == at_failure
    here.control.meter_outage(1, False)
    await asyncio.sleep(10)
    assert contexts(here) == [
        *2 * ["Sample.Periodic"], "Interruption.Begin", "Interruption.End", "Sample.Periodic",
    ]  # fmt: skip
    assert ("Charging", "PowerMeterFailure") in reported(here)
    assert reported(here)[-1] == ("Charging", "NoError")
    assert here.socket().meter.wh > at_failure


@at_a_site()
async def test_a_meter_that_has_failed_is_out_after_a_boot(here: Site) -> None:
    here.control.meter_outage(1, True)
    await reboot(here)
    await here.charge()
    await asyncio.sleep(60)
    assert here.socket().meter.wh == 0
    assert contexts(here) == []


# --- time of a report ---------------------------------------------------------------------------


@at_a_site()
async def test_time_of_a_report_is_that_of_the_change(here: Site) -> None:
    here.csms.mute = {"StatusNotification"}
    changed = moment()
    here.plug.plug_in(1)
    await asyncio.sleep(5)
    here.plug.unplug(1)  # while the report of the cable waits for its answer
    second = moment()
    await asyncio.sleep(60)
    times = [p["timestamp"] for p in here.said("StatusNotification", connectorId=1)[-2:]]
    assert [t[:19] for t in times] == [changed[:19], second[:19]]


# --- answers that depend on what the station is ---------------------------------------------------

KNOWING = replace(QUICK, data_transfer=(("org.example", "Ping, Pong"), ("org.any", "")))


@at_a_site(KNOWING)
async def test_data_transfer_of_a_known_vendor(here: Site) -> None:
    async def answer(vendor: str, **more: Any) -> Any:
        return (await here.call("DataTransfer", vendorId=vendor, **more))["status"]

    assert await answer("org.nobody") == "UnknownVendorId"
    assert await answer("org.example", messageId="Ping") == "Accepted"
    assert await answer("org.example", messageId="Pung") == "UnknownMessageId"
    assert await answer("org.any", messageId="whatever") == "Accepted"
    assert await answer("org.any") == "Accepted"


@at_a_site()
async def test_no_reset_while_firmware_is_written(here: Site) -> None:
    maintenance: Maintenance = here.station.controller.maintenance
    assert maintenance.firmware.may_begin
    maintenance.firmware._cannot_stop = True
    maintenance.firmware._task = asyncio.create_task(asyncio.sleep(5))
    assert await here.call("Reset", type="Hard") == {"status": "Rejected"}
    await asyncio.sleep(6)
    assert await here.call("Reset", type="Hard") == {"status": "Accepted"}


@at_a_site(replace(QUICK, cache_capacity=2))
async def test_full_cache_makes_room(here: Site) -> None:
    cache = here.station.controller.authorisation.cache
    for id_tag in (GOOD, BAD, FRIEND):
        await here.card(id_tag)
        await here.card(id_tag)
    assert set(cache.entries) == {GOOD.casefold(), FRIEND.casefold()}
    cache.put("third", {"status": "Accepted"}, here.station.controller.board.rtc.utc())
    assert set(cache.entries) == {FRIEND.casefold(), "third"}


# --- faults that endanger nobody ----------------------------------------------------------------


@covers("transition:I3")
@at_a_site()
async def test_a_fault_that_passes_interrupts_a_transaction(here: Site) -> None:
    await here.charge()
    for _ in range(2):  # the second one has all the time again
        here.control.fault(1, "HighTemperature")
        await asyncio.sleep(25)
        assert not here.socket().outputs.contactor_closed
        assert here.socket().meter.draws[0] == 0
        here.control.fault(1, None)
        await asyncio.sleep(3)
        assert here.socket().meter.draws[0] > 0
    assert here.statuses()[-5:] == ["Charging", *2 * ["Faulted", "Charging"]]
    assert here.said("StopTransaction") == []


@at_a_site()
async def test_a_fault_that_does_not_pass_ends_a_transaction_after_30_s(here: Site) -> None:
    await here.charge()
    here.control.fault(1, "HighTemperature")
    began = asyncio.get_running_loop().time()
    await asyncio.sleep(60)
    (stop,) = here.calls("StopTransaction")
    assert stop.payload["reason"] == "Other"
    assert stop.at - began == pytest.approx(30, abs=1)
    here.control.fault(1, None)
    await asyncio.sleep(1)
    assert here.statuses()[-2:] == ["Faulted", "Finishing"]


@at_a_site()
async def test_whoever_leaves_during_a_fault_has_ended_the_transaction(here: Site) -> None:
    await here.charge()
    here.control.fault(1, "HighTemperature")
    await asyncio.sleep(5)
    await here.unplug()
    await asyncio.sleep(60)
    assert [p["reason"] for p in here.said("StopTransaction")] == ["EVDisconnected"]
    here.control.fault(1, None)
    await asyncio.sleep(1)
    assert here.statuses()[-3:] == ["Charging", "Faulted", "Available"]


@at_a_site(replace(QUICK, power_failure_mode="resume"))
async def test_a_fault_outlives_the_power_with_the_transaction(here: Site) -> None:
    await here.charge()
    here.control.fault(1, "HighTemperature")
    here.control.power(False)
    here.control.power(True)
    await asyncio.sleep(20)
    assert here.said("StopTransaction") == []
    await asyncio.sleep(30)
    assert [p["reason"] for p in here.said("StopTransaction")] == ["Other"]


@pytest.mark.parametrize(
    "code", ["GroundFailure", "OverCurrentFailure", "OverVoltage", "PowerSwitchFailure"]
)
def test_a_fault_that_endangers_somebody_ends_a_transaction_at_once(code: ErrorCode) -> None:
    @at_a_site()
    async def run(here: Site) -> None:
        await here.charge()
        here.control.fault(1, code)
        await asyncio.sleep(1)
        assert [p["reason"] for p in here.said("StopTransaction")] == ["Other"]

    run()
