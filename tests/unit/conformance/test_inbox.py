"""What a case waits for, and what comes instead."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from rig.clock import Clock
from rig.conformance.inbox import Expectation, Inbox, Missing, Received, describe, phrase
from rig.events import EventBus
from rig.jsontypes import Json
from rig.ocppj.wirelog import WireLog

SOON_S = 5.0  # for what comes
NEVER_S = 0.02  # for what does not come


class Wire:
    """The log of a device under test that sends what the test says."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.log = WireLog(EventBus(self.clock), "dut")
        self._ids = 0

    def sends(self, action: str, /, **payload: Json) -> None:
        self._ids += 1
        self.log.frame("in", 1, orjson.dumps([2, str(self._ids), action, payload]).decode())

    def inbox(self) -> Inbox:
        return Inbox(self.log, self.clock)


def status(connector_id: int, word: str) -> Expectation:
    return Expectation("StatusNotification", {"connectorId": connector_id, "status": word})


def actions(received: list[Received]) -> list[str]:
    return [r.action for r in received]


# --- waiting --------------------------------------------------------------------------------------


async def test_message_that_is_there_is_found() -> None:
    wire = Wire()
    inbox = wire.inbox()
    wire.sends("Authorize", idTag="04AA")
    wanted = Expectation("Authorize")
    await inbox.wait([wanted], SOON_S)
    assert wanted.received["idTag"] == "04AA"
    assert wanted.received.seq == wire.log.entries[0].seq
    assert inbox.expected == [wanted.received]


async def test_message_that_comes_later_is_waited_for() -> None:
    wire = Wire()
    inbox = wire.inbox()
    wanted = Expectation("Authorize")
    waiting = asyncio.create_task(inbox.wait([wanted], SOON_S))
    asyncio.get_running_loop().call_soon(wire.sends, "Authorize")
    await waiting
    assert wanted.found is not None


async def test_patience_waits_for_what_is_optional_too() -> None:
    wire = Wire()
    inbox = wire.inbox()
    wanted = Expectation("Authorize", optional=True)
    waiting = asyncio.create_task(inbox.wait([wanted], SOON_S, patient=True))
    asyncio.get_running_loop().call_soon(wire.sends, "Authorize")
    await waiting
    assert wanted.found is not None


async def test_patience_ends_without_complaint() -> None:
    wire = Wire()
    inbox = wire.inbox()
    await inbox.wait([Expectation("Authorize", optional=True)], NEVER_S, patient=True)
    wire.sends("Authorize")
    inbox.drain()
    assert (actions(inbox.expected), inbox.unexpected) == (["Authorize"], [])


async def test_what_is_tolerated_may_come_once() -> None:
    wire = Wire()
    inbox = wire.inbox()
    inbox.tolerate(status(1, "Finishing"))
    wire.sends("StatusNotification", connectorId=1, status="Finishing")
    wire.sends("StatusNotification", connectorId=1, status="Finishing")
    inbox.drain()
    assert (len(inbox.expected), len(inbox.unexpected)) == (1, 1)


async def test_what_came_before_the_inbox_does_not_count() -> None:
    wire = Wire()
    wire.sends("Authorize")
    inbox = wire.inbox()
    with pytest.raises(Missing):
        await inbox.wait([Expectation("Authorize")], NEVER_S)


async def test_group_is_met_in_any_order() -> None:
    wire = Wire()
    inbox = wire.inbox()
    wire.sends("StatusNotification", connectorId=2, status="Available")
    wire.sends("StatusNotification", connectorId=1, status="Available")
    one, two = status(1, "Available"), status(2, "Available")
    await inbox.wait([one, two], SOON_S)
    assert [one.received["connectorId"], two.received["connectorId"]] == [1, 2]
    assert inbox.unexpected == []


async def test_each_message_meets_one_expectation_only() -> None:
    wire = Wire()
    inbox = wire.inbox()
    wire.sends("Authorize")
    first, second = Expectation("Authorize"), Expectation("Authorize")
    with pytest.raises(Missing) as missing:
        await inbox.wait([first, second], NEVER_S)
    assert first.found is not None
    assert missing.value.expected == (second,)


async def test_what_follows_a_group_is_left_for_the_next_step() -> None:
    wire = Wire()
    inbox = wire.inbox()
    wire.sends("Authorize")
    wire.sends("StartTransaction")
    await inbox.wait([Expectation("Authorize")], SOON_S)
    assert inbox.unexpected == []
    assert inbox.position == 1
    await inbox.wait([Expectation("StartTransaction")], SOON_S)


