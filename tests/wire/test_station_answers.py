"""Answers that a test author puts in place of the station's own, on the wire."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from rig.jsontypes import Json
from rig.ocppj.endpoint import BadAnswer, Error, Outcome, Result, TimedOut
from tests.wire.emulated_station import GOOD, Lab, laboratory

SCALE = 40.0
START: dict[str, Json] = {"idTag": GOOD, "connectorId": 1}


async def version(lab: Lab, timeout_s: float = 20) -> Outcome:
    return await lab.csms.call("GetLocalListVersion", {}, timeout_s)


async def list_version(lab: Lab) -> Json:
    outcome = await version(lab)
    assert isinstance(outcome, Result)
    return outcome.payload["listVersion"]


async def test_the_next_answer_is_another_one(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.ask("answer", action="GetLocalListVersion", payload={"listVersion": 42})
        assert [await list_version(lab) for _ in range(2)] == [42, 0]


async def test_every_answer_is_another_one_until_it_is_cleared(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        answer: dict[str, Json] = {"listVersion": 7}
        await lab.ask("answer", action="GetLocalListVersion", payload=answer, times=None)
        assert [await list_version(lab) for _ in range(3)] == [7, 7, 7]
        assert await lab.ask("clear_answers") == 1
        assert await list_version(lab) == 0


async def test_a_callerror_with_everything_it_can_have(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        error: dict[str, Json] = {"code": "Odd", "description": "because", "details": {"x": 1}}
        await lab.ask("answer", action="GetLocalListVersion", error=error)
        outcome = await version(lab)
        assert isinstance(outcome, Error)
        assert (outcome.code, outcome.description) == ("Odd", "because")
        assert outcome.details == {"x": 1}


@pytest.mark.parametrize(
    ("raw", "kind"), [('[3,"{id}",null', BadAnswer), ('[3,"{id}",{}]', Result), ("{}", TimedOut)]
)
async def test_any_text_instead_of_an_answer(tmp_path: Path, raw: str, kind: type) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.ask("answer", action="GetLocalListVersion", raw=raw)
        assert isinstance(await version(lab), kind)
        assert await list_version(lab) == 0


async def test_no_answer_and_the_station_does_not_obey(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.ask("answer", action="RemoteStartTransaction", nothing=True)
        assert isinstance(await lab.csms.call("RemoteStartTransaction", START, 5), TimedOut)
        await lab.idle()
        assert lab.statuses() == ["Available"]


async def test_it_may_obey_and_say_something_else(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        no: dict[str, Json] = {"status": "Rejected"}
        await lab.ask("answer", action="RemoteStartTransaction", payload=no, obey=True)
        assert await lab.command("RemoteStartTransaction", **START) == no
        await lab.status("Preparing")


async def test_only_requests_with_these_fields(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        match: dict[str, Json] = {"key": "HeartbeatInterval"}
        no: dict[str, Json] = {"status": "RebootRequired"}
        await lab.ask("answer", action="ChangeConfiguration", payload=no, match=match)
        other = await lab.command("ChangeConfiguration", key="BlinkRepeat", value="2")
        assert other == {"status": "Accepted"}
        meant = await lab.command("ChangeConfiguration", key="HeartbeatInterval", value="50")
        assert meant == no


async def test_a_late_answer_is_the_stations_own_and_comes_before_what_follows(
    tmp_path: Path,
) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.ask("answer", action="RemoteStartTransaction", delay_s=8)
        mark, before = len(lab.csms.log.entries), lab.clock.now()
        asked = asyncio.create_task(lab.command("RemoteStartTransaction", **START))
        await lab.ask("wait_frame", action="RemoteStartTransaction", after=0)
        await lab.ask("plug_in", connector=2)
        await lab.status("Preparing", connector=2)  # the rest of the station is not held up
        assert not asked.done()
        assert await asked == {"status": "Accepted"}
        assert lab.clock.now() - before >= 8
        await lab.status("Preparing")
        assert lab.statuses(1, since=mark) == ["Preparing"]


async def test_a_connection_that_ends_takes_late_answers_along(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        await lab.ask("answer", action="RemoteStartTransaction", delay_s=30)
        asked = asyncio.create_task(lab.csms.call("RemoteStartTransaction", START, 60))
        await lab.ask("wait_frame", action="RemoteStartTransaction", after=0)
        await lab.ask("network", up=False)
        await asked
        await lab.ask("network", up=True)
        await lab.idle()
        assert lab.statuses() == ["Available"]  # nor was it obeyed
