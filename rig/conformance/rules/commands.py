"""M11, first part: what a station does when it is told to.

Source: OCPP 1.6, 5.2, 5.4, 5.11 to 5.14, 5.18; errata v4.0 3.23, 3.36.
"""

from __future__ import annotations

from collections.abc import Iterator

from rig.conformance.catalogue import Role
from rig.conformance.exchanges import Exchange
from rig.conformance.rules.background import Reservation
from rig.conformance.rules.fields import integer
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import Hit, hit, rule

BUSY = ("Charging", "SuspendedEV", "SuspendedEVSE")
UNUSABLE = ("Unavailable", "Faulted")
SETTLED_S = 1.0
"""A report may be on its way when a command is sent."""


def _settled_status(log: Log, connector: int, x: Exchange) -> str | None:
    """Status of a connector that had not just changed when a command was sent."""
    now = log.history.status_at(connector, x.seq)
    later = log.history.status_at(connector, x.end_seq)
    recent = any(
        r.connector == connector and x.t_s - SETTLED_S < r.t_s <= x.t_s for r in log.history.reports
    )
    return None if recent or now != later else now


@rule("M11.1")
def only_running_transactions_are_stopped(log: Log) -> Iterator[Hit]:
    """RemoteStopTransaction is Accepted only for a running transaction with that transactionId.

    Looks at: its answer beside the transactions.
    """
    for x in log.told("RemoteStopTransaction"):
        number = integer(x.req.get("transactionId"))
        if not x.is_accepted or x.answer is None or number is None:
            continue
        t = log.history.of_number(number, x.end_seq)
        if (t is None and log.scope.before.has_started) or (
            t is None and any(u.starts for u in log.history.transactions)
        ):
            yield hit(f"Accepted for transaction {number}, which there is not", x.call, x.answer)
        elif (
            t is not None
            and t.stops
            and t.stops[0].seq < x.seq
            and x.t_s - t.stops[0].t_s > SETTLED_S
        ):
            yield hit(f"Accepted for transaction {number}, which is over", x.call, x.answer)


@rule("M11.2")
def impossible_remote_starts_are_rejected(log: Log) -> Iterator[Hit]:
    """A remote start is Rejected on a connector that cannot serve, and on connector 0.

    That is one that is Unavailable, Faulted, charging, or reserved for somebody else.

    Looks at: its answer beside the last report, the transactions and the reservations.
    """
    for x in log.told("RemoteStartTransaction"):
        connector = integer(x.req.get("connectorId"))
        if not x.is_accepted or x.answer is None or connector is None:
            continue
        if connector == 0:
            yield hit("Accepted for connector 0", x.call, x.answer)
            continue
        status = _settled_status(log, connector, x)
        charging = status in BUSY and log.history.running(connector, x.seq) is not None
        if status in UNUSABLE or charging:
            yield hit(f"Accepted although the connector is {status}", x.call, x.answer)
        elif status == "Reserved" and (r := _reservation(log, connector, x)) is not None:
            other = r.id_tag.casefold() != str(x.req.get("idTag")).casefold()
            if other and not r.parent:
                yield hit(f"Accepted although it is reserved for {r.id_tag}", x.call, x.answer)


def _reservation(log: Log, connector: int, x: Exchange) -> Reservation | None:
    for r in log.history.reservations:
        if r.connector == connector and r.made_seq < x.seq and r.ended_seq is None:
            return r
    return None


@rule("M11.3")
def availability_is_changed_as_told(log: Log) -> Iterator[Hit]:
    """ChangeAvailability is Scheduled while a transaction runs, else Accepted and obeyed.

    Connector 0 means the station with all connectors; an unknown connector is Rejected.

    Looks at: its answer beside the transactions, and reports within the message time-out.
    """
    for x in log.told("ChangeAvailability"):
        connector = integer(x.req.get("connectorId"))
        if x.answer is None or not x.has_result or connector is None:
            continue
        if 0 < log.scope.connectors < connector:
            if x.status != "Rejected":
                yield hit(f"{x.status} for connector {connector}, which there is not", x.call,
                          x.answer)  # fmt: skip
            continue
        down = x.req.get("type") == "Inoperative"
        busy = [
            t for t in log.history.transactions
            if t.is_running_at(x.seq) and t.is_running_at(x.end_seq)
            and connector in (0, t.connector)
        ]  # fmt: skip
        near = [
            t for t in log.history.transactions
            if connector in (0, t.connector)
            and any(abs(o.t_s - x.t_s) <= SETTLED_S for o in (*t.starts, *t.stops))
        ]  # fmt: skip
        if down and busy and not near and x.is_accepted:
            yield hit("Accepted, not Scheduled, while a transaction runs", x.call, x.answer)
        elif not busy and not near and x.status == "Scheduled" and _is_idle(log, connector, x):
            yield hit("Scheduled although no transaction runs", x.call, x.answer)
        elif x.status == "Rejected" and _is_already(log, connector, down, x):
            yield hit("Rejected although it is so already", x.call, x.answer)
        if x.is_accepted and connector > 0:
            yield from _obeyed(log, x, connector, down)


