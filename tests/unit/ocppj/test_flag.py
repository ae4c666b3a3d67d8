"""Set, cleared, waited for; who gives up waiting leaves nothing behind."""

from __future__ import annotations

import asyncio

import pytest

from rig.ocppj.flag import Flag


async def test_who_waits_is_woken_by_set_and_who_comes_later_is_not_held_up() -> None:
    flag, woken = Flag(), []

    async def wait(name: str) -> None:
        await flag.wait()
        woken.append(name)

    tasks = [asyncio.create_task(wait(name)) for name in "ab"]
    await asyncio.sleep(0)
    assert woken == []
    flag.set()
    await asyncio.gather(*tasks)
    assert woken == ["a", "b"]
    await flag.wait()
    assert flag.is_set()


async def test_cleared_before_the_waiter_runs_wakes_it_all_the_same() -> None:
    flag = Flag()
    task = asyncio.create_task(flag.wait())
    await asyncio.sleep(0)
    flag.set()
    flag.clear()
    await task
    assert not flag.is_set()


async def test_cancelled_waiter_leaves_nothing_behind() -> None:
    flag = Flag()
    first, second = asyncio.create_task(flag.wait()), asyncio.create_task(flag.wait())
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    flag.set()
    await second


async def test_set_and_cancelled_in_one_step() -> None:
    flag = Flag()
    task = asyncio.create_task(flag.wait())
    await asyncio.sleep(0)
    flag.set()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert Flag(True).is_set()
