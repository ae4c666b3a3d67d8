"""Whole campaigns in virtual time, with somebody who interferes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from rig.config.models import BenchConfig
from rig.conformance.campaign import RunOutcome
from rig.conformance.order import IntakeWish, RunOrder
from rig.events import Event, Kind
from rig.jsontypes import Json
from rig.runs import RunRecord
from tests.detection.lab import Laboratory, opened
from tests.virtual_bench import InTheLoop, over_tcp
from tests.virtual_time import EPOCH, VirtualClock, run_virtually

T = TypeVar("T")
Moment = Callable[[Event], bool]
"""Whether an event is the one at which something is to happen."""


class Died(BaseException):
    """The daemon has died: nothing of what it wanted to do after this happens."""


def at_site(
    bench: BenchConfig, folder: Path, scenario: Callable[[Laboratory], Coroutine[Any, Any, T]]
) -> T:
    """What a scenario gives, played in virtual time."""
    epoch = EPOCH if bench.csms.profile == 0 else float(int(time.time()))
    clock = VirtualClock(bench.time_scale, epoch)

    async def play() -> T:
        async with opened(over_tcp(bench), folder, clock, InTheLoop()) as lab:
            return await scenario(lab)

    return run_virtually(play())


def in_case(octt_id: str, phase: str = "steps") -> Moment:
    """When a phase of a case begins."""
    return lambda e: e.kind == Kind.CASE and (e.data.get("octt_id"), e.data.get("phase")) == (
        octt_id, phase,
    )  # fmt: skip


async def run(lab: Laboratory, *cases: str, **wishes: Any) -> RunOutcome:
    """A run of the campaign; without an intake, unless it is wished for."""
    wishes.setdefault("intake", IntakeWish.NEVER)
    order = RunOrder("station", cases, **wishes)
    return await lab.campaign.run(lab.campaign.plan_of(order), order)


async def run_while(
    lab: Laboratory, when: Moment, do: Callable[[], Awaitable[object]], *cases: str, **wishes: Any
) -> RunRecord:
    """A run during which something is done, once, at a moment."""
    async with asyncio.TaskGroup() as group:
        waiting = [do]

        def hear(event: Event) -> None:
            if waiting and when(event):
                group.create_task(_finished(waiting.pop()()))

        with lab.bus.listen(hear):
            outcome = await run(lab, *cases, **wishes)
        assert not waiting, "the moment did not come"
    return lab.store.load(outcome.run_id)


async def run_until(lab: Laboratory, when: Moment, *cases: str, **wishes: Any) -> RunRecord:
    """A run whose daemon dies right after a moment between two cases; the station lives on."""
    over: list[Event] = []

    def hear(event: Event) -> None:
        if over:
            raise Died
        if when(event):
            over.append(event)  # those who listen after us shall have heard of it

    listening = lab.bus.listen(hear)
    try:
        with listening:
            await run(lab, *cases, **wishes)
    except Died:
        return lab.store.load("last")
    raise AssertionError("the moment did not come")


async def _finished(work: Awaitable[object]) -> None:
    await work


async def control(lab: Laboratory, do: str, **args: Json) -> Json:
    """An operation of the emulated station, as by a person at it."""
    assert lab.bench.virtual is not None
    return await lab.bench.virtual.control(do, **args)


def executions(record: RunRecord) -> list[tuple[str, str, int, str]]:
    """Of each execution: case, verdict, attempt, occasion."""
    return [(c.octt_id, c.verdict, c.attempt, c.occasion) for c in record.cases]


def told(record: RunRecord) -> Sequence[tuple[str, str, bool]]:
    """Of each change of the device: kind, where, whether it was accepted."""
    return [(c.kind, c.where, c.accepted) for c in record.changes]
