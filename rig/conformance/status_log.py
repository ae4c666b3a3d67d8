"""Turns the wire log of a case into the records that the status rules judge."""

from __future__ import annotations

from collections.abc import Iterable

from rig.conformance.evidence import Evidence, Phase
from rig.conformance.inbox import Inbox
from rig.conformance.status_rules import Boot, Record, Report
from rig.ocppj.frames import CallResult
from rig.ocppj.wirelog import WireEntry, WireLog


def records(
    log: WireLog, entries: Iterable[WireEntry], inbox: Inbox, evidence: Evidence
) -> list[Record]:
    """Reports and boots in log order.

    Args:
        log: whole log, for the answers.
        entries: the part that belongs to the case.
        inbox: knows which reports a step was waiting for.
        evidence: knows which part of the case is judged.
    """
    expected = {received.seq for received in inbox.expected}
    waited_for = {u.received.seq: u.waited_for for u in inbox.unexpected}
    found: list[Record] = []
    for entry in entries:
        call = entry.call
        if entry.direction != "in" or call is None:
            continue
        answer = log.answer_to(entry)
        if call.action == "BootNotification":
            if answer is not None and isinstance(answer.frame, CallResult):
                accepted = answer.frame.payload.get("status") == "Accepted"
                found += [Boot(answer.seq)] if accepted else []
        elif call.action == "StatusNotification":
            found.append(
                Report(
                    seq=entry.seq,
                    connector_id=_integer(call.payload.get("connectorId")),
                    status=str(call.payload.get("status")),
                    error_code=str(call.payload.get("errorCode")),
                    info=str(call.payload.get("info", "")),
                    message_id=call.id,
                    answered=answer is not None,
                    triggered=entry.seq in inbox.triggered,
                    expected=entry.seq in expected,
                    waited_for=waited_for.get(entry.seq, frozenset()),
                    judged=evidence.phase_at(entry.seq) is Phase.STEPS,
                )
            )
    # A boot counts from its answer; reports may stand between the two.
    return sorted(found, key=lambda record: record.seq)


def _integer(value: object) -> int:
    return value if isinstance(value, int) else -1
