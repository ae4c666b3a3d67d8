"""Appendix D: what a station's StatusNotifications must obey, as decisions on a log. Pure.

D1 (a missing report) is decided where the report was waited for; here are the reports that may
be missing, D2 (unexpected reports), D3 (repeated ones) and the rules S about single reports and
their order. Rules S that need more than reports are in `rig.conformance.rules.statuses`.

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
ERROR_CODES = frozenset({
    "ConnectorLockFailure", "EVCommunicationError", "GroundFailure", "HighTemperature",
    "InternalError", "LocalListConflict", "NoError", "OtherError", "OverCurrentFailure",
    "OverVoltage", "PowerMeterFailure", "PowerSwitchFailure", "ReaderFailure", "ResetFailure",
    "UnderVoltage", "WeakSignal",
})  # fmt: skip
STEPS_TO_SKIP = 3
"""Transitions that a report may leap over where short statuses are not told."""
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
        octt_id: of the case.
        feature: profile of the case.
        connector_id: under test.
        connectors: number of connectors.
        shared_evse: groups of connectors on one EVSE.
        waiver: switch of rule D2-f.
        energy_flows: whether energy flowed on a connector at a moment (seq), by the bench.
        vehicle_waits: whether the bench held the pilot at B at a moment (seq): its vehicle had not
            asked for energy; never with strictness octt.
        minimum_duration: MinimumStatusDuration is above 0, or a delay is declared.
    """

    octt_id: str = ""
    feature: str = "core"
    connector_id: int = 1
    connectors: int = 1
    shared_evse: Sequence[Sequence[int]] = ()
    waiver: bool = True
    energy_flows: Callable[[int, int], bool] = field(default=lambda *_: False)
    vehicle_waits: Callable[[int, int], bool] = field(default=lambda *_: False)
    minimum_duration: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that was broken, or an exception of a rule that was made use of.

    `rescuable`: rule D2-b; without such findings the case might have passed.
    """

    rule: str
    severity: str
    detail: str
    seq: int
    rescuable: bool = False


Record = Report | Boot
Judge = Callable[[Sequence[Record], Context], Iterator[Finding]]

REASONS = {
    "D2-a": "a connector of the same EVSE, in a reservation case",
    "D2-b": "the station itself has something to tell",
    "D2-c": "StartTransaction or StopTransaction is still to come",
    "D2-d": "Available of this connector is still to come after the boot",
    "D2-e": "Available of that connector is still to come after the boot",
    "D2-f": "energy flows",
    "D2-g": "the vehicle of the bench has not asked for energy yet",
}
"""Why an unexpected report is valid."""

STATUS_RULES: dict[str, tuple[str, Judge]] = {}
"""Class and function of each rule, by id."""


def _rule(id: str, severity: str) -> Callable[[Judge], Judge]:
    def register(judge: Judge) -> Judge:
        STATUS_RULES[id] = (severity, judge)
        return judge

    return register


def check(records: Sequence[Record], context: Context) -> tuple[Finding, ...]:
    """Apply every rule to the reports of a case, in log order."""
    found = [f for _, judge in STATUS_RULES.values() for f in judge(records, context)]
    return tuple(sorted(found, key=lambda f: (f.seq, f.rule)))


def _name(report: Report) -> str:
    extra = "" if report.error_code == "NoError" else f", {report.error_code}"
    return f"connector {report.connector_id}: {report.status}{extra}"


@_rule("D2", "fail")
def unexpected_reports(records: Sequence[Record], context: Context) -> Iterator[Finding]:
    """A report that no step of the case expects is valid for one of seven reasons, else a failure.

    The reasons are D2-a to D2-g; which one it was is mentioned, with D2-f as a warning. D2-b can
    make a failed case one that is to be repeated. D2-g is ours: a bench or a person that is slow
    to close S2 makes a good station tell SuspendedEV.

    Looks at: reports during the steps that no step took and no trigger asked for.
    """
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
        else:
            detail = f"unexpected report, valid: {REASONS[reason]} ({_name(record)})"
            severity = "warn" if reason == "D2-f" else "info"
            yield Finding(reason, severity, detail, record.seq, rescuable=reason == "D2-b")


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
    if under_test and u.status == "SuspendedEV" and c.vehicle_waits(u.connector_id, u.seq):
        return "D2-g"
    return None


@_rule("D3", "fail")
def repeated_reports(records: Sequence[Record], _: Context) -> Iterator[Finding]:
    """A connector does not report the same status, error code and info twice after one another.

    Not counted are the first report after an accepted boot (D3-a), one that was triggered (D3-b)
    and one more transmission of a report that was not answered (D3-c).

    Looks at: reports of each connector, with those of the preparation as predecessors.
    """
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
            continue  # D3-c: it may be sent once more; what the key leaves out may differ
        detail = f"the same report twice after one another ({_name(record)})"
        yield Finding("D3", "fail", detail, record.seq)


def _judged(records: Sequence[Record]) -> Iterator[Report]:
    for record in records:
        if isinstance(record, Report) and record.judged:
            yield record


@_rule("S1", "fail")
def words_are_known(records: Sequence[Record], _: Context) -> Iterator[Finding]:
    """A status is one of the nine, an errorCode one of the sixteen.

    Looks at: every report during the steps.
    """
    for r in _judged(records):
        if r.status not in STATUSES:
            yield Finding("S1", "fail", f"OCPP 1.6 has no status {r.status}", r.seq)
        if r.error_code not in ERROR_CODES:
            yield Finding("S1", "fail", f"OCPP 1.6 has no errorCode {r.error_code}", r.seq)


@_rule("S2", "fail")
def the_station_has_three_statuses(records: Sequence[Record], _: Context) -> Iterator[Finding]:
    """Connector 0 is Available, Unavailable or Faulted, never Reserved.

    Looks at: reports of connector 0.
    """
    for r in _judged(records):
        known = r.status in STATUSES and r.status not in ("Available", "Unavailable", "Faulted")
        if r.connector_id == 0 and known:
            yield Finding("S2", "fail", f"connector 0 cannot be {r.status}", r.seq)


@_rule("S3", "fail")
def connectors_exist(records: Sequence[Record], context: Context) -> Iterator[Finding]:
    """A connectorId lies between 0 and NumberOfConnectors.

    Looks at: every report during the steps.
    """
    for r in _judged(records):
        if not 0 <= r.connector_id <= context.connectors:
            yield Finding("S3", "fail", f"there is no connector {r.connector_id}", r.seq)


@_rule("S4", "warn")
def transitions_are_permitted(records: Sequence[Record], context: Context) -> Iterator[Finding]:
    """Reports of a connector follow the state table of OCPP 1.6, 4.9.

    Where MinimumStatusDuration hides short statuses, up to three transitions count as one. After
    a boot everything may follow.

    Looks at: each report of a connector and the one before it.
    """
    last: dict[int, str] = {}
    for record in records:
        if isinstance(record, Boot):
            last.clear()
            continue
        before = last.get(record.connector_id)
        last[record.connector_id] = record.status
        if before is None or before == record.status or record.connector_id == 0:
            continue
        steps = STEPS_TO_SKIP if context.minimum_duration else 1
        if record.judged and not _reachable(before, record.status, steps):
            detail = f"connector {record.connector_id}: {before} cannot become {record.status}"
            yield Finding("S4", "warn", detail, record.seq)


def _reachable(before: str, after: str, steps: int) -> bool:
    if before not in TRANSITIONS or after not in TRANSITIONS:
        return True  # S1 has it
    if after in TRANSITIONS[before]:
        return True
    passing = {"Preparing", "SuspendedEV", "SuspendedEVSE", "Charging"} & TRANSITIONS[before]
    return steps > 1 and any(_reachable(via, after, steps - 1) for via in passing)


@_rule("S7", "warn")
def communication_fails_while_it_matters(
    records: Sequence[Record], _: Context
) -> Iterator[Finding]:
    """EVCommunicationError comes with Preparing, SuspendedEV, SuspendedEVSE or Finishing only.

    Looks at: errorCode and status of every report during the steps.
    """
    for r in _judged(records):
        if r.error_code == "EVCommunicationError" and r.status not in WARNINGS_OF_COMMUNICATION:
            yield Finding("S7", "warn", f"EVCommunicationError with {r.status}", r.seq)


@_rule("S8", "warn")
def faults_have_a_code(records: Sequence[Record], _: Context) -> Iterator[Finding]:
    """Faulted has an errorCode; another status with one is a warning of the station, and legal.

    Looks at: errorCode and status of every report during the steps.
    """
    for r in _judged(records):
        if r.status == "Faulted" and r.error_code == "NoError":
            yield Finding("S8", "warn", "Faulted without error code", r.seq)
