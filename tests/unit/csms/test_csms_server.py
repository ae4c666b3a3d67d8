"""The Central System with stations on a real WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from rig.clock import Clock
from rig.csms.replies import Confirm, Refuse, Silence
from rig.csms.server import CentralSystem, StationInfo
from rig.events import EventBus
from rig.ocppj.dialling import ConnectRefused, connect
from rig.ocppj.endpoint import CallReceived, Error, InvalidMessage, Lost, Outcome, Result, TimedOut
from rig.ocppj.frames import Call, CallResult, ErrorCode, Payload
from rig.ocppj.handshake import basic_authorization
from rig.ocppj.link import Link
from rig.ocppj.wirelog import WireEntry

IDENTITY = "CP 1"
KEY = bytes.fromhex("00ff4a")
BOOT: Payload = {"chargePointVendor": "V", "chargePointModel": "M", "firmwareVersion": "1.0"}
START: Payload = {
    "connectorId": 1,
    "idTag": "04AA",
    "meterStart": 0,
    "timestamp": "2026-01-01T00:00:00Z",
}
clock = Clock()


class Slow(CentralSystem):
    """Answers only when it is let: between a CALL and its answer there is time to look."""

    let: asyncio.Event

    async def _answer(self, link: Link, call: CallReceived) -> None:
        await self.let.wait()
        await super()._answer(link, call)


@asynccontextmanager
async def central_system(password: bytes | None = None) -> AsyncIterator[CentralSystem]:
    bus = EventBus(clock)
    async with CentralSystem(
        "127.0.0.1", 0, "/ocpp", IDENTITY, bus=bus, clock=clock, password=password
    ) as csms:
        yield csms


@asynccontextmanager
async def slow_central_system() -> AsyncIterator[Slow]:
    csms = Slow("127.0.0.1", 0, "/ocpp", IDENTITY, bus=EventBus(clock), clock=clock)
    csms.let = asyncio.Event()
    async with csms:
        yield csms


async def station(csms: CentralSystem, password: bytes | None = None) -> Link:
    return await connect(csms.url, IDENTITY, now=clock.now, password=password)


async def entry(csms: CentralSystem, **wanted: str) -> WireEntry:
    """The first log entry with these attributes, once there is one."""
    index = 0
    while True:
        await csms.log.grow(index)
        found = csms.log.entries[index]
        if all(getattr(found, name) == value for name, value in wanted.items()):
            return found
        index += 1


async def accept(link: Link) -> None:
    """Answer every CALL of the Central System with status Accepted."""
    async for call in link.calls():
        await link.reply(call.id, {"status": "Accepted"})


def result(outcome: Outcome) -> Payload:
    assert isinstance(outcome, Result)
    return outcome.payload


# --- who is let in --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/ocpp/CP%202", "unknown identity 'CP 2'; want 'CP 1'"),
        ("/ocpp/cp%201", "unknown identity 'cp 1'; want 'CP 1'"),
        ("/ocpp", "no station identity in /ocpp"),
        ("/ocpp/CP%201/more", "no station identity in /ocpp/CP%201/more"),
        ("/other/CP%201", "no station identity in /other/CP%201"),
    ],
)
async def test_wrong_identity_is_404(path: str, reason: str) -> None:
    async with central_system() as csms:
        url = csms.url.removesuffix("/ocpp") + path
        with pytest.raises(ConnectRefused) as refused:
            await connect(csms.url, IDENTITY, now=clock.now, url=url)
        assert refused.value.status == 404
        (seen,) = csms.log.entries
        assert not csms.connected
    assert (seen.what, seen.detail["status"], seen.detail["reason"]) == ("refused", 404, reason)


@pytest.mark.parametrize("password", [None, b"", b"00ff4b", b"\x00\xff", KEY + b"\n"])
async def test_wrong_credentials_are_401(password: bytes | None) -> None:
    async with central_system(KEY) as csms:
        with pytest.raises(ConnectRefused) as refused:
            await station(csms, password)
        assert refused.value.status == 401
        (seen,) = csms.log.entries
    assert (seen.what, seen.detail["status"]) == ("refused", 401)


async def test_everybody_who_was_turned_away_is_remembered() -> None:
    async with central_system(KEY) as csms:
        for identity in ("CP 2", IDENTITY):
            with pytest.raises(ConnectRefused):
                await connect(csms.url, identity, now=clock.now)
        seen = csms.refusals()
    assert [(r.identity, r.reason) for r in seen] == [
        ("CP 2", "unknown identity 'CP 2'; want 'CP 1'"),
        (IDENTITY, "wrong or missing credentials"),
    ]
    assert all(r.remote.startswith("127.0.0.1:") and 0 <= r.age_s < 5 for r in seen)


async def test_an_outage_that_we_play_turns_nobody_away() -> None:
    async with central_system() as csms:
        await csms.cut()
        with pytest.raises(ConnectRefused):
            await station(csms, None)
        assert not csms.refusals()


async def test_user_name_is_the_identity() -> None:
    async with central_system(KEY) as csms:
        url = csms.url.replace("ws://", "ws://CP-2:abc@") + "/CP%201"
        with pytest.raises(ConnectRefused) as refused:
            await connect(csms.url, IDENTITY, now=clock.now, url=url)
    assert refused.value.status == 401


async def test_right_password_of_another_user_is_401(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_somebody_else(_: str, password: bytes) -> str:
        return basic_authorization("CP 2", password)

    monkeypatch.setattr("rig.ocppj.dialling.basic_authorization", as_somebody_else)
    async with central_system(KEY) as csms:
        with pytest.raises(ConnectRefused) as refused:
            await station(csms, KEY)
    assert refused.value.status == 401


@pytest.mark.parametrize("password", [KEY, b"00ff4a", b"00FF4A"], ids=["bytes", "hex", "HEX"])
async def test_password_is_accepted_as_bytes_and_as_hex(password: bytes) -> None:
    async with central_system(KEY) as csms:
        async with await station(csms, password) as link:
            assert isinstance(await link.call("Heartbeat", {}, 5), Result)


async def test_credentials_that_nobody_asked_for_do_not_matter() -> None:
    async with central_system() as csms:
        async with await station(csms, b"anything") as link:
            assert isinstance(await link.call("Heartbeat", {}, 5), Result)


@pytest.mark.parametrize("offered", [(), ("ocpp2.0.1",)], ids=["none", "other"])
async def test_wrong_subprotocol_is_refused_and_recorded(offered: tuple[str, ...]) -> None:
    async with central_system() as csms:
        async with await connect(csms.url, IDENTITY, now=clock.now, subprotocols=offered) as link:
            await link.closed.wait()
            assert link.close_code == 1002
        (seen,) = csms.log.entries
        assert not csms.connected
    assert (seen.what, seen.detail["subprotocols"]) == ("refused", list(offered))
    assert seen.detail["reason"] == "no common subprotocol, want ocpp1.6"


async def test_ours_among_several_subprotocols_is_chosen() -> None:
    async with central_system() as csms:
        offered = ("ocpp2.0.1", "ocpp1.6")
        async with await connect(csms.url, IDENTITY, now=clock.now, subprotocols=offered) as link:
            assert isinstance(await link.call("Heartbeat", {}, 5), Result)


# --- one connection -------------------------------------------------------------------------------


async def test_station_is_connected_until_it_leaves() -> None:
    async with central_system() as csms:
        assert not csms.connected
        async with await station(csms):
            await csms.wait_connected()
            assert csms.connected
        await entry(csms, what="close")
        await csms.drop()
        assert not csms.connected


async def test_new_connection_replaces_the_old() -> None:
    async with central_system() as csms:
        async with await station(csms) as old:
            assert isinstance(await old.call("Heartbeat", {}, 5), Result)
            async with await station(csms) as new:
                await old.closed.wait()
                assert isinstance(await new.call("Heartbeat", {}, 5), Result)
                answering = asyncio.create_task(accept(new))
                assert isinstance(await csms.call("ClearCache", {}, 5), Result)
                assert csms.connected
                assert old.close_code == 1006
        await answering


async def test_call_that_is_open_on_the_old_connection_is_void() -> None:
    async with central_system() as csms:
        async with await station(csms) as old:
            await csms.wait_connected()
            calling = asyncio.create_task(csms.call("ClearCache", {}, 30))
            await anext(old.calls())  # it is there, and stays without answer
            async with await station(csms):
                assert isinstance(await calling, Lost)


async def test_dropped_station_is_away_until_it_comes_again() -> None:
    async with central_system() as csms:
        async with await station(csms) as link:
            await csms.wait_connected()
            await csms.drop()
            assert not csms.connected
            await link.closed.wait()
            assert link.close_code == 1006
        waiting = asyncio.create_task(csms.wait_connected())
        async with await station(csms):
            await waiting
            assert csms.connected


async def test_drop_outlasts_the_answer_that_is_being_made() -> None:
    async with slow_central_system() as csms, await station(csms) as link:
        unanswered = asyncio.ensure_future(link.call("Heartbeat", {}, 30))
        await entry(csms, direction="in")
        dropping = asyncio.create_task(csms.drop())
        assert isinstance(await unanswered, Lost)
        csms.let.set()
        await dropping
        assert not csms.connected


async def test_there_is_no_connection_from_the_moment_on_that_the_log_says_so() -> None:
    async with slow_central_system() as csms:
        async with await station(csms) as link:
            link.call("Heartbeat", {}, 30)
            await entry(csms, direction="in")
            assert csms.connection is not None
        await entry(csms, what="close")
        assert csms.connection is None, "though the answer is still being made"
        waiting = asyncio.create_task(csms.wait_other_connection(csms.connection))
        csms.let.set()
        await csms.wait_gone()
        assert not waiting.done()
        async with await station(csms):
            await waiting


async def test_drop_of_nobody_does_nothing() -> None:
    async with central_system() as csms:
        await csms.drop()
        assert csms.log.entries == []


# --- registration ---------------------------------------------------------------------------------


async def test_registration_is_waited_for() -> None:
    async with central_system() as csms:
        waiting = asyncio.create_task(csms.wait_registered())
        with csms.replies.script("BootNotification", Confirm({"status": "Pending"})):
            async with await station(csms) as link:
                assert result(await link.call("BootNotification", BOOT, 5))["status"] == "Pending"
                assert not waiting.done()
                assert result(await link.call("BootNotification", BOOT, 5))["status"] == "Accepted"
                await waiting


async def test_refused_station_gets_security_error_until_it_boots_again() -> None:
    async with central_system() as csms:
        with csms.replies.script("BootNotification", Confirm({"status": "Rejected"})):
            async with await station(csms) as link:
                assert result(await link.call("BootNotification", BOOT, 5))["status"] == "Rejected"
                refused = await link.call("StartTransaction", START, 5)
                assert isinstance(refused, Error)
                assert refused.code == ErrorCode.SECURITY_ERROR
                assert csms.station.transactions == {}
                assert result(await link.call("BootNotification", BOOT, 5))["status"] == "Accepted"
                assert isinstance(await link.call("Heartbeat", {}, 5), Result)


async def test_station_is_known_as_it_described_itself() -> None:
    async with central_system() as csms:
        nobody = StationInfo(IDENTITY, False, "", "", "", "", None, {}, ())
        assert csms.stations() == (nobody,)
        async with await station(csms) as link:
            await link.call("BootNotification", BOOT, 5)
            status: Payload = {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}
            await link.call("StatusNotification", status, 5)
            await link.call("StartTransaction", START, 5)
            (info,) = csms.stations()
    assert (info.connected, info.registration) == (True, "Accepted")
    assert (info.vendor, info.model, info.firmware) == ("V", "M", "1.0")
    assert (info.statuses, info.transactions) == ({1: "Charging"}, (1,))
    assert info.last_message_s is not None
    assert 0 <= info.last_message_s < 5


# --- answers --------------------------------------------------------------------------------------


async def test_scripted_refusal_reaches_the_station() -> None:
    async with central_system() as csms:
        with csms.replies.script("Heartbeat", Refuse(ErrorCode.INTERNAL_ERROR, "as the case asks")):
            async with await station(csms) as link:
                outcome = await link.call("Heartbeat", {}, 5)
    assert isinstance(outcome, Error)
    assert (outcome.code, outcome.description) == ("InternalError", "as the case asks")


async def test_silence_is_no_answer_and_blocks_nothing() -> None:
    async with central_system() as csms:
        with csms.replies.script("StartTransaction", Silence()):
            async with await station(csms) as link:
                assert isinstance(await link.call("StartTransaction", START, 0.05), TimedOut)
                assert csms.station.transactions == {}, "what was not answered was not learnt"
                assert isinstance(await link.call("Heartbeat", {}, 5), Result)
                answering = asyncio.create_task(accept(link))
                assert isinstance(await csms.call("ClearCache", {}, 5), Result)
        await answering


# --- CALLs of the tool ----------------------------------------------------------------------------


async def test_call_to_an_absent_station_is_lost() -> None:
    async with central_system() as csms:
        outcome = await csms.call("ClearCache", {}, 5)
        assert csms.log.entries == []
    assert isinstance(outcome, Lost)
    assert outcome.call.action == "ClearCache"


async def test_call_waits_until_the_calls_of_the_station_are_answered() -> None:
    async with slow_central_system() as csms, await station(csms) as link:
        answering = asyncio.create_task(accept(link))
        first = asyncio.ensure_future(link.call("Heartbeat", {}, 30))
        await entry(csms, direction="in")
        calling = asyncio.create_task(csms.call("ClearCache", {}, 5))
        await link.ping()  # a whole round trip: the call would be on the wire by now
        assert [e for e in csms.log.entries if e.direction == "out"] == []
        csms.let.set()
        assert isinstance(await calling, Result)
        assert isinstance(await first, Result)
        out = [type(e.frame) for e in csms.log.entries if e.direction == "out"]
        assert out == [CallResult, Call], "first our answer, then our own CALL"
    await answering


async def test_call_that_waits_is_lost_with_its_connection() -> None:
    async with slow_central_system() as csms, await station(csms) as old:
        unanswered = asyncio.ensure_future(old.call("Heartbeat", {}, 30))
        await entry(csms, direction="in")
        calling = asyncio.create_task(csms.call("ClearCache", {}, 5))
        async with await station(csms):
            assert isinstance(await calling, Lost)
            assert isinstance(await unanswered, Lost)
            csms.let.set()
        assert [e for e in csms.log.entries if e.direction == "out"] == []


async def test_time_for_an_answer_counts_from_the_sending() -> None:
    async with slow_central_system() as csms, await station(csms) as link:
        answering = asyncio.create_task(accept(link))
        unanswered = asyncio.ensure_future(link.call("Heartbeat", {}, 30))
        await entry(csms, direction="in")
        calling = asyncio.create_task(csms.call("ClearCache", {}, 0.3))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(calling), 0.35)
        csms.let.set()
        assert isinstance(await calling, Result)
        await unanswered
    await answering


async def test_call_that_breaks_the_schema_is_our_own_mistake() -> None:
    async with central_system() as csms, await station(csms):
        await csms.wait_connected()
        with pytest.raises(InvalidMessage):
            await csms.call("Reset", {"type": "Warm"}, 5)
