"""Life of a mock process: one ready line, service, a clean end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from rig.jsontypes import Json

STATION = ["charging-station", "--csms", "ws://127.0.0.1:9/ocpp", "--identity", "CP1"]
KINDS = {
    "relay-board": ["relay-board"],
    "charging-station": STATION,
    "central-system": ["central-system"],
    "world": ["world", *STATION[1:]],
}


@asynccontextmanager
async def started(*arguments: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "firmware_mocks", *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ready(process: Process) -> dict[str, Json]:
    assert process.stdout is not None
    async with asyncio.timeout(20):
        return cast("dict[str, Json]", json.loads(await process.stdout.readline()))


async def end(process: Process) -> tuple[int | None, bytes, bytes]:
    """Exit code and what was said since the ready line."""
    async with asyncio.timeout(20):
        out, err = await process.communicate()
    return process.returncode, out, err


@pytest.mark.parametrize("kind", KINDS)
async def test_ready_line_says_where_and_end_of_stdin_ends_it(kind: str) -> None:
    async with started(*KINDS[kind], "--follow-stdin") as process:
        line = await ready(process)
        assert (line["ready"], line["kind"]) == (True, kind)
        address = line["control"]
        assert isinstance(address, dict)
        _, writer = await asyncio.open_connection(address["host"], address["port"])  # type: ignore[arg-type]  # JSON
        writer.close()
        await writer.wait_closed()
        assert process.stdin is not None
        process.stdin.close()
        assert await end(process) == (0, b"", b"")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("kind", KINDS)
async def test_signal_ends_it_without_a_word(kind: str, number: signal.Signals) -> None:
    async with started(*KINDS[kind]) as process:
        await ready(process)
        process.send_signal(number)
        assert await end(process) == (0, b"", b"")


async def test_end_of_stdin_means_nothing_unless_it_is_followed() -> None:
    async with started("relay-board") as process:
        line = await ready(process)
        assert process.stdin is not None
        process.stdin.close()
        address = cast("dict[str, Json]", line["control"])
        reader, writer = await asyncio.open_connection(address["host"], address["port"])  # type: ignore[arg-type]  # JSON
        writer.write(b'{"id": 1, "do": "coils"}\n')
        async with asyncio.timeout(5):
            assert json.loads(await reader.readline())["result"] == 8 * [False]
        writer.close()
        await writer.wait_closed()
        process.terminate()
        assert (await end(process))[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([*STATION, "--defect", "nonsense"], "charging-station: no defect 'nonsense'"),
        (["central-system", "--defect", "nonsense"], "central-system: no defect 'nonsense'"),
        ([*STATION, "--persona", "/nowhere.yaml"], "no such persona file"),
        (["toaster"], "invalid choice: 'toaster'"),
        (["charging-station"], "required: --csms, --identity"),
        (["relay-board", "--bind", "127.0.0.1:port"], "argument --bind"),
    ],
)
async def test_wrong_options_end_it_with_2_and_a_sentence(arguments: list[str], words: str) -> None:
    async with started(*arguments, "--follow-stdin") as process:
        code, out, err = await end(process)
    assert (code, out) == (2, b"")
    assert words in err.decode()
    assert "Traceback" not in err.decode()


async def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "firmware_mocks", "station-defects", stdout=writing, stderr=PIPE
    )
    os.close(writing)
    code, _, err = await end(process)
    assert (code, err) == (0, b"")
