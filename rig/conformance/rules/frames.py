"""M2: every message is a frame.

Source: OCPP-J 1.6, 4.1 and 4.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from rig.conformance.exchanges import Exchange, calls
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import BOTH, Hit, hit, rule
from rig.jsontypes import Json
from rig.ocppj.frames import Call, CallError, CallResult, Malformed, Payload
from rig.ocppj.schemas import KNOWN_ACTIONS
from rig.ocppj.wirelog import WireEntry

NATURAL_LANGUAGE = frozenset({
    "info", "data", "techInfo", "vendorErrorCode", "chargePointVendor", "chargePointModel",
})  # fmt: skip
ACTIONS_BY_FOLDED_NAME = {name.casefold(): name for name in KNOWN_ACTIONS}


def _malformed(log: Log, id: str) -> Iterator[Hit]:
    for entry in log.entries:
        if (
            entry.direction == "in"
            and isinstance(entry.frame, Malformed)
            and entry.frame.rule == id
        ):
            yield hit(entry.frame.reason, entry)


@rule("M2.1", roles=BOTH)
def messages_are_text(log: Log) -> Iterator[Hit]:
    """Each message is one text message; a binary one is a violation.

    Looks at: the kind of every WebSocket message.
    """
    return _malformed(log, "M2.1")


@rule("M2.2", roles=BOTH)
def frames_have_their_length(log: Log) -> Iterator[Hit]:
    """CALL, CALLRESULT and CALLERROR are arrays of four, three and five elements.

    Looks at: every message that is JSON.
    """
    return _malformed(log, "M2.2")


@rule("M2.3", roles=BOTH)
def ids_are_short_texts(log: Log) -> Iterator[Hit]:
    """A message id is a text of 1 to 36 characters.

    Looks at: the second element of every frame.
    """
    return _malformed(log, "M2.3")


@rule("M2.4", roles=BOTH)
def ids_are_unique(log: Log) -> Iterator[Hit]:
    """A CALL has an id of its own; only a retransmission repeats that of the original.

    On an earlier connection of the same identity it is a warning.

    Looks at: ids of CALLs, with action and payload.
    """
    seen: dict[str, tuple[WireEntry, Call]] = {}
    for entry, call in calls(log.entries, "in"):
        first, original = seen.setdefault(call.id, (entry, call))
        if first is entry or (original.action, original.payload) == (call.action, call.payload):
            continue
        here = first.connection == entry.connection
        detail = f"message id {call.id} of {original.action} is used again for {call.action}"
        yield hit(detail, first, entry, severity="fail" if here else "warn")
        seen[call.id] = (entry, call)


@rule("M2.5", roles=BOTH)
def answers_belong_to_calls(log: Log) -> Iterator[Hit]:
    """An answer has the id of an open CALL of the other side, and each CALL has one answer.

    An answer that is late is only mentioned.

    Looks at: ids of answers on each connection.
    """
    open_: dict[tuple[int, str], WireEntry] = {}
    answered: set[tuple[int, str]] = set()
    # The CALL of an answer that comes after its time-out may stand before this log.
    late = {(e.connection, e.detail.get("id")) for e in log.entries if e.what == "late-answer"}
    for entry in log.entries:
        if entry.direction == "out" and isinstance(entry.frame, Call):
            open_[entry.connection, entry.frame.id] = entry
        if entry.direction != "in" or not isinstance(entry.frame, CallResult | CallError):
            continue
        key = (entry.connection, entry.frame.id)
        call = open_.get(key)
        if call is None and key in late and key not in answered:
            yield hit("late answer to an earlier CALL", entry, severity="info")
        elif call is None:
            yield hit(f"answer with id {entry.frame.id}, which no CALL has", entry)
        elif key in answered:
            yield hit("second answer to a CALL", call, entry)
        elif entry.t_s - call.t_s > log.scope.message_timeout_s:
            detail = f"answer {entry.t_s - call.t_s:.1f} s after the CALL"
            yield hit(detail, call, entry, severity="info")
        answered.add(key)


@rule("M2.6", roles=BOTH)
def payloads_are_objects(log: Log) -> Iterator[Hit]:
    """The payload is an object, {} when there is nothing to say; null is a warning.

    Looks at: payloads of CALLs and CALLRESULTs.
    """
    yield from _malformed(log, "M2.6")
    for entry in log.entries:
        frame = entry.frame
        if entry.direction == "in" and isinstance(frame, Call | CallResult) and frame.null_payload:
            yield hit("payload null instead of {}", entry, severity="warn")


@rule("M2.7", roles=BOTH)
def errors_have_text_and_details(log: Log) -> Iterator[Hit]:
    """In a CALLERROR the description is a text and the details are an object.

    Looks at: every CALLERROR.
    """
    return _malformed(log, "M2.7")


@rule("M2.8", roles=BOTH)
def other_message_types_are_ignored(log: Log) -> Iterator[Hit]:
    """Messages have type 2, 3 or 4; whoever gets another type ignores it and stays connected.

    Looks at: types of the messages, and whether a connection ends at such a message of the tool.
    """
    yield from _malformed(log, "M2.8")
    for entry in log.entries:
        frame = entry.frame
        if entry.direction == "out" and isinstance(frame, Malformed) and frame.rule == "M2.8":
            for closed in log.entries:
                if (
                    closed.what == "close"
                    and closed.connection == entry.connection
                    and 0 <= closed.t_s - entry.t_s <= log.scope.tolerance_s
                    and closed.detail.get("by") == "peer"
                ):
                    yield hit("closes the connection at an unknown message type", entry, closed)


@rule("M2.9", "warn", roles=BOTH)
def messages_are_json(log: Log) -> Iterator[Hit]:
    """Each message is JSON.

    Looks at: every text message.
    """
    return _malformed(log, "M2.9")


@rule("M2.10", "info", roles=BOTH)
def other_scripts_stand_in_texts_for_people(log: Log) -> Iterator[Hit]:
    """Characters beyond ASCII stand only in texts for people.

    Looks at: texts in the payloads of CALLs and CALLRESULTs.
    """
    for entry in log.entries:
        if entry.direction != "in" or entry.raw.isascii():
            continue
        if isinstance(entry.frame, Call | CallResult):
            for name in _odd_fields(entry.frame.payload):
                yield hit(f"{name} has characters beyond ASCII", entry)


def _odd_fields(value: Json, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _odd_fields(child, key)
    elif isinstance(value, list):
        for child in value:
            yield from _odd_fields(child, name)
    elif isinstance(value, str) and not value.isascii() and name not in NATURAL_LANGUAGE:
        yield name


@rule("M2.11", roles=BOTH)
def action_names_are_spelled_exactly(log: Log) -> Iterator[Hit]:
    """Names of actions are written with the capitals of the standard.

    Looks at: actions of CALLs that OCPP 1.6 does not know.
    """
    for x in log.incoming:
        if x.name not in KNOWN_ACTIONS and (name := right_spelling(x)):
            yield hit(f"action {x.name} is spelled {name}", x.call)


def right_spelling(x: Exchange) -> str | None:
    """The known action that an unknown one differs from by capitals only."""
    return ACTIONS_BY_FOLDED_NAME.get(x.name.casefold())


def payload_of(entry: WireEntry) -> Payload:
    """Payload of a CALL or CALLRESULT, {} of anything else."""
    return entry.frame.payload if isinstance(entry.frame, Call | CallResult) else {}
