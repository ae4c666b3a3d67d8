"""The virtual world as a process, seen from the bench; a small script plays it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from rig.bench.children import Processes
from rig.bench.mock_process import MockProcess
from rig.bench.world import VirtualWorld
from rig.bench.world_settings import WorldSettings
from rig.clock import Clock
from rig.errors import BenchError
from tests.unit.bench.mock_script import PLAY


class Exits(list[str]):
    """Remembers why the world ended."""

    def __init__(self) -> None:
        super().__init__()
        self.told = asyncio.Event()

    def __call__(self, cause: str) -> None:
        self.append(cause)
        self.told.set()


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MockProcess, "command", lambda _self: [sys.executable, "-c", PLAY])


@pytest.fixture
def exits() -> Exits:
    return Exits()


@pytest.fixture
def world(tmp_path: Path, exits: Exits) -> VirtualWorld:
    return VirtualWorld(
        WorldSettings("CP-1"), "ws://x/ocpp", tmp_path, Clock(10, 1000.5), exits, Processes()
    )


def test_command_line_carries_everything_but_the_password(tmp_path: Path) -> None:
    settings = WorldSettings("CP 1", Path("p.yaml"), ("late", "mute"), 7, "secret")
    world = VirtualWorld(settings, "ws://x/ocpp", tmp_path, Clock(10, 1000.5), print, Processes())
    assert " ".join(world.arguments()) == (
        "world --csms ws://x/ocpp --identity CP 1 "
        f"--disk {world.disk} --time-scale 10 --epoch 1000.5 --persona p.yaml "
        "--defect late --defect mute --seed 7"
    )
    assert world.identity == "CP 1"
    assert world.disk.parent == tmp_path


def test_every_world_has_a_station_of_its_own(tmp_path: Path, exits: Exits) -> None:
    clock = Clock(10)
    worlds = [
        VirtualWorld(WorldSettings("CP-1"), "ws://x", tmp_path, clock, exits, Processes())
        for _ in "ab"
    ]
    for world in worlds:
        world.disk.mkdir()
    worlds[0].discard()
    assert [world.disk.exists() for world in worlds] == [False, True]


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
    with pytest.raises(BenchError, match="offers no modem with at"):
        world.transport({"kind": "at", "port": "mock:modem-at"})
    await world.stop()
    with pytest.raises(BenchError, match="offers no relay on rtu"):
        world.transport(rtu)


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


async def test_a_world_that_does_not_start_leaves_nothing_and_may_be_started_again(
    world: VirtualWorld, exits: Exits, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(script: str) -> None:
        line = [sys.executable, "-c", script]
        monkeypatch.setattr(MockProcess, "command", lambda _self: line)

    run("import sys; sys.exit('no such persona')")
    with pytest.raises(BenchError, match=r"virtual world: .*no such persona.*world\.log"):
        await world.start()
    assert world.pid is None
    run(PLAY)
    await world.start()
    assert world.pid is not None
    await world.stop()
    assert exits == []
