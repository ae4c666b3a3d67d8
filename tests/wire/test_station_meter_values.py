"""MeterValues of the emulated station: in a transaction, on the clock, in StopTransaction."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest

from rig.jsontypes import Json
from rig.ocppj.frames import Payload
from tests.wire.emulated_station import GOOD, laboratory, payload

SCALE = 40.0
REGISTER, INTERVAL, POWER, CURRENT = (
    "Energy.Active.Import.Register",
    "Energy.Active.Import.Interval",
    "Power.Active.Import",
    "Current.Import",
)


def sample(req: Payload) -> tuple[datetime, list[dict[str, Json]]]:
    """Time and values of a MeterValues.req with one meter value."""
    (value,) = cast("list[dict[str, Json]]", req["meterValue"])
    moment = datetime.fromisoformat(str(value["timestamp"]))
    return moment, cast("list[dict[str, Json]]", value["sampledValue"])


def contexts(stop: Payload) -> list[Json]:
    """Context of every entry of transactionData."""
    return [
        cast("list[dict[str, Json]]", entry["sampledValue"])[0]["context"]
        for entry in cast("list[dict[str, Json]]", stop["transactionData"])
    ]


async def test_periodic_samples_count_from_the_start_of_the_transaction(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.change("MeterValueSampleInterval", "6")
        await lab.change("MeterValuesSampledData", f"{REGISTER},{POWER}")
        start = datetime.fromisoformat(str((await lab.charge())["timestamp"]))
        samples = [sample(await lab.next("MeterValues")) for _ in range(3)]
    ages = [(moment - start).total_seconds() for moment, _ in samples]
    assert ages == [pytest.approx(n, abs=1) for n in (6, 12, 18)]
    measured = [[v["measurand"] for v in values] for _, values in samples]
    assert measured == 3 * [[REGISTER, *4 * [POWER]]]  # the power as a sum, and of each phase
    assert {v["context"] for _, values in samples for v in values} == {"Sample.Periodic"}
    energies = [float(str(values[0]["value"])) for _, values in samples]
    assert [b - a for a, b in pairwise(energies)] == 2 * [pytest.approx(18.4, abs=4)]


def readings(entries: list[dict[str, Json]], measurand: str) -> list[int]:
    """Values of a measurand, one per meter value."""
    found = [
        int(str(value["value"]))
        for entry in entries
        for value in cast("list[dict[str, Json]]", entry["sampledValue"])
        if value["measurand"] == measurand
    ]
    assert len(found) == len(entries)
    return found


async def test_interval_is_the_energy_since_the_sample_before(tmp_path: Path) -> None:
    both = f"{REGISTER},{INTERVAL}"
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.change("MeterValueSampleInterval", "6")
        await lab.change("MeterValuesSampledData", both)
        await lab.change("StopTxnSampledData", both)
        start = await lab.charge()
        requests = [await lab.next("MeterValues") for _ in range(3)]
        await lab.ask("ev_stop")
        await lab.status("SuspendedEV")
        await lab.next("MeterValues")
        nothing = await lab.next("MeterValues")
        await lab.ask("card", id_tag=GOOD)
        stop = await lab.next("StopTransaction")
    sampled = [cast("list[dict[str, Json]]", r["meterValue"])[0] for r in requests]
    registers = [int(str(start["meterStart"])), *readings(sampled, REGISTER)]
    # 1 Wh: the two measurands of a sample are not read at the very same instant
    differences = [pytest.approx(b - a, abs=1) for a, b in pairwise(registers)]
    assert readings(sampled, INTERVAL) == differences
    assert min(readings(sampled, INTERVAL)) > 0
    (last,) = cast("list[dict[str, Json]]", nothing["meterValue"])
    assert readings([last], INTERVAL) == [0]
    data = cast("list[dict[str, Json]]", stop["transactionData"])
    intervals = readings(data, INTERVAL)
    assert intervals[0] == 0
    assert isinstance(stop["meterStop"], int)
    assert sum(intervals) == stop["meterStop"] - registers[0]


async def test_aligned_interval_counts_from_one_instant_to_the_next(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.change("MeterValueSampleInterval", "0")
        await lab.change("MeterValuesAlignedData", f"{REGISTER},{INTERVAL}")
        await lab.charge()
        await lab.change("ClockAlignedDataInterval", "10")
        requests = [await lab.next("MeterValues", connectorId=1) for _ in range(3)]
        idle = lab.calls("MeterValues", connectorId=2)
    sampled = [cast("list[dict[str, Json]]", r["meterValue"])[0] for r in requests]
    registers = readings(sampled, REGISTER)
    differences = [pytest.approx(b - a, abs=1) for a, b in pairwise(registers)]
    assert readings(sampled, INTERVAL)[1:] == differences
    assert differences
    for entry in idle:
        (value,) = cast("list[dict[str, Json]]", payload(entry)["meterValue"])
        assert readings([value], INTERVAL) == [0]


async def test_interval_written_in_a_transaction_restarts_the_rhythm(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.change("MeterValueSampleInterval", "0")
        await lab.charge()
        await lab.idle()
        assert not lab.calls("MeterValues")
        await lab.change("MeterValueSampleInterval", "6")
        changed = lab.csms.log.entries[-1].t_s
        first = await lab.call("MeterValues")
    assert first.t_s - changed == pytest.approx(6, abs=2)


async def test_clock_aligned_samples_of_every_connector_are_on_the_grid(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.change("MeterValueSampleInterval", "0")
        await lab.change("MeterValuesAlignedData", f"{REGISTER},{CURRENT}")
        start = await lab.charge()
        await lab.change("ClockAlignedDataInterval", "10")
        written = lab.clock.utc()
        requests = [await lab.next("MeterValues") for _ in range(6)]
        await lab.change("ClockAlignedDataInterval", "0")
        mark = lab.mark
        await lab.idle()
        await lab.idle()
        assert not lab.calls("MeterValues", since=mark)
    assert start["connectorId"] == 1
    assert [r["connectorId"] for r in requests] == [1, 2, 1, 2, 1, 2]
    # with a transaction its id, without one none (M8.6)
    assert [r.get("transactionId") for r in requests] == [1, None, 1, None, 1, None]
    moments = [sample(r)[0] for r in requests]
    seconds = [m.timestamp() % 10 for m in moments]
    assert seconds == 6 * [0]
    assert [(b - a).total_seconds() for a, b in pairwise(moments[::2])] == [10, 10]
    assert 0 < (moments[0] - written).total_seconds() + 1 <= 11
    for request in requests:
        values = sample(request)[1]
        assert [v["measurand"] for v in values] == [REGISTER, *3 * [CURRENT]]
        assert {v["context"] for v in values} == {"Sample.Clock"}


@pytest.mark.parametrize(
    ("sampled", "aligned", "expected"),
    [
        (REGISTER, "", {"Transaction.Begin", "Sample.Periodic", "Transaction.End"}),
        ("", REGISTER, {"Transaction.Begin", "Sample.Clock", "Transaction.End"}),
        ("", "", None),
    ],
    ids=["sampled", "aligned", "neither"],
)
async def test_transaction_data(
    tmp_path: Path, sampled: str, aligned: str, expected: set[str] | None
) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.change("MeterValueSampleInterval", "5")
        await lab.change("ClockAlignedDataInterval", "5")
        await lab.change("StopTxnSampledData", sampled)
        await lab.change("StopTxnAlignedData", aligned)
        await lab.charge()
        for _ in range(3):  # one of each kind at least: one comes from the other connector
            await lab.call("MeterValues", connectorId=1)
        await lab.ask("card", id_tag=GOOD)
        stop = await lab.next("StopTransaction")
    if expected is None:
        assert "transactionData" not in stop
        return
    seen = contexts(stop)
    assert set(seen) == expected
    assert (seen[0], seen[-1]) == ("Transaction.Begin", "Transaction.End")
    times = [e["timestamp"] for e in cast("list[dict[str, str]]", stop["transactionData"])]
    assert times == sorted(times)


async def test_queue_is_not_blocked_by_samples_without_transaction(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.change("ClockAlignedDataInterval", "5")
        await lab.call("MeterValues")
        await lab.charge()
        await lab.ask("card", id_tag=GOOD)
        stop = await lab.next("StopTransaction")
    assert stop["transactionId"] == 1
    loose = [payload(e) for e in lab.calls("MeterValues", connectorId=2)]
    assert not any("transactionId" in req for req in loose)


async def test_battery_and_phases_are_in_the_meter_values(tmp_path: Path) -> None:
    asked = "SoC,Current.Import,Power.Active.Import.L2"
    persona = "{connectors: 1, boot_time_s: 0.5, tells_soc: true}"
    async with laboratory(tmp_path, SCALE) as lab, lab.station(persona=persona):
        await lab.booted()
        await lab.change("MeterValueSampleInterval", "20")
        await lab.change("MeterValuesSampledData", asked)
        await lab.ask("ev", soc=70.0, battery_wh=200.0, max_current_a=10.0, phases=1)
        await lab.charge()
        full = await lab.status("SuspendedEV")
        requests = [payload(e) for e in lab.calls("MeterValues")]
    taken = [{f"{v['measurand']} {v.get('phase')}": float(str(v["value"])) for v in sample(r)[1]}
             for r in requests]  # fmt: skip
    charge = [values["SoC None"] for values in taken]
    current = [values["Current.Import L1"] for values in taken]
    assert charge == sorted(charge)
    assert charge[0] < 90 < charge[-1]
    assert current[0] == 10.0
    assert current == sorted(current, reverse=True)
    assert min(current) < 3.0
    assert all(values["Current.Import L2"] == 0.0 for values in taken)
    assert all(values["Power.Active.Import L2"] == 0.0 for values in taken)
    assert full["connectorId"] == 1
