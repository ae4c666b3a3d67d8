"""The bench on the virtual world: the same orders on RTU and TCP, and how it dies and recovers."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from rig.bench import Bench, VirtualWorld
from rig.clock import Clock
from rig.config.bench_file import load_bench
from rig.errors import BenchError, Quarantined
from rig.events import Event, EventBus, Kind

BENCHES = Path(__file__).parents[2] / "configs" / "benches"


class Nobody:
    async def ask(self, question: str, choices: Sequence[str], timeout_s: float, **_: str) -> str:
        raise AssertionError(f"asked {question!r}; a virtual bench needs no operator")


class Record(list[Event]):
    """All events of a bench."""

    def of(self, kind: Kind, key: str) -> list[object]:
        return [event.data[key] for event in self if event.kind == kind]


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture(params=["virtual.yaml", "virtual-tcp.yaml"], ids=["RTU", "TCP"])
async def bench(
    request: pytest.FixtureRequest, tmp_path: Path, record: Record
) -> AsyncIterator[Bench]:
    config = load_bench(BENCHES / request.param)
    clock = Clock(config.time_scale)
    bus = EventBus(clock)
    with bus.listen(record.append):
        async with Bench(
            config, bus, clock, Nobody(), csms_url="ws://127.0.0.1:9/ocpp", state_dir=tmp_path
        ) as bench:
            yield bench


def world(bench: Bench) -> VirtualWorld:
    assert bench.virtual is not None
    return bench.virtual


async def connector(bench: Bench) -> dict[str, Any]:
    """Connector 1 as the simulated station sees it."""
    state = cast("dict[str, Any]", await world(bench).control("state"))
    return cast("dict[str, Any]", state["station"]["connectors"]["1"])


async def test_the_station_sees_what_the_plug_does(bench: Bench, record: Record) -> None:
    plug = bench.plugs["plug-1"]
    assert (await connector(bench))["cp_volts"] > 11
    await plug.insert()
    seen = await connector(bench)
    assert 8 < seen["cp_volts"] < 10
    assert seen["pp_ohm"] == pytest.approx(220)
    await plug.request_energy()
    assert 5 < (await connector(bench))["cp_volts"] < 7
    await plug.unplug()
    seen = await connector(bench)
    assert (seen["cp_volts"] > 11, seen["pp_ohm"]) == (True, None)
    assert record.of(Kind.PILOT, "cp_state") == ["B", "C", "B", "A"]
    assert {e.source for e in record if e.kind == Kind.PILOT} == {"mock+plug-1"}


async def test_mains_power_the_station(bench: Bench) -> None:
    for on in (False, True):
        await (bench.mains.on() if on else bench.mains.off())
        state = cast("dict[str, Any]", await world(bench).control("state"))
        assert state["station"]["powered"] is on


async def test_killed_mocks_are_the_cause_and_recover_brings_a_new_world(bench: Bench) -> None:
    old = world(bench).pid
    assert old is not None
    await bench.plugs["plug-1"].insert()
    os.kill(old, signal.SIGKILL)
    with pytest.raises(BenchError, match=r"mock world exited \(killed by signal 9\)"):
        await bench.plugs["plug-1"].request_energy()
    with pytest.raises(Quarantined):
        await bench.prove()
    assert not any(report.ok for report in await bench.check())
    await bench.recover()
    assert world(bench).pid != old
    await bench.plugs["plug-1"].insert()
    assert (await connector(bench))["pp_ohm"] == pytest.approx(220)


async def test_mocks_killed_while_idle_are_noticed(bench: Bench) -> None:
    pid = world(bench).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(5):
        await bench.quarantined.wait()
    assert bench.quarantine is not None
    assert bench.quarantine.device == "virtual world"
    await bench.recover()
    await bench.prove()


async def test_a_stuck_relay_is_found_and_named(bench: Bench) -> None:
    await world(bench).control("fault", name="stuck", value=0)
    with pytest.raises(BenchError, match="coil 0 did not follow"):
        await bench.plugs["plug-1"].insert()
    assert bench.quarantine is not None
    assert bench.quarantine.device == "relay-left"


async def test_closing_ends_the_world(tmp_path: Path) -> None:
    config = load_bench(BENCHES / "virtual.yaml")
    clock = Clock(config.time_scale)
    async with Bench(
        config, EventBus(clock), clock, Nobody(), csms_url="ws://127.0.0.1:9/x", state_dir=tmp_path
    ) as bench:
        pid = world(bench).pid
        assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
