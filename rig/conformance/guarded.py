"""Runs the body of a case under watch: every way of ending becomes a verdict or a cause."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, cast

import structlog

from drivers.ports import OperatorUnavailable
from rig.bench import Bench
from rig.clock import Clock, DeadlineExceeded
from rig.conformance.evidence import StepFailed, Unprepared
from rig.conformance.verdict import Verdict
from rig.errors import BenchError

CASE_LIMIT_S = 3 * 3600.0
"""Lab seconds after which a case is given up, whatever it waits for."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended.

    Attributes:
        verdict: when that alone decides.
        cause: in words.
        bench_failed: a device failed, so that nothing that was seen can be trusted.
    """

    verdict: Verdict | None = None
    cause: str = ""
    bench_failed: bool = False


async def guarded(body: Callable[[], Awaitable[None]], clock: Clock, bench: Bench | None) -> Ended:
    """Run `body`; a bench that goes into quarantine ends it at once.

    So does cancellation: it becomes ABORTED, for the caller to record before it stops too.
    """
    task = asyncio.ensure_future(_limited(body, clock))
    watched: list[asyncio.Future[None] | asyncio.Future[Literal[True]]] = [task]
    if bench is not None:
        watched.append(asyncio.ensure_future(bench.quarantined.wait()))
    aborted = False
    try:
        await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        aborted = True
        cast("asyncio.Task[object]", asyncio.current_task()).uncancel()
    late = [t for t in watched if not t.done()]
    for waiting in late:
        waiting.cancel()
    if late:
        await asyncio.wait(late)
    if aborted:
        return Ended(Verdict.ABORTED, "aborted in the middle of the case")
    ended = _ended(task)
    if bench is not None and bench.quarantine is not None:
        fault = f"{bench.quarantine.device}: {bench.quarantine.cause}"
        return Ended(Verdict.INCONCLUSIVE, fault, bench_failed=True)
    return ended


async def _limited(body: Callable[[], Awaitable[None]], clock: Clock) -> None:
    async with clock.deadline(CASE_LIMIT_S, "the whole case"):
        await body()


def _ended(task: asyncio.Future[None]) -> Ended:
    if task.cancelled():
        return Ended(Verdict.ABORTED, "cancelled")
    error = task.exception()
    if error is None:
        return Ended()
    if isinstance(error, StepFailed):
        return Ended(None, str(error))
    if isinstance(error, BenchError | Unprepared | OperatorUnavailable | DeadlineExceeded):
        return Ended(Verdict.INCONCLUSIVE, str(error))
    log.error("case crashed", exc_info=error)
    return Ended(Verdict.ERROR, f"{type(error).__name__}: {error}")
