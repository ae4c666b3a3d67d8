"""Runs one case with a station under test and says what it is worth.

Preparation (000_RESET, configuration, reusable states), the steps, clean-up; then the rules
over the whole log, then the verdict. Whatever happens, a record comes out: a fault of the
bench makes it INCONCLUSIVE, an error of our own makes it ERROR.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from drivers.ports import OperatorUnavailable
from rig.bench import Bench
from rig.clock import Clock, DeadlineExceeded
from rig.conformance.catalogue import Row
from rig.conformance.evidence import Evidence, Phase, StepFailed, Unprepared
from rig.conformance.registry import Case
from rig.conformance.steps import StationCase
from rig.conformance.verdict import Verdict, decide
from rig.errors import BenchError
from rig.runs.records import CaseRecord

CASE_LIMIT_S = 3 * 3600.0
"""Lab seconds after which a case is given up, whatever it waits for."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ended:
    """How the body of a case ended: `verdict` when that alone decides, and the cause."""

    verdict: Verdict | None
    cause: str


async def guarded(bench: Bench | None, body: Callable[[], Awaitable[None]], clock: Clock) -> Ended:
    """Run the body of a case under the watch of the bench.

    A bench that goes into quarantine ends it at once; every way of ending becomes an `Ended`,
    except cancellation, which is raised on.
    """
    task = asyncio.ensure_future(_limited(body, clock))
    watch = None if bench is None else asyncio.ensure_future(bench.quarantined.wait())
    try:
        await asyncio.wait({task, watch} if watch else {task}, return_when="FIRST_COMPLETED")
        if bench is not None and bench.quarantine is not None:
            cause = f"{bench.quarantine.device}: {bench.quarantine.cause}"
            return Ended(Verdict.INCONCLUSIVE, cause)
        return await _ended(task)
    finally:
        for waiting in (task, watch):
            if waiting is not None and not waiting.done():
                waiting.cancel()
                await asyncio.wait({waiting})
        if task.done() and not task.cancelled():
            task.exception()  # it has been reported above


async def _limited(body: Callable[[], Awaitable[None]], clock: Clock) -> None:
    async with clock.deadline(CASE_LIMIT_S, "the whole case"):
        await body()


async def _ended(task: asyncio.Future[None]) -> Ended:
    try:
        await task
    except StepFailed as failed:
        return Ended(None, str(failed))
    except (BenchError, Unprepared, OperatorUnavailable, DeadlineExceeded) as fault:
        return Ended(Verdict.INCONCLUSIVE, str(fault))
    except Exception as error:
        log.exception("case crashed")
        return Ended(Verdict.ERROR, f"{type(error).__name__}: {error}")
    return Ended(None, "")


class StationRunner:
    """Runs cases with the station under test, one after the other.

    Args:
        make: makes the context of a case from its evidence.
        bench, clock: of the lab.
    """

    def __init__(self, make: Callable[[Evidence], StationCase], bench: Bench, clock: Clock) -> None:
        self._make = make
        self._bench = bench
        self._clock = clock

    async def run(self, case: Case[StationCase], row: Row, evidence: Evidence) -> CaseRecord:
        """Run a case and judge it."""
        s = self._make(evidence)
        started_utc, t_start_s = self._clock.stamp(), self._clock.now()
        first = len(s.csms.log.entries)
        open_before = dict.fromkeys(s.csms.station.transactions, 0)
        evidence.enter(Phase.PREPARATION)
        first_seq = evidence.last_seq
        ended = await guarded(self._bench, lambda: self._body(s, case), self._clock)
        if ended.verdict is None or ended.verdict is Verdict.ERROR:
            ended = await self._leave(s, ended)
        if ended.verdict is None:
            self._apply_rules(s, row, first, open_before)
        outcome = decide(
            failed=evidence.failed,
            strayed=evidence.strayed or bool(ended.cause and ended.verdict is None),
            status_rules_ok=not any(f.rule[0] == "D" for f in evidence.findings if f.fails),
            rules_ok=not any(f.fails for f in evidence.findings),
            override=ended.verdict,
        )
        return self._record(case, row, evidence, outcome, ended.cause, started_utc, t_start_s,
                            first_seq)  # fmt: skip
