"""M9: transaction-related messages without connection, and ones that fail.

Source: OCPP 1.6, 3.7, 9.1 TransactionMessageAttempts and TransactionMessageRetryInterval; errata
v4.0 3.18.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from rig.conformance.catalogue import Role
from rig.conformance.exchanges import Exchange
from rig.conformance.instants import instant
from rig.conformance.rules.background import NEVER_GIVEN
from rig.conformance.rules.fields import integer
from rig.conformance.rules.log import TRANSACTION_RELATED, Log, Span
from rig.conformance.rules.registry import Hit, hit, rule
from rig.conformance.samples import samples

ATTEMPTS, PAUSE = "TransactionMessageAttempts", "TransactionMessageRetryInterval"
STAMP_SLACK_S = 1.0
LATE_S = 60.0
"""A message that is older than this is a historical one."""

CRITICAL = frozenset({
    "FirmwareUpdated", "FailedToAuthenticateAtCentralSystem", "CentralSystemFailedToAuthenticate",
    "SettingSystemTime", "StartupOfTheDevice", "ResetOrReboot", "SecurityLogWasCleared",
    "ReconfigurationOfSecurityParameters", "MemoryExhaustion", "TamperDetectionActivated",
})  # fmt: skip
"""Security events with guaranteed delivery, as the white paper lists them."""


def _queued(log: Log) -> list[Exchange]:
    """Messages that go through the queue, in order of arrival: not those that were triggered."""
    return [
        x for x in log.asked(*TRANSACTION_RELATED)
        if x.seq not in log.history.triggered and (x.name != "MeterValues" or _is_regular(x))
    ]  # fmt: skip


def _is_regular(x: Exchange) -> bool:
    contexts = set().union(*(s.contexts() for s in samples(x.req.get("meterValue"))))
    return bool(contexts & {"Sample.Periodic", "Sample.Clock"})


def _made(x: Exchange) -> float | None:
    """When a message was made, by its own time stamp, UTC seconds."""
    if x.name == "MeterValues":
        read = samples(x.req.get("meterValue"))
        return read[0].utc_s if read else None
    return instant(x.req.get("timestamp"))


@rule("M9.1")
def messages_keep_their_order(log: Log) -> Iterator[Hit]:
    """Transaction-related messages are delivered in the order in which they were made.

    New ones wait behind old ones.

    Looks at: time stamps of StartTransaction, StopTransaction and regular MeterValues in order of
    arrival; those of one message that was sent again do not count.
    """
    newest: tuple[float, Exchange] | None = None
    for x in _queued(log):
        made = _made(x)
        if made is None:
            continue
        if newest is not None and made < newest[0] - STAMP_SLACK_S:
            if x.req != newest[1].req:
                detail = f"{x.name} is {newest[0] - made:.1f} s older than {newest[1].name} before"
                yield hit(detail, newest[1].call, x.call)
        elif newest is None or made > newest[0]:
            newest = (made, x)


@rule("M9.3")
def delivery_begins_after_a_reconnect(log: Log) -> Iterator[Hit]:
    """After a reconnect what is queued is delivered without waiting for a new event.

    Looks at: when the first message of an outage arrives, counted from the reconnect or from the
    accepted registration after it.
    """
    for before, span in log.reconnects():
        begun_s = _ready_s(log, span)
        from_utc, to_utc = log.scope.utc_s(before.end_s), log.scope.utc_s(span.start_s)
        for x in _queued(log):
            if x.call.connection != span.connection:
                continue
            made = _made(x)
            if made is not None and from_utc < made < to_utc:
                late_s = x.t_s - begun_s
                if late_s > log.scope.message_timeout_s + log.scope.tolerance_s:
                    yield hit(f"{x.name} waits for {late_s:.0f} s after the reconnect", x.call)
            break


def _ready_s(log: Log, span: Span) -> float:
    """When a connection is good for delivery: at once, or once a boot on it was accepted."""
    boots = [b for b in log.history.boots if b.call.connection == span.connection]
    return boots[-1].ended_s if boots else span.start_s


@rule("M9.4")
def failed_messages_are_tried_again(log: Log) -> Iterator[Hit]:
    """What was refused or not answered is sent again until it has failed so often as configured.

    The pause before each further transmission is TransactionMessageRetryInterval times the
    number of those so far. TransactionMessageAttempts 0 is taken as 1, with a warning.

    Looks at: transmissions of the same message on a connection, with the answers of the tool.
    """
    slack = log.scope.tolerance_s
    for run in _runs(log):
        for k, (a, b) in enumerate(pairwise(run), 1):
            pause = log.history.number(PAUSE, a.seq)
            if pause is None or log.disturbed(a.t_s, b.t_s) or a.is_lost:
                continue
            since_s = b.t_s - a.ended_s if a.error is not None else b.t_s - a.t_s
            latest = pause * k + slack + (0 if a.error else log.scope.message_timeout_s)
            if since_s < pause * k - slack or since_s > latest:
                detail = f"{b.name} again after {since_s:.1f} s, not {pause * k} s"
                yield hit(detail, a.call, b.call)
        yield from _given_up(log, run)


def _given_up(log: Log, run: list[Exchange]) -> Iterator[Hit]:
    """A message that was given up too early."""
    last = run[-1]
    if last.has_result or last.is_lost or (last.answer is None and last.error is None and (
        last.ended_s - last.t_s < log.scope.message_timeout_s
    )):  # fmt: skip
        return
    attempts, pause = log.history.number(ATTEMPTS, last.seq), log.history.number(PAUSE, last.seq)
    if attempts == 0:
        yield hit("TransactionMessageAttempts is 0: taken as 1", last.call, severity="warn")
    if attempts is None or pause is None or len(run) >= max(attempts, 1):
        return
    due_s = last.ended_s + pause * len(run) + log.scope.tolerance_s
    due_s += 0 if last.error else log.scope.message_timeout_s
    steady = log.history.settled(ATTEMPTS, last.seq, log.end_seq)
    if (
        due_s <= log.scope.end_s
        and steady
        and log.connected_throughout(last.t_s, due_s)
        and not log.disturbed(last.t_s + 0.001, due_s)
    ):
        detail = f"{last.name} is given up after {len(run)} of {attempts} transmissions"
        yield hit(detail, last.call)


def _runs(log: Log) -> Iterator[list[Exchange]]:
    """Transmissions of the same message, one after the other, that have failed but for the last."""
    run: list[Exchange] = []
    for x in _queued(log):
        if run and _is_again(run[-1], x):
            run.append(x)
            continue
        if run:
            yield run
        run = [x]
    if run:
        yield run


def _is_again(a: Exchange, b: Exchange) -> bool:
    return a.name == b.name and not a.has_result and a.req == b.req


@rule("M9.5")
def messages_are_given_up_at_last(log: Log) -> Iterator[Hit]:
    """After the last failure a message is dropped; the stop of a start that was is sent with -1.

    Looks at: how often a message was sent; transactionId after a StartTransaction that had no
    answer at all.
    """
    for run in _runs(log):
        failed = [x for x in run[:-1] if not x.is_lost]
        attempts = log.history.number(ATTEMPTS, run[-1].seq)
        steady = log.history.settled(ATTEMPTS, run[0].seq, run[-1].seq)
        if attempts is not None and steady and len(failed) >= max(attempts, 1):
            detail = f"{run[-1].name} is sent {len(failed) + 1} times, at most {attempts}"
            yield hit(detail, run[0].call, run[-1].call)
    answered = [t for t in log.history.transactions if t.number is not None]
    dropped = [t for t in log.history.transactions if t.starts and t.number is None]
    if dropped and not answered and not log.scope.before.has_started:
        for x in log.asked("StopTransaction"):
            number = integer(x.req.get("transactionId"))
            if number != NEVER_GIVEN and x.seq > dropped[0].starts[-1].seq:
                yield hit(f"transactionId {number} of a start that was given up", x.call)


@rule("M9.6", "warn")
def retransmissions_are_the_same(log: Log) -> Iterator[Hit]:
    """A message that is sent again has the same payload.

    Looks at: what follows a StartTransaction or StopTransaction that has failed.
    """
    last: dict[tuple[str, object], Exchange] = {}
    for x in log.asked("StartTransaction", "StopTransaction"):
        about = "connectorId" if x.name == "StartTransaction" else "transactionId"
        key = (x.name, x.req.get(about))
        before = last.get(key)
        if before is not None and not before.has_result and before.req != x.req:
            same = all(before.req.get(n) == x.req.get(n) for n in ("idTag", "meterStart"))
            other = x.name == "StartTransaction" and not same
            if not other and x.req.get(about) != NEVER_GIVEN:
                names = sorted(
                    n for n in {*before.req, *x.req} if before.req.get(n) != x.req.get(n)
                )
                yield hit(f"{x.name} is sent again with another {', '.join(names)}", before.call,
                          x.call)  # fmt: skip
        last[key] = x


@rule("M9.7")
def outages_are_no_attempts(log: Log) -> Iterator[Hit]:
    """A message that was lost with the connection is sent again after the reconnect.

    Looks at: transaction-related messages that were open when a connection ended.
    """
    yield from _lost_for_ever(log, _queued(log), in_order=True)


@rule("M9.8")
def critical_events_are_delivered(log: Log) -> Iterator[Hit]:
    """A critical security event that was lost with the connection is sent again.

    Looks at: SecurityEventNotifications that were open when a connection ended.
    """
    events = [x for x in log.asked("SecurityEventNotification") if x.req.get("type") in CRITICAL]
    yield from _lost_for_ever(log, events, in_order=False)


def _lost_for_ever(log: Log, messages: list[Exchange], *, in_order: bool) -> Iterator[Hit]:
    patience_s = log.scope.message_timeout_s + log.scope.tolerance_s
    for x in messages:
        if not x.is_lost or _goes_on(log, x):
            continue
        later = [s for s in log.spans if s.opened is not None and s.start_s >= x.ended_s]
        if not later:
            continue
        overtaken = [o for o in messages if o.seq > x.seq and o.req != x.req and o.seq > x.end_seq]
        again = any(o.seq > x.seq and o.name == x.name and o.req == x.req for o in messages)
        if not again and in_order and overtaken and overtaken[0].t_s >= later[0].start_s:
            yield hit(f"{x.name} was lost with the connection for ever", x.call, overtaken[0].call)
            continue
        # It may wait behind others, each of which takes its time.
        until_s = _ready_s(log, later[0]) + patience_s
        until_s += sum(1.0 for o in messages if o.t_s > x.t_s)
        if until_s > log.scope.end_s or not log.connected_throughout(later[0].start_s, until_s):
            continue
        if not again:
            yield hit(f"{x.name} was lost with the connection for ever", x.call)


def _goes_on(log: Log, x: Exchange) -> bool:
    """Whether the station could not know where it was: power gone, or another transactionId."""
    return x.name == "MeterValues" and "transactionId" not in x.req


@rule("M9.9", roles=(Role.CSMS,))
def late_messages_are_served(log: Log) -> Iterator[Hit]:
    """A message of an outage is processed as any other.

    Looks at: answers to transaction-related messages that are older than a minute.
    """
    for x in log.asked(*TRANSACTION_RELATED):
        made = _made(x)
        if x.error is None or x.answer is None or made is None:
            continue
        if log.scope.utc_s(x.t_s) - made > LATE_S:
            yield hit(f"a late {x.name} is refused with {x.error.code}", x.answer)
