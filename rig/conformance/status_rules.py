"""Appendix D: what a station's StatusNotifications must obey, as decisions on a log. Pure.

D1 (a missing report) is decided where the report was waited for; here are D2 (unexpected
reports), D3 (repeated ones) and the rules S about single reports and their order.

Source: appendix D of Document 2 v1.0.1; OCPP 1.6, 4.9 with errata v4.0; rules D and S of the
conformance reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

STATUSES = (
    "Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing",
    "Reserved", "Unavailable", "Faulted",
)  # fmt: skip

# Permitted successors of each status (rules.md 2.1), by initial of the transition's name.
TRANSITIONS: dict[str, frozenset[str]] = {
    "Available": frozenset(STATUSES) - {"Available", "Finishing"},
    "Preparing": frozenset(STATUSES) - {"Preparing", "Reserved", "Unavailable"},
    "Charging": frozenset(STATUSES) - {"Charging", "Preparing", "Reserved"},
    "SuspendedEV": frozenset(STATUSES) - {"SuspendedEV", "Preparing", "Reserved"},
    "SuspendedEVSE": frozenset(STATUSES) - {"SuspendedEVSE", "Preparing", "Reserved"},
    "Finishing": frozenset({"Available", "Preparing", "Unavailable", "Faulted"}),
    "Reserved": frozenset({"Available", "Preparing", "Unavailable", "Faulted"}),
    "Unavailable": frozenset(STATUSES) - {"Unavailable", "Finishing", "Reserved"},
    "Faulted": frozenset(STATUSES) - {"Faulted"},
}
WARNINGS_OF_COMMUNICATION = {"Preparing", "SuspendedEV", "SuspendedEVSE", "Finishing"}


@dataclass(frozen=True, slots=True)
class Report:
    """A StatusNotification as received.

    Attributes:
        seq: its place on the time line.
        connector_id, status, error_code, info: fields of the request, info "" when absent.
        message_id: of the CALL; with `answered` it tells a retransmission.
        answered: whether it was answered.
        triggered: it answers a TriggerMessage.
        expected: a step of the case was waiting for it.
        waited_for: actions that the case was waiting for when it came.
        judged: False in preparation and clean-up.
    """

    seq: int
    connector_id: int
    status: str
    error_code: str = "NoError"
    info: str = ""
    message_id: str = ""
    answered: bool = True
    triggered: bool = False
    expected: bool = True
    waited_for: frozenset[str] = frozenset()
    judged: bool = True

    @property
    def key(self) -> tuple[int, str, str, str]:
        """What makes two reports the same one."""
        return self.connector_id, self.status, self.error_code, self.info


@dataclass(frozen=True, slots=True)
class Boot:
    """BootNotification was answered Accepted."""

    seq: int


@dataclass(frozen=True, slots=True)
class Context:
    """What the rules need to know of the case.

    Attributes:
        feature: profile of the case.
        connector_id: under test.
        connectors: number of connectors.
        shared_evse: groups of connectors on one EVSE.
        waiver: switch of rule D2-f.
        energy_flows: whether energy flowed on a connector at a moment (seq), by the bench.
        minimum_duration: MinimumStatusDuration is above 0, or a delay is declared.
    """

    feature: str = "core"
    connector_id: int = 1
    connectors: int = 1
    shared_evse: Sequence[Sequence[int]] = ()
    waiver: bool = True
    energy_flows: Callable[[int, int], bool] = field(default=lambda *_: False)
    minimum_duration: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that was broken, or a report that needed an exception.

    `rescuable`: rule D2-b; without such findings the case might have passed.
    """

    rule: str
    severity: str
    detail: str
    seq: int
    rescuable: bool = False


Record = Report | Boot


def check(records: Sequence[Record], context: Context) -> tuple[Finding, ...]:
    """Apply every rule to the reports of a case, in log order."""
    found = [
        *_unexpected(records, context),
        *_repeated(records),
        *_single(records, context),
        *_transitions(records, context),
    ]
    return tuple(sorted(found, key=lambda f: (f.seq, f.rule)))


def _name(report: Report) -> str:
    extra = "" if report.error_code == "NoError" else f", {report.error_code}"
    return f"connector {report.connector_id}: {report.status}{extra}"


