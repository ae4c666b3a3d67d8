"""M8, first part: when samples are taken, and of what.

Source: OCPP 1.6, 3.16, 4.7, 5.17, 9.1.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from rig.conformance.exchanges import Exchange
from rig.conformance.instants import instant
from rig.conformance.rules.background import NEVER_GIVEN, Transaction
from rig.conformance.rules.fields import integer
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import Hit, hit, rule
from rig.conformance.samples import Sample, measurands, samples

PERIODIC, CLOCK, TRIGGER = "Sample.Periodic", "Sample.Clock", "Trigger"
GRID_SLACK_S = 1.0
EDGE_S = 2.0
"""Near start and stop a sample may count to either side."""
DAY_S = 86400


@dataclass(frozen=True, slots=True)
class Taken:
    """A sample with the message that brought it."""

    x: Exchange
    sample: Sample
    utc_s: float


def taken(log: Log, context: str) -> Iterator[Taken]:
    """Samples of a context in MeterValues, in order."""
    for x in log.asked("MeterValues"):
        for s in samples(x.req.get("meterValue")):
            if context in s.contexts() and s.utc_s is not None:
                yield Taken(x, s, s.utc_s)


def _lab_s(log: Log, utc_s: float) -> float:
    return utc_s - log.scope.utc_s(0.0)


@rule("M8.1")
def periodic_samples_keep_their_interval(log: Log) -> Iterator[Hit]:
    """During a transaction a sample comes every MeterValueSampleInterval; with 0 none does.

    Looks at: time stamps of periodic samples of each transaction, where nothing disturbs it.
    """
    by_number: dict[int, list[Taken]] = {}
    for s in taken(log, PERIODIC):
        number = integer(s.x.req.get("transactionId"))
        if number is not None:
            by_number.setdefault(number, []).append(s)
        interval = log.history.number("MeterValueSampleInterval", s.x.seq)
        if interval == 0 and _was_set(log, "MeterValueSampleInterval", s):
            yield hit("a periodic sample although MeterValueSampleInterval is 0", s.x.call)
    for t in log.history.transactions:
        if t.number is not None and t.starts and t.start_utc_s is not None:
            yield from _rhythm(log, t, by_number.get(t.number, []))


def _was_set(log: Log, key: str, s: Taken) -> bool:
    """Whether the setting that counts is older than the sample."""
    return log.in_force_since_s(key, s.x.seq) + log.scope.tolerance_s < _lab_s(log, s.utc_s)


def _rhythm(log: Log, t: Transaction, own: list[Taken]) -> Iterator[Hit]:
    slack, begun_s = log.scope.tolerance_s, t.start_utc_s or 0.0
    stop = t.stops[0] if t.stops else None
    end_s = min(log.scope.end_s, stop.t_s if stop else log.scope.end_s)
    moments: list[tuple[float, Exchange]] = [(_lab_s(log, begun_s), t.starts[0])]
    moments += sorted(((_lab_s(log, s.utc_s), s.x) for s in own), key=lambda m: m[0])
    nexts: list[tuple[float, Exchange | None]] = [*moments[1:], (end_s, None)]
    for (from_s, a), (to_s, b) in zip(moments, nexts, strict=True):
        until = b.seq if b else (stop.seq if stop else log.end_seq)
        # The first message of an interval may wait; what counts is the setting all the time.
        interval = log.history.number("MeterValueSampleInterval", until)
        since = min(a.seq, t.start_seq) if a is t.starts[0] else a.seq
        if not interval or not log.history.settled("MeterValueSampleInterval", since, until):
            continue
        if not log.connected_throughout(from_s, to_s + slack if b is None else to_s):
            continue
        if log.disturbed(from_s, to_s) or log.hampered(from_s, to_s + slack):
            continue
        span_s = to_s - from_s
        if span_s > interval + slack:
            yield hit(f"no sample for {span_s:.1f} s, interval {interval} s", a.call,
                      *([b.call] if b else []))  # fmt: skip
        elif b is not None and span_s < interval - slack:
            yield hit(f"a sample after {span_s:.1f} s, interval {interval} s", a.call, b.call)


@rule("M8.2")
def aligned_samples_lie_on_the_grid(log: Log) -> Iterator[Hit]:
    """With ClockAlignedDataInterval a sample is taken at 00:00:00 and every so many seconds.

    Also without transaction; with 0 none is.

    Looks at: time stamps of samples with context Sample.Clock, by connector.
    """
    last: dict[int, Taken] = {}
    for s in taken(log, CLOCK):
        interval = log.history.number("ClockAlignedDataInterval", s.x.seq)
        connector = integer(s.x.req.get("connectorId")) or 0
        before, last[connector] = last.get(connector), s
        if interval is None:
            continue
        steady = _was_set(log, "ClockAlignedDataInterval", s)
        if interval == 0:
            if steady:
                yield hit("a clock-aligned sample although the interval is 0", s.x.call)
            continue
        off_s = s.utc_s % DAY_S % interval
        if steady and min(off_s, interval - off_s) > GRID_SLACK_S:
            yield hit(f"a clock-aligned sample at {s.sample.stamp}, off the grid of {interval} s",
                      s.x.call)  # fmt: skip
        if before is not None and _undisturbed(log, before, s):
            gap_s = s.utc_s - before.utc_s
            if gap_s > interval + log.scope.tolerance_s:
                yield hit(f"no clock-aligned sample for {gap_s:.0f} s", before.x.call, s.x.call)


def _undisturbed(log: Log, before: Taken, s: Taken) -> bool:
    from_s, to_s = _lab_s(log, before.utc_s), _lab_s(log, s.utc_s)
    settled = log.history.settled("ClockAlignedDataInterval", before.x.seq, s.x.seq)
    return settled and log.connected_throughout(from_s, to_s) and not log.disturbed(from_s, to_s)


@rule("M8.3")
def samples_have_the_configured_measurands(log: Log) -> Iterator[Hit]:
    """A sample has exactly the measurands of its configuration key.

    Looks at: measurands of periodic, clock-aligned and triggered samples.
    """
    keys = {
        PERIODIC: "MeterValuesSampledData",
        TRIGGER: "MeterValuesSampledData",
        CLOCK: "MeterValuesAlignedData",
    }
    for context, key in keys.items():
        for s in taken(log, context):
            value = log.history.value(key, s.x.seq)
            if value is None or not _was_set(log, key, s):
                continue
            wanted = measurands(value)
            of_context = tuple(v for v in s.sample.values if v.get("context", PERIODIC) == context)
            sample = Sample(s.utc_s, s.sample.stamp, of_context)
            if missing := sample.missing(wanted):
                yield hit(f"a sample without {', '.join(missing)}", s.x.call)
            if extra := sample.beside(wanted):
                yield hit(f"a sample with {', '.join(extra)}, which is not configured", s.x.call)


@rule("M8.6")
def samples_name_their_transaction(log: Log) -> Iterator[Hit]:
    """MeterValues of a connector have the transactionId of its running transaction, else none.

    On connector 0 it is a warning.

    Looks at: transactionId beside the time stamps of transactions on that connector.
    """
    times = _times(log)
    for x in log.asked("MeterValues"):
        connector, number = integer(x.req.get("connectorId")), x.req.get("transactionId")
        moments = [s.utc_s for s in samples(x.req.get("meterValue")) if s.utc_s is not None]
        if connector is None or not moments:
            continue
        if connector == 0:
            if number is not None:
                yield hit("transactionId on connector 0", x.call, severity="warn")
            continue
        own = times.get(connector, [])
        # The next transaction begins after the one before has ended: two are near a moment.
        last = bisect_right(own, moments[0] + EDGE_S, key=lambda c: c.from_s)
        near = [c for c in own[max(0, last - 2) : last] if c.covers(moments[0], -EDGE_S)]
        inside = [c for c in near if c.covers(moments[0], EDGE_S)]
        if inside and number is None and inside[-1].t.number is not None:
            if inside[-1].t.numbered_seq < x.seq:
                yield hit(f"no transactionId although {inside[-1].t.number} runs", x.call)
        elif not near and number in {c.t.number for c in own} - {None, NEVER_GIVEN}:
            yield hit(f"transactionId {number} although none runs then", x.call)


@dataclass(frozen=True, slots=True)
class Time:
    """From when to when a transaction ran, UTC seconds."""

    t: Transaction
    from_s: float
    to_s: float

    def covers(self, utc_s: float, margin_s: float) -> bool:
        """Whether a moment lies in it, so far from its ends."""
        return self.from_s + margin_s <= utc_s <= self.to_s - margin_s


def _times(log: Log) -> dict[int, list[Time]]:
    """When transactions ran, by connector and in order."""
    found: dict[int, list[Time]] = {}
    for t in log.history.transactions:
        if t.start_utc_s is None:
            continue
        end = instant(t.stops[0].req.get("timestamp")) if t.stops else inf
        if end is not None:
            found.setdefault(t.connector, []).append(Time(t, t.start_utc_s, end))
    return {n: sorted(times, key=lambda c: c.from_s) for n, times in found.items()}


@rule("M8.9")
def triggered_values_come(log: Log) -> Iterator[Hit]:
    """An accepted TriggerMessage for MeterValues brings one message per addressed connector.

    It has the latest values; another context than Trigger is a warning.

    Looks at: MeterValues within the message time-out after the answer.
    """
    for x in log.told("TriggerMessage", "ExtendedTriggerMessage"):
        if x.req.get("requestedMessage") != "MeterValues" or not x.is_accepted:
            continue
        until_s = x.ended_s + log.scope.message_timeout_s
        connector = integer(x.req.get("connectorId"))
        found = [
            v for v in log.asked("MeterValues")
            if v.seq > x.seq and v.t_s <= until_s
            and connector in (None, integer(v.req.get("connectorId")))
        ]  # fmt: skip
        watched = until_s <= log.scope.end_s and log.connected_throughout(x.ended_s, until_s)
        if not found and watched and x.answer is not None:
            yield hit("no MeterValues after an accepted trigger", x.call, x.answer)
        mine = [v for v in found if v.seq in log.history.triggered]
        for v in mine:
            read = samples(v.req.get("meterValue"))
            if read and not any(TRIGGER in s.contexts() for s in read):
                contexts = sorted(set().union(*(s.contexts() for s in read)))
                yield hit(f"triggered values with context {', '.join(contexts)}", v.call,
                          severity="warn")  # fmt: skip
