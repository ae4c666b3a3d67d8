"""Every defect of the small Central System shows in the way its sentence says, and only then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

import pytest

from firmware_mocks.central_system.defects import DEFECTS
from rig.bench.mock_process import MockProcess
from rig.clock import Clock
from rig.jsontypes import Json
from rig.ocppj.dialling import connect
from rig.ocppj.endpoint import Error, Result, TimedOut
from rig.ocppj.frames import Payload
from rig.ocppj.link import Link

SCALE = 50.0
GOOD, BAD = "04A1B2C3D4E5F6", "04BADBADBADBAD"
BOOT: Payload = {"chargePointVendor": "V", "chargePointModel": "M"}


class Seen:
    """Remembers the transport events of the station's side."""

    def __init__(self) -> None:
        self.subprotocol: object = "nothing"

    def frame(self, direction: str, connection: int, raw: str | bytes) -> None:
        """Ignore."""

    def transport(self, what: str, connection: int, detail: dict[str, object]) -> None:
        if what == "connect":
            self.subprotocol = detail["subprotocol"]


@dataclass(frozen=True, slots=True)
class Station:
    """A station at a Central System, worked by hand."""

    link: Link
    seen: Seen
    csms: MockProcess
    clock: Clock

    async def call(self, action: str, req: Payload) -> Result:
        outcome = await self.link.call(action, req, 60)
        assert isinstance(outcome, Result), outcome
        return outcome

    async def start(self, id_tag: str = GOOD) -> Payload:
        """StartTransaction.conf."""
        req: Payload = {
            "connectorId": 1, "idTag": id_tag, "meterStart": 0, "timestamp": self.clock.stamp(),
        }  # fmt: skip
        return (await self.call("StartTransaction", req)).payload

    async def operator(self, action: str, **req: Json) -> Payload | None:
        """What reaches the station when the operator clicks; None for nothing."""
        clicking = asyncio.create_task(
            self.csms.ask("command", identity="CP1", action=action, payload=req)
        )
        async with asyncio.timeout(5):
            calls = self.link.calls()
            coming = asyncio.ensure_future(anext(calls))
            await asyncio.wait({coming, clicking}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                coming.cancel()
                await asyncio.wait({coming})
                await clicking
                return None
            call = coming.result()
            await self.link.reply(call.id, {"status": "Accepted"})
            await clicking
            return call.payload


@asynccontextmanager
async def connected(csms: MockProcess, clock: Clock) -> AsyncIterator[Station]:
    seen = Seen()
    link = await connect(
        str(csms.ready["url"]), "CP1", now=clock.now, real=clock.real, observer=seen
    )
    async with link:
        yield Station(link, seen, csms, clock)


@asynccontextmanager
async def at_central_system(folder: Path, *defects: str) -> AsyncIterator[Station]:
    clock = Clock(SCALE)
    arguments = [
        "central-system", "--time-scale", str(SCALE), "--epoch", repr(clock.epoch),
        *(f"--defect={name}" for name in defects),
    ]  # fmt: skip
    async with (
        MockProcess("csms", arguments, folder / "csms.log") as csms,
        connected(csms, clock) as station,
    ):
        yield station


async def clock_difference_h(s: Station) -> int:
    conf = (await s.call("Heartbeat", {})).payload
    said = datetime.fromisoformat(str(conf["currentTime"]))
    return round((said - s.clock.utc()).total_seconds() / 3600)


async def subprotocol(s: Station) -> object:
    return s.seen.subprotocol


async def interval(s: Station) -> Json:
    return (await s.call("BootNotification", BOOT)).payload.get("interval")


async def boot_status(s: Station) -> Json:
    return (await s.call("BootNotification", BOOT)).payload["status"]


async def transaction_ids(s: Station) -> list[Json]:
    return [(await s.start())["transactionId"], (await s.start())["transactionId"]]


async def card_statuses(s: Station) -> list[Json]:
    infos = [
        cast("Payload", (await s.call("Authorize", {"idTag": tag})).payload["idTagInfo"])
        for tag in (GOOD, BAD)
    ]
    return [info["status"] for info in infos]


async def start_status(s: Station) -> list[Json]:
    authorized = (await card_statuses(s))[0]
    return [authorized, cast("Payload", (await s.start())["idTagInfo"])["status"]]


async def remote_start(s: Station) -> Payload | None:
    return await s.operator("RemoteStartTransaction", idTag=GOOD, connectorId=1)


async def remote_stop(s: Station) -> Payload | None:
    return await s.operator("RemoteStopTransaction", transactionId=7)


async def heartbeat(s: Station) -> str:
    outcome = await s.link.call("Heartbeat", {}, 20)
    if isinstance(outcome, Error):
        return outcome.code
    if isinstance(outcome, TimedOut):
        return "silence"
    assert isinstance(outcome, Result)
    return "schema" if outcome.problems else "answer"


START: Payload = {"idTag": GOOD, "connectorId": 1}


@dataclass(frozen=True, slots=True)
class Case:
    """A defect, what to look at, and what is there without it and with it."""

    defect: str
    observe: Callable[[Station], Awaitable[object]]
    right: object
    wrong: object


CASES = [
    Case("wrong-clock", clock_difference_h, 0, 1),
    Case("no-subprotocol", subprotocol, "ocpp1.6", None),
    Case("missing-interval", interval, 30, None),
    Case("negative-interval", interval, 30, -1),
    Case("boot-rejected", boot_status, "Accepted", "Rejected"),
    Case("repeated-transaction-id", transaction_ids, [1, 2], [1, 1]),
    Case("accepts-every-card", card_statuses, ["Accepted", "Invalid"], ["Accepted", "Accepted"]),
    Case("refuses-every-card", card_statuses, ["Accepted", "Invalid"], ["Invalid", "Invalid"]),
    Case("start-refused", start_status, ["Accepted", "Accepted"], ["Accepted", "Blocked"]),
    Case("wrong-remote-start-tag", remote_start, START, {**START, "idTag": "SOMEBODY-ELSE"}),
    Case("wrong-remote-start-connector", remote_start, START, {**START, "connectorId": 0}),
    Case("wrong-remote-stop-id", remote_stop, {"transactionId": 7}, {"transactionId": 424242}),
    Case("ignores-operator", remote_stop, {"transactionId": 7}, None),
    Case("no-answer:Heartbeat", heartbeat, "answer", "silence"),
    Case("callerror:Heartbeat", heartbeat, "answer", "InternalError"),
    Case("schema-violation:Heartbeat", heartbeat, "answer", "schema"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.defect)
async def test_defect_shows_and_only_then(case: Case, tmp_path: Path) -> None:
    async def run(folder: Path, *defects: str) -> object:
        async with at_central_system(folder, *defects) as station:
            return await case.observe(station)

    right, wrong = await asyncio.gather(
        run(tmp_path / "right"), run(tmp_path / "wrong", case.defect)
    )
    assert right == case.right
    assert wrong == case.wrong


async def test_subprotocol_switched_at_run_time_counts_from_the_next_connection(
    tmp_path: Path,
) -> None:
    async with at_central_system(tmp_path) as station:
        await station.csms.ask("defect", name="no-subprotocol")
        async with connected(station.csms, station.clock) as without:
            assert without.seen.subprotocol is None
            assert await heartbeat(without) == "answer"
        await station.csms.ask("defect", name="no-subprotocol", on=False)
        async with connected(station.csms, station.clock) as again:
            assert again.seen.subprotocol == "ocpp1.6"


def test_every_defect_has_a_case() -> None:
    assert {case.defect.partition(":")[0] for case in CASES} == set(DEFECTS)
