"""The control channel: JSON lines, each with its answer, whatever the line says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from firmware_mocks.control import Control
from rig.jsontypes import Json

Line = dict[str, Json]


class Client:
    """Sends lines and reads lines."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, text: str) -> None:
        self._writer.write(text.encode() + b"\n")

    async def read(self) -> Line:
        async with asyncio.timeout(5):
            return cast("Line", json.loads(await self._reader.readline()))

    async def ask(self, text: str) -> Line:
        self.send(text)
        return await self.read()

    async def ended(self) -> bool:
        async with asyncio.timeout(5):
            return await self._reader.read() == b""


@asynccontextmanager
async def connected(control: Control) -> AsyncIterator[Client]:
    address = control.address
    reader, writer = await asyncio.open_connection(str(address["host"]), int(str(address["port"])))
    try:
        yield Client(reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()


def made() -> Control:
    control = Control()
    control.register("add", lambda a, b=1: a + b)
    control.register("fault", lambda name: f"device {name}")
    control.register("fault", lambda connector, error_code: f"connector {connector} {error_code}")
    return control


async def test_answer_has_the_id_and_the_result() -> None:
    async with made() as control, connected(control) as client:
        assert await client.ask('{"id": 7, "do": "add", "a": 2, "b": 3}') == {
            "id": 7, "ok": True, "result": 5,
        }  # fmt: skip


async def test_handler_may_be_async() -> None:
    async def double(a: int) -> int:
        await asyncio.sleep(0)
        return 2 * a

    control = made()
    control.register("double", double)
    async with control, connected(control) as client:
        assert (await client.ask('{"id": 1, "do": "double", "a": 4}'))["result"] == 8


@pytest.mark.parametrize(
    ("line", "number", "words"),
    [
        ("not json", None, "Expecting value"),
        ("{", None, "Expecting property name"),
        ("[1]", None, "want an object with the field 'do'"),
        ('{"id": 1}', None, "want an object with the field 'do'"),
        ('{"id": 1, "do": 5}', None, "want an object with the field 'do'"),
        ('{"id": 2, "do": "jump"}', 2, "no command 'jump'; there are add, fault, subscribe"),
        ('{"id": 3, "do": "add"}', 3, "missing a required argument: 'a'"),
        ('{"id": 4, "do": "add", "a": 1, "c": 1}', 4, "unexpected keyword argument 'c'"),
        ('{"id": 5, "do": "add", "a": "x"}', 5, "can only concatenate str"),
        ("\xff", None, "Expecting value"),
    ],
)
async def test_bad_line_gets_an_error_and_the_connection_stays(
    line: str, number: int | None, words: str
) -> None:
    async with made() as control, connected(control) as client:
        answer = await client.ask(line)
        assert (answer["id"], answer["ok"]) == (number, False)
        assert words in str(answer["error"])
        assert (await client.ask('{"id": 9, "do": "add", "a": 1}'))["result"] == 2


@pytest.mark.parametrize(
    "error", [ValueError("why"), KeyError("why"), RuntimeError("why"), OSError("why")]
)
async def test_failure_of_a_command_is_told_with_its_reason(error: Exception) -> None:
    def fail() -> None:
        raise error

    control = made()
    control.register("fail", fail)
    async with control, connected(control) as client:
        answer = await client.ask('{"id": 1, "do": "fail"}')
        assert answer["ok"] is False
        assert "why" in str(answer["error"])


async def test_result_that_is_no_json_is_told_as_an_error() -> None:
    control = made()
    control.register("odd", lambda: {1, 2})
    async with control, connected(control) as client:
        answer = await client.ask('{"id": 1, "do": "odd"}')
        assert (answer["id"], answer["ok"]) == (1, False)


async def test_slow_command_does_not_hold_up_the_next_one() -> None:
    gate = asyncio.Event()
    control = made()
    control.register("wait", gate.wait)
    control.register("open", gate.set)
    async with control, connected(control) as client:
        client.send('{"id": 1, "do": "wait"}')
        client.send('{"id": 2, "do": "open"}')
        assert [(await client.read())["id"], (await client.read())["id"]] == [2, 1]


async def test_fields_decide_between_two_commands_of_one_name() -> None:
    async with made() as control, connected(control) as client:
        device = await client.ask('{"id": 1, "do": "fault", "name": "mute"}')
        assert device["result"] == "device mute"
        socket = await client.ask('{"id": 2, "do": "fault", "connector": 1, "error_code": null}')
        assert socket["result"] == "connector 1 None"


def test_two_commands_of_one_name_with_the_same_fields_are_refused() -> None:
    with pytest.raises(ValueError, match="'add' exists twice"):
        made().register("add", lambda a, b: a - b)


async def test_events_come_only_to_those_who_subscribed() -> None:
    async with made() as control, connected(control) as one, connected(control) as other:
        assert (await one.ask('{"id": 1, "do": "subscribe"}'))["ok"] is True
        control.publish("relay", coil=3, closed=True)
        assert await one.read() == {"event": "relay", "coil": 3, "closed": True}
        assert (await other.ask('{"id": 1, "do": "add", "a": 1}'))["result"] == 2


async def test_client_that_went_away_leaves_the_others_alone() -> None:
    async with made() as control, connected(control) as stays:
        async with connected(control) as goes:
            await goes.ask('{"id": 1, "do": "subscribe"}')
            await stays.ask('{"id": 1, "do": "subscribe"}')
        control.publish("one")
        control.publish("two")
        assert [(await stays.read())["event"], (await stays.read())["event"]] == ["one", "two"]


async def test_closing_ends_every_connection() -> None:
    control = made()
    async with control:
        address = control.address
        reader, writer = await asyncio.open_connection(
            str(address["host"]), int(str(address["port"]))
        )
        client = Client(reader, writer)
        await client.ask('{"id": 1, "do": "add", "a": 1}')
    assert await client.ended()
    writer.close()
    await writer.wait_closed()


def test_address_before_opening_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="not open"):
        _ = made().address
