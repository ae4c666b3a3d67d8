"""After the steps of a case: all rules over its log, as findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from urllib.parse import urlsplit

from rig.clock import Clock
from rig.conformance import status_log, status_rules
from rig.conformance.acts import ActLog
from rig.conformance.catalogue import Role, Row
from rig.conformance.central_steps import CentralCase
from rig.conformance.energy import EnergyLog
from rig.conformance.evidence import Evidence
from rig.conformance.rules.background import Background
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import check
from rig.conformance.rules.scope import Scope
from rig.conformance.steps import StationCase
from rig.ocppj.wirelog import WireEntry


def judge_station(
    s: StationCase,
    row: Row,
    entries: Sequence[WireEntry],
    before: Background,
    acts: ActLog,
    energy: EnergyLog,
    profile: int | None,
) -> None:
    """Findings about a station under test.

    Args:
        s: the case, which has ended.
        row: of the catalogue.
        entries: preparation and steps.
        before: what was known when the case began.
        acts: what the bench has done.
        energy: when it flowed.
        profile: security profile in use from begin to end; None when it has changed.
    """
    _scenario(s)
    _statuses(s, row, entries, before, energy)
    password = s.csms.password
    passwords = {s.parameters.new_authorization_key, password.hex() if password else ""} - {""}
    scope = Scope(
        Role.STATION,
        s.parameters.message_timeout,
        s.parameters.max_time_deviation,
        s.clock.now(),
        s.clock.utc_at,
        before,
        acts=acts.acts,
        connectors=s.connectors,
        identity=s.csms.identity,
        endpoint_path=urlsplit(s.csms.url).path,
        security_profile=profile,
        passwords=frozenset(passwords),
        milliseconds=_flag(s.facts.get("milliseconds")),
        fixed_cable=_flag(s.facts.get("fixed_cable")),
        long_timeout_s=s.parameters.long_operation_timeout,
        reconnect_timeout_s=s.parameters.reconnect_timeout,
        octt=s.edition.strict,
    )
    _rules(s.evidence, entries, scope)


def judge_central(
    s: CentralCase, entries: Sequence[WireEntry], before: Background, clock: Clock
) -> None:
    """Findings about a Central System under test."""
    scope = Scope(
        Role.CSMS, s.parameters.message_timeout, s.parameters.max_time_deviation, clock.now(),
        clock.utc_at, before, octt=s.edition.strict,
    )  # fmt: skip
    _rules(s.evidence, entries, scope)


def _flag(fact: object) -> bool | None:
    return fact if isinstance(fact, bool) else None


def _rules(evidence: Evidence, entries: Sequence[WireEntry], scope: Scope) -> None:
    for breach in check(Log(entries, scope)):
        evidence.finding(breach.rule, breach.severity, breach.detail, breach.seqs)


def _scenario(s: StationCase) -> None:
    """CALLs that no step asks for: the scenario was not followed."""
    for unexpected in s.inbox.unexpected:
        received = unexpected.received
        if received.action == "StatusNotification":
            continue
        if received.action == "DataTransfer" and not s.edition.strict:
            continue  # a vendor may send one at any time: OCPP 1.6, 4.3; docs/adr/0041
        s.evidence.strayed = True
        waiting = ", ".join(sorted(unexpected.waited_for))
        when = f"while the case waited for {waiting}" if waiting else "that no step asks for"
        rule = "5.5" if received.action == "BootNotification" else "scenario"
        s.evidence.finding(rule, "fail", f"{received.action} {when}", (received.seq,))


def _statuses(
    s: StationCase, row: Row, entries: Sequence[WireEntry], before: Background, energy: EnergyLog
) -> None:
    reports = status_log.records(s.csms.log, entries, s.inbox, s.evidence)
    least = before.configuration.get("minimumstatusduration")
    context = status_rules.Context(
        feature=row.feature,
        connector_id=s.connector_id,
        connectors=s.connectors,
        shared_evse=cast("Sequence[Sequence[int]]", s.facts.get("shared_evse", ())),
        waiver=s.edition.charging_waiver,
        energy_flows=energy.flows,
        vehicle_waits=_never if s.edition.strict else energy.vehicle_waits,
        minimum_duration=least not in (None, "", "0"),
    )
    for found in status_rules.check(reports, context):
        s.evidence.finding(found.rule, found.severity, found.detail, (found.seq,))
    for excused, rule in s.may_be_missing:
        if excused.found is None:
            s.evidence.finding(rule, "info", f"{excused} is missing, which rule {rule} permits")


def _never(_connector: int, _seq: int) -> bool:
    return False
