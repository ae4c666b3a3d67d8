"""What the daemon tells of what was seen: frames, the time line of a case, two runs compared.

Times `t_s` are monotonic lab seconds of the daemon, `at_s` lab seconds since the case began,
`seq` and `seqs` are sequence numbers on the time line.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FrameLine:
    """One OCPP-J message.

    Attributes:
        utc: lab time, ISO 8601 with milliseconds.
        direction: "in" from the device under test, "out" from the tool.
        type: CALL, CALLRESULT, CALLERROR or malformed.
        action: also of an answer, that of its CALL where it is known; "" otherwise.
        id: message id, "" where there is none.
        raw: as on the wire, but for secrets; hexadecimal of a binary message.
        connection: number of the WebSocket connection.
        octt_id: of the case in which it came, "" between cases.
        summary: the fields that matter, on one line.
        problem: of a malformed frame, what is wrong with it.
    """

    seq: int
    t_s: float
    utc: str
    direction: str
    type: str
    action: str
    id: str
    raw: str
    connection: int
    octt_id: str
    summary: str
    problem: str


@dataclass(frozen=True, slots=True)
class FramePage:
    """Some frames, in order.

    Attributes:
        more: there are more that fit, after these (before them, if the newest were asked for).
        last_seq: give it as `after` to go on from here.
    """

    frames: tuple[FrameLine, ...]
    more: bool
    last_seq: int


@dataclass(frozen=True, slots=True)
class MarkLine:
    """What a row is evidence of. `kind` is "failed", "warned" or "finding"."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One row of a case's time line, as in the report.

    Attributes:
        seq: of the event; 0 of a check, which comes last of its time.
        shape: call, result, error, malformed, physical, note, step, phase or alert.
        bold, text: what happened, and its details.
        source, target: Rig, Plug, Station, Tool or CSMS; None where it is in one place.
    """

    at_s: float
    seq: int
    shape: str
    bold: str
    text: str
    source: str | None
    target: str | None
    marks: tuple[MarkLine, ...]


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A claim that was tested; `severity` "error" fails the case, "warn" is only reported."""

    name: str
    requirement: str
    ok: bool
    severity: str
    expected: str
    seen: str
    kind: str
    at_s: float
    seqs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A rule that the device under test broke. `severity` is "fail", "warn" or "info"."""

    rule: str
    severity: str
    detail: str
    at_s: float
    seqs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CaseTimeline:
    """One execution of a case in order of time; `attempts` is how many the run has of it."""

    run_id: str
    octt_id: str
    title: str
    variant: str
    attempt: int
    attempts: int
    verdict: str
    cause: str
    started_utc: str
    duration_s: float
    rows: tuple[TimelineLine, ...]
    checks: tuple[CheckLine, ...]
    findings: tuple[FindingLine, ...]


@dataclass(frozen=True, slots=True)
class CompareLine:
    """One case in two runs; a verdict is "" where the run has none.

    `change` is same, better, worse, new (only in the second) or gone (only in the first).
    """

    octt_id: str
    title: str
    verdict_a: str
    verdict_b: str
    cause_a: str
    cause_b: str
    change: str


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Two runs, case by case; ids are whole ids, also where `last` was asked for."""

    run_a: str
    run_b: str
    rows: tuple[CompareLine, ...]
