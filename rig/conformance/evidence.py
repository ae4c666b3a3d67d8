"""What a case found out, as it finds it out: steps, checks, findings, phases.

Everything goes onto the one time line at once, so that nothing is lost when the daemon dies,
and is kept for the record of the case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from enum import StrEnum

from rig.clock import Clock
from rig.events import Event, EventBus, Kind
from rig.runs.records import CheckRecord, FindingRecord


class Phase(StrEnum):
    """Part of a case. Status rules judge only what comes during the steps."""

    PREPARATION = "preparation"
    STEPS = "steps"
    CLEANUP = "cleanup"


class StepFailed(Exception):
    """A step cannot be completed, so the case cannot go on; the failed check says why."""


class Strayed(StepFailed):
    """The device under test did not follow the scenario: a message missing or out of place."""


class Unprepared(Exception):
    """A precondition cannot be arranged: the run says nothing about the device under test."""


class Evidence:
    """Collector of one case.

    Args:
        octt_id: of the case.
        bus, clock: time line and lab time.

    Attributes:
        strayed: the device under test did not follow the scenario.
        variant: put before the name of each check.
        muted: checks are not recorded; clean-up is not judged.
        absent: number of failed checks for messages, other than statuses, that did not come.
        idle_from: number of the first event in the common start state; 0: not reached.
    """

    def __init__(self, octt_id: str, bus: EventBus, clock: Clock) -> None:
        self.octt_id = octt_id
        self.checks: list[CheckRecord] = []
        self.findings: list[FindingRecord] = []
        self.strayed = False
        self.variant = ""
        self.muted = False
        self.idle_from = 0
        self.absent = 0
        self._bus = bus
        self._clock = clock
        self._phases: list[tuple[int, Phase]] = []
        self.phase = Phase.PREPARATION

    def listen(self, hear: Callable[[Event], None]) -> AbstractContextManager[None]:
        """Have `hear` told of everything on the time line, while the context lasts."""
        return self._bus.listen(hear)

    def enter(self, phase: Phase) -> None:
        """Begin a phase of the case."""
        self.phase = phase
        event = self._bus.publish(Kind.CASE, "tool", octt_id=self.octt_id, phase=phase.value)
        self._phases.append((event.seq, phase))

    def phase_at(self, seq: int) -> Phase:
        """The phase in which event `seq` came."""
        found = Phase.PREPARATION
        for start, phase in self._phases:
            if start <= seq:
                found = phase
        return found

    def check(
        self,
        name: str,
        ok: bool,
        requirement: str,
        *,
        expected: object = "",
        seen: object = "",
        seqs: Iterable[int] = (),
        severity: str = "error",
        kind: str = "tool",
    ) -> bool:
        """Record whether something is as required.

        Args:
            name: the claim, in words.
            ok: whether it holds.
            requirement: where it comes from, e.g. "OCPP 1.6, 6.45".
            expected: what the requirement asks for, for the report.
            seen: what there was.
            seqs: events that show it.
            severity: "error" fails the case, "warn" is only reported.
            kind: "tool", or "manual" when a person or read-back of the bench judged.

        Returns:
            `ok`.
        """
        if self.muted:
            return ok
        name = f"[{self.variant}] {name}" if self.variant else name
        record = CheckRecord(
            name,
            requirement,
            ok,
            severity,
            str(expected),
            str(seen),
            tuple(seqs),
            round(self._clock.now(), 4),
            kind,
        )
        self.checks.append(record)
        self._bus.publish(
            Kind.CHECK,
            "tool",
            octt_id=self.octt_id,
            name=name,
            requirement=requirement,
            ok=ok,
            expected=record.expected,
            seen=record.seen,
            severity=severity,
        )
        return ok

    def finding(self, rule: str, severity: str, detail: str, seqs: Iterable[int] = ()) -> None:
        """Record that the device under test broke a rule."""
        record = FindingRecord(rule, severity, detail, tuple(seqs), round(self._clock.now(), 4))
        self.findings.append(record)
        self._bus.publish(
            Kind.FINDING,
            "tool",
            octt_id=self.octt_id,
            rule=rule,
            severity=severity,
            detail=detail,
        )

    def excuse(self) -> None:
        """What has failed so far is tried again: it is only reported."""
        self.checks = [c if c.ok else replace(c, severity="warn") for c in self.checks]
        self.strayed = False
        self.absent = 0

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show a step of the case while it is going on."""
        self._step(text, "waiting")
        try:
            yield
        except BaseException:
            self._step(text, "failed")
            raise
        self._step(text, "done")

    def _step(self, text: str, state: str) -> None:
        self._bus.publish(Kind.STEP, "tool", octt_id=self.octt_id, text=text, state=state)

    @property
    def seq(self) -> int:
        """Newest sequence number of the time line."""
        return self._bus.last_seq

    def first_failure(self) -> str:
        """The first thing that went wrong, as a sentence; "" when nothing did."""
        for check in self.checks:
            if not check.ok and check.severity == "error":
                return f"{check.name}: expected {check.expected}, seen {check.seen}"
        for finding in self.findings:
            if finding.severity == "fail":
                return f"rule {finding.rule}: {finding.detail}"
        return ""

    @property
    def failed(self) -> int:
        """Number of validations of severity error that failed."""
        return sum(not c.ok and c.severity == "error" for c in self.checks)
