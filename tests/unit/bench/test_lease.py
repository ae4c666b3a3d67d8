from __future__ import annotations

import asyncio

import pytest

from rig.bench.lease import Lease
from rig.clock import Clock
from rig.errors import BenchBusy
from rig.events import EventBus


class Desk:
    """A lease, what it put on record, and how often the bench was made safe."""

    def __init__(self) -> None:
        self.clock = Clock(1)
        self.bus = EventBus(self.clock)
        self.record: list[tuple[str, str, str]] = []
        self.safe = asyncio.Event()
        self.lease = Lease("lab", self.clock, self.bus, self._on_lost)
        self._listening = self.bus.listen(
            lambda e: self.record.append((str(e.data["what"]), str(e.data["owner"]),
                                          str(e.data["by"])))
        )  # fmt: skip
        self._listening.__enter__()

    async def _on_lost(self) -> None:
        self.safe.set()


@pytest.fixture
async def desk() -> Desk:
    return Desk()


async def test_one_holder_who_may_take_it_again(desk: Desk) -> None:
    desk.lease.take("anna", "run")
    desk.lease.take("anna", "still")
    desk.lease.demand("anna")
    with pytest.raises(BenchBusy, match=r"held by anna since .* \(still\)"):
        desk.lease.take("ben", "mine")
    with pytest.raises(BenchBusy):
        desk.lease.demand("ben")
    with pytest.raises(BenchBusy):
        desk.lease.release("ben")
    desk.lease.release("anna")
    desk.lease.demand("ben")
    assert desk.record == [("taken", "anna", "anna"), ("released", "anna", "anna")]


async def test_breaking_is_on_record_and_makes_the_bench_safe(desk: Desk) -> None:
    assert await desk.lease.break_lease("ben", "nobody there") is None
    assert not desk.safe.is_set()
    desk.lease.take("anna", "run")
    lost = await desk.lease.break_lease("ben", "anna has left")
    assert lost is not None
    assert (lost.owner, desk.safe.is_set()) == ("anna", True)
    assert desk.record[-1] == ("broken", "anna", "ben")
    desk.lease.take("ben", "mine")


async def test_a_silent_holder_loses_it_and_the_bench_is_made_safe(desk: Desk) -> None:
    desk.lease.take("anna", "run", ttl_s=0.01)
    async with asyncio.timeout(5):
        await desk.safe.wait()
    assert desk.lease.holder is None
    assert desk.record[-1] == ("expired", "anna", "anna")


async def test_a_run_keeps_it(desk: Desk) -> None:
    busy = True
    asked = asyncio.Event()

    def in_use() -> bool:
        asked.set()
        return busy

    desk.lease.in_use = in_use
    desk.lease.take("anna", "run", ttl_s=0.01)
    async with asyncio.timeout(5):
        await asked.wait()
        assert desk.lease.holder is not None
        busy = False
        await desk.safe.wait()


async def test_those_who_wait_are_served_in_order(desk: Desk) -> None:
    desk.lease.take("anna", "run")
    ben = asyncio.create_task(desk.lease.wait("ben", "second", 60, 5))
    await asyncio.sleep(0)
    carl = asyncio.create_task(desk.lease.wait("carl", "third", 60, 5))
    await asyncio.sleep(0)
    assert desk.lease.queue == ("ben", "carl")
    desk.lease.release("anna")
    with pytest.raises(BenchBusy, match="ben is next"):
        desk.lease.take("dora", "sneaks in")
    assert (await ben).owner == "ben"
    assert not carl.done()
    desk.lease.release("ben")
    assert (await carl).owner == "carl"
    assert not desk.lease.queue


async def test_waiting_ends_and_keeps_the_place_for_a_moment(desk: Desk) -> None:
    desk.lease.take("anna", "run")
    with pytest.raises(BenchBusy, match="held by anna"):
        await desk.lease.wait("ben", "second", 60, 0.01)
    assert desk.lease.queue == ("ben",)
    desk.lease.release("anna")
    with pytest.raises(BenchBusy, match="ben is next"):
        desk.lease.take("carl", "third")
    assert desk.lease.take("ben", "second").owner == "ben"
