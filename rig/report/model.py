"""What every form of the report shows, and nothing about how.

Times `at_s` are lab seconds since the case began. Everything is already free of secrets; nothing
is escaped yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Lane(StrEnum):
    """A vertical of the sequence diagram."""

    RIG = "Rig"
    PLUG = "Plug"
    STATION = "Station"
    TOOL = "Tool"
    CSMS = "CSMS"


class Shape(StrEnum):
    """How a row of the time line is drawn."""

    CALL = "call"
    RESULT = "result"
    ERROR = "error"
    MALFORMED = "malformed"
    PHYSICAL = "physical"
    NOTE = "note"
    STEP = "step"
    PHASE = "phase"
    ALERT = "alert"


@dataclass(frozen=True, slots=True)
class Mark:
    """Something a frame is evidence of. `kind` is "failed", "warned" or "finding"."""

    kind: str
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One row of the sequence diagram; `target` is None for what happens in one place."""

    at_s: float
    seq: int
    shape: Shape
    text: str
    source: Lane | None = None
    target: Lane | None = None
    bold: str = ""
    anchor: str = ""
    marks: tuple[Mark, ...] = ()

    @property
    def full(self) -> str:
        """The whole text."""
        return f"{self.bold} {self.text}".strip()


@dataclass(frozen=True, slots=True)
class FrameView:
    """One OCPP-J message.

    Attributes:
        kind: CALL, CALLRESULT, CALLERROR or malformed.
        action: also of an answer, that of its CALL where it is known; "" otherwise.
        summary: the fields that matter.
        raw: as on the wire, but for secrets.
        problem: of a malformed frame, what is wrong with it.
        cited: a check or finding refers to it.
    """

    anchor: str
    seq: int
    at_s: float
    utc: str
    sender: Lane
    receiver: Lane
    connection: int
    kind: str
    message_id: str
    action: str
    summary: str
    raw: str
    problem: str = ""
    cited: bool = False
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place on the time line; `anchor` is "" when it is no frame."""

    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check. `state` is "ok", "failed" or "warned"; `kind` "tool" or "manual"."""

    anchor: str
    state: str
    name: str
    requirement: str
    expected: str
    seen: str
    kind: str
    at_s: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class FindingView:
    """A broken rule. `family` says where the rule comes from."""

    anchor: str
    rule: str
    family: str
    severity: str
    detail: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class PromptView:
    """A question to the operator.

    Attributes:
        at_s: when it was asked.
        state: "asked" (still), "answered", "expired" or "withdrawn".
        by, via: who answered, and from where.
        answered_utc: lab time of the answer.
    """

    at_s: float
    question: str
    kind: str
    step: str
    state: str
    answer: str
    by: str
    via: str
    asked_utc: str
    answered_utc: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """One execution of a case.

    Attributes:
        failed_as: of a FAIL, which of the two of appendix D.
        occasion: why it was executed once more: retest, resumed, or "".
        counts: it is the result of its case; others are kept beside it.
        edition_id: what the edition of the run calls the case, when that is another id.
    """

    anchor: str
    octt_id: str
    title: str
    dut: str
    feature: str
    obligation: str
    variant: str
    attempt: int
    verdict: str
    tool_verdict: str
    result: str
    cause: str
    started_utc: str
    duration_s: float
    checks: tuple[CheckView, ...]
    findings: tuple[FindingView, ...]
    frames: tuple[FrameView, ...]
    rows: tuple[TimelineRow, ...]
    lanes: tuple[Lane, ...]
    prompts: tuple[PromptView, ...] = ()
    failed_as: str = ""
    occasion: str = ""
    counts: bool = True
    edition_id: str = ""

    @property
    def outcome(self) -> str:
        """What appendix D says beside the verdict, in words; "" when nothing more is to be said."""
        if self.failed_as:
            return self.failed_as
        return "to be retested" if self.result in ("retest", "inconclusive") else ""

    @property
    def name(self) -> str:
        """Id and variant."""
        return f"{self.octt_id} [{self.variant}]" if self.variant else self.octt_id

    @property
    def failed_checks(self) -> int:
        """Number of checks that failed the case."""
        return sum(check.state == "failed" for check in self.checks)


@dataclass(frozen=True, slots=True)
class ChangeView:
    """The device under test was not what it had been: 5.5 of the test procedure."""

    kind: str
    detail: str
    where: str
    consequence: str
    utc: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class SessionView:
    """A stretch of the run without a break; `occasion` is "", "resumed" or "retest"."""

    occasion: str
    started_utc: str
    tool_version: str
    asked: tuple[str, ...]
    accept_changes: bool


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of the catalogue that was not run."""

    octt_id: str
    title: str
    obligation: str
    reason: str


@dataclass(frozen=True, slots=True)
class RunView:
    """One run.

    Attributes:
        facts: label and value, for the header.
        name: of the device under test.
        not_run: rows that apply and have no result.
        not_applicable: rows that do not apply, with the reason.
        outside: frames before, between and after the cases.
        intake: executions of the pre-test.
        changes: of the device under test during the run.
        sessions: stretches of the run without a break.
    """

    number: int
    run_id: str
    dut: str
    name: str
    bench: str
    state: str
    verdict: str
    cause: str
    started_utc: str
    finished_utc: str
    simulated: bool
    time_scale: float
    tool_version: str
    facts: tuple[tuple[str, str], ...]
    identity: tuple[tuple[str, str], ...]
    cases: tuple[CaseView, ...]
    not_run: tuple[RowView, ...]
    not_applicable: tuple[RowView, ...]
    outside: tuple[FrameView, ...]
    intake: tuple[CaseView, ...] = ()
    changes: tuple[ChangeView, ...] = ()
    sessions: tuple[SessionView, ...] = ()

    @property
    def results(self) -> tuple[CaseView, ...]:
        """Of each case the execution that counts."""
        return tuple(case for case in self.cases if case.counts)


@dataclass(frozen=True, slots=True)
class ReportModel:
    """A report of one or more runs. `counts` maps verdicts to numbers, worst first."""

    title: str
    verdict: str
    counts: tuple[tuple[str, int], ...]
    runs: tuple[RunView, ...]
    limits: tuple[str, ...]

    @property
    def cases(self) -> tuple[CaseView, ...]:
        """The cases of all runs."""
        return tuple(case for run in self.runs for case in run.cases)
