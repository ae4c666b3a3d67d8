"""The safety process: a daemon that dies or stops leaves no relay closed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, cast

import pytest

from drivers.errors import BadReply
from drivers.guard import GuardedBoard
from drivers.relay.board import RelayBoard
from drivers.relay.dialects import DIALECTS
from drivers.relay.modbus_bus import ModbusBus
from tests.contract.opponents import MockProcess, coils_become, relay_mock
from tests.unit.drivers.fake_board import Notes

# A daemon in small: holds the port, closes relays, keeps the guard informed.
DAEMON = """
import asyncio, json, sys
from pathlib import Path
from drivers.registry import Surroundings, create
from rig.bench.guard_process import GuardProcess

async def main():
    section = json.loads(sys.argv[1])
    around = Surroundings(None, lambda *_: None, float)
    board = create("relay_board", "relay-left", section, around)
    await board.__aenter__()
    guard = GuardProcess([{"name": "relay-left", **section}], Path(sys.argv[2]), print)
    await guard.start()
    await board.set_coils({0: True, 1: True, 5: True})
    print(json.dumps({"guard": guard.pid}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    await board.__aexit__()
    await guard.bye()

asyncio.run(main())
"""


def section(mock: MockProcess, face: str, **more: object) -> dict[str, object]:
    transport: dict[str, object] = (
        {"kind": "rtu", "port": mock.rtu.port}
        if face == "rtu"
        else {"kind": "tcp", "host": mock.tcp.host, "port": mock.tcp.port}
    )
    return {"dialect": "waveshare-8", "unit": 1, "transport": transport, **more}


@contextmanager
def daemon(order: dict[str, object], log: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The small daemon with its relays closed, and the pid of its guard."""
    process = subprocess.Popen(
        [sys.executable, "-c", DAEMON, json.dumps(order), str(log)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said = json.loads(cast("IO[str]", process.stdout).readline())
        yield process, said["guard"]
    finally:
        process.kill()
        process.communicate()


async def ended(pid: int) -> None:
    """Wait for a process that is not ours."""
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        over = asyncio.Event()
        asyncio.get_running_loop().add_reader(handle, over.set)
        async with asyncio.timeout(10):
            await over.wait()
        asyncio.get_running_loop().remove_reader(handle)
        os.close(handle)


@pytest.mark.parametrize("face", ["rtu", "tcp"])
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
async def test_relays_open_when_the_daemon_is(tmp_path: Path, face: str, sent: int) -> None:
    log = tmp_path / "guard.log"
    with (
        relay_mock() as mock,
        daemon(section(mock, face, safe_closed=[3]), log) as (process, guard),
    ):
        assert await mock.coils() == [n in (0, 1, 5) for n in range(8)]
        os.kill(process.pid, sent)
        await coils_become(mock, [n == 3 for n in range(8)])
        await ended(guard)


async def test_the_guard_writes_down_what_it_did(tmp_path: Path) -> None:
    log = tmp_path / "guard.log"
    with relay_mock() as mock, daemon(section(mock, "tcp"), log) as (process, guard):
        process.kill()
        await coils_become(mock, [False] * 8)
        await ended(guard)
    entry = json.loads(log.read_text())
    assert (entry["board"], entry["ok"]) == ("relay-left", True)
    assert entry["why"] == "the daemon ended without saying goodbye"


async def test_a_daemon_that_says_goodbye_is_let_go(tmp_path: Path) -> None:
    log = tmp_path / "guard.log"
    with relay_mock() as mock, daemon(section(mock, "tcp"), log) as (process, _):
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.wait(10) == 0
        assert await mock.coils() == [False] * 8
    assert log.read_text() == ""


def test_ctrl_c_does_not_end_the_guard(tmp_path: Path) -> None:
    with relay_mock() as mock:
        guard = subprocess.Popen(
            [sys.executable, "-m", "drivers.guard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert guard.stdin is not None
        assert guard.stdout is not None
        copy = tmp_path / "copy.log"
        order = {
            "boards": [{"name": "left", **section(mock, "tcp", safe_closed=[7])}],
            "log": str(copy),
        }
        guard.stdin.write(json.dumps(order) + "\n")
        guard.stdin.flush()
        guard.stdout.readline()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            guard.send_signal(number)
        _, said = guard.communicate(timeout=10)
        assert guard.returncode == 0
        assert asyncio.run(mock.coils()) == [n == 7 for n in range(8)]
        assert copy.read_text() == said


def test_a_board_that_does_not_obey_is_reported(tmp_path: Path) -> None:
    with relay_mock() as mock:
        order = {"boards": [{"name": "left", **section(mock, "tcp", safe_closed=[4])}]}
        asyncio.run(mock.control("fault", name="stuck", value=4))
        guard = subprocess.run(
            [sys.executable, "-m", "drivers.guard"],
            input=json.dumps(order) + "\n",
            capture_output=True,
            text=True,
            timeout=20,
        )
    assert guard.returncode == 1
    assert "read back" in json.loads(guard.stderr)["detail"]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_guard_reaches_every_make_of_board(dialect: str) -> None:
    count = DIALECTS[dialect].coil_count
    with relay_mock(dialect=dialect) as mock:
        bus = ModbusBus(mock.tcp)
        board = RelayBoard("left", bus, 1, DIALECTS[dialect], observe=Notes())
        await board.__aenter__()
        await board.set_coils({0: True, 1: True, count - 1: True})
        order = section(mock, "tcp", dialect=dialect, safe_closed=[2], name="left")
        await GuardedBoard.parse(order).make_safe(bus)
        assert await mock.coils() == [n == 2 for n in range(count)]
        await board.__aexit__()


async def test_the_guard_opens_a_coupler_whose_watchdog_has_expired() -> None:
    with relay_mock(dialect="wago-750") as mock:
        bus = ModbusBus(mock.tcp)
        board = RelayBoard("left", bus, 1, DIALECTS["wago-750"], observe=Notes(), watchdog_s=0.5)
        await board.__aenter__()
        await board.set_coil(0, True)
        await coils_become(mock, [False] * 8)
        order = section(mock, "tcp", dialect="wago-750", safe_closed=[2], name="left")
        await GuardedBoard.parse(order).make_safe(bus)
        assert await mock.coils() == [n == 2 for n in range(8)]
        await mock.control("fault", name="exception", value=4)
        with pytest.raises(BadReply):
            await GuardedBoard.parse(order).make_safe(bus)
        await mock.control("clear")
        await board.__aexit__()
