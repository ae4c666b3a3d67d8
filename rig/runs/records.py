"""What is kept of a run, as frozen records that are plain JSON on disk.

Times named `t_s` are monotonic lab seconds of the daemon that made the run, `*_utc` is lab time
in ISO 8601, and `seqs` are sequence numbers of events on the run's time line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import TypeVar, cast

from rig.jsontypes import Json

R = TypeVar("R")

VERDICTS = ("PASS", "INCONCLUSIVE", "FAIL", "ABORTED", "ERROR")
"""From best to worst; NOT APPLICABLE stands beside them."""

NOT_APPLICABLE = "NOT APPLICABLE"

VALIDATION, STRAYED = "validation failed", "not as described"
"""The two ways to fail of appendix D: a tool validation, or the scenario was not followed."""

RETEST, RESUMED = "retest", "resumed"


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """A claim that was tested.

    Attributes:
        requirement: the source of the claim, e.g. "OCPP 1.6, 6.45".
        severity: "error" fails the case, "warn" is only reported.
        seqs: events that show it.
        kind: "tool", or "manual" when a person or a read-back at the plug judged.
    """

    name: str
    requirement: str
    ok: bool
    severity: str
    expected: str
    seen: str
    seqs: tuple[int, ...]
    t_s: float
    kind: str


@dataclass(frozen=True, slots=True)
class FindingRecord:
    """A rule that the device under test broke. `severity` is "fail", "warn" or "info"."""

    rule: str
    severity: str
    detail: str
    seqs: tuple[int, ...]
    t_s: float


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One execution of a case.

    Attributes:
        obligation: "M", "C", "O", "U" (utility) or "".
        verdict: the result of the case.
        tool_verdict: what checks and steps alone say, before appendix D was applied.
        result: the combination in the words of the certification programme.
        cause: why it did not pass, as a sentence.
        first_seq, last_seq: its part of the time line.
        attempt: 1 for the first execution.
        failed_as: of a FAIL, which of the two of appendix D: `VALIDATION` or `STRAYED`.
        occasion: why it was executed once more: `RETEST`, `RESUMED`, or "".
        idle: 000_RESET had brought the device into the common start state.
        edition_id: what the edition of the run calls the case, when that is another id; else "".
    """

    octt_id: str
    title: str
    dut: str
    feature: str
    obligation: str
    verdict: str
    tool_verdict: str
    result: str
    cause: str
    started_utc: str
    t_start_s: float
    t_end_s: float
    first_seq: int
    last_seq: int
    checks: tuple[CheckRecord, ...]
    findings: tuple[FindingRecord, ...]
    attempt: int = 1
    variant: str = ""
    failed_as: str = ""
    occasion: str = ""
    idle: bool = True
    edition_id: str = ""

    @property
    def duration_s(self) -> float:
        """Lab seconds from start to end."""
        return self.t_end_s - self.t_start_s


@dataclass(frozen=True, slots=True)
class SelectionRecord:
    """Whether a row of the catalogue applies to the device under test, and why (not)."""

    octt_id: str
    title: str
    obligation: str
    applies: bool
    reason: str


