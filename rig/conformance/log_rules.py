"""Message-level rules over a wire log: what every frame obeys, whatever the case. Pure.

Rule ids are those of the conformance reference (M1 to M8).

The device under test is always the sender of the "in" frames, station or Central System.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rig.conformance.catalogue import Role
from rig.conformance.exchanges import Exchange, calls, exchanges
from rig.jsontypes import Json
from rig.ocppj.endpoint import ERROR_CODES
from rig.ocppj.frames import Call, CallError, CallResult, Malformed, Payload
from rig.ocppj.schemas import KNOWN_ACTIONS, request_problems, response_problems
from rig.ocppj.wirelog import WireEntry


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that the device under test broke."""

    rule: str
    severity: str
    detail: str
    seqs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """What the rules need to know beside the frames.

    Attributes:
        role: of the device under test.
        message_timeout_s: lab seconds for an answer.
        tolerance_s: permitted deviation of every time comparison, lab seconds.
        end_s: lab time at which the log was cut off.
        utc: converts lab time to UTC.
        transactions: transactionId to meterStart of transactions that began before the log.
        given: transactionId to event of the ids that a CSMS gave out before the log.
    """

    role: Role
    message_timeout_s: float
    tolerance_s: float
    end_s: float
    utc: Callable[[float], datetime]
    transactions: dict[int, int] = field(default_factory=dict)
    given: dict[int, int] = field(default_factory=dict)


NEVER_GIVEN = -1
"""transactionId of a transaction whose StartTransaction was never answered (errata v4.0 3.18)."""

Rule = Callable[[Sequence[WireEntry], Scope], Iterable[Breach]]
_RULES: list[Rule] = []


def _rule(function: Rule) -> Rule:
    _RULES.append(function)
    return function


def check(entries: Sequence[WireEntry], scope: Scope) -> tuple[Breach, ...]:
    """Every breach in the log, in order of occurrence."""
    found = [breach for rule in _RULES for breach in rule(entries, scope)]
    return tuple(sorted(found, key=lambda b: (b.seqs[:1], b.rule)))


@_rule
def frames_are_well_formed(entries: Sequence[WireEntry], _: Scope) -> Iterator[Breach]:
    """M2.1 to M2.3, M2.6 to M2.9: every message is a frame."""
    for entry in entries:
        if entry.direction != "in":
            continue
        if isinstance(entry.frame, Malformed):
            severity = "warn" if entry.frame.rule == "M2.9" else "fail"
            yield Breach(entry.frame.rule, severity, entry.frame.reason, (entry.seq,))
        elif isinstance(entry.frame, Call | CallResult) and entry.frame.null_payload:
            yield Breach("M2.6", "warn", "payload null instead of {}", (entry.seq,))


@_rule
def ids_are_unique(entries: Sequence[WireEntry], _: Scope) -> Iterator[Breach]:
    """M2.4: no message id twice on a connection, but for a retransmission."""
    seen: dict[tuple[int, str], tuple[WireEntry, Call]] = {}
    for entry, call in calls(entries, "in"):
        first = seen.setdefault((entry.connection, call.id), (entry, call))
        if first[0] is not entry and (first[1].action, first[1].payload) != (
            call.action,
            call.payload,
        ):
            detail = f"message id {call.id} of {first[1].action} is used again for {call.action}"
            yield Breach("M2.4", "fail", detail, (first[0].seq, entry.seq))


@_rule
def answers_belong_to_calls(entries: Sequence[WireEntry], scope: Scope) -> Iterator[Breach]:
    """M2.5: an answer has the id of an open CALL, and each CALL has one answer."""
    open_: dict[tuple[int, str], WireEntry] = {}
    answered: set[tuple[int, str]] = set()
    # The CALL of an answer that comes after its time-out may stand before this log.
    late = {(e.connection, e.detail.get("id")) for e in entries if e.what == "late-answer"}
    for entry in entries:
        if entry.direction == "out" and isinstance(entry.frame, Call):
            open_[entry.connection, entry.frame.id] = entry
        if entry.direction != "in" or not isinstance(entry.frame, CallResult | CallError):
            continue
        key = (entry.connection, entry.frame.id)
        call = open_.get(key)
        if call is None and key in late and key not in answered:
            yield Breach("M2.5", "info", "late answer to an earlier CALL", (entry.seq,))
        elif call is None:
            detail = f"answer with id {entry.frame.id}, which no CALL has"
            yield Breach("M2.5", "fail", detail, (entry.seq,))
        elif key in answered:
            yield Breach("M2.5", "fail", "second answer to a CALL", (call.seq, entry.seq))
        elif entry.t_s - call.t_s > scope.message_timeout_s:
            detail = f"answer {entry.t_s - call.t_s:.1f} s after the CALL"
            yield Breach("M2.5", "info", detail, (call.seq, entry.seq))
        answered.add(key)


