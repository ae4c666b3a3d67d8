"""The journal: numbered events, bounded, without secrets, and nobody who reads holds it up."""

from __future__ import annotations

import asyncio

import pytest

from firmware_mocks.charging_station.journal import Event, Journal
from firmware_mocks.clock import MockClock


def journal(kept: int = 100) -> Journal:
    return Journal(MockClock(), kept)


def ids(events: list[Event]) -> list[object]:
    return [event["id"] for event in events]


def test_a_frame_is_told_with_what_is_in_it() -> None:
    book = journal()
    book.frame("out", 1, '[2,"7","Authorize",{"idTag":"A"}]')
    book.frame("in", 1, '[3,"7",{"idTagInfo":{"status":"Accepted"}}]')
    book.frame("in", 1, '[4,"8","GenericError","why",{}]')
    book.frame("in", 1, "nonsense")
    call, result, error, malformed = book.since(0)[1]
    assert call["direction"] == "out"
    assert (call["kind"], call["action"], call["payload"]) == ("call", "Authorize", {"idTag": "A"})
    assert (result["kind"], result["action"]) == ("result", "Authorize")
    assert (error["kind"], error["action"], error["code"]) == ("error", None, "GenericError")
    assert (malformed["kind"], malformed["raw"]) == ("malformed", "nonsense")


@pytest.mark.parametrize(
    "raw",
    [
        '[2,"1","ChangeConfiguration",{"key":"authorizationKEY","value":"SECRET"}]',
        '[3,"1",{"configurationKey":[{"key":"AuthorizationKey","readonly":false,"value":"SECRET"}]}]',
        '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"SECRET"',
        '[4,"1","GenericError","AuthorizationKey SECRET",{}]',
    ],
)
def test_a_password_is_masked(raw: str) -> None:
    book = journal()
    book.frame("in", 1, raw)
    told = str(book.since(0)[1])
    assert "SECRET" not in told
    assert "***" in told


def test_events_above_a_number_and_how_many_are_gone() -> None:
    book = journal(kept=3)
    assert book.since(0) == (0, [])
    for number in range(5):
        book.note("tick", number=number)
    missed, events = book.since(0)
    assert (missed, ids(events)) == (2, [3, 4, 5])
    assert book.since(5) == (0, [])
    assert ids(book.since(4)[1]) == [5]


def test_long_frames_leave_room_for_fewer() -> None:
    book = Journal(MockClock(), 100, characters=1000)
    for _ in range(5):
        book.frame("in", 1, "x" * 400)
    assert ids(book.since(0)[1]) == [4, 5]
    book.frame("in", 1, "x" * 4000)
    assert ids(book.since(0)[1]) == [6]


async def test_a_reader_that_is_too_slow_is_told_what_it_missed() -> None:
    book = journal(kept=3)
    reader = book.follow(0, 5)
    book.note("tick")
    first = await anext(reader)
    assert isinstance(first, dict)
    assert first["id"] == 1
    for _ in range(6):
        book.note("tick")
    assert await anext(reader) == 3
    assert isinstance(await anext(reader), dict)
    await reader.aclose()


async def test_a_reader_with_a_number_of_another_process_begins_anew() -> None:
    book = journal()
    book.note("tick")
    reader = book.follow(99, 5)
    item = await anext(reader)
    assert isinstance(item, dict)
    assert item["id"] == 1
    await reader.aclose()


async def test_silence_is_told_and_news_wake() -> None:
    book = journal()
    reader = book.follow(0, 0.01)
    assert await anext(reader) is None
    waiting = asyncio.create_task(book.changed())
    await asyncio.sleep(0)
    book.note("tick")
    await waiting
    await reader.aclose()
