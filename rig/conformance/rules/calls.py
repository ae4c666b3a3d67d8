"""M3: one CALL at a time, answers in time and in their place.

Source: OCPP-J 1.6, 4.1.1; the reference tool treats what is a SHOULD there as a requirement.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from rig.conformance.catalogue import Role
from rig.conformance.exchanges import Exchange
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import BOTH, Hit, hit, rule
from rig.ocppj.frames import Payload

PATIENCE_S = 5.0
"""Lab seconds without an answer after which a lost answer may be the reason for a close."""

FOLLOWS = {
    "CancelReservation": ("StatusNotification", "Available"),
    "ReserveNow": ("StatusNotification", "Reserved"),
    "GetDiagnostics": ("DiagnosticsStatusNotification", "Uploading"),
    "GetLog": ("LogStatusNotification", "Uploading"),
    "UpdateFirmware": ("FirmwareStatusNotification", "Downloading"),
    "SignedUpdateFirmware": ("SignedFirmwareStatusNotification", "Downloading"),
}
"""The first message that a command causes, with its status."""


@rule("M3.1", roles=BOTH)
def one_call_at_a_time(log: Log) -> Iterator[Hit]:
    """A side sends no second CALL before its first is answered or timed out.

    Looks at: CALLs of each connection, with their answers.
    """
    last: dict[int, Exchange] = {}
    for x in log.incoming:
        before = last.get(x.call.connection)
        if (
            before is not None
            and x.t_s - before.t_s < log.scope.message_timeout_s
            and (before.answer is None or before.answer.seq > x.seq)
        ):
            detail = f"{x.name} while {before.name} was not answered"
            yield hit(detail, before.call, x.call)
        last[x.call.connection] = x


@rule("M3.2", roles=BOTH)
def waiting_does_not_block_answering(log: Log) -> Iterator[Hit]:
    """A side that waits for the answer to its own CALL answers CALLs of the other side.

    Looks at: CALLs of the tool without an answer, and the CALLs that were open meanwhile.
    """
    for x in log.outgoing:
        if not _is_overdue(log, x) or _is_excused(log, x):
            continue
        until = x.t_s + log.scope.message_timeout_s
        for own in log.incoming:
            here = own.call.connection == x.call.connection
            if here and own.t_s <= x.t_s and own.ended_s >= until:
                yield hit(f"{x.name} is not answered while {own.name} is open", own.call, x.call)


@rule("M3.3", roles=BOTH)
def calls_are_answered_in_time(log: Log) -> Iterator[Hit]:
    """Every CALL is answered in time while the connection lasts.

    Not by a station whose registration is Rejected, nor by one without mains.

    Looks at: CALLs of the tool.
    """
    for x in log.outgoing:
        if _is_overdue(log, x) and not _is_excused(log, x):
            took_s = x.ended_s - x.t_s
            yield hit(f"{x.name} was not answered within {took_s:.0f} s", x.call)


def _is_overdue(log: Log, x: Exchange) -> bool:
    return x.answer is None and x.ended_s - x.t_s >= log.scope.message_timeout_s


def _is_excused(log: Log, x: Exchange) -> bool:
    if log.scope.role is not Role.STATION:
        return False
    rejected = log.history.registration.at(x.seq) == "Rejected"
    until_s = x.t_s + log.scope.message_timeout_s
    gone = any(a.what == "mains" and a.data.get("on") is False and a.t_s <= until_s
               and not _is_back(log, a.seq, x.seq) for a in log.scope.acts)  # fmt: skip
    return rejected or gone


def _is_back(log: Log, off: int, seq: int) -> bool:
    return any(a.what == "mains" and a.data.get("on") is True and off < a.seq < seq
               for a in log.scope.acts)  # fmt: skip


@rule("M3.4")
def answers_come_before_consequences(log: Log) -> Iterator[Hit]:
    """The answer that announces an action is sent before the CALLs that the action causes.

    Looks at: CALLs of the station between a command and its answer.
    """
    places = [own.seq for own in log.incoming]
    for x in log.outgoing:
        if x.answer is None:
            continue
        first = bisect_left(places, x.seq)
        for own in log.incoming[first:]:
            if own.seq > x.answer.seq:
                break
            if _is_consequence(x, own) and not _comes_again(log, x, own):
                detail = f"{own.name} came before the answer to {x.name}"
                yield hit(detail, own.call, x.answer)


def _is_consequence(command: Exchange, own: Exchange) -> bool:
    want, got = command.req, own.req
    match command.name:
        case "RemoteStartTransaction":
            return own.name in ("Authorize", "StartTransaction") and _same_tag(want, got)
        case "RemoteStopTransaction":
            same = got.get("transactionId") == want.get("transactionId")
            return own.name == "StopTransaction" and same
        case "Reset":
            return own.name == "BootNotification" or (
                own.name == "StopTransaction" and str(got.get("reason")).endswith("Reset")
            )
        case "UnlockConnector":
            return own.name == "StopTransaction" and got.get("reason") == "UnlockCommand"
        case "ChangeAvailability":
            status = "Unavailable" if want.get("type") == "Inoperative" else "Available"
            about = want.get("connectorId") in (0, got.get("connectorId"))
            return own.name == "StatusNotification" and got.get("status") == status and about
        case "TriggerMessage" | "ExtendedTriggerMessage":
            return command.is_accepted and own.name == want.get("requestedMessage")
        case _:
            follows = FOLLOWS.get(command.name)
            return follows == (own.name, got.get("status"))


def _comes_again(log: Log, command: Exchange, own: Exchange) -> bool:
    """Whether what was triggered came after the answer too: the one before was by chance."""
    if command.answer is None or "Trigger" not in command.name:
        return False
    until_s = command.answer.t_s + log.scope.message_timeout_s
    return any(command.answer.seq < x.seq and x.t_s <= until_s for x in log.asked(own.name))


def _same_tag(one: Payload, other: Payload) -> bool:
    return str(one.get("idTag")).casefold() == str(other.get("idTag")).casefold()


@rule("M3.5", "warn")
def a_lost_answer_is_no_reason_to_hang_up(log: Log) -> Iterator[Hit]:
    """A station whose CALL stays without an answer goes on; it does not close the connection.

    Looks at: connections that the station closed while its own CALL was open.
    """
    for span in log.spans:
        if span.closed is None or span.closed.detail.get("by") != "peer":
            continue
        if span.closed.detail.get("code") in (None, 1006):
            continue  # lost, by whatever cause
        for x in reversed(log.incoming):
            if x.call.connection != span.connection:
                continue
            since_s = span.end_s - x.t_s
            reset = any(r.ended_s <= span.end_s <= r.ended_s + log.scope.long_timeout_s
                        for r in log.history.resets)  # fmt: skip
            if x.answer is None and since_s >= PATIENCE_S and not reset:
                yield hit(f"closes the connection because {x.name} had no answer", x.call,
                          span.closed)  # fmt: skip
            break