def _is_idle(log: Log, connector: int, x: Exchange) -> bool:
    """Whether no transaction can run that is not in the log."""
    if log.scope.before.has_started or any(t.starts for t in log.history.transactions):
        return True
    return connector > 0 and log.history.status_at(connector, x.seq) == "Available"


def _is_already(log: Log, connector: int, down: bool, x: Exchange) -> bool:
    changes = log.history.inoperative.get(connector)
    return changes is not None and changes.at(x.seq) is down


def _obeyed(log: Log, x: Exchange, connector: int, down: bool) -> Iterator[Hit]:
    until_s = x.ended_s + log.scope.message_timeout_s
    now = log.history.status_at(connector, x.end_seq)
    if now is None or (now == "Unavailable") is down or until_s > log.scope.end_s:
        return
    if log.disturbed(x.ended_s, until_s) or not log.connected_throughout(x.ended_s, until_s):
        return
    if (
        not down
        and log.history.inoperative.get(0) is not None
        and log.history.inoperative[0].at(x.seq)
    ):
        return  # the station as a whole is inoperative
    later = [
        r for r in log.history.reports
        if r.connector == connector and x.end_seq < r.seq and r.t_s <= until_s
    ]  # fmt: skip
    told_else = any(
        o.is_accepted and x.end_seq < o.end_seq and o.t_s <= until_s
        and integer(o.req.get("connectorId")) in (0, connector)
        for o in log.told("ChangeAvailability")
    )  # fmt: skip
    if not told_else and not any((r.status == "Unavailable") is down for r in later):
        if not down and now == "Unavailable" and any(r.status == "Faulted" for r in later):
            return
        wanted = "Unavailable" if down else "Available"
        yield hit(f"connector {connector} does not become {wanted}", x.call)


@rule("M11.4")
def no_cache_is_no_cache_to_clear(log: Log) -> Iterator[Hit]:
    """ClearCache is Rejected by a station without cache.

    Looks at: its answer where AuthorizationCacheEnabled is known not to exist.
    """
    for x in log.told("ClearCache"):
        if (
            x.is_accepted
            and x.answer is not None
            and log.history.lacks("AuthorizationCacheEnabled", x.seq)
        ):
            yield hit("Accepted although there is no cache", x.call, x.answer)


@rule("M11.5")
def connectors_are_unlocked_as_they_can_be(log: Log) -> Iterator[Hit]:
    """UnlockConnector is NotSupported with a fixed cable and for an unknown connector.

    A running transaction is stopped first, with reason UnlockCommand.

    Looks at: its answer, and the StopTransaction within the message time-out.
    """
    for x in log.told("UnlockConnector"):
        connector = integer(x.req.get("connectorId"))
        if x.answer is None or not x.has_result or connector is None:
            continue
        unknown = 0 < log.scope.connectors < connector or connector == 0
        if (unknown or log.scope.fixed_cable) and x.status != "NotSupported":
            why = "there is no such connector" if unknown else "the cable is fixed"
            yield hit(f"{x.status} although {why}", x.call, x.answer)
        t = log.history.running(connector, x.seq)
        until_s = x.t_s + log.scope.message_timeout_s
        if x.status != "Unlocked" or t is None or until_s > log.scope.end_s:
            continue
        stopped = bool(t.stops) and t.stops[0].t_s <= until_s
        waits = log.hampered(x.t_s - log.scope.message_timeout_s, until_s)
        if not stopped and not waits and log.connected_throughout(x.t_s, until_s):
            yield hit("Unlocked although the transaction goes on", x.call, x.answer)


@rule("M11.6")
def a_reset_is_a_boot(log: Log) -> Iterator[Hit]:
    """A Reset that is Accepted ends transactions and leads to a BootNotification.

    Looks at: BootNotifications within the time for long operations after the answer.
    """
    for x in log.history.resets:
        until_s = x.ended_s + log.scope.long_timeout_s
        booted = any(b.seq > x.end_seq and b.t_s <= until_s for b in log.history.boots)
        if (
            not booted
            and until_s <= log.scope.end_s
            and x.answer is not None
            and not any(a.what == "mains" and a.seq > x.seq for a in log.scope.acts)
        ):
            yield hit("no BootNotification after a Reset", x.call, x.answer)


@rule("M11.9", roles=(Role.CSMS,))
def remote_starts_are_complete(log: Log) -> Iterator[Hit]:
    """RemoteStartTransaction has a connectorId above 0 or none.

    Its charging profile has the purpose TxProfile and no transactionId.

    Looks at: RemoteStartTransactions of the Central System.
    """
    for x in log.told("RemoteStartTransaction"):
        if x.req.get("connectorId") == 0:
            yield hit("RemoteStartTransaction for connector 0", x.call)
        profile = x.req.get("chargingProfile")
        if isinstance(profile, dict):
            purpose = profile.get("chargingProfilePurpose")
            if purpose != "TxProfile":
                yield hit(f"its charging profile has the purpose {purpose}", x.call)
            if "transactionId" in profile:
                yield hit("its charging profile has a transactionId", x.call)
