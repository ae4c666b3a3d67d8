"""Configuration keys by what they do: meter values, reservation, profiles; in virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from firmware_mocks.charging_station.persona import Persona
from tests.virtual_station import FRIEND, LIMITED, QUICK, Site, at_a_site, moment

covers = pytest.mark.rig_covers
REGISTER = "Energy.Active.Import.Register"


# --- meter values -----------------------------------------------------------------------------


def contexts(here: Site, **fields: Any) -> list[tuple[str, str]]:
    """Context and measurand of every value that was sent."""
    return [
        (value.get("context", "Sample.Periodic"), value.get("measurand", REGISTER))
        for payload in here.said("MeterValues", **fields)
        for sample in payload["meterValue"]
        for value in sample["sampledValue"]
    ]


@covers("key:MeterValueSampleInterval", "key:MeterValuesSampledData", "message:MeterValues")
@at_a_site()
async def test_periodic_samples(here: Site) -> None:
    await here.change(
        MeterValueSampleInterval=10, MeterValuesSampledData="Voltage.L1,Current.Offered"
    )
    await here.charge()
    await asyncio.sleep(35)
    times = [s.at for s in here.calls("MeterValues")]
    assert [round(b - a) for a, b in pairwise(times)] == [10, 10]
    assert set(contexts(here)) == {
        ("Sample.Periodic", "Voltage"), ("Sample.Periodic", "Current.Offered"),
    }  # fmt: skip
    await here.change(MeterValueSampleInterval=0)
    await asyncio.sleep(300)
    assert len(here.calls("MeterValues")) == 3


@covers("key:ClockAlignedDataInterval", "key:MeterValuesAlignedData")
@at_a_site()
async def test_samples_on_the_clock(here: Site) -> None:
    await here.change(ClockAlignedDataInterval=900, MeterValuesAlignedData="Power.Active.Import")
    await asyncio.sleep(1800)
    stamps = [p["meterValue"][0]["timestamp"] for p in here.said("MeterValues", connectorId=2)]
    assert stamps == ["2026-09-21T14:15:00.000Z", "2026-09-21T14:30:00.000Z"]
    assert set(contexts(here)) == {("Sample.Clock", "Power.Active.Import")}


@covers("key:StopTxnSampledData", "key:StopTxnAlignedData", "message:StopTransaction")
@at_a_site()
async def test_samples_in_the_stop(here: Site) -> None:
    await here.change(
        StopTxnSampledData="Voltage.L1", StopTxnAlignedData=REGISTER, ClockAlignedDataInterval=30,
        MeterValueSampleInterval=30,
    )  # fmt: skip
    await here.charge()
    await asyncio.sleep(60)
    await here.card()
    data = here.said("StopTransaction")[-1]["transactionData"]
    seen = {(v["context"], v["measurand"]) for d in data for v in d["sampledValue"]}
    assert seen == {
        ("Transaction.Begin", "Voltage"), ("Transaction.Begin", REGISTER),
        ("Sample.Periodic", "Voltage"), ("Sample.Clock", REGISTER),
        ("Transaction.End", "Voltage"), ("Transaction.End", REGISTER),
    }  # fmt: skip
    await here.unplug()
    await here.change(StopTxnSampledData="", StopTxnAlignedData="")
    await here.charge()
    await here.card()
    assert "transactionData" not in here.said("StopTransaction")[-1]


@covers("key:StopTransactionMaxMeterValues")
@at_a_site(LIMITED)
async def test_samples_in_the_stop_are_thinned_out(here: Site) -> None:
    await here.change(StopTxnSampledData=REGISTER, MeterValueSampleInterval=10)
    await here.charge()
    await asyncio.sleep(300)
    await here.card()
    data = here.said("StopTransaction")[-1]["transactionData"]
    kinds = [d["sampledValue"][0]["context"] for d in data]
    assert kinds == ["Transaction.Begin", "Sample.Periodic", "Sample.Periodic", "Transaction.End"]


@covers(
    "key:MeterValuesSampledDataMaxLength", "key:MeterValuesAlignedDataMaxLength",
    "key:StopTxnSampledDataMaxLength", "key:StopTxnAlignedDataMaxLength",
    "message:ChangeConfiguration",
)  # fmt: skip
@at_a_site(LIMITED)
async def test_lists_of_measurands_have_a_length(here: Site) -> None:
    for key in (
        "MeterValuesSampledData",
        "MeterValuesAlignedData",
        "StopTxnSampledData",
        "StopTxnAlignedData",
    ):
        assert await here.read(f"{key}MaxLength") == "2"
        assert await here.try_change(key, "Voltage,Current.Import") == "Accepted"
        assert await here.try_change(key, "Voltage,Current.Import,Frequency") == "Rejected"
        assert await here.try_change(key, "Voltage,Nonsense") == "Rejected"
        assert await here.read(key) == "Voltage,Current.Import"


# --- reservation and smart charging -----------------------------------------------------------


@covers("key:ReserveConnectorZeroSupported")
@pytest.mark.parametrize("supported", [True, False])
def test_reservation_of_no_connector_in_particular(supported: bool) -> None:
    @at_a_site(QUICK if supported else LIMITED)
    async def run(here: Site) -> None:
        assert await here.read("ReserveConnectorZeroSupported") == str(supported).lower()
        conf = await here.call(
            "ReserveNow", connectorId=0, expiryDate=moment(600), idTag=FRIEND, reservationId=1
        )
        assert conf == {"status": "Accepted" if supported else "Rejected"}

    run()


async def set_profile(here: Site, number: int = 1, **changes: Any) -> str:
    periods = changes.pop("periods", [(0, 16.0)])
    schedule = {
        "chargingRateUnit": changes.pop("unit", "A"),
        "chargingSchedulePeriod": [{"startPeriod": at, "limit": limit} for at, limit in periods],
    }
    profile = {
        "chargingProfileId": number, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute", "chargingSchedule": schedule, **changes,
    }  # fmt: skip
    conf = await here.call("SetChargingProfile", connectorId=1, csChargingProfiles=profile)
    return str(conf["status"])


@covers(
    "key:ChargeProfileMaxStackLevel", "key:ChargingScheduleAllowedChargingRateUnit",
    "key:ChargingScheduleMaxPeriods", "key:MaxChargingProfilesInstalled",
    "message:ClearChargingProfile", "message:GetCompositeSchedule",
)  # fmt: skip
@at_a_site(LIMITED)
async def test_limits_of_profiles(here: Site) -> None:
    assert await set_profile(here, stackLevel=3) == "Rejected"
    assert await set_profile(here, stackLevel=2) == "Accepted"
    assert await set_profile(here, unit="W") == "Rejected"
    assert await set_profile(here, periods=[(0, 6.0), (1, 7.0), (2, 8.0)]) == "Rejected"
    assert await set_profile(here, 2, periods=[(0, 6.0), (1, 7.0)]) == "Accepted"
    assert await set_profile(here, 3, stackLevel=1) == "Rejected"  # two are installed
    question = {"connectorId": 1, "duration": 60}
    assert (await here.call("GetCompositeSchedule", **question))["status"] == "Accepted"
    watts = await here.call("GetCompositeSchedule", **question, chargingRateUnit="W")
    assert watts == {"status": "Rejected"}
    assert await here.call("ClearChargingProfile", id=1) == {"status": "Accepted"}
    assert await set_profile(here, 3, stackLevel=1) == "Accepted"


def limit(amperes: float, phases: int | None = None, **more: Any) -> dict[str, Any]:
    """A TxProfile with one limit, for so many phases."""
    period = {"startPeriod": 0, "limit": amperes}
    if phases is not None:
        period["numberPhases"] = phases
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
    return {
        "chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative", "chargingSchedule": schedule, **more,
    }  # fmt: skip


async def values(here: Site) -> dict[tuple[str, str | None], float]:
    """What the meter shows now, by measurand and phase."""
    await here.call("TriggerMessage", requestedMessage="MeterValues", connectorId=1)
    (sample,) = here.said("MeterValues", connectorId=1)[-1]["meterValue"]
    return {(v["measurand"], v.get("phase")): float(v["value"]) for v in sample["sampledValue"]}


@covers("key:ConnectorSwitch3to1PhaseSupported")
@at_a_site()
async def test_a_limit_for_one_phase_switches_the_others_off(here: Site) -> None:
    assert await here.read("ConnectorSwitch3to1PhaseSupported") == "true"
    await here.change(
        MeterValuesSampledData="Current.Import,Power.Active.Import,Power.Offered,Voltage"
    )
    await here.charge()
    assert here.socket().meter.draws == (16.0, 3)
    await here.call("SetChargingProfile", connectorId=1, csChargingProfiles=limit(10.0, 1))
    await asyncio.sleep(5)
    assert here.socket().meter.draws == pytest.approx((10.0, 1), abs=0.1)
    assert here.socket().outputs.phases == 1
    shown = await values(here)
    currents = [shown["Current.Import", f"L{n}"] for n in (1, 2, 3)]
    assert currents == [pytest.approx(10.0, abs=0.1), 0.0, 0.0]
    assert shown["Power.Active.Import", None] == pytest.approx(2300, rel=0.01)
    assert shown["Power.Offered", None] == 2300
    assert shown["Voltage", "L3-N"] == 230  # of the supply
    await here.call("ClearChargingProfile")
    await asyncio.sleep(5)
    assert here.socket().meter.draws == (16.0, 3)
    assert here.statuses() == ["Available", "Preparing", "Charging"]


@covers("key:ConnectorSwitch3to1PhaseSupported")
@pytest.mark.parametrize(
    "persona",
    [
        replace(QUICK, limits=(("ConnectorSwitch3to1PhaseSupported", "false"),)),
        replace(QUICK, phases=1),
    ],
    ids=["not supported", "one phase anyway"],
)
def test_a_station_that_does_not_switch_keeps_its_phases(persona: Persona) -> None:
    @at_a_site(persona)
    async def run(here: Site) -> None:
        assert await here.read("ConnectorSwitch3to1PhaseSupported") == "false"
        await here.charge()
        conf = await here.call(
            "SetChargingProfile", connectorId=1, csChargingProfiles=limit(10.0, 1)
        )
        assert conf == {"status": "Accepted"}
        await asyncio.sleep(5)
        assert here.socket().meter.draws == pytest.approx((10.0, persona.phases), abs=0.1)

    run()


@covers("key:ConnectorSwitch3to1PhaseSupported")
@at_a_site()
async def test_one_phase_is_one_phase_where_another_limit_is_lower(here: Site) -> None:
    most = limit(8.0, chargingProfileId=2, chargingProfilePurpose="ChargePointMaxProfile",
                 chargingProfileKind="Absolute")  # fmt: skip
    await here.charge()
    await here.call("SetChargingProfile", connectorId=0, csChargingProfiles=most)
    await here.call("SetChargingProfile", connectorId=1, csChargingProfiles=limit(10.0, 1))
    await asyncio.sleep(5)
    assert here.socket().meter.draws == pytest.approx((8.0, 1), abs=0.1)
    for connector in (0, 1):
        conf = await here.call(
            "GetCompositeSchedule", connectorId=connector, duration=60, chargingRateUnit="W"
        )
        (period,) = conf["chargingSchedule"]["chargingSchedulePeriod"]
        assert period["limit"] == 8 * 230


@covers("key:ConnectorSwitch3to1PhaseSupported")
@at_a_site(replace(QUICK, power_failure_mode="resume"))
async def test_one_phase_outlives_the_power(here: Site) -> None:
    await here.charge()
    await here.call("SetChargingProfile", connectorId=1, csChargingProfiles=limit(10.0, 1))
    here.control.power(False)
    here.control.power(True)
    await asyncio.sleep(10)
    assert here.socket().meter.draws == pytest.approx((10.0, 1), abs=0.1)


@covers("message:GetCompositeSchedule")
@at_a_site()
async def test_watts_are_given_back_by_the_phases_that_they_came_with(here: Site) -> None:
    schedule = {
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [
            {"startPeriod": 0, "limit": 3680.0, "numberPhases": 1},
            {"startPeriod": 3600, "limit": 11040.0},
        ],
    }
    profile = {
        "chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative", "chargingSchedule": schedule,
    }  # fmt: skip
    await here.call("SetChargingProfile", connectorId=1, csChargingProfiles=profile)
    found = {}
    for unit in "AW":
        conf = await here.call(
            "GetCompositeSchedule", connectorId=1, duration=7200, chargingRateUnit=unit
        )
        found[unit] = conf["chargingSchedule"]["chargingSchedulePeriod"]
    assert found["A"] == [{"startPeriod": 0, "limit": 16.0}]
    assert found["W"] == [
        {"startPeriod": 0, "limit": 3680.0},
        {"startPeriod": 3600, "limit": 11040.0},
    ]


@covers("message:GetCompositeSchedule")
@at_a_site()
async def test_a_profile_without_start_counts_from_its_receipt(here: Site) -> None:
    await set_profile(here, periods=[(0, 16.0), (100, 10.0)])
    await asyncio.sleep(60)
    conf = await here.call("GetCompositeSchedule", connectorId=1, duration=90)
    first, second = conf["chargingSchedule"]["chargingSchedulePeriod"]
    assert (first["limit"], second["limit"]) == (16.0, 10.0)
    assert second["startPeriod"] == pytest.approx(40, abs=1)


@covers("key:MeterValuesSampledData")
@at_a_site()
async def test_nothing_is_offered_without_pilot(here: Site) -> None:
    await here.change(
        MeterValuesSampledData="Current.Offered,Power.Offered", StopTransactionOnInvalidId=False
    )

    async def offered() -> list[str]:
        await here.call("TriggerMessage", requestedMessage="MeterValues", connectorId=1)
        (value,) = here.said("MeterValues", connectorId=1)[-1]["meterValue"]
        return [sample["value"] for sample in value["sampledValue"]]

    assert await offered() == ["0.0", "0.0"]
    await here.charge()
    assert await offered() == ["32.0", "22080.0"]
    await here.card()
    await here.unplug()
    await here.card()
    here.csms.good = frozenset()  # StartTransaction is refused, and nothing is offered any more
    await here.plug_in()
    assert await offered() == ["0.0", "0.0"]


@covers("message:TriggerMessage")
@at_a_site()
async def test_there_is_no_main_meter_to_trigger(here: Site) -> None:
    conf = await here.call("TriggerMessage", requestedMessage="MeterValues", connectorId=0)
    assert conf == {"status": "Rejected"}


@covers("key:ChargingScheduleAllowedChargingRateUnit", "message:GetCompositeSchedule")
@at_a_site(replace(QUICK, limits=(("ChargingScheduleAllowedChargingRateUnit", "Power,Current"),)))
async def test_a_composite_schedule_is_in_amperes_unless_asked_otherwise(here: Site) -> None:
    conf = await here.call("GetCompositeSchedule", connectorId=1, duration=60)
    assert conf["chargingSchedule"]["chargingRateUnit"] == "A"
