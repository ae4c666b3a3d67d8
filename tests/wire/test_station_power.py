"""What survives: cut lines, power failures, and the death of the process."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from rig.bench.mock_process import MockProcess
from rig.csms.replies import Confirm, Refuse, Silence
from rig.jsontypes import Json
from rig.ocppj.frames import ErrorCode
from tests.wire.emulated_station import GOOD, PERSONA, Lab, laboratory, payload

SCALE = 80.0
RELATED = ("StartTransaction", "MeterValues", "StopTransaction")


def moment(value: Json) -> datetime:
    return datetime.fromisoformat(str(value))


async def control_state(lab: Lab, connector: int = 1, **wanted: Json) -> dict[str, Json]:
    """Return the state of a connector once it is as wanted."""
    async with asyncio.timeout(10):
        while True:  # a station without network tells nobody: its control channel is asked
            state = await lab.state(connector)
            if all(state[name] == value for name, value in wanted.items()):
                return state
            await lab.clock.sleep(1)


async def offline_session(lab: Lab) -> None:
    """A session while nobody listens; the card is in the cache."""
    await lab.ask("plug_in")
    await lab.ask("ev_request")
    await control_state(lab, status="Preparing")
    await lab.ask("card", id_tag=GOOD)
    await control_state(lab, status="Charging", contactor=True)
    await lab.clock.sleep(10)  # energy flows
    await lab.ask("card", id_tag=GOOD)
    await control_state(lab, status="Finishing")
    await lab.ask("unplug")
    await control_state(lab, status="Available")


async def known_card(lab: Lab) -> None:
    """Have the station put the card into its cache."""
    await lab.booted()
    await lab.charge()
    await lab.ask("card", id_tag=GOOD)
    await lab.status("Finishing")
    await lab.ask("unplug")
    await lab.idle()


async def test_offline_session_is_delivered_in_order_with_its_own_times(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await known_card(lab)
        await lab.change("MeterValueSampleInterval", "4")
        await lab.ask("network", up=False)
        mark = lab.mark
        before = lab.clock.utc()
        await offline_session(lab)
        after = lab.clock.utc()
        await lab.ask("network", up=True)
        await lab.call("StopTransaction")
    sent = [e for e in lab.calls(*RELATED, since=mark) if e.call]
    actions = [e.call.action for e in sent if e.call]
    assert actions[0] == "StartTransaction"
    assert actions[-1] == "StopTransaction"
    assert len(actions) >= 4
    assert set(actions[1:-1]) == {"MeterValues"}
    times = [moment(payload(sent[0])["timestamp"])]
    for entry in sent[1:-1]:
        (value,) = cast("list[dict[str, Json]]", payload(entry)["meterValue"])
        times.append(moment(value["timestamp"]))
    times.append(moment(payload(sent[-1])["timestamp"]))
    assert times == sorted(times)
    assert before < times[0]
    assert times[-1] < after
    # the answer to StartTransaction, 2 after the first session, is in all that follows
    assert {payload(e)["transactionId"] for e in sent[1:]} == {2}
    assert "BootNotification" not in [e.call.action for e in lab.calls(since=mark) if e.call]


async def test_statuses_go_before_the_queue(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.charge()
        await lab.idle()
        await lab.ask("power", on=False)
        await lab.csms.drop()
        mark = lab.mark
        await lab.ask("power", on=True)
        await lab.call("StopTransaction")
    calls = [e.call.action for e in lab.calls(since=mark) if e.call]
    assert calls == ["BootNotification", *3 * ["StatusNotification"], "StopTransaction"]


async def test_refused_message_is_tried_again_with_growing_pauses_then_dropped(
    tmp_path: Path,
) -> None:
    refusals = 3 * [Refuse(ErrorCode.INTERNAL_ERROR)]
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        with lab.csms.replies.script("StartTransaction", *refusals):
            await lab.charge()
            first, second, third = [
                lab.calls("StartTransaction")[0],
                await lab.call("StartTransaction"),
                await lab.call("StartTransaction"),
            ]
            await lab.ask("card", id_tag=GOOD)
            stop = await lab.next("StopTransaction")
        await lab.idle()
    assert len(lab.calls("StartTransaction")) == 3
    assert second.t_s - first.t_s == pytest.approx(10, abs=4)
    assert third.t_s - second.t_s == pytest.approx(20, abs=4)
    assert stop["transactionId"] == -1  # errata v4.0 3.18: it was never answered


async def test_message_on_its_way_at_the_cut_comes_first_again(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await known_card(lab)
        with lab.csms.replies.script("StartTransaction", Silence()):
            await lab.ask("plug_in")
            await lab.status("Preparing")
            await lab.ask("card", id_tag=GOOD)
            start = await lab.next("StartTransaction")
            await lab.ask("network", up=False)
        await lab.ask("card", id_tag=GOOD)
        await control_state(lab, status="Finishing")
        await lab.ask("network", up=True)
        assert await lab.next("StartTransaction") == start
        stop = await lab.next("StopTransaction")
        await lab.idle()
    assert stop["transactionId"] == 2
    assert len(lab.calls("StopTransaction", transactionId=2)) == 1


async def test_offline_card_that_is_unknown_does_not_charge(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.ask("network", up=False)
        await lab.ask("plug_in")
        await control_state(lab, status="Preparing")
        await lab.ask("card", id_tag=GOOD)
        await lab.ask("network", up=True)
        await lab.idle()
    assert not lab.calls("StartTransaction", "Authorize")


async def test_power_failure_ends_the_transaction_at_the_moment_of_the_loss(
    tmp_path: Path,
) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.change("StopTxnSampledData", "Energy.Active.Import.Register")
        start = await lab.charge()
        await lab.idle()
        wh = (await lab.state())["meter_wh"]
        assert isinstance(wh, float)
        before = lab.clock.utc()
        await lab.ask("power", on=False)
        after = lab.clock.utc()
        await lab.csms.drop()
        await lab.clock.sleep(60)  # dark
        await lab.ask("power", on=True)
        await lab.status("Finishing")
        stop = await lab.next("StopTransaction")
        await lab.idle()
        assert (await lab.state())["locked"] is False
    assert (stop["transactionId"], stop["reason"]) == (1, "PowerLoss")
    assert "idTag" not in stop
    second = timedelta(seconds=1)
    assert before - second <= moment(stop["timestamp"]) <= after + second
    assert isinstance(stop["meterStop"], int)
    assert wh <= stop["meterStop"] + 1 < wh + 30
    data = cast("list[dict[str, Json]]", stop["transactionData"])
    assert [d["timestamp"] for d in data] == [start["timestamp"], stop["timestamp"]]


async def test_transaction_resumes_after_the_power_failure(tmp_path: Path) -> None:
    persona = PERSONA + "power_failure_mode: resume\n"
    async with laboratory(tmp_path, SCALE) as lab, lab.station(persona=persona):
        await lab.booted()
        await lab.change("MeterValueSampleInterval", "5")
        await lab.charge()
        await lab.ask("power", on=False)
        await lab.csms.drop()
        await lab.ask("power", on=True)
        await lab.call("BootNotification")
        await lab.status("Charging")
        assert (await lab.next("MeterValues"))["transactionId"] == 1
        assert not lab.calls("StopTransaction")
        await lab.ask("card", id_tag=GOOD)
        assert (await lab.next("StopTransaction"))["reason"] == "Local"


async def test_configuration_and_availability_survive_a_power_cycle(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.change("MeterValueSampleInterval", "17")
        await lab.command("ChangeAvailability", connectorId=2, type="Inoperative")
        await lab.idle()
        await lab.ask("power", on=False)
        await lab.csms.drop()
        await lab.ask("power", on=True)
        await lab.call("BootNotification")
        await lab.status("Unavailable", 2)
        assert await lab.read("MeterValueSampleInterval") == "17"


@pytest.mark.parametrize("mode", ["resume", "stop_after_up", "stop_before_down"])
async def test_scheduled_availability_survives_a_power_cycle(tmp_path: Path, mode: str) -> None:
    persona = PERSONA + f"power_failure_mode: {mode}\n"
    async with laboratory(tmp_path, SCALE) as lab, lab.station(persona=persona):
        await lab.booted()
        await lab.charge()
        conf = await lab.command("ChangeAvailability", connectorId=1, type="Inoperative")
        assert conf == {"status": "Scheduled"}
        await lab.ask("power", on=False)
        if mode == "stop_before_down":
            await lab.entry(lambda e: e.what == "close", "the end of the connection")
        else:
            await lab.csms.drop()
        await lab.ask("power", on=True)
        await lab.call("BootNotification")
        if mode == "resume":
            await lab.status("Charging")
            await lab.ask("card", id_tag=GOOD)
        await lab.status("Finishing")
        mark = lab.mark
        await lab.ask("unplug")
        await lab.status("Unavailable")
    assert "Available" not in lab.statuses(since=mark)


async def test_limit_of_energy_survives_a_power_cycle(tmp_path: Path) -> None:
    persona = PERSONA + "power_failure_mode: resume\n"
    blocked: Json = {"status": "Blocked"}
    async with laboratory(tmp_path, SCALE) as lab, lab.station(persona=persona):
        await lab.booted()
        await lab.change("StopTransactionOnInvalidId", "false")
        await lab.change("MaxEnergyOnInvalidId", "500")
        with lab.csms.replies.script("StartTransaction", Confirm({"idTagInfo": blocked})):
            start = await lab.charge()
        await lab.ask("power", on=False)
        await lab.csms.drop()
        await lab.ask("power", on=True)
        await lab.call("BootNotification")
        await lab.status("Charging")
        await lab.status("SuspendedEVSE")
        wh = (await lab.state())["meter_wh"]
    assert isinstance(wh, float)
    assert isinstance(start["meterStart"], int)
    assert wh - start["meterStart"] >= 500


async def kill(station: MockProcess) -> None:
    """End the process of a station at once."""
    process = station._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()


async def test_killed_station_settles_its_transaction_when_it_starts_again(
    tmp_path: Path,
) -> None:
    disk = tmp_path / "disk"
    async with laboratory(tmp_path, SCALE) as lab:
        async with lab.station(disk=disk) as station:
            await lab.booted()
            await lab.change("MeterValueSampleInterval", "4")
            await lab.ask("power", on=False)  # an earlier failure must not be taken for this one
            await lab.csms.drop()
            await lab.ask("power", on=True)
            await lab.booted()
            start = await lab.charge()
            await lab.call("MeterValues")
            await lab.call("MeterValues")
            await kill(station)
        killed = lab.clock.utc()
        await lab.clock.sleep(30)
        async with lab.station(disk=disk):
            stop = await lab.next("StopTransaction")
            await lab.idle()
            assert (await lab.state())["transaction_id"] is None
            assert await lab.read("MeterValueSampleInterval") == "4"
    assert (stop["transactionId"], stop["reason"]) == (1, "PowerLoss")
    assert moment(start["timestamp"]) < moment(stop["timestamp"]) < killed
    assert isinstance(stop["meterStop"], int)
    assert isinstance(start["meterStart"], int)
    assert stop["meterStop"] > start["meterStart"]
    assert len(lab.calls("StopTransaction")) == 1
    assert len(lab.calls("StartTransaction")) == 1


async def test_killed_station_delivers_a_start_that_was_never_answered(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    async with laboratory(tmp_path, SCALE) as lab:
        with lab.csms.replies.script("StartTransaction", Silence()):
            async with lab.station(disk=disk) as station:
                await lab.booted()
                start = await lab.charge()
                await kill(station)
        async with lab.station(disk=disk):
            assert await lab.next("StartTransaction") == start
            stop = await lab.next("StopTransaction")
    assert (stop["transactionId"], stop["reason"]) == (1, "PowerLoss")


async def test_backup_power_ends_the_transaction_before_it_is_dark(tmp_path: Path) -> None:
    persona = PERSONA + "power_failure_mode: stop_before_down\n"
    async with laboratory(tmp_path, SCALE) as lab, lab.station(persona=persona):
        await lab.booted()
        await lab.charge()
        await lab.ask("power", on=False)
        stop = await lab.next("StopTransaction")
        await lab.entry(lambda e: e.what == "close", "the end of the connection")
        assert (stop["transactionId"], stop["reason"]) == (1, "PowerLoss")
        assert lab.statuses()[-1] == "Finishing"
        await lab.ask("power", on=True)
        await lab.booted()
        assert lab.statuses()[-1] == "Finishing"
        assert len(lab.calls("StopTransaction")) == 1


async def test_backup_power_without_network_leaves_the_stop_to_the_next_boot(
    tmp_path: Path,
) -> None:
    persona = PERSONA + "power_failure_mode: stop_before_down\n"
    async with laboratory(tmp_path, SCALE) as lab, lab.station(persona=persona):
        await lab.booted()
        await lab.charge()
        await lab.ask("network", up=False)
        await lab.ask("power", on=False)
        await control_state(lab, contactor=False, transaction_id=None)
        async with asyncio.timeout(10):
            while cast("dict[str, Json]", await lab.ask("state"))["powered"]:
                await lab.clock.sleep(1)
        await lab.ask("network", up=True)
        await lab.ask("power", on=True)
        assert (await lab.next("StopTransaction"))["reason"] == "PowerLoss"
        await lab.idle()
        assert len(lab.calls("StopTransaction")) == 1
