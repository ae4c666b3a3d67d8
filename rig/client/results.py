"""What the daemon answers, as frozen records: one definition for both ends of the socket.

The daemon serialises these with `to_json`; the client builds them with `build`. A client
ignores fields it does not know, so that a newer daemon can be asked by an older client.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from functools import cache
from typing import TypeVar, cast

from rig.client.errors import ClientError
from rig.jsontypes import Json

R = TypeVar("R")


@dataclasses.dataclass(frozen=True, slots=True)
class DaemonInfo:
    """The process behind the socket.

    Attributes:
        uptime_s: real time.
        url: of the API on a TCP port, "" without one.
    """

    pid: int
    version: str
    started_utc: str
    uptime_s: float
    socket: str
    last_seq: int
    url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class QuarantineInfo:
    """Why the bench may not be used until it is recovered."""

    device: str
    cause: str
    utc: str


@dataclasses.dataclass(frozen=True, slots=True)
class CardInfo:
    """A test card: `status` is what the tool answers to it."""

    name: str
    id_tag: str
    status: str
    parent: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class BenchInfo:
    """The bench of the daemon.

    Attributes:
        file: path of the bench file.
        state: "opening", "open", "quarantined", "closing", or "offline" (not to be opened).
        simulated: devices are mocks.
        time_scale: lab seconds per real second.
        mains: "on", "off", or "none" while the bench is not open.
        network: "up", "down", or "none": the bench is not open, or cannot cut it.
    """

    name: str
    file: str
    state: str
    simulated: bool
    time_scale: float
    plugs: tuple[str, ...]
    cards: tuple[CardInfo, ...]
    mains: str
    quarantine: QuarantineInfo | None = None
    network: str = "none"


@dataclasses.dataclass(frozen=True, slots=True)
class StationInfo:
    """A charging station connected, or once connected, to the tool's Central System."""

    identity: str
    connected: bool
    registration: str
    vendor: str = ""
    model: str = ""
    firmware: str = ""
    last_message_s: float | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class RefusedInfo:
    """A connection that the Central System turned away, `age_s` lab seconds ago."""

    identity: str
    remote: str
    reason: str
    age_s: float


@dataclasses.dataclass(frozen=True, slots=True)
class CsmsInfo:
    """The Central System that the tool plays.

    Attributes:
        refused: number of connections that were turned away.
        last_refused: the last one of them.
    """

    url: str
    stations: tuple[StationInfo, ...]
    refused: int = 0
    last_refused: RefusedInfo | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Progress:
    """The run in progress; `case` is the octt_id in progress, "" between cases."""

    run_id: str
    dut: str
    case: str
    index: int
    total: int


@dataclasses.dataclass(frozen=True, slots=True)
class PromptInfo:
    """A question to the operator.

    Attributes:
        state: "asked", "answered", "expired" or "withdrawn".
        timeout_s: real seconds from `asked_utc` until it expires.
        by, via: who answered, and from where: tui, cli, web, http or bridge.
        kind: "physical" (do something), "look" (and tell) or "confirm" (decide).
        octt_id, step: of the case that asks; "" outside of one.
        evidence: what was seen in the case so far, the last few lines.
        remedy: what to do when it is not possible.
        deadline_utc: lab time.
        left_s: real seconds until it expires, when this was told; 0 once it is closed.
    """

    id: str
    question: str
    choices: tuple[str, ...]
    state: str
    timeout_s: float
    asked_utc: str
    answer: str = ""
    by: str = ""
    answered_utc: str = ""
    via: str = ""
    kind: str = "confirm"
    octt_id: str = ""
    step: str = ""
    evidence: tuple[str, ...] = ()
    remedy: str = ""
    deadline_utc: str = ""
    left_s: float = 0.0


@dataclasses.dataclass(frozen=True, slots=True)
class Status:
    """Everything about the daemon at a glance; `lease` is None while the bench is not open."""

    daemon: DaemonInfo
    bench: BenchInfo
    csms: CsmsInfo | None
    run: Progress | None
    prompts: tuple[PromptInfo, ...]
    lease: LeaseInfo | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class SelfTestLine:
    """One step of a self-test; `took_s` is real time."""

    device: str
    what: str
    ok: bool
    detail: str
    remedy: str
    took_s: float