@_rule
def one_call_at_a_time(entries: Sequence[WireEntry], scope: Scope) -> Iterator[Breach]:
    """M3.1: no second CALL before the first is answered or timed out."""
    last: dict[int, Exchange] = {}
    for exchange in exchanges(entries, "in", scope.end_s):
        before = last.get(exchange.call.connection)
        if (
            before is not None
            and exchange.call.t_s - before.call.t_s < scope.message_timeout_s
            and (before.answer is None or before.answer.seq > exchange.call.seq)
        ):
            detail = f"{exchange.name} while {before.name} was not answered"
            yield Breach("M3.1", "fail", detail, (before.call.seq, exchange.call.seq))
        last[exchange.call.connection] = exchange


@_rule
def calls_are_answered_in_time(entries: Sequence[WireEntry], scope: Scope) -> Iterator[Breach]:
    """M3.3: every CALL of the tool is answered in time while the connection lasts."""
    for exchange in exchanges(entries, "out", scope.end_s):
        took_s = exchange.ended_s - exchange.call.t_s
        if exchange.answer is None and took_s >= scope.message_timeout_s:
            detail = f"{exchange.name} was not answered within {took_s:.0f} s"
            yield Breach("M3.3", "fail", detail, (exchange.call.seq,))


@_rule
def answers_come_before_consequences(
    entries: Sequence[WireEntry], scope: Scope
) -> Iterator[Breach]:
    """M3.4: the answer that announces an action is sent before the CALLs it causes."""
    if scope.role is not Role.STATION:
        return
    for exchange in exchanges(entries, "out", scope.end_s):
        if exchange.answer is None or not isinstance(exchange.call.frame, Call):
            continue
        command = exchange.call.frame
        for entry, call in calls(entries, "in"):
            between = exchange.call.seq < entry.seq < exchange.answer.seq
            if between and _is_consequence(command, call):
                detail = f"{call.action} came before the answer to {command.action}"
                yield Breach("M3.4", "fail", detail, (entry.seq, exchange.answer.seq))


def _is_consequence(command: Call, call: Call) -> bool:
    want, got = command.payload, call.payload
    match command.action:
        case "RemoteStartTransaction":
            return call.action in ("Authorize", "StartTransaction") and _same_tag(want, got)
        case "RemoteStopTransaction":
            return call.action == "StopTransaction" and got.get("transactionId") == want.get(
                "transactionId"
            )
        case "Reset":
            return call.action == "BootNotification" or (
                call.action == "StopTransaction" and str(got.get("reason")).endswith("Reset")
            )
        case "ChangeAvailability":
            status = "Unavailable" if want.get("type") == "Inoperative" else "Available"
            return call.action == "StatusNotification" and got.get("status") == status
        case "TriggerMessage":
            return call.action == want.get("requestedMessage")
        case _:
            return False


def _same_tag(one: Payload, other: Payload) -> bool:
    return str(one.get("idTag")).casefold() == str(other.get("idTag")).casefold()


