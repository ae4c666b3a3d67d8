"""A chore is done when it is due, when something changed, and never after its end."""

from __future__ import annotations

import asyncio

from firmware_mocks.charging_station.chore import Chore
from tests.virtual_time import VirtualMockClock, run_virtually


def lived(
    story: list[tuple[float, str]], *waits: float | None, until: float = 100.0
) -> list[float]:
    """When the work was done, in a virtual life of so many seconds."""
    clock, left = VirtualMockClock(), list(waits)
    done: list[float] = []

    def work() -> float | None:
        done.append(clock.now())
        return left.pop(0) if left else None

    async def live() -> None:
        chore = Chore(clock, work)
        for at, what in story:
            asyncio.get_running_loop().call_at(at, getattr(chore, what))
        await asyncio.sleep(until)
        chore.stop()

    run_virtually(live())
    return done


def test_it_comes_back_when_the_work_says_so() -> None:
    assert lived([(0.0, "start")], 10.0, 5.0, None) == [0.0, 10.0, 15.0]


def test_touch_brings_it_forward_and_what_was_due_is_forgotten() -> None:
    story = [(0.0, "start"), (3.0, "touch")]
    assert lived(story, 10.0, 20.0, None) == [0.0, 3.0, 23.0]


def test_nothing_before_its_start_nor_after_its_end() -> None:
    story = [(1.0, "touch"), (2.0, "start"), (15.0, "stop"), (16.0, "touch")]
    assert lived(story, 5.0, 20.0) == [2.0, 7.0]


def test_time_that_has_passed_is_now() -> None:
    assert lived([(0.0, "start")], -5.0, None) == [0.0, 0.0]


def test_work_that_touches_itself_is_done_once_more() -> None:
    clock = VirtualMockClock()
    done: list[float] = []

    def work() -> float | None:
        done.append(clock.now())
        if len(done) == 1:
            chore.touch()
        return 50.0 if len(done) < 3 else None

    async def live() -> None:
        chore.start()
        await asyncio.sleep(100)

    chore = Chore(clock, work)
    run_virtually(live())
    assert done == [0.0, 0.0, 50.0]
