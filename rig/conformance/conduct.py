"""One run from its first case to its last: what is executed, what stops it, what is recorded.

The device under test must be the same from the first case to the last (test procedure 5.5), and
in its start state before each of them (7.3). Everything is recorded as it happens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from rig.clock import Clock
from rig.conformance.dut_watch import (
    IDENTITY,
    STARTED_OVER,
    Change,
    changed_identity,
    changed_keys,
)
from rig.conformance.evidence import Evidence
from rig.conformance.intake import INTAKE
from rig.conformance.interview import keys_of
from rig.conformance.order import IntakeWish, RunOrder
from rig.conformance.pace import Pace
from rig.conformance.plan import Plan
from rig.conformance.sides import Ready, row_of
from rig.conformance.verdict import Verdict, worst
from rig.events import EventBus, Kind
from rig.jsontypes import Json
from rig.runs import RunRecord, RunWriter
from rig.runs.attempts import DECIDED, next_attempt, that_count
from rig.runs.configuration import Configuration
from rig.runs.records import RESUMED, RETEST, CaseRecord, ChangeRecord

ACCEPT = "--accept-changes"


class Stopped(Exception):
    """The run cannot go on. `verdict` is the best that it can have now."""

    def __init__(self, verdict: Verdict, cause: str) -> None:
        self.verdict = verdict
        self.cause = cause
        super().__init__(cause)


class Conduct:
    """Executes the cases of a run.

    Args:
        plan: what to run.
        order: how.
        writer: of the run.
        earlier: the run as it was before, when this goes on with it.
        bus, clock: time line and lab time.
        pace: what cases have taken before.

    Attributes:
        plan: once the configuration of the device is known, with nothing left undecided.
        changed: worst consequence of changes of the device under test.
    """

    def __init__(
        self,
        plan: Plan,
        order: RunOrder,
        writer: RunWriter,
        earlier: RunRecord | None,
        bus: EventBus,
        clock: Clock,
        pace: Pace,
    ) -> None:
        self.plan = plan
        self.changed = [
            (Verdict.FAIL, f"{c.detail}, {c.where}; {c.consequence}")
            for c in (earlier.changes if earlier is not None else ())
            if c.kind == "crash"
        ]
        self._order = order
        self._writer = writer
        self._earlier = earlier
        self._bus = bus
        self._clock = clock
        self._pace = pace

    @property
    def verdict(self) -> Verdict:
        """Of the run as far as it has got."""
        cases = [Verdict(case.verdict) for case in that_count(self._writer.cases)]
        return worst([*cases, *(verdict for verdict, _ in self.changed)])

    @property
    def cause(self) -> str:
        """Why the verdict is worse than those of the cases; "" when it is not."""
        return self.changed[0][1] if self.changed else ""

    async def run(self, ready: Ready) -> None:
        """Execute everything.

        Raises:
            Stopped: the rest is not executed.
            asyncio.CancelledError: aborted; the case in progress is recorded.
        """
        self._writer.identity(ready.identity)
        self._must_be_the_same(ready)
        if ready.configuration is not None:
            self._decide(ready.configuration)
        if self._wants_intake() and ready.pre_test is not None:
            await self._intake(ready)
        todo = self._todo()
        for place, octt_id in enumerate(todo):
            await self._one(ready, octt_id, todo[place:])

    # --- before the first case --------------------------------------------------------------

    def _must_be_the_same(self, ready: Ready) -> None:
        """A run is continued with the device that it was begun with, or not at all."""
        if self._earlier is None:
            return
        before: dict[str, Json] = {k: v for k, v in self._earlier.identity.items() if k in IDENTITY}
        differences = changed_identity(before, ready.identity)
        kept, now = self._earlier.configuration, ready.configuration
        if kept is not None and now is not None and kept.digest != now.digest:
            differences += changed_keys(kept, now, {}, ready.changing)
        if not differences:
            return
        change = Change("identity", "; ".join(differences), STARTED_OVER)
        self._tell(change, "when the run was to go on")
        if not self._order.accept_changes:
            raise Stopped(
                Verdict.INCONCLUSIVE,
                f"not continued, because this is not the device of the run: {change.detail}; "
                f"start a new run, or go on all the same with {ACCEPT}",
            )

    def _decide(self, configuration: Configuration) -> None:
        if self._earlier is None or self._earlier.configuration is None:
            self._writer.configuration(configuration)
        else:  # as it came at first; it has to be given back once more
            self._writer.configuration(replace(self._earlier.configuration, restored_utc=""))
        if not self._order.retest:
            self.plan = self.plan.decided(keys_of(configuration))
            self._writer.select(self.plan.records())

    def _wants_intake(self) -> bool:
        wish = self._order.intake
        if wish is IntakeWish.AUTO:
            return not self.plan.requested and not self._order.retest and not self._has_begun
        return wish is IntakeWish.ALWAYS

    @property
    def _has_begun(self) -> bool:
        """Whether an earlier session has got as far as the cases, with an intake or without."""
        if self._earlier is None:
            return False
        passed = any(intake.verdict == Verdict.PASS for intake in self._earlier.intake)
        return passed or bool(self._earlier.cases)

    async def _intake(self, ready: Ready) -> None:
        assert ready.pre_test is not None  # noqa: S101  # the caller has asked
        self._publish_case(INTAKE, "started", index=0, title="Intake")
        record = await ready.pre_test(Evidence(INTAKE, self._bus, self._clock))
        self._writer.intake(record)
        self._publish_case(INTAKE, "finished", index=0, title="Intake", verdict=record.verdict,
                           cause=record.cause, duration_s=round(record.duration_s, 3))  # fmt: skip
        self._note(await ready.look(), "during the intake")
        if record.verdict == Verdict.ABORTED:
            raise asyncio.CancelledError
        if record.verdict != Verdict.PASS:
            raise Stopped(
                Verdict(record.verdict),
                f"intake not passed: {record.cause}; no case was run. Look at the station, or "
                "run all the same with --skip-intake",
            )

    def _todo(self) -> tuple[str, ...]:
        if self._earlier is None or self._order.retest:
            return self.plan.cases
        done = {c.octt_id for c in self._earlier.results if c.verdict in DECIDED}
        return tuple(octt_id for octt_id in self.plan.cases if octt_id not in done)

    # --- the cases --------------------------------------------------------------------------

    async def _one(self, ready: Ready, octt_id: str, left: Sequence[str]) -> None:
        index, title = self.plan.cases.index(octt_id) + 1, row_of(octt_id).title
        attempt = next_attempt(self._writer.cases, octt_id)
        self._publish_case(
            octt_id, "started", index=index, title=title, attempt=attempt,
            expected_s=self._real(self._pace.expected(octt_id)),
            left_s=self._real(self._pace.remaining(left)),
        )  # fmt: skip
        record = await ready.run_case(octt_id, Evidence(octt_id, self._bus, self._clock), attempt)
        record = replace(record, occasion=self._occasion(attempt))
        self._writer.case(record)
        self._publish_case(
            octt_id, "finished", index=index, title=title, attempt=attempt,
            verdict=record.verdict, result=record.result, failed_as=record.failed_as,
            cause=record.cause, duration_s=round(record.duration_s, 3),
            left_s=self._real(self._pace.remaining(left[1:])),
        )  # fmt: skip
        if record.verdict == Verdict.ABORTED:
            raise asyncio.CancelledError
        self._note(await ready.look(), f"in case {octt_id}, its preparation or its clean-up")
        if not record.idle and record.verdict == Verdict.FAIL and len(left) > 1:
            raise Stopped(
                Verdict.FAIL,
                f"000_RESET did not pass before case {octt_id}, so no other may start (7.3)",
            )

    def _occasion(self, attempt: int) -> str:
        if attempt == 1:
            return ""
        return RETEST if self._order.retest else RESUMED

    def _note(self, changes: Sequence[Change], where: str) -> None:
        """Decide what a change means, and go on or stop."""
        for change in changes:
            self._tell(change, where)
        grave = [change for change in changes if not self._accepts(change)]
        for change in grave:
            failed = change.kind == "crash"
            verdict = Verdict.FAIL if failed else Verdict.INCONCLUSIVE
            self.changed.append((verdict, f"{change.detail}, {where}; {change.consequence}"))
        if all(change.kind == "crash" for change in grave):
            return  # the other cases are worth knowing to those who repair it
        raise Stopped(
            self.verdict,
            f"{self.cause}; to go on all the same: {ACCEPT}; a key that changes by itself belongs "
            "into csms.changing_keys of the bench file",
        )

    def _tell(self, change: Change, where: str) -> None:
        accepted = self._accepts(change)
        self._writer.change(
            ChangeRecord(
                change.kind, change.detail, where, change.consequence, self._clock.stamp(),
                accepted, change.seqs,
            )
        )  # fmt: skip
        self._bus.publish(
            Kind.RUN, "tool", phase="changed", what=change.kind, detail=change.detail, where=where,
            consequence=change.consequence, accepted=accepted,
        )  # fmt: skip

    def _accepts(self, change: Change) -> bool:
        if change.kind == "crash":
            return False
        return change.by_case or self._order.accept_changes

    def _publish_case(self, octt_id: str, phase: str, **data: Json) -> None:
        total = len(self.plan.cases)
        self._bus.publish(Kind.CASE, "tool", octt_id=octt_id, phase=phase, total=total, **data)

    def _real(self, lab_s: float) -> float:
        return round(self._clock.real(lab_s), 1)


def interrupted(earlier: RunRecord) -> CaseRecord | None:
    """The case in which the daemon of the earlier session died, for the record."""
    broken = earlier.broken_off()
    if broken is None or broken.octt_id == INTAKE:
        return None
    return replace(broken, feature=row_of(broken.octt_id).feature)