def _unexpected(records: Sequence[Record], context: Context) -> Iterator[Finding]:
    booted = False
    still_due: dict[int, bool] = {}
    for record in records:
        if isinstance(record, Boot):
            booted = True
            still_due = dict.fromkeys(range(context.connectors + 1), True)
            continue
        due = still_due.get(record.connector_id, False)
        if record.status == "Available":
            still_due[record.connector_id] = False
        if not record.judged or record.expected or record.triggered:
            continue
        reason = _valid(record, context, booted=booted, available_due=due)
        if reason is None:
            detail = f"unexpected report ({_name(record)})"
            yield Finding("D2", "fail", detail, record.seq)
        elif reason == "D2-b":
            detail = f"unexpected report of the station itself ({_name(record)})"
            yield Finding("D2-b", "info", detail, record.seq, rescuable=True)
        elif reason == "D2-f":
            detail = f"unexpected report while energy flows ({_name(record)})"
            yield Finding("D2-f", "warn", detail, record.seq)


def _valid(u: Report, c: Context, *, booted: bool, available_due: bool) -> str | None:
    """Name of the exception that makes an unexpected report valid; None when none does."""
    under_test = u.connector_id == c.connector_id
    shares = any(u.connector_id in g and c.connector_id in g for g in c.shared_evse)
    if (
        c.feature == "reservation"
        and shares
        and u.status in ("Available", "Reserved", "Preparing", "Unavailable")
    ):
        return "D2-a"
    if u.connector_id == 0 and (u.error_code != "NoError" or u.info):
        return "D2-b"
    waits = u.waited_for & {"StartTransaction", "StopTransaction"}
    if under_test and u.status in ("SuspendedEV", "SuspendedEVSE") and waits:
        return "D2-c"
    if u.status == "Unavailable" and booted and available_due:
        return "D2-d" if under_test else "D2-e"
    if c.waiver and u.status == "Charging" and c.energy_flows(u.connector_id, u.seq):
        return "D2-f"
    return None


def _repeated(records: Sequence[Record]) -> Iterator[Finding]:
    # "After one another" is read per connector: reports of another connector in between do
    # not make a repetition legal.
    last: dict[int, Report] = {}
    for record in records:
        if isinstance(record, Boot):
            last.clear()  # D3-a: after a boot everything is reported anew
            continue
        before = last.get(record.connector_id)
        last[record.connector_id] = record
        if before is None or before.key != record.key or record.triggered or not record.judged:
            continue
        if not before.answered:
            continue  # D3-c: a retransmission
        detail = f"the same report twice after one another ({_name(record)})"
        yield Finding("D3", "fail", detail, record.seq)


def _single(records: Sequence[Record], context: Context) -> Iterator[Finding]:
    for r in records:
        if isinstance(r, Boot) or not r.judged:
            continue
        if r.connector_id == 0 and r.status not in ("Available", "Unavailable", "Faulted"):
            yield Finding("S2", "fail", f"connector 0 cannot be {r.status}", r.seq)
        if not 0 <= r.connector_id <= context.connectors:
            yield Finding("S3", "fail", f"there is no connector {r.connector_id}", r.seq)
        if r.error_code == "EVCommunicationError" and r.status not in WARNINGS_OF_COMMUNICATION:
            yield Finding("S7", "warn", f"EVCommunicationError with {r.status}", r.seq)
        if r.status == "Faulted" and r.error_code == "NoError":
            yield Finding("S8", "warn", "Faulted without error code", r.seq)


def _transitions(records: Sequence[Record], context: Context) -> Iterator[Finding]:
    last: dict[int, str] = {}
    for record in records:
        if isinstance(record, Boot):
            last.clear()
            continue
        before = last.get(record.connector_id)
        last[record.connector_id] = record.status
        if before is None or before == record.status or record.connector_id == 0:
            continue
        if record.judged and not _reachable(before, record.status, context.minimum_duration):
            detail = f"connector {record.connector_id}: {before} cannot become {record.status}"
            yield Finding("S4", "warn", detail, record.seq)


def _reachable(before: str, after: str, skips: bool) -> bool:
    successors = TRANSITIONS.get(before, frozenset())
    if after in successors:
        return True
    passing = {"Preparing", "SuspendedEV", "SuspendedEVSE", "Charging"}
    return skips and any(after in TRANSITIONS[via] for via in successors & passing)