@_rule
def payloads_keep_the_schema(entries: Sequence[WireEntry], scope: Scope) -> Iterator[Breach]:
    """M4.1, M4.5: CALLs and CALLRESULTs validate; M4.2: error codes are those of 1.6-J."""
    for entry, call in calls(entries, "in"):
        if call.action not in KNOWN_ACTIONS:
            yield Breach("M4.1", "fail", f"OCPP 1.6 has no action {call.action}", (entry.seq,))
        elif problems := request_problems(call.action, call.payload):
            detail = f"{call.action}.req: " + "; ".join(map(str, problems))
            yield Breach("M4.1", "fail", detail, (entry.seq,))
    for exchange in exchanges(entries, "out", scope.end_s):
        answer, call_frame = exchange.answer, exchange.call.frame
        if answer is None or not isinstance(call_frame, Call):
            continue
        if isinstance(answer.frame, CallError) and answer.frame.code not in ERROR_CODES:
            detail = f"OCPP-J 1.6 has no error code {answer.frame.code!r}"
            yield Breach("M4.2", "fail", detail, (answer.seq,))
        if isinstance(answer.frame, CallResult) and call_frame.action in KNOWN_ACTIONS:
            problems = response_problems(call_frame.action, answer.frame.payload)
            if problems:
                detail = f"{call_frame.action}.conf: " + "; ".join(map(str, problems))
                yield Breach("M4.1", "fail", detail, (answer.seq,))


@_rule
def nothing_before_acceptance(entries: Sequence[WireEntry], scope: Scope) -> Iterator[Breach]:
    """M5.3, M5.4: a station that is not accepted sends BootNotification only.

    While Pending it also sends what a TriggerMessage asks for.
    """
    if scope.role is not Role.STATION:
        return
    triggers = [
        (x.answer.seq, x.call.call.payload.get("requestedMessage"))
        for x in exchanges(entries, "out", scope.end_s)
        if x.name == "TriggerMessage" and x.call.call and x.answer and x.is_accepted
    ]
    status, since = "", 0
    for exchange in exchanges(entries, "in", scope.end_s):
        call = exchange.call.call
        if call is None:
            continue
        if call.action == "BootNotification":
            answer = exchange.answer
            if answer is not None and isinstance(answer.frame, CallResult):
                status, since = str(answer.frame.payload.get("status")), answer.seq
        elif status in ("Pending", "Rejected") and exchange.call.seq > since:
            if status == "Pending" and any(
                since < seq < exchange.call.seq and action == call.action
                for seq, action in triggers
            ):
                continue
            rule = "M5.3" if status == "Pending" else "M5.4"
            detail = f"{call.action} while the registration was {status}"
            yield Breach(rule, "fail", detail, (since, exchange.call.seq))


@_rule
def time_stamps_are_iso_8601(entries: Sequence[WireEntry], scope: Scope) -> Iterator[Breach]:
    """M5.12: date, time and zone designator; M5.11: the clock is that of the tester."""
    for entry in entries:
        if entry.direction != "in" or not isinstance(entry.frame, Call | CallResult):
            continue
        for path, text in _time_stamps(entry.frame.payload):
            try:
                moment = _moment(text)
            except ValueError:
                yield Breach("M5.12", "fail", f"{path} {text!r} is no date-time", (entry.seq,))
                continue
            if moment.tzinfo is None:
                detail = f"{path} {text!r} has no zone designator"
                yield Breach("M5.12", "warn", detail, (entry.seq,))
                continue
            ahead_s = (moment - scope.utc(entry.t_s)).total_seconds()
            if ahead_s > scope.tolerance_s + 1 and path.endswith("timestamp"):
                detail = f"{path} {text!r} is {ahead_s:.0f} s in the future"
                yield Breach("M5.11", "warn", detail, (entry.seq,))


def _moment(text: str) -> datetime:
    if "T" not in text:
        raise ValueError("date and time are joined by T")
    return datetime.fromisoformat(text)


