"""What the emulated station makes of faults, cables and vehicles at its plug."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from rig.jsontypes import Json
from tests.wire.emulated_station import GOOD, PERSONA, Lab, laboratory

SCALE = 80.0
FIXED = PERSONA + "fixed_cable: true\n"


async def status_with(lab: Lab, status: str, error: str) -> None:
    """The next report of a status has this error code."""
    report = await lab.status(status)
    assert report["errorCode"] == error


@pytest.mark.parametrize("persona", [PERSONA, FIXED], ids=["socket", "fixed cable"])
@pytest.mark.parametrize("fault", ["e_hard", "e_soft", "diode"])
async def test_a_fault_of_the_pilot_ends_the_transaction(
    tmp_path: Path, fault: str, persona: str
) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station(persona=persona):
        await lab.booted()
        await lab.charge()
        await lab.ask("plug_fault", name=fault)
        await status_with(lab, "Faulted", "OtherError")
        assert (await lab.state())["contactor"] is False
        await lab.ask("plug_fault", name=fault, on=False)
        await lab.ask("unplug")
        await status_with(lab, "Available", "NoError")
        (stop,) = lab.calls("StopTransaction")
        assert stop.call is not None
        assert stop.call.payload["reason"] == "Other"


async def test_with_a_shorted_pilot_no_transaction_starts(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.ask("plug_in")
        await lab.status("Preparing")
        await lab.ask("plug_fault", name="e_hard")
        await status_with(lab, "Faulted", "OtherError")
        await lab.ask("card", id_tag=GOOD)
        await lab.idle()
        assert lab.calls("StartTransaction") == []
        await lab.ask("plug_fault", name="e_hard", on=False)
        await status_with(lab, "Preparing", "NoError")


async def test_a_missing_diode_is_not_seen_before_pwm(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.ask("plug_fault", name="diode")
        await lab.ask("plug_in")
        await lab.status("Preparing")
        await lab.ask("card", id_tag=GOOD)
        await lab.next("StartTransaction")
        await status_with(lab, "Faulted", "OtherError")
        assert "Available" not in lab.statuses(since=lab.mark)


async def test_an_open_pe_is_an_ev_that_left(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.charge()
        await lab.ask("plug_fault", name="pe")
        await lab.next("StopTransaction", reason="EVDisconnected")
        assert (await lab.state())["contactor"] is False


@pytest.mark.parametrize(
    ("cable_a", "offered_a"), [(13, 13), (20, 20), (32, 32), (63, 32)], ids=str
)
async def test_no_more_current_is_offered_than_the_cable_carries(
    tmp_path: Path, cable_a: int, offered_a: int
) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.change("MeterValuesSampledData", "Current.Offered")
        await lab.change("MeterValueSampleInterval", "5")
        await lab.ask("plug_in", cable_a=cable_a)
        await lab.ask("card", id_tag=GOOD)
        await lab.next("StartTransaction")
        await lab.ask("ev_request")
        values = await lab.next("MeterValues")
        assert _sampled(values, "Current.Offered") == float(offered_a)


@pytest.mark.parametrize(("ventilated", "status"), [(True, "Charging"), (False, "SuspendedEVSE")])
async def test_state_d_needs_a_ventilated_room(
    tmp_path: Path, ventilated: bool, status: str
) -> None:
    persona = PERSONA + f"ventilation: {str(ventilated).lower()}\n"
    async with laboratory(tmp_path, SCALE) as lab, lab.station(persona=persona):
        await lab.booted()
        await lab.ask("plug_in")
        await lab.ask("card", id_tag=GOOD)
        await lab.next("StartTransaction")
        await lab.ask("ev_request", ventilation=True)
        await lab.status(status)
        await lab.idle()
        assert (await lab.state())["contactor"] is ventilated


def _sampled(values: dict[str, Json], measurand: str) -> float:
    (sample,) = cast("list[Any]", values["meterValue"])  # validated by the schema
    return next(float(v["value"]) for v in sample["sampledValue"] if v["measurand"] == measurand)