@pytest.mark.parametrize(
    ("match", "payload", "fits"),
    [
        ({}, {"connectorId": 1}, True),
        ({"connectorId": 1}, {"connectorId": 1, "status": "Available"}, True),
        ({"connectorId": 1}, {"connectorId": 2}, False),
        ({"connectorId": 1}, {}, False),
        ({"status": ("Available", "Preparing")}, {"status": "Preparing"}, True),
        ({"status": ("Available", "Preparing")}, {"status": "Charging"}, False),
        ({"connectorId": 1, "status": "Available"}, {"connectorId": 1, "status": "x"}, False),
        ({"info": None}, {}, True),
    ],
)
def test_fields_decide_whether_a_message_is_meant(
    match: dict[str, Json | tuple[Json, ...]], payload: dict[str, Json], fits: bool
) -> None:
    assert Expectation("A", match).fits("A", payload) is fits
    assert not Expectation("A", match).fits("B", payload)


# --- what is not expected -------------------------------------------------------------------------


async def test_unexpected_message_is_kept_with_what_was_waited_for() -> None:
    wire = Wire()
    inbox = wire.inbox()
    wire.sends("StatusNotification", connectorId=1, status="Charging")
    wire.sends("Authorize")
    await inbox.wait([Expectation("Authorize"), Expectation("Heartbeat", optional=True)], SOON_S)
    (unexpected,) = inbox.unexpected
    assert unexpected.received["status"] == "Charging"
    assert unexpected.waited_for == {"Authorize", "Heartbeat"}


async def test_what_has_come_is_no_longer_waited_for() -> None:
    wire = Wire()
    inbox = wire.inbox()
    for action in ("Authorize", "DataTransfer", "StartTransaction"):
        wire.sends(action)
    await inbox.wait([Expectation("StartTransaction"), Expectation("Authorize")], SOON_S)
    (unexpected,) = inbox.unexpected
    assert unexpected.waited_for == {"StartTransaction"}


@pytest.mark.parametrize("action", ["Heartbeat", "MeterValues", "SecurityEventNotification"])
async def test_free_message_never_disturbs(action: str) -> None:
    wire = Wire()
    inbox = wire.inbox()
    wire.sends(action)
    wire.sends("Authorize")
    await inbox.wait([Expectation("Authorize")], SOON_S)
    assert inbox.unexpected == []
    assert actions(inbox.expected) == ["Authorize"]


async def test_step_may_free_other_messages_or_none() -> None:
    wire = Wire()
    inbox = wire.inbox()
    wire.sends("Heartbeat")
    wire.sends("Authorize")
    await inbox.wait([Expectation("Authorize")], SOON_S, free=())
    wire.sends("DataTransfer")
    wire.sends("Authorize")
    await inbox.wait([Expectation("Authorize")], SOON_S, free=("DataTransfer",))
    assert actions([u.received for u in inbox.unexpected]) == ["Heartbeat"]


async def test_free_message_that_is_expected_is_found() -> None:
    wire = Wire()
    inbox = wire.inbox()
    wire.sends("Heartbeat")
    wanted = Expectation("Heartbeat")
    await inbox.wait([wanted], SOON_S)
    assert wanted.found is not None


async def test_only_calls_of_the_device_are_looked_at() -> None:
    wire = Wire()
    inbox = wire.inbox()
    wire.log.frame("out", 1, '[2,"t","ClearCache",{}]')
    wire.log.frame("in", 1, '[3,"t",{"status":"Accepted"}]')
    wire.log.frame("in", 1, "no json")
    wire.log.transport("violation", 1, {})
    inbox.drain()
    assert (inbox.expected, inbox.unexpected, inbox.position) == ([], [], 4)


async def test_drain_judges_what_has_come_since_the_last_step() -> None:
    wire = Wire()
    inbox = wire.inbox()
    wire.sends("Heartbeat")
    wire.sends("StartTransaction")
    inbox.drain()
    (unexpected,) = inbox.unexpected
    assert (unexpected.received.action, unexpected.waited_for) == ("StartTransaction", frozenset())


# --- optional messages ----------------------------------------------------------------------------


async def test_optional_message_is_not_waited_for_but_may_come_later() -> None:
    wire = Wire()
    inbox = wire.inbox()
    late = Expectation("StatusNotification", {"status": "Preparing"}, optional=True)
    wire.sends("Authorize")
    await inbox.wait([Expectation("Authorize"), late], SOON_S)
    assert late.found is None
    wire.sends("StatusNotification", connectorId=1, status="Preparing")
    wire.sends("StartTransaction")
    await inbox.wait([Expectation("StartTransaction")], SOON_S)
    assert late.found is not None
    assert inbox.unexpected == []
    assert inbox.expected[1] is late.found


async def test_optional_message_lingers_once() -> None:
    wire = Wire()
    inbox = wire.inbox()
    await inbox.wait([Expectation("DataTransfer", optional=True)], SOON_S)
    wire.sends("DataTransfer")
    wire.sends("DataTransfer")
    inbox.drain()
    assert (len(inbox.expected), len(inbox.unexpected)) == (1, 1)