@dataclass(frozen=True, slots=True)
class RunMeta:
    """What is known when a run begins.

    Attributes:
        run_id: `YYYYmmdd-HHMMSS-xxxx`, see `rig.runs.new_run_id`.
        dut: "station" or "csms".
        time_scale: lab seconds per real second.
        simulated: the device under test and the bench are mocks.
        requested: case ids asked for; empty for all that apply.
        edition: name of the release of the reference tool, and what differs from it.
        switches: of the edition, each with its value.
        pics: digest of what the vendor has declared.
        pics_file: where it was read, when it was not that of the bench file.
    """

    run_id: str
    dut: str
    bench: str
    started_utc: str
    time_scale: float
    tool_version: str
    simulated: bool
    requested: tuple[str, ...]
    selection: tuple[SelectionRecord, ...]
    edition: str = ""
    switches: dict[str, Json] = field(default_factory=dict)
    pics: str = ""
    pics_file: str = ""


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A stretch of a run without a break: it begins, and may be continued by others.

    Attributes:
        occasion: "" for the first, else `RESUMED` or `RETEST`.
        started_utc: lab time of the daemon that made it.
        first_seq: of its part of the time line.
        asked: cases asked for in a retest.
        accept_changes: somebody has ordered to go on with a device that is not what it was.
    """

    occasion: str
    started_utc: str
    first_seq: int
    tool_version: str
    time_scale: float
    asked: tuple[str, ...] = ()
    accept_changes: bool = False


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """The device under test is not what it was: 5.5 of the test procedure.

    Attributes:
        kind: "crash", "configuration" or "identity".
        detail: what was seen.
        where: when it was, in words.
        consequence: what the procedure asks for.
        accepted: the campaign went on all the same, as ordered.
        seqs: events that show it.
    """

    kind: str
    detail: str
    where: str
    consequence: str
    utc: str
    accepted: bool = False
    seqs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended. `state` is "finished" or "interrupted" (the daemon died)."""

    state: str
    verdict: str
    cause: str
    finished_utc: str


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line of the list of runs.

    Attributes:
        state: "running", "finished" or "interrupted".
        verdict: "" while running.
        counts: number of cases by verdict.
    """

    run_id: str
    dut: str
    bench: str
    state: str
    verdict: str
    cause: str
    started_utc: str
    finished_utc: str
    simulated: bool
    time_scale: float
    counts: dict[str, int]


def worst(verdicts: Iterable[str], at_least: str = "PASS") -> str:
    """The worst of `verdicts` and `at_least`; NOT APPLICABLE counts for nothing."""
    return max((at_least, *(v for v in verdicts if v in VERDICTS)), key=VERDICTS.index)


def to_json(record: object) -> dict[str, Json]:
    """The record as JSON values."""
    values = asdict(record)  # type: ignore[call-overload]  # any dataclass
    return cast("dict[str, Json]", _lists(values))


def case_from_json(data: Mapping[str, Json]) -> CaseRecord:
    """The case that `to_json` wrote. Fields of newer versions are ignored."""
    return _build(
        CaseRecord,
        data,
        checks=tuple(
            _build(CheckRecord, item, seqs=_numbers(item.get("seqs")))
            for item in _objects(data.get("checks"))
        ),
        findings=tuple(
            _build(FindingRecord, item, seqs=_numbers(item.get("seqs")))
            for item in _objects(data.get("findings"))
        ),
    )


def session_from_json(data: Mapping[str, Json]) -> SessionRecord:
    """The session that `to_json` wrote."""
    return _build(SessionRecord, data, asked=_texts(data.get("asked")))


def change_from_json(data: Mapping[str, Json]) -> ChangeRecord:
    """The change that `to_json` wrote."""
    return _build(ChangeRecord, data, seqs=_numbers(data.get("seqs")))


def meta_from_json(data: Mapping[str, Json]) -> RunMeta:
    """The run meta data that `to_json` wrote."""
    return _build(
        RunMeta,
        data,
        requested=_texts(data["requested"]),
        selection=tuple(_build(SelectionRecord, item) for item in _objects(data.get("selection"))),
    )


def end_from_json(data: Mapping[str, Json]) -> RunEnd:
    """The end of a run that `to_json` wrote."""
    return _build(RunEnd, data)


def _build(kind: type[R], data: Mapping[str, Json], **made: object) -> R:
    known = {known.name for known in fields(kind)}  # type: ignore[arg-type]  # R is a dataclass
    values: dict[str, object] = {name: data[name] for name in known & data.keys()}
    return kind(**(values | made))


def _lists(value: object) -> object:
    """JSON has no tuples."""
    if isinstance(value, dict):
        return {name: _lists(item) for name, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, list | tuple) else value


def _objects(value: Json) -> list[dict[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _numbers(value: Json) -> tuple[int, ...]:
    return tuple(n for n in value if isinstance(n, int)) if isinstance(value, list) else ()


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()
