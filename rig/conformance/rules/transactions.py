"""M7, first part: transactions from start to stop, their ids, registers and times.

Source: OCPP 1.6, 4.8, 4.10, 6.45 to 6.50; errata v4.0 3.18.
"""

from __future__ import annotations

from collections.abc import Iterator

from rig.conformance.catalogue import Role
from rig.conformance.exchanges import Exchange
from rig.conformance.instants import instant
from rig.conformance.rules.background import NEVER_GIVEN, Reservation, Transaction
from rig.conformance.rules.fields import integer
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import Hit, hit, rule
from rig.conformance.samples import Sample, samples

WH_SLACK = 1
STAMP_SLACK_S = 1.0
"""A time stamp without fractions may be so much older than one with them."""
RELATED = ("StartTransaction", "StopTransaction", "MeterValues")


@rule("M7.1")
def one_transaction_per_connector(log: Log) -> Iterator[Hit]:
    """A connector has one running transaction; it is one of 1 or above.

    Looks at: StartTransactions while another transaction of the connector has no stop.
    """
    running: dict[int, Transaction] = {}
    for t in log.history.transactions:
        before = running.get(t.connector)
        if t.starts and t.connector < 1:
            yield hit(f"StartTransaction on connector {t.connector}", t.starts[0].call)
        if before is not None and t.starts and before.is_running_at(t.start_seq):
            detail = f"a second transaction on connector {t.connector}"
            yield hit(detail, *(x.call for x in before.starts[:1]), t.starts[0].call)
        running[t.connector] = t


@rule("M7.2")
def each_transaction_is_stopped_once(log: Log) -> Iterator[Hit]:
    """Each StartTransaction is followed by exactly one StopTransaction with its transactionId.

    Looks at: StopTransactions that were answered; connectors that are Available again while a
    transaction of theirs has no stop.
    """
    for t in log.history.transactions:
        done: Exchange | None = None
        for x in t.stops:
            lost = done is not None and done.call.connection != x.call.connection
            if done is not None and not (lost and done.req == x.req):
                number = x.req.get("transactionId")
                yield hit(f"transaction {number} is stopped twice", done.call, x.call)
            if x.has_result and t.number is not None:
                done = x
    for report in log.history.reports:
        if report.status != "Available" or report.connector < 1:
            continue
        left = log.history.running(report.connector, report.seq)
        until_s = report.t_s + log.scope.message_timeout_s
        if left is None or until_s > log.scope.end_s:
            continue
        if left.stops and left.stops[0].t_s <= until_s:
            continue
        waits = log.hampered(report.t_s - log.scope.message_timeout_s, until_s)
        if log.connected_throughout(report.t_s, until_s) and not waits:
            yield hit(f"transaction {left.number} has no StopTransaction", report.exchange.call)


@rule("M7.3")
def registers_do_not_run_back(log: Log) -> Iterator[Hit]:
    """MeterStart and meterStop are the register in Wh, which never runs back.

    Looks at: both of a transaction, the next one on the connector, and Transaction.Begin and .End.
    """
    register = dict(log.scope.before.registers)
    steps: list[tuple[int, int, int, str, Exchange]] = []
    for t in log.history.transactions:
        if t.starts:
            steps.append((t.start_seq, t.connector, t.meter_start, "meterStart", t.starts[0]))
        meter = integer(t.stops[0].req.get("meterStop")) if t.stops else None
        if meter is None or t.stops[0].seq < log.first_seq:
            continue
        stop = t.stops[0]
        if meter < t.meter_start:
            detail = f"meterStop {meter} is below meterStart {t.meter_start}"
            yield hit(detail, stop.call)
        else:
            steps.append((stop.seq, t.connector, meter, "meterStop", stop))
        yield from _begin_and_end(t, meter, stop)
    for _, connector, meter, name, x in sorted(steps, key=lambda s: s[0]):
        if name == "meterStart" and meter < register.get(connector, meter):
            detail = f"meterStart {meter} is below the register before, {register[connector]}"
            yield hit(detail, x.call)
        register[connector] = meter


def _begin_and_end(t: Transaction, stop_wh: int, stop: Exchange) -> Iterator[Hit]:
    wanted = {"Transaction.Begin": t.meter_start, "Transaction.End": stop_wh}
    for sample in samples(stop.req.get("transactionData")):
        for context, register in wanted.items():
            values = tuple(v for v in sample.values if v.get("context") == context)
            for wh in Sample(None, "", values).registers():
                if abs(wh - register) > WH_SLACK + (1 if wh != int(wh) else 0):
                    detail = f"{context} is {wh:g} Wh, the register {register} Wh"
                    yield hit(detail, stop.call)


@rule("M7.4")
def time_stamps_go_forward(log: Log) -> Iterator[Hit]:
    """Start, samples and stop of a transaction have time stamps that do not decrease.

    Looks at: time stamps of a transaction in the order of its messages; not at triggered samples.
    """
    values = _values_by_number(log)
    for t in log.history.transactions:
        if t.start_utc_s is None:
            continue
        last, what = t.start_utc_s, "StartTransaction"
        for x in _messages(values, t):
            if x.name == "StopTransaction":
                for s in samples(x.req.get("transactionData")):
                    if s.utc_s is not None and s.utc_s < t.start_utc_s - STAMP_SLACK_S:
                        yield hit("a sample in transactionData is older than the start", x.call)
            for at in _moments(x):
                if at < last - STAMP_SLACK_S:
                    detail = f"{x.name} is {last - at:.1f} s older than {what} before it"
                    yield hit(detail, x.call)
                elif at > last:
                    last, what = at, x.name


