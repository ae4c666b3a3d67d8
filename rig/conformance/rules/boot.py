"""M5, first part: registration.

Source: OCPP 1.6, 4.2 with errata v4.0; chapter 6.
"""

from __future__ import annotations

from collections.abc import Iterator

from rig.conformance.catalogue import Role
from rig.conformance.exchanges import Exchange
from rig.conformance.rules.fields import integer
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import Hit, hit, rule
from rig.ocppj.frames import ErrorCode

CSMS = (Role.CSMS,)
LEAST_OWN_PAUSE_S = 10.0
"""Lab seconds between two BootNotifications of a station that was given no interval (ours)."""
REMOTE = ("RemoteStartTransaction", "RemoteStopTransaction")


@rule("M5.1")
def boot_notification_comes_first(log: Log) -> Iterator[Hit]:
    """After power-up, reset or crash the first CALL is BootNotification.

    Nothing else is sent before its answer, also nothing that was queued.

    Looks at: CALLs after the mains came back, after an accepted Reset, and between a
    BootNotification and its answer.
    """
    for opened, cause in _fresh_connections(log):
        for x in log.incoming:
            if x.call.connection == opened:
                if x.name != "BootNotification":
                    yield hit(f"{x.name} is the first CALL {cause}", x.call)
                break
    unanswered: Exchange | None = None
    status = log.history.registration
    for x in log.incoming:
        if x.name == "BootNotification":
            unanswered = x
        elif unanswered is not None:
            given = unanswered.answer is not None and unanswered.answer.seq < x.seq
            if not given or not unanswered.has_result:
                if status.at(x.seq) not in ("Pending", "Rejected"):
                    yield hit(f"{x.name} before BootNotification is answered", unanswered.call,
                              x.call)  # fmt: skip
            else:
                unanswered = None


def _fresh_connections(log: Log) -> Iterator[tuple[int, str]]:
    """Connections that a boot must begin on, with why."""
    for a, b in zip(log.spans, log.spans[1:], strict=False):
        if b.opened is None:
            continue
        begun, opened = (a.opened.seq if a.opened else 0), b.opened.seq
        last_boot = max((x.seq for x in log.history.boots if x.seq < opened), default=0)
        on = any(x.what == "mains" and x.data.get("on") is True and begun < x.seq < opened
                 for x in log.scope.acts)  # fmt: skip
        if on:
            yield b.connection, "after power-up"
        elif any(max(begun, last_boot) < r.end_seq < opened for r in log.history.resets):
            yield b.connection, "after a Reset"


@rule("M5.2")
def refused_registration_is_repeated_in_time(log: Log) -> Iterator[Hit]:
    """A registration that is not Accepted is tried again after the interval, not earlier.

    Nor later by more than the tolerance, or the time that a new connection takes. A trigger is
    obeyed at once.

    Looks at: BootNotifications after one that was answered Pending or Rejected.
    """
    slack = log.scope.tolerance_s
    boots = log.history.boots
    for i, x in enumerate(boots):
        if x.answer is None or x.status not in ("Pending", "Rejected"):
            continue
        interval = integer(x.conf.get("interval")) or LEAST_OWN_PAUSE_S
        after = boots[i + 1] if i + 1 < len(boots) else None
        until_s = after.t_s if after else log.scope.end_s
        until = after.seq if after else log.end_seq
        restarted = log.powered_off(x.seq, until) or any(
            x.seq < r.end_seq < until for r in log.history.resets
        )
        triggered = after is not None and after.seq in log.history.triggered
        if restarted or triggered:
            continue
        pause_s = until_s - x.answer.t_s
        if after is not None and pause_s < interval - slack:
            detail = f"BootNotification again after {pause_s:.1f} s, interval {interval:g} s"
            yield hit(detail, x.answer, after.call)
        moved = after is None or after.call.connection != x.call.connection
        latest = interval + slack + (log.scope.reconnect_timeout_s if moved else 0.0)
        if x.conf.get("interval") and pause_s > latest:
            yield hit(f"no BootNotification for {pause_s:.0f} s, interval {interval:g} s", x.answer)