@dataclasses.dataclass(frozen=True, slots=True)
class LeaseInfo:
    """Who holds the bench, and who waits for it; `owner` is "" when nobody holds it."""

    owner: str
    reason: str = ""
    since: str = ""
    ttl_s: float = 0.0
    queue: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class SuggestionLine:
    """Something plugged in, and what a bench file could say about it.

    Attributes:
        entry: lines of YAML below `devices` and the name; empty when there is nothing to write.
        note: what it is, and what to check.
        stable: whether its address survives replugging.
    """

    name: str
    entry: tuple[str, ...]
    note: str
    stable: bool


@dataclasses.dataclass(frozen=True, slots=True)
class DeviceLine:
    """Result of asking one device for a sign of life."""

    device: str
    ok: bool
    detail: str
    remedy: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class CaseLine:
    """One row of the catalogue, and whether it applies to this device under test."""

    octt_id: str
    title: str
    feature: str
    obligation: str
    implemented: bool
    applies: bool
    decided: bool
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class PicsDifference:
    """PICS and station do not agree; `blocks`: it has to be corrected before a campaign."""

    item: str
    declared: str
    observed: str
    consequence: str
    blocks: bool


@dataclasses.dataclass(frozen=True, slots=True)
class CaseResult:
    """Verdict of one execution of a case. Times are lab seconds of the daemon's clock.

    Attributes:
        occasion: why it was executed once more: "resumed", "retest", or "".
        result: word of appendix D: success, failed, retest, inconclusive.
        failed_as: of a FAIL, which of the two of appendix D.
        counts: it is the result of its case; others are kept beside it.
    """

    octt_id: str
    title: str
    dut: str
    verdict: str
    cause: str
    duration_s: float
    checks: int
    checks_failed: int
    findings: int
    variant: str = ""
    attempt: int = 1
    occasion: str = ""
    result: str = ""
    failed_as: str = ""
    counts: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class DutChange:
    """The device under test was not what it had been (test procedure 5.5)."""

    kind: str
    detail: str
    where: str
    consequence: str
    accepted: bool


@dataclasses.dataclass(frozen=True, slots=True)
class RunInfo:
    """A run of the run store.

    Attributes:
        state: "running", "finished" or "interrupted" (the daemon died).
        requested: octt_ids that were asked for, () for all.
        exit_code: see `ExitCode`; None while running.
        cases: every execution, in order.
        intake: the last pre-test of the device; None when there was none.
        edition: of the tests.
        sessions: how often it was begun or gone on with.
        changes: of the device under test during the run.
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
    requested: tuple[str, ...]
    exit_code: int | None
    cases: tuple[CaseResult, ...]
    intake: CaseResult | None = None
    edition: str = ""
    sessions: int = 1
    changes: tuple[DutChange, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class RunLine:
    """One line of the list of runs. `counts` maps a verdict to its number of cases."""

    run_id: str
    dut: str
    bench: str
    state: str
    verdict: str
    started_utc: str
    counts: dict[str, int]


@dataclasses.dataclass(frozen=True, slots=True)
class RunStarted:
    """A run that has just begun; its events have sequence numbers above `after_seq`."""

    run_id: str
    after_seq: int
    cases: tuple[str, ...]


def to_json(record: object) -> dict[str, Json]:
    """JSON values of one record."""
    return cast("dict[str, Json]", dataclasses.asdict(cast("typing.Any", record)))


def build(kind: type[R], said: Json) -> R:
    """A record of type `kind` from JSON values.

    Raises:
        ClientError: a field is missing; daemon and client are of different versions.
    """
    if not isinstance(said, dict):
        raise ClientError(f"the daemon sent {said!r} for {kind.__name__}", "internal")
    types_of, required = _fields(kind)  # type: ignore[arg-type]  # a class is hashable
    missing = required - said.keys()
    if missing:
        raise ClientError(
            f"the daemon's {kind.__name__} lacks {', '.join(sorted(missing))}; "
            "restart it with: rig down && rig up",
            "internal",
        )
    return kind(**{name: _value(types_of[name], said[name]) for name in types_of.keys() & said})


@cache
def _fields(kind: type) -> tuple[dict[str, object], frozenset[str]]:
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    required = frozenset(f.name for f in fields if f.default is dataclasses.MISSING)
    return {f.name: hints[f.name] for f in fields}, required


def _value(hint: object, said: Json) -> object:
    if isinstance(hint, types.UnionType):
        inner = [arm for arm in hint.__args__ if arm is not type(None)]
        return None if said is None else _value(inner[0], said)
    if isinstance(hint, types.GenericAlias) and hint.__origin__ is tuple:
        return tuple(_value(hint.__args__[0], item) for item in cast("list[Json]", said))
    if dataclasses.is_dataclass(hint):
        return build(cast("type[object]", hint), said)
    return said