def _messages(by_number: dict[int, list[Exchange]], t: Transaction) -> list[Exchange]:
    """Samples and stops of a transaction, in order of arrival."""
    values = by_number.get(t.number, []) if t.number is not None else []
    own = [x for x in values if x.seq > t.numbered_seq]
    return sorted([*own, *(s for s in t.stops if s.seq)], key=lambda x: x.seq)


def _values_by_number(log: Log) -> dict[int, list[Exchange]]:
    found: dict[int, list[Exchange]] = {}
    for x in log.asked("MeterValues"):
        number = integer(x.req.get("transactionId"))
        if number is not None and x.seq not in log.history.triggered:
            found.setdefault(number, []).append(x)
    return found


def _moments(x: Exchange) -> list[float]:
    if x.name == "MeterValues":
        read = [s for s in samples(x.req.get("meterValue")) if "Trigger" not in s.contexts()]
        return [s.utc_s for s in read if s.utc_s is not None]
    at = instant(x.req.get("timestamp"))
    return [] if at is None else [at]


@rule("M7.5")
def reservations_are_named(log: Log) -> Iterator[Hit]:
    """StartTransaction has the reservationId of the reservation that it uses, else none.

    Looks at: reservations that were accepted and have not ended.
    """
    for t in log.history.transactions:
        if not t.starts or t.start_utc_s is None:
            continue
        x = t.starts[0]
        given = integer(x.req.get("reservationId"))
        live = [r for r in log.history.reservations if _lasts(r, x, t.start_utc_s)]
        if given is not None and given not in {r.number for r in live}:
            yield hit(f"reservationId {given}, which is not that of a reservation", x.call)
        for r in live if given is None else []:
            sure = r.connector == t.connector and r.id_tag.casefold() == t.id_tag.casefold()
            expires = r.expiry_utc_s is not None and r.expiry_utc_s > t.start_utc_s + STAMP_SLACK_S
            if sure and expires and r.made_seq:
                yield hit(f"no reservationId, though reservation {r.number} is used", x.call)


def _lasts(r: Reservation, x: Exchange, utc_s: float) -> bool:
    over = r.expiry_utc_s is not None and r.expiry_utc_s < utc_s - STAMP_SLACK_S
    return r.made_seq < x.seq and not over and (r.ended_seq is None or r.ended_seq >= x.seq)


@rule("M7.6")
def transaction_ids_are_those_given(log: Log) -> Iterator[Hit]:
    """Messages of a transaction have the transactionId of the answer to StartTransaction.

    It is -1 where that was never answered, also in messages that were queued before.

    Looks at: transactionId of MeterValues and StopTransactions.
    """
    known = {t.number for t in log.scope.before.transactions}
    # A station that was in the middle of something before this tool came has ids of its own.
    strangers = not log.scope.before.has_started
    unanswered = False
    steps = sorted(
        [(x.seq, x) for x in log.asked("StopTransaction", "MeterValues")]
        + [(x.end_seq, x) for x in log.asked("StartTransaction")],
        key=lambda s: s[0],
    )
    for _, x in steps:
        if x.name == "StartTransaction":
            strangers = False
            unanswered = unanswered or not x.has_result
            known.add(integer(x.conf.get("transactionId")))
            continue
        number = integer(x.req.get("transactionId"))
        if number is None or number in known or (x.name == "StopTransaction" and not x.has_result):
            continue
        if number == NEVER_GIVEN and (unanswered or None in known):
            continue
        if strangers and number > 0:
            continue
        yield hit(f"{x.name}: transactionId {number} was never given", x.call)
        known.add(number)


@rule("M7.7", roles=(Role.CSMS,))
def transaction_ids_are_unique(log: Log) -> Iterator[Hit]:
    """Each transaction has a transactionId of its own; it should be positive.

    Looks at: answers to StartTransaction, also of earlier cases.
    """
    given = dict(log.scope.before.given)
    for x in log.asked("StartTransaction"):
        number = integer(x.conf.get("transactionId"))
        if number is None or x.answer is None:
            continue
        if number in given:
            yield hit(f"transactionId {number} was given before", given[number], x.answer)
        elif number <= 0:
            yield hit(f"transactionId {number} is not positive", x.answer, severity="warn")
        given.setdefault(number, x.answer.seq)


@rule("M7.8", roles=(Role.CSMS,))
def transactions_are_always_served(log: Log) -> Iterator[Hit]:
    """What belongs to a transaction is answered with a CALLRESULT, also when it is implausible.

    Looks at: answers to StartTransaction, StopTransaction and MeterValues.
    """
    for x in log.asked(*RELATED):
        if x.answer is not None and x.error is not None:
            yield hit(f"{x.name} is answered with CALLERROR {x.error.code}", x.answer)
