"""The virtual world as a process, seen from the bench; a small script plays it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rig.bench.control import ControlChannel
from rig.bench.world import VirtualWorld, WorldSettings
from rig.clock import Clock
from rig.errors import BenchError
from rig.jsontypes import Json

PLAY = """
import asyncio, json, os, sys

async def serve(reader, writer):
    while line := await reader.readline():
        ask = json.loads(line)
        if ask["do"] == "die":
            os._exit(3)
        if ask["do"] == "drop":
            writer.close()
            return
        if ask["do"] == "subscribe":
            writer.write(b'{"event": "relay", "coil": 0, "closed": true}\\n')
        answer = {"id": ask["id"], "ok": ask["do"] != "nonsense"}
        answer.update({"result": ask.get("value")} if answer["ok"] else {"error": "no such thing"})
        writer.write(json.dumps(answer).encode() + b"\\n")

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    print(json.dumps({
        "ready": True, "kind": "world", "control": {"host": host, "port": port},
        "relay": {"rtu": {"path": "/dev/pts/77"}, "tcp": {"host": "127.0.0.1", "port": 1502}},
    }), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

asyncio.run(main())
"""


class Exits(list[str]):
    """Remembers why the world ended."""

    def __init__(self) -> None:
        super().__init__()
        self.told = asyncio.Event()

    def __call__(self, cause: str) -> None:
        self.append(cause)
        self.told.set()


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def with_script(script: str) -> None:
        monkeypatch.setattr(VirtualWorld, "command", lambda _self: [sys.executable, "-c", script])

    with_script(PLAY)
    return with_script


@pytest.fixture
def exits() -> Exits:
    return Exits()


@pytest.fixture
def world(tmp_path: Path, exits: Exits) -> VirtualWorld:
    return VirtualWorld(WorldSettings("CP-1"), "ws://x/ocpp", tmp_path, Clock(10, 1000.5), exits)


def test_command_line_carries_everything(tmp_path: Path) -> None:
    settings = WorldSettings("CP 1", Path("p.yaml"), ("late", "mute"), 7, "secret")
    world = VirtualWorld(settings, "ws://x/ocpp", tmp_path, Clock(10, 1000.5), print)
    line = " ".join(world.command()[1:])
    assert line == (
        "-m firmware_mocks world --follow-stdin --csms ws://x/ocpp --identity CP 1 "
        f"--disk {tmp_path}/station-disk --time-scale 10 --epoch 1000.5 --persona p.yaml "
        "--defect late --defect mute --seed 7 --password secret"
    )
    assert world.identity == "CP 1"


@pytest.mark.usefixtures("play")
async def test_life(world: VirtualWorld, exits: Exits) -> None:
    await world.start()
    pid = world.pid
    assert pid is not None
    assert await world.control("echo", value=5) == 5
    with pytest.raises(BenchError, match="nonsense: no such thing"):
        await world.control("nonsense")
    await world.restart()
    assert world.pid not in (None, pid)
    await world.stop()
    assert world.pid is None
    assert exits == []
    with pytest.raises(BenchError, match="not running"):
        await world.control("echo")


@pytest.mark.usefixtures("play")
async def test_mock_addresses_are_resolved(world: VirtualWorld) -> None:
    await world.start()
    rtu: dict[str, object] = {"kind": "rtu", "port": "mock:relay-rtu"}
    tcp: dict[str, object] = {"kind": "tcp", "host": "mock:relay-tcp", "port": 502}
    real: dict[str, object] = {"kind": "tcp", "host": "10.0.0.1", "port": 502}
    assert world.transport(rtu)["port"] == "/dev/pts/77"
    assert world.transport(tcp) == {"kind": "tcp", "host": "127.0.0.1", "port": 1502}
    assert world.transport(real) == real
    world._ready = {}
    with pytest.raises(BenchError, match="offers no relay board"):
        world.transport(rtu)
    await world.stop()


@pytest.mark.usefixtures("play")
async def test_events_reach_the_listeners(world: VirtualWorld) -> None:
    seen: list[dict[str, Json]] = []
    world.listen(seen.append)
    await world.start()
    await world.control("subscribe")
    await world.stop()
    assert seen == [{"event": "relay", "coil": 0, "closed": True}]


@pytest.mark.usefixtures("play")
@pytest.mark.parametrize(
    ("kill", "cause"),
    [(True, "mock world exited (killed by signal 9)"), (False, "mock world exited (exit code 3)")],
    ids=["killed", "died"],
)
async def test_its_end_is_told_with_the_reason(
    world: VirtualWorld, exits: Exits, kill: bool, cause: str
) -> None:
    await world.start()
    assert world.pid is not None
    if kill:
        os.kill(world.pid, signal.SIGKILL)
    else:
        with pytest.raises(BenchError, match="control channel"):
            await world.control("die")
    async with asyncio.timeout(5):
        await exits.told.wait()
    assert exits == [cause]
    assert world.exited.is_set()
    await world.stop()


@pytest.mark.usefixtures("play")
async def test_a_dropped_control_channel_is_an_error(world: VirtualWorld) -> None:
    await world.start()
    with pytest.raises(BenchError, match="closed by the mock"):
        await world.control("drop")
    with pytest.raises(BenchError, match="control channel is closed"):
        await world.control("echo")
    await world.stop()


@pytest.mark.parametrize(
    ("script", "word"),
    [
        ("import sys; sys.exit('no such persona')", "ended at start with code 1: no such persona"),
        ("print('hello', flush=True); input()", "said b'hello"),
        ("print('{}', flush=True); input()", "names no control"),
        ("import sys; sys.exit(0)", "it said nothing"),
    ],
    ids=["dies", "nonsense", "incomplete", "silent"],
)
async def test_a_world_that_does_not_start_is_explained(
    world: VirtualWorld, play: Callable[[str], None], script: str, word: str
) -> None:
    play(script)
    with pytest.raises(BenchError, match=word):
        await world.start()
    assert world.pid is None


async def test_a_world_that_takes_too_long_is_ended(
    world: VirtualWorld, play: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    play("import signal; signal.signal(15, signal.SIG_IGN); signal.pause()")
    monkeypatch.setattr("rig.bench.world.READY_TIMEOUT_S", 0.3)
    monkeypatch.setattr("rig.bench.world.STOP_TIMEOUT_S", 0.2)
    with pytest.raises(BenchError, match=r"not ready within 0\.3 s"):
        await world.start()
    assert world.pid is None


async def test_nobody_listens() -> None:
    with pytest.raises(BenchError, match="control channel refused"):
        async with ControlChannel("mock", "127.0.0.1", 1):
            pytest.fail("must not open")