def _time_stamps(value: Json, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, child in value.items():
            if name in ("timestamp", "currentTime", "expiryDate") and isinstance(child, str):
                yield (f"{path}.{name}" if path else name), child
            else:
                yield from _time_stamps(child, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _time_stamps(child, f"{path}[{index}]")


@_rule
def transactions_are_coherent(entries: Sequence[WireEntry], scope: Scope) -> Iterator[Breach]:
    """M7.2, M7.3, M7.6: each Stop belongs to one Start, with a meter that does not go back."""
    if scope.role is not Role.STATION:
        return
    begun: dict[int, int] = dict(scope.transactions)
    ended: set[int] = set()
    place: dict[int, int] = {}
    register: dict[int, int] = {}
    for exchange in exchanges(entries, "in", scope.end_s):
        call, answer = exchange.call.call, exchange.answer
        if call is None:
            continue
        if answer is None or not isinstance(answer.frame, CallResult):
            if call.action == "StartTransaction":
                begun[NEVER_GIVEN] = 0
            continue
        if call.action == "StartTransaction":
            number, meter = answer.frame.payload.get("transactionId"), call.payload["meterStart"]
            connector = call.payload["connectorId"]
            if isinstance(number, int) and isinstance(meter, int) and isinstance(connector, int):
                begun[number] = meter
                if meter < register.get(connector, meter):
                    detail = f"meterStart {meter} is below the register before"
                    yield Breach("M7.3", "fail", detail, (exchange.call.seq,))
                register[connector] = meter
                place[number] = connector
        elif call.action == "StopTransaction":
            yield from _stop(exchange.call, call.payload, begun, ended)
            number, meter = call.payload.get("transactionId"), call.payload.get("meterStop")
            if isinstance(number, int) and isinstance(meter, int) and number in place:
                register[place[number]] = meter


def _stop(
    entry: WireEntry, req: Payload, begun: dict[int, int], ended: set[int]
) -> Iterator[Breach]:
    number, meter = req.get("transactionId"), req.get("meterStop")
    if not isinstance(number, int) or not isinstance(meter, int):
        return  # the schema rule has it
    if number in ended:
        yield Breach("M7.2", "fail", f"transaction {number} is stopped twice", (entry.seq,))
    elif number not in begun:
        yield Breach("M7.6", "fail", f"transactionId {number} was never given", (entry.seq,))
    elif meter < begun[number]:
        detail = f"meterStop {meter} is below meterStart {begun[number]}"
        yield Breach("M7.3", "fail", detail, (entry.seq,))
    if number != NEVER_GIVEN:
        ended.add(number)


@_rule
def central_system_keeps_time(entries: Sequence[WireEntry], scope: Scope) -> Iterator[Breach]:
    """M5.14: currentTime is that of the tester."""
    if scope.role is not Role.CSMS:
        return
    for entry in entries:
        if entry.direction == "in" and isinstance(entry.frame, CallResult):
            text = entry.frame.payload.get("currentTime")
            try:
                moment = datetime.fromisoformat(str(text))
                off_s = abs((moment - scope.utc(entry.t_s)).total_seconds())
            except (ValueError, TypeError):
                continue  # M5.12 has it
            if off_s > scope.tolerance_s + 1:
                detail = f"currentTime {text} is {off_s:.0f} s from the tester's clock"
                yield Breach("M5.14", "fail", detail, (entry.seq,))


@_rule
def transaction_ids_are_unique(entries: Sequence[WireEntry], scope: Scope) -> Iterator[Breach]:
    """M7.7, M7.8: StartTransaction is served, with an id of its own."""
    if scope.role is not Role.CSMS:
        return
    given = dict(scope.given)
    for exchange in exchanges(entries, "out", scope.end_s):
        call, answer = exchange.call.call, exchange.answer
        if call is None or answer is None:
            continue
        if isinstance(answer.frame, CallError):
            if call.action in ("StartTransaction", "StopTransaction", "MeterValues"):
                detail = f"{call.action} is answered with CALLERROR {answer.frame.code}"
                yield Breach("M7.8", "fail", detail, (answer.seq,))
        elif isinstance(answer.frame, CallResult) and call.action == "StartTransaction":
            number = answer.frame.payload.get("transactionId")
            if isinstance(number, int) and number in given:
                detail = f"transactionId {number} was given before"
                yield Breach("M7.7", "fail", detail, (given[number], answer.seq))
            elif isinstance(number, int):
                given[number] = answer.seq


def transaction_ids(entries: Sequence[WireEntry]) -> dict[int, int]:
    """Ids that a CSMS has given out, with the event of the answer."""
    found: dict[int, int] = {}
    for exchange in exchanges(entries, "out", 0.0):
        call, answer = exchange.call.call, exchange.answer
        if call and call.action == "StartTransaction" and answer:
            frame = answer.frame
            number = frame.payload.get("transactionId") if isinstance(frame, CallResult) else None
            if isinstance(number, int):
                found[number] = answer.seq
    return found
