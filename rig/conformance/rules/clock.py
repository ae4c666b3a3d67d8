"""M5, second part: heartbeats, clocks, time stamps.

Source: OCPP 1.6, 3.14, 4.2, 4.6, 6.15; 9.1 HeartbeatInterval.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import cast

from rig.conformance.catalogue import Role
from rig.conformance.exchanges import Exchange
from rig.conformance.rules.frames import payload_of
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import BOTH, Hit, hit, rule
from rig.jsontypes import Json
from rig.ocppj.frames import Call, CallResult
from rig.ocppj.wirelog import WireEntry

DAY_S = 86400.0
BURST = 3
"""Heartbeats after a reconnect that must have been queued."""
DATE_TIMES = frozenset({
    "timestamp", "currentTime", "expiryDate", "scheduleStart", "startSchedule", "validFrom",
    "validTo", "retrieveDate", "retrieveDateTime", "installDateTime", "startTime", "stopTime",
})  # fmt: skip
KEY = "HeartbeatInterval"


@rule("M5.7")
def the_interval_becomes_heartbeat_interval(log: Log) -> Iterator[Hit]:
    """The interval of an accepted registration becomes HeartbeatInterval; 0 keeps the old one.

    Looks at: HeartbeatInterval as read after a registration, unless it was written since.
    """
    for x in log.told("GetConfiguration"):
        listed = x.conf.get("configurationKey")
        for entry in listed if isinstance(listed, list) else []:
            if not isinstance(entry, dict) or str(entry.get("key")).casefold() != KEY.casefold():
                continue
            boot = _last_accepted(log, x.seq)
            wanted = log.history.number(KEY, x.seq)
            if boot is None or x.answer is None or wanted is None:
                continue
            if not log.history.settled(KEY, boot.end_seq, x.seq):
                continue
            if str(entry.get("value")) != str(wanted):
                detail = f"HeartbeatInterval reads {entry.get('value')} after interval {wanted}"
                yield hit(detail, boot.end_seq, x.answer)


def _last_accepted(log: Log, seq: int) -> Exchange | None:
    found = [b for b in log.history.boots if b.is_accepted and b.end_seq < seq]
    return found[-1] if found and found[-1].conf.get("interval") else None


@rule("M5.8")
def heartbeats_keep_their_interval(log: Log) -> Iterator[Hit]:
    """A Heartbeat comes within HeartbeatInterval after the last CALL, and not faster than that.

    It may be skipped while other CALLs are sent.

    Looks at: times between CALLs of an accepted station, where nothing disturbs it.
    """
    slack = log.scope.tolerance_s
    own = list(log.incoming)
    for a, b in pairwise([*own, None]):
        if a is None or not a.has_result or log.history.registration.at(a.end_seq + 1) not in (
            "Accepted",
        ):  # fmt: skip
            continue
        until_s = b.t_s if b else log.scope.end_s
        until = b.seq if b else log.end_seq
        interval = log.history.number(KEY, until)
        if not interval or not log.history.settled(KEY, a.seq, until):
            continue
        if log.disturbed(a.t_s, until_s) or not log.connected_throughout(a.t_s, until_s):
            continue
        if until_s - a.ended_s > interval + slack:
            detail = f"no CALL for {until_s - a.ended_s:.1f} s, HeartbeatInterval {interval} s"
            yield hit(detail, a.call, *([b.call] if b else []))
    beats = [x for x in log.asked("Heartbeat") if x.seq not in log.history.triggered]
    for a, b in pairwise(beats):
        interval = log.history.number(KEY, b.seq)
        if not interval or not log.history.settled(KEY, a.seq, b.seq):
            continue
        if log.disturbed(a.t_s, b.t_s) or a.answer is None:
            continue
        if b.t_s - a.t_s < interval - slack:
            detail = f"Heartbeat again after {b.t_s - a.t_s:.1f} s, HeartbeatInterval {interval} s"
            yield hit(detail, a.call, b.call)


@rule("M5.9", "warn")
def a_heartbeat_comes_every_day(log: Log) -> Iterator[Hit]:
    """At least one Heartbeat comes in 24 hours, also where pings take its place.

    Looks at: times between Heartbeats on one connection that is longer than that.
    """
    for span in log.spans:
        end_s = min(span.end_s, log.scope.end_s)
        begun_s = span.start_s if span.opened else log.entries[0].t_s
        beats = [x.t_s for x in log.asked("Heartbeat") if x.call.connection == span.connection]
        for from_s, to_s in pairwise([begun_s, *beats, end_s]):
            if to_s - from_s > DAY_S + log.scope.tolerance_s:
                place = span.opened or log.entries[0]
                yield hit(f"no Heartbeat for {(to_s - from_s) / 3600:.1f} hours", place)


@rule("M5.10", "warn")
def heartbeats_are_not_queued(log: Log) -> Iterator[Hit]:
    """A Heartbeat that could not be sent is dropped.

    Looks at: Heartbeats one after the other right after a reconnect.
    """
    for _, span in log.reconnects():
        until_s = span.start_s + log.scope.tolerance_s
        beats = [
            x for x in log.asked("Heartbeat")
            if x.call.connection == span.connection and x.t_s <= until_s
            and x.seq not in log.history.triggered
        ]  # fmt: skip
        if len(beats) >= BURST:
            yield hit(f"{len(beats)} Heartbeats at once after a reconnect", beats[0].call,
                      beats[-1].call)  # fmt: skip


@rule("M5.11", "warn")
def the_clock_is_that_of_the_csms(log: Log) -> Iterator[Hit]:
    """The station's clock is set by the Central System, and agrees with it.

    Looks at: time stamps in the future; those of transactions that were sent at once.
    """
    for entry, path, _, moment in _stamps(log):
        if moment is None or moment.tzinfo is None or not path.endswith("timestamp"):
            continue
        ahead_s = (moment - log.scope.utc(entry.t_s)).total_seconds()
        if ahead_s > log.scope.tolerance_s + 1:
            yield hit(f"{path} {moment.isoformat()} is {ahead_s:.0f} s in the future", entry)
    for x in log.asked("StartTransaction", "StopTransaction"):
        moment = read_date_time(x.req.get("timestamp"))
        if log.scope.role is not Role.STATION or moment is None or moment.tzinfo is None:
            continue
        behind_s = (log.scope.utc(x.t_s) - moment).total_seconds()
        made_s = x.t_s - behind_s
        sent_at_once = (
            log.connected_throughout(made_s - log.scope.tolerance_s, x.t_s)
            and made_s > log.entries[0].t_s
            and not log.disturbed(made_s, x.t_s)
            and not log.hampered(made_s, x.t_s)
        )
        waited = _waited(log, made_s, x) or _stood_in_line(log, x)
        if behind_s > log.scope.tolerance_s + 1 and sent_at_once and not waited:
            yield hit(f"{x.name}.timestamp is {behind_s:.0f} s behind the clock", x.call)


def _waited(log: Log, from_s: float, x: Exchange) -> bool:
    """Whether another CALL was open meanwhile, so that this one had to wait."""
    return any(o is not x and o.t_s <= x.t_s and o.ended_s - max(o.t_s, from_s) > 1
               for o in log.incoming)  # fmt: skip


def _stood_in_line(log: Log, x: Exchange) -> bool:
    """Whether, since it came back, the station has been delivering what had queued up (M9.3)."""
    back_s = max((b.start_s for _, b in log.reconnects() if b.start_s <= x.t_s), default=None)
    if back_s is None:
        return False
    times = [back_s, *(o.t_s for o in log.incoming if back_s <= o.t_s <= x.t_s)]
    return all(b - a <= log.scope.tolerance_s for a, b in pairwise(times))


@rule("M5.12", roles=BOTH)
def date_times_are_iso_8601(log: Log) -> Iterator[Hit]:
    """A dateTime has date, time and zone designator, and should be UTC.

    Without designator it is a warning; another offset is mentioned.

    Looks at: every dateTime in CALLs and CALLRESULTs.
    """
    for entry, path, text, moment in _stamps(log):
        if moment is None:
            yield hit(f"{path} {text!r} is no date-time", entry)
        elif moment.tzinfo is None:
            yield hit(f"{path} {text!r} has no zone designator", entry, severity="warn")
        elif moment.utcoffset() != timedelta(0):
            yield hit(f"{path} {text!r} is not UTC", entry, severity="info")


@rule("M5.13", "info")
def fractions_are_as_declared(log: Log) -> Iterator[Hit]:
    """Time stamps have fractions of a second or not, as the PICS says.

    Looks at: time stamps, where the PICS is known.
    """
    if log.scope.milliseconds is None:
        return
    for entry, path, text, moment in _stamps(log):
        if moment is not None and ("." in text) is not log.scope.milliseconds:
            has = "has" if "." in text else "has no"
            yield hit(f"{path} {text!r} {has} fractions, unlike the PICS", entry)
            return  # counted once: it is the same for all


@rule("M5.14", roles=(Role.CSMS,))
def the_csms_keeps_time(log: Log) -> Iterator[Hit]:
    """CurrentTime is the time of the tester.

    Looks at: answers to BootNotification and Heartbeat.
    """
    for x in log.station:
        moment = read_date_time(x.conf.get("currentTime"))
        if x.answer is None or moment is None or moment.tzinfo is None:
            continue
        off_s = abs((moment - log.scope.utc(x.answer.t_s)).total_seconds())
        if off_s > log.scope.tolerance_s + 1:
            text = x.conf.get("currentTime")
            yield hit(f"currentTime {text} is {off_s:.0f} s from the tester's clock", x.answer)


Stamp = tuple[WireEntry, str, str, datetime | None]
"""A dateTime: entry, path, text, value."""


def _stamps(log: Log) -> list[Stamp]:
    """Every dateTime of the device under test."""
    found = log.kept.get("stamps")
    if found is None:
        found = log.kept["stamps"] = [
            (entry, path, text, read_date_time(text))
            for entry in log.entries
            if entry.direction == "in" and isinstance(entry.frame, Call | CallResult)
            for path, text in _texts(payload_of(entry))
        ]
    return cast("list[Stamp]", found)


def _texts(value: Json, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, child in value.items():
            place = f"{path}.{name}" if path else name
            if name in DATE_TIMES and isinstance(child, str):
                yield place, child
            else:
                yield from _texts(child, place)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _texts(child, f"{path}[{index}]")


def read_date_time(text: Json) -> datetime | None:
    """A dateTime of a message; None when it is none."""
    if not isinstance(text, str) or "T" not in text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