@rule("M5.3")
def pending_is_kept(log: Log) -> Iterator[Hit]:
    """While Pending the station stays connected, asks only what it is triggered to, and serves.

    Remote starts and stops are refused.

    Looks at: CALLs, answers and closes between an answer Pending and the next BootNotification.
    """
    yield from _uninvited(log, "Pending")
    for x in log.outgoing:
        if (
            x.name in REMOTE
            and x.is_accepted
            and x.answer is not None
            and log.history.registration.at(x.seq) == "Pending"
        ):
            yield hit(f"{x.name} is Accepted while Pending", x.call, x.answer)
    for span in log.spans:
        closed = span.closed
        if closed is None or closed.detail.get("by") != "peer":
            continue
        excused = log.powered_off(0, closed.seq) or any(
            r.end_seq < closed.seq for r in log.history.resets
        )
        if log.history.registration.at(closed.seq) == "Pending" and not excused:
            yield hit("hangs up while Pending", closed)


@rule("M5.4")
def rejected_is_silent(log: Log) -> Iterator[Hit]:
    """While Rejected the station neither asks nor answers until the interval is over.

    Looks at: CALLs and answers between an answer Rejected and the next BootNotification.
    """
    yield from _uninvited(log, "Rejected")
    for x in log.outgoing:
        if x.answer is not None and log.history.registration.at(x.seq) == "Rejected":
            yield hit(f"answers {x.name} while Rejected", x.call, x.answer)


def _uninvited(log: Log, state: str) -> Iterator[Hit]:
    """CALLs of a station in a state of registration that nothing has asked for."""
    answered = {x.end_seq: x for x in log.history.boots if x.answer is not None}
    since = 0
    for x in log.incoming:
        if x.name == "BootNotification" or log.history.registration.at(x.seq) != state:
            continue
        since = max((seq for seq in answered if seq < x.seq), default=0)
        if state == "Pending" and x.seq in log.history.triggered and _after(log, x, since):
            continue
        places = (since, x.seq) if since else (x.seq,)
        yield hit(f"{x.name} while the registration was {state}", *places)


def _after(log: Log, x: Exchange, since: int) -> bool:
    """Whether what triggered a CALL was accepted after the registration was answered."""
    return any(
        since < t.end_seq < x.seq and t.is_accepted
        for t in log.told("TriggerMessage", "ExtendedTriggerMessage")
    )


@rule("M5.5", roles=CSMS)
def unregistered_stations_are_left_alone(log: Log) -> Iterator[Hit]:
    """A station that is Pending is sent no remote start or stop, one that is Rejected nothing.

    What it asks before it is accepted is refused with SecurityError; else that is a warning.

    Looks at: CALLs and answers of the Central System before it answers Accepted.
    """
    for x in log.csms:
        state = log.history.registration.at(x.seq)
        if state == "Rejected" or (state == "Pending" and x.name in REMOTE):
            yield hit(f"sends {x.name} while the registration is {state}", x.call)
    for x in log.station:
        state = log.history.registration.at(x.seq)
        if x.name == "BootNotification" or state in (None, "Accepted") or x.answer is None:
            continue
        refused = x.error is not None and x.error.code == ErrorCode.SECURITY_ERROR
        asked = any(t.end_seq < x.seq and t.is_accepted
                    for t in log.told("TriggerMessage", "ExtendedTriggerMessage"))  # fmt: skip
        if not refused and not asked:
            yield hit(f"serves {x.name} while {state}", x.call, x.answer, severity="warn")


@rule("M5.6", roles=CSMS)
def accepted_stations_are_not_asked_to_boot(log: Log) -> Iterator[Hit]:
    """No BootNotification is triggered after Accepted, until the station sends one itself.

    Looks at: TriggerMessage and ExtendedTriggerMessage for BootNotification.
    """
    for x in log.told("TriggerMessage", "ExtendedTriggerMessage"):
        if x.req.get("requestedMessage") != "BootNotification":
            continue
        unanswered = any(b.seq < x.seq < b.end_seq for b in log.history.boots)
        if log.history.registration.at(x.seq) == "Accepted" and not unanswered:
            yield hit("BootNotification is triggered although the station is Accepted", x.call)
