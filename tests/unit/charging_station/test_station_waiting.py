"""Waits: what counts as a match, and what a wait in vain says."""

from __future__ import annotations

import asyncio

import pytest

from firmware_mocks.charging_station.answer_rules import contains
from firmware_mocks.charging_station.journal import Journal
from firmware_mocks.charging_station.waiting import NotSeen, Waiting
from firmware_mocks.clock import MockClock


@pytest.mark.parametrize(
    ("value", "wanted", "match"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"c": 1}, False),
        ({"a": {"b": {"c": 1, "d": 2}}}, {"a": {"b": {"d": 2}}}, True),
        ({"a": None}, {"a": None}, True),
        ({"a": 1}, {"a": None}, False),
        ({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1}]}, True),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ("text", {"a": 1}, False),
        (None, {}, False),
        (None, None, True),
        ({"a": 1}, None, True),
    ],
)
def test_a_value_contains_what_is_wanted(value: object, wanted: object, match: bool) -> None:
    assert contains(value, wanted) is match


def made(state: dict[str, object]) -> tuple[Waiting, Journal]:
    clock = MockClock(50.0)
    journal = Journal(clock)
    return Waiting(journal, lambda: state, clock), journal


async def test_the_next_frame_is_the_next_after_a_number() -> None:
    waiting, journal = made({})
    for tag in ("A", "B"):
        journal.frame("out", 1, f'[2,"{tag}","Authorize",{{"idTag":"{tag}"}}]')
    assert (await waiting.wait_frame("Authorize", after=0))["id"] == 1
    assert (await waiting.wait_frame("Authorize", after=1))["id"] == 2
    assert (await waiting.wait_frame(payload={"idTag": "B"}, after=0))["id"] == 2
    fresh = asyncio.create_task(waiting.wait_frame("Authorize"))
    await asyncio.sleep(0)
    journal.frame("out", 1, '[2,"C","Authorize",{"idTag":"C"}]')
    assert (await fresh)["id"] == 3


async def test_a_wait_for_a_frame_in_vain_says_what_was_seen() -> None:
    waiting, journal = made({})
    journal.frame("out", 1, '[2,"1","Heartbeat",{}]')
    journal.transport("close", 1, {})
    with pytest.raises(NotSeen, match=r"action=Authorize.*seen: sent call Heartbeat; transport"):
        await waiting.wait_frame("Authorize", after=0, timeout_s=1)
    with pytest.raises(NotSeen, match="seen: nothing"):
        await waiting.wait_frame("Authorize", timeout_s=1)


async def test_a_state_is_waited_for() -> None:
    state: dict[str, object] = {"connectors": {"1": {"status": "Available"}}}
    waiting, _ = made(state)
    wait = asyncio.create_task(waiting.wait_state({"connectors": {"1": {"status": "Charging"}}}))
    await asyncio.sleep(0)
    state["connectors"] = {"1": {"status": "Charging", "cp": "C"}}
    assert (await wait)["connectors"] == {"1": {"status": "Charging", "cp": "C"}}
    with pytest.raises(NotSeen, match=r"it is {'connectors': {'1': {'status': 'Charging'}}}"):
        await waiting.wait_state({"connectors": {"1": {"status": "Faulted"}}}, timeout_s=1)