async def test_optional_message_lingers_after_a_step_that_failed() -> None:
    wire = Wire()
    inbox = wire.inbox()
    with pytest.raises(Missing) as missing:
        await inbox.wait(
            [Expectation("DataTransfer", optional=True), Expectation("Authorize")], NEVER_S
        )
    assert [e.action for e in missing.value.expected] == ["Authorize"]
    wire.sends("DataTransfer")
    inbox.drain()
    assert inbox.unexpected == []


async def test_message_that_had_to_come_is_unexpected_after_its_step() -> None:
    wire = Wire()
    inbox = wire.inbox()
    with pytest.raises(Missing):
        await inbox.wait([Expectation("Authorize")], NEVER_S)
    wire.sends("Authorize")
    inbox.drain()
    assert actions([u.received for u in inbox.unexpected]) == ["Authorize"]


async def test_skip_passes_over_everything_and_ends_lingering() -> None:
    wire = Wire()
    inbox = wire.inbox()
    await inbox.wait([Expectation("DataTransfer", optional=True)], SOON_S)
    wire.sends("StartTransaction")
    inbox.skip()
    wire.sends("DataTransfer")
    inbox.drain()
    assert actions([u.received for u in inbox.unexpected]) == ["DataTransfer"]


# --- what did not come ----------------------------------------------------------------------------


async def test_missing_says_what_came_instead() -> None:
    wire = Wire()
    inbox = wire.inbox()
    wire.sends("Heartbeat")
    wire.sends("StatusNotification", connectorId=1, errorCode="NoError", status="Faulted")
    wire.sends("StopTransaction", transactionId=7, meterStop=5, reason="Local")
    with pytest.raises(Missing) as missing:
        await inbox.wait([Expectation("StartTransaction"), status(1, "Charging")], NEVER_S)
    assert str(missing.value) == (
        "no StartTransaction, StatusNotification(connectorId 1, status Charging); "
        "received instead: StatusNotification(connectorId 1, status Faulted), "
        "StopTransaction(transactionId 7, reason Local)"
    )
    assert actions([u.received for u in inbox.unexpected]) == actions(list(missing.value.instead))


async def test_missing_with_nothing_instead() -> None:
    wanted = Expectation("StatusNotification", {"status": ("Available", "Preparing")})
    with pytest.raises(Missing) as missing:
        await Wire().inbox().wait([wanted], NEVER_S)
    expected = "no StatusNotification(status Available|Preparing); received instead: nothing"
    assert str(missing.value) == expected


async def test_deadline_is_lab_time() -> None:
    wire = Wire()
    wire.clock = Clock(1000)
    with pytest.raises(Missing):
        await wire.inbox().wait([Expectation("Authorize")], 50)
    assert wire.clock.now() < 5000


def test_message_that_never_came_cannot_be_asked_for() -> None:
    with pytest.raises(LookupError, match="Authorize was not received"):
        _ = Expectation("Authorize").received


# --- watching -------------------------------------------------------------------------------------


async def test_watching_returns_every_call_and_judges_it() -> None:
    wire = Wire()
    inbox = wire.inbox()
    await inbox.wait([Expectation("DataTransfer", optional=True)], SOON_S)
    wire.sends("Heartbeat")
    wire.sends("DataTransfer")
    wire.sends("StartTransaction")
    seen = await inbox.watch(NEVER_S)
    assert actions(seen) == ["Heartbeat", "DataTransfer", "StartTransaction"]
    assert actions(inbox.expected) == ["DataTransfer"]
    assert actions([u.received for u in inbox.unexpected]) == ["StartTransaction"]


async def test_watching_lasts_the_whole_window() -> None:
    wire = Wire()
    before = wire.clock.now()
    assert await wire.inbox().watch(NEVER_S) == []
    assert wire.clock.now() - before >= NEVER_S


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Reset"),
        ({"type": "Hard"}, "Reset(type Hard)"),
        ({"a": 1, "b": True, "c": None}, "Reset(a 1, b true, c null)"),
        ({"a": ["x", 2]}, "Reset(a x, 2)"),
        ({"a": {"b": 1}}, 'Reset(a {"b":1})'),
    ],
)
def test_phrase(fields: dict[str, Json], words: str) -> None:
    assert phrase("Reset", fields) == words


async def test_description_leaves_out_what_nobody_looks_for() -> None:
    wire = Wire()
    wire.sends("Authorize", idTag="04AA", vendorId="x")
    entry = wire.log.entries[0]
    assert entry.call is not None
    received = Received(entry, "Authorize", entry.call.payload)
    assert describe(received) == "Authorize(idTag 04AA)"
    assert received.t_s == entry.t_s
