"""The synchronous client: a test author's program, in a thread beside our Central System."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from firmware_mocks.station_client import StationClient, StationError
from tests.wire.emulated_station import GOOD, IDENTITY, PERSONA, Lab, laboratory
from tests.wire.station_api import SCALE, options, process, ready_line

TOKEN = "a-token-of-the-test-author"  # noqa: S105  # of this test


def start(lab: Lab, **more: object) -> StationClient:
    return StationClient.start(
        lab.url, IDENTITY, persona=lab.write(PERSONA), time_scale=lab.clock.scale,
        options=[f"--epoch={lab.clock.epoch!r}"], **more,  # type: ignore[arg-type]
    )  # fmt: skip


async def test_a_whole_session(tmp_path: Path) -> None:
    def author() -> tuple[object, object, object]:
        with start(lab) as station:
            station.wait_status("Available", connector=2)
            station.plug_in(2)
            station.ev_request(2)
            station.wait_status("Preparing", connector=2)
            station.card(GOOD, 2)
            begun = station.wait_frame("StartTransaction", {"connectorId": 2})
            answer = station.wait_frame("StartTransaction", kind="result")
            station.wait_status("Charging", connector=2)
            running = station.connector(2)["transaction_id"]
            station.ev_stop(2)
            station.wait_status("SuspendedEV", connector=2)
            station.card(GOOD, 2)
            stop = station.wait_frame("StopTransaction")
            station.unplug(2)
            station.wait_status("Available", connector=2)
            assert begun.direction == "out"
            assert begun.raw.startswith("[2,")
            return running, answer.payload["transactionId"], stop.payload["transactionId"]

    async with laboratory(tmp_path, SCALE) as lab:
        ids = await asyncio.to_thread(author)
        assert len(set(ids)) == 1
        assert ids[0] is not None


async def test_each_end_of_a_cable_and_a_fault(tmp_path: Path) -> None:
    def author() -> None:
        with start(lab) as station:
            station.wait_status("Available")
            station.plug_in()
            station.ev_request()
            station.card(GOOD)
            station.wait_status("Charging")
            with pytest.raises(StationError, match="locked in connector 1"):
                station.unplug_station()
            station.unplug_ev()
            station.wait_status("Finishing")
            station.unplug_station()
            station.wait_status("Available")
            last = int(str(station.events()[-1]["id"]))
            station.fault("GroundFailure")
            station.wait_status("Faulted")
            station.fault(None)
            station.wait_status("Available")
            reported = [
                (payload["status"], payload["errorCode"])
                for event in station.events(after=last)
                if event.get("kind") == "call" and isinstance(payload := event["payload"], dict)
            ]
            assert reported[0] == ("Faulted", "GroundFailure")

    async with laboratory(tmp_path, SCALE) as lab:
        await asyncio.to_thread(author)


async def test_world_defects_and_raw_calls(tmp_path: Path) -> None:
    def author() -> None:
        with start(lab, defects=["skip-boot-status-zero"], disk=tmp_path / "disk") as station:
            station.wait_status("Available")
            assert station.state()["defects"] == ["skip-boot-status-zero"]
            station.defect("skip-boot-status-zero", on=False)
            assert station.state()["defects"] == []
            assert "result" in station.call("Heartbeat")
            assert "error" in station.call("Dance", {"speed": 1})
            station.network(False)
            station.wait_state({"connected": False})
            station.network(True)
            station.wait_state({"online": True})
            station.power(False)
            assert station.state()["powered"] is False
            station.power(True)
            station.wait_status("Available")

    async with laboratory(tmp_path, SCALE) as lab:
        await asyncio.to_thread(author)


async def test_no_comes_with_status_and_reasons(tmp_path: Path) -> None:
    def author() -> list[StationError]:
        found = []
        with start(lab) as station:
            station.wait_status("Available")
            for wrong in (
                lambda: station.connector(9),
                lambda: station.do("plug_in", cable_a=1, colour="red"),
                lambda: station.wait_frame("DataTransfer", timeout_s=1),
                lambda: station.wait_status("Charging", timeout_s=1),
            ):
                with pytest.raises(StationError) as caught:
                    wrong()
                found.append(caught.value)
        with pytest.raises(StationError, match="no answer from the emulator"):
            station.state()
        return found

    async with laboratory(tmp_path, SCALE) as lab:
        missing, bad, frame, state = await asyncio.to_thread(author)
    assert (missing.status, "1 to 2" in str(missing)) == (404, True)
    assert (bad.status, len(bad.problems)) == (400, 2)
    assert (frame.status, "seen: " in str(frame)) == (408, True)
    assert (state.status, "it is " in str(state)) == (408, True)


async def test_a_password_is_given_in_clear_text(tmp_path: Path) -> None:
    password = "a password in plain text"  # noqa: S105  # of this test
    async with laboratory(tmp_path, SCALE) as lab:
        lab.csms.password = password.encode()
        client = await asyncio.to_thread(start, lab, password=password)
        try:
            await lab.booted()
        finally:
            await asyncio.to_thread(client.close)


def test_what_keeps_it_from_starting_is_told() -> None:
    with pytest.raises(StationError, match=r"exit code 2: charging-station: no defect 'x'"):
        StationClient.start("ws://127.0.0.1:9", "CP-1", defects=["x"])


def test_every_problem_of_a_persona_is_told(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("phases: 2\nconnectors: many\n")
    with pytest.raises(StationError, match=r"(?s)^exit code 2: .*bad\.yaml:1:.*bad\.yaml:2:"):
        StationClient.start("ws://127.0.0.1:9", "CP-1", persona=bad)


async def test_a_station_that_runs_already_is_reached_with_its_token(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab:
        async with process(options(lab, "--api", "0"), RIG_STATION_TOKEN=TOKEN) as running:
            where = (await ready_line(running))["api"]
            assert isinstance(where, dict)
            url = str(where["url"])
            good = await asyncio.to_thread(StationClient(url, TOKEN).state)
            assert good["powered"] is True
            with pytest.raises(StationError, match="the token is missing") as caught:
                await asyncio.to_thread(StationClient(url).state)
            assert caught.value.status == 401
