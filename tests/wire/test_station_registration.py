"""The station registers, keeps its heart beating, and comes back after a loss."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from rig.csms.replies import Answer, Refuse, Silence
from rig.ocppj.endpoint import Lost, Result, TimedOut
from rig.ocppj.frames import ErrorCode
from tests.wire.emulated_station import GOOD, Lab, laboratory, payload, registration

SCALE = 20.0  # where spans are measured
FAST = 60.0


async def boots(lab: Lab, count: int) -> list[float]:
    """Lab seconds between so many BootNotifications."""
    seen = [await lab.call("BootNotification") for _ in range(count)]
    return [b.t_s - a.t_s for a, b in itertools.pairwise(seen)]


async def test_boot_is_first_and_every_connector_is_reported_before_heartbeats(
    tmp_path: Path,
) -> None:
    async with laboratory(tmp_path, SCALE, heartbeat_interval_s=5) as lab, lab.station():
        await lab.idle()
        first = lab.calls("Heartbeat")[0]
        last = lab.calls("StatusNotification")[-1]
        second = await lab.call("Heartbeat")
    calls = [e.call.action for e in lab.calls() if e.call]
    assert calls[:5] == ["BootNotification", *3 * ["StatusNotification"], "Heartbeat"]
    reported = [(payload(e)["connectorId"], payload(e)["status"]) for e in lab.calls()[1:4]]
    assert reported == [(0, "Available"), (1, "Available"), (2, "Available")]
    assert first.t_s - last.t_s == pytest.approx(5, abs=1.5)
    assert second.t_s - first.t_s == pytest.approx(5, abs=1.5)


async def test_interval_of_acceptance_is_the_heartbeat_interval(tmp_path: Path) -> None:
    async with laboratory(tmp_path, FAST, heartbeat_interval_s=7) as lab, lab.station():
        await lab.idle()
        assert await lab.read("HeartbeatInterval") == "7"


@pytest.mark.parametrize("status", ["Pending", "Rejected"])
async def test_boot_is_repeated_after_the_interval_and_nothing_else_is_sent(
    tmp_path: Path, status: str
) -> None:
    boot = [registration(status, 6), registration(status, 12)]
    async with laboratory(tmp_path, SCALE, boot=boot) as lab, lab.station():
        gaps = await boots(lab, 3)
    assert gaps == [pytest.approx(6, abs=1.5), pytest.approx(12, abs=1.5)]
    assert [e.call.action for e in lab.calls()[:3] if e.call] == 3 * ["BootNotification"]
    assert len([e for e in lab.csms.log.entries if e.what == "connect"]) == 1


async def test_interval_zero_leaves_the_choice_to_the_station(tmp_path: Path) -> None:
    boot = [registration("Rejected", 0)]
    async with laboratory(tmp_path, FAST, boot=boot) as lab, lab.station():
        assert await boots(lab, 2) == [pytest.approx(60, abs=8)]


@pytest.mark.parametrize(
    ("answer", "pause_s"),
    [(Refuse(ErrorCode.INTERNAL_ERROR), 10), (Silence(), 30 + 10)],
    ids=["CALLERROR", "no answer"],
)
async def test_boot_without_an_answer_is_repeated(
    tmp_path: Path, answer: Answer, pause_s: float
) -> None:
    async with laboratory(tmp_path, FAST, boot=[answer]) as lab, lab.station():
        assert await boots(lab, 2) == [pytest.approx(pause_s, abs=6)]


async def test_pause_between_failed_boots_doubles(tmp_path: Path) -> None:
    boot = 3 * [Refuse(ErrorCode.INTERNAL_ERROR)]
    async with laboratory(tmp_path, FAST, boot=boot) as lab, lab.station():
        assert await boots(lab, 4) == [pytest.approx(s, abs=6) for s in (10, 20, 40)]


async def test_pending_station_answers_but_does_not_charge(tmp_path: Path) -> None:
    boot = [registration("Pending", 200)]
    async with laboratory(tmp_path, FAST, boot=boot) as lab, lab.station():
        await lab.call("BootNotification")
        await lab.entry(lambda e: e.direction == "out", "the answer")
        assert await lab.read("NumberOfConnectors") == "2"
        start = await lab.command("RemoteStartTransaction", idTag=GOOD, connectorId=1)
        assert start == {"status": "Rejected"}
        await lab.ask("plug_in")
        await lab.ask("card", id_tag=GOOD)
        await lab.call("BootNotification")
        await lab.idle()
    assert not lab.calls("Authorize", "StartTransaction")
    assert lab.statuses() == ["Preparing"] or lab.statuses() == ["Finishing"]


async def test_rejected_station_drops_commands(tmp_path: Path) -> None:
    boot = [registration("Rejected", 60)]
    async with laboratory(tmp_path, FAST, boot=boot) as lab, lab.station():
        await lab.call("BootNotification")
        await lab.entry(lambda e: e.direction == "out", "the answer")
        outcome = await lab.csms.call("GetConfiguration", {}, 20)
        assert isinstance(outcome, TimedOut | Lost)
        await lab.booted()
        outcome = await lab.csms.call("GetConfiguration", {}, 20)
        assert isinstance(outcome, Result)


async def test_after_a_loss_only_what_changed_is_reported(tmp_path: Path) -> None:
    async with laboratory(tmp_path, FAST) as lab, lab.station():
        await lab.booted()
        await lab.ask("network", up=False)
        await lab.ask("plug_in", connector=2)
        mark = lab.mark
        await lab.ask("network", up=True)
        await lab.idle()
    calls = lab.calls(since=mark)
    assert [e.call.action for e in calls if e.call] == ["StatusNotification", "Heartbeat"]
    assert payload(calls[0])["connectorId"] == 2
    assert payload(calls[0])["status"] == "Preparing"


async def test_report_that_was_lost_on_its_way_is_sent_after_the_reconnect(
    tmp_path: Path,
) -> None:
    async with laboratory(tmp_path, FAST) as lab, lab.station():
        await lab.booted()
        with lab.csms.replies.script("StatusNotification", Silence()):
            await lab.ask("plug_in")
            await lab.status("Preparing")
            await lab.ask("network", up=False)
            await lab.ask("network", up=True)
            await lab.status("Preparing")


@pytest.mark.parametrize("what", ["wrong-identity", "wrong-subprotocol"])
async def test_station_without_entry_never_gets_a_message_through(
    tmp_path: Path, what: str
) -> None:
    async with laboratory(tmp_path, FAST) as lab, lab.station(what):
        for _ in range(2):  # it comes again
            await lab.entry(lambda e: e.what == "refused", "a refused connection")
        assert not lab.csms.connected
        await lab.ask("defect", name=what, on=False)
        await lab.booted()
    assert not [e for e in lab.csms.log.entries[:2] if e.direction]
