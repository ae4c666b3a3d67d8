"""A run in a task of its own, from the order to its end."""

from __future__ import annotations

import asyncio

import pytest

from rig.client.errors import OF_VERDICT
from rig.clock import Clock
from rig.daemon.running import ActiveRun
from rig.errors import RunError
from rig.events import EventBus, Kind


async def test_a_run_that_is_aborted_before_its_first_step_has_ended() -> None:
    run = ActiveRun(EventBus(Clock()), "station", 1)

    async def work() -> int:
        return 0

    async def order() -> None:
        await run.start(work())

    ordering = asyncio.create_task(order())
    aborting = asyncio.create_task(run.abort())
    async with asyncio.timeout(5):
        await aborting
        with pytest.raises(RunError, match="ended before it had begun"):
            await ordering
    assert (run.active, run.exit_code) == (False, OF_VERDICT["ABORTED"])


async def test_who_aborts_a_run_that_is_being_aborted_waits_for_its_clean_up() -> None:
    bus = EventBus(Clock())
    run = ActiveRun(bus, "station", 1)
    cleaning, go_on = asyncio.Event(), asyncio.Event()
    did: list[str] = []

    async def work() -> int:
        bus.publish(Kind.RUN, "tool", run_id="r1", phase="started")
        try:
            await asyncio.Event().wait()
        finally:
            cleaning.set()
            await go_on.wait()
            did.append("cleaned up")
        return 0

    assert await run.start(work()) == "r1"
    aborting = [asyncio.create_task(run.abort())]
    async with asyncio.timeout(5):
        await cleaning.wait()
        aborting.append(asyncio.create_task(run.abort()))
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(*aborting)
    assert (did, run.exit_code) == (["cleaned up"], OF_VERDICT["ABORTED"])
