"""S: reports of connectors beside what happens to them.

Rules on reports alone are in `rig.conformance.status_rules`.

Source: OCPP 1.6, 3.5.3, 4.9 with errata v4.0 3.19 to 3.22; 9.1.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from rig.conformance.exchanges import Exchange
from rig.conformance.instants import instant
from rig.conformance.rules.background import Transaction
from rig.conformance.rules.history import StatusReport
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import Hit, hit, rule
from rig.conformance.rules.scope import Act

ENERGY_S = 10.0
"""Lab seconds for which energy flows before Charging is due: a manufacturer's delay is in it."""
DISCONNECTED = "EV side disconnected"
DOUBTFUL = ("Blocked", "Expired", "Invalid")


def _minimum_s(log: Log, seq: int) -> float:
    return float(log.history.number("MinimumStatusDuration", seq) or 0)


def _accepted_boots(log: Log) -> list[Exchange]:
    return [b for b in log.history.boots if b.is_accepted and b.answer is not None]


@rule("S5")
def everything_is_reported_after_a_boot(log: Log) -> Iterator[Hit]:
    """After an accepted BootNotification connector 0 and each connector are reported.

    Within the message time-out, and before a driver starts a transaction.

    Looks at: reports after each accepted registration.
    """
    if not log.scope.connectors:
        return
    for boot in _accepted_boots(log):
        until_s = boot.ended_s + log.scope.message_timeout_s
        undisturbed = log.connected_throughout(boot.ended_s, until_s) and not any(
            boot.seq < b.seq and b.t_s <= until_s for b in log.history.boots
        )
        reported: dict[int, StatusReport] = {}
        for r in log.history.reports:
            if r.seq > boot.end_seq and r.t_s <= until_s:
                reported.setdefault(r.connector, r)
        missing = sorted(set(range(log.scope.connectors + 1)) - set(reported))
        if missing and undisturbed and until_s <= log.scope.end_s:
            shown = ", ".join(map(str, missing))
            yield hit(f"no report of connector {shown} after the boot", boot.end_seq)
        for t in log.history.transactions:
            new = t.starts and t.start_utc_s is not None and (
                t.start_utc_s > log.scope.utc_s(boot.ended_s)
            )  # fmt: skip
            if not new or not boot.end_seq < t.start_seq:
                continue
            late = [n for n, r in reported.items() if r.seq > t.start_seq]
            if late and t.starts[0].t_s <= until_s:
                shown = ", ".join(map(str, sorted(late)))
                yield hit(f"a transaction starts before connector {shown} is reported",
                          t.starts[0].call)  # fmt: skip


@rule("S6")
def lasting_statuses_are_reported(log: Log) -> Iterator[Hit]:
    """A status that lasts at least MinimumStatusDuration is reported.

    Looks at: connectors with a voltage input, where energy flows in a transaction that began with
    a connection, and Charging is not reported.
    """
    for act in log.scope.acts:
        if act.what != "input" or act.data.get("name") != "voltage":
            continue
        t = log.history.running(act.connector, act.seq)
        if act.data.get("value") is not True or t is None:
            continue
        until_s = act.t_s + ENERGY_S + log.scope.message_timeout_s + _minimum_s(log, act.seq)
        off = [a for a in log.scope.acts if a.seq > act.seq and a.connector == act.connector
               and a.what == "input" and a.data.get("name") == "voltage"]  # fmt: skip
        if until_s > log.scope.end_s or (off and off[0].t_s <= until_s):
            continue
        if t.stops and t.stops[0].t_s <= until_s:
            continue
        if log.disturbed(act.t_s, until_s) or not log.connected_throughout(act.t_s, until_s):
            continue
        told = log.history.status_at(act.connector, act.seq) == "Charging" or any(
            r.connector == act.connector and r.status == "Charging" and act.seq < r.seq
            and r.t_s <= until_s
            for r in log.history.reports
        )  # fmt: skip
        if not told:
            yield hit(f"energy flows on connector {act.connector}, not reported", act.seq)


@rule("S9")
def unavailable_survives_a_boot(log: Log) -> Iterator[Hit]:
    """Unavailable set by ChangeAvailability survives reset, reboot and power loss.

    Looks at: the first report after a boot of connectors that were set Inoperative.
    """
    for boot in _accepted_boots(log):
        first: dict[int, StatusReport] = {}
        for r in log.history.reports:
            if r.seq > boot.end_seq:
                first.setdefault(r.connector, r)
        for connector, changes in log.history.inoperative.items():
            told = first.get(connector)
            if told is None or changes.at(boot.seq) is not True:
                continue
            if changes.at(told.seq) is not True:
                continue
            was = log.history.status_at(connector, boot.seq)
            if was == "Unavailable" and told.status not in ("Unavailable", "Faulted"):
                detail = f"connector {connector} is {told.status} after a boot"
                yield hit(detail, told.exchange.call)


@rule("S10", "warn")
def the_station_suspends_first(log: Log) -> Iterator[Hit]:
    """Where both sides suspend, SuspendedEVSE has precedence.

    Looks at: SuspendedEV in a transaction that was refused and goes on without energy.
    """
    for t in log.history.transactions:
        if t.status in ("", "Accepted") or not t.starts or t.number is None:
            continue
        answered = next((x for x in t.starts if x.end_seq == t.numbered_seq), None)
        if answered is None or log.history.flag("StopTransactionOnInvalidId", t.start_seq) is not (
            False
        ):  # fmt: skip
            continue
        if log.history.number("MaxEnergyOnInvalidId", t.start_seq):
            continue
        for r in log.history.reports:
            late = r.t_s > answered.ended_s + log.scope.tolerance_s
            if (
                r.connector == t.connector
                and r.status == "SuspendedEV"
                and late
                and t.is_running_at(r.seq)
            ):
                yield hit("SuspendedEV although the station gives no energy", r.exchange.call)


@rule("S11", "warn")
def only_the_present_status_is_told_later(log: Log) -> Iterator[Hit]:
    """After a reconnect without boot the present status is sent, not those before it.

    Looks at: reports right after a reconnect whose time stamps lie in the outage.
    """
    for before, span in log.reconnects():
        if any(b.call.connection == span.connection for b in log.history.boots):
            continue
        from_utc, to_utc = log.scope.utc_s(before.end_s), log.scope.utc_s(span.start_s)
        old: dict[int, StatusReport] = {}
        for r in log.history.reports:
            if r.exchange.call.connection != span.connection or r.triggered:
                continue
            at = instant(r.exchange.req.get("timestamp"))
            if at is None or not from_utc < at < to_utc - 1:
                continue
            if r.connector in old and old[r.connector].exchange.req.get("errorCode") == "NoError":
                past = old[r.connector]
                yield hit(f"{past.status}, which is over, is told after the reconnect",
                          past.exchange.call)  # fmt: skip
            old[r.connector] = r


@rule("S12", "warn")
def a_disconnect_at_the_ev_is_explained(log: Log) -> Iterator[Hit]:
    """A disconnect at the EV in a transaction has the info "EV side disconnected", and no error.

    Looks at: SuspendedEV or Finishing after a tester plug was pulled at the EV.
    """
    for act in log.scope.acts:
        if act.what != "pilot" or act.data.get("cp_state") != "A" or act.data.get("fault"):
            continue
        t = log.history.running(act.connector, act.seq)
        if t is None or _ended_otherwise(t):
            continue
        told = _told_of(log, act)
        # SuspendedEV may be older than the disconnect: a slow station still has to say it
        if told and not any(_is_explained(r) for r in told):
            r = told[0]
            info, error = str(r.exchange.req.get("info", "")), r.exchange.req.get("errorCode")
            yield hit(f"{r.status} has info {info!r}, {error}", act.seq, r.exchange.call)


def _told_of(log: Log, act: Act) -> list[StatusReport]:
    """SuspendedEV and Finishing right after a plug was pulled at the EV, up to the first other."""
    found = []
    for r in log.history.reports:
        if r.connector != act.connector or r.seq < act.seq or r.triggered:
            continue
        late = r.t_s - act.t_s > log.scope.message_timeout_s
        if late or not log.connected_throughout(act.t_s, r.t_s):
            break
        if r.status not in ("SuspendedEV", "Finishing"):
            break
        found.append(r)
    return found


def _is_explained(r: StatusReport) -> bool:
    req = r.exchange.req
    info = str(req.get("info", "")).casefold()
    return info == DISCONNECTED.casefold() and req.get("errorCode") == "NoError"


def _ended_otherwise(t: Transaction) -> bool:
    return bool(t.stops) and t.stops[0].req.get("reason") not in (None, "EVDisconnected")


@rule("S13", "warn")
def later_reports_say_when(log: Log) -> Iterator[Hit]:
    """A report that was queued has a timestamp: that of the change.

    Looks at: reports in the first second after a reconnect without boot; time stamps older than
    the connection before.
    """
    for _, span in log.reconnects():
        if any(b.call.connection == span.connection for b in log.history.boots):
            continue
        for r in log.history.reports:
            queued = 0 <= r.t_s - span.start_s <= 1.0 and not r.triggered
            if (
                r.exchange.call.connection == span.connection
                and queued
                and "timestamp" not in r.exchange.req
            ):
                yield hit("a report of the outage without timestamp", r.exchange.call)


@rule("S14")
def statuses_fit_the_transaction(log: Log) -> Iterator[Hit]:
    """Charging comes with a transaction that runs or begins, Finishing with one that has ended.

    Finishing may also follow Preparing without one.

    Looks at: both reports beside StartTransaction and StopTransaction of the connector.
    """
    by_connector: dict[int, list[Transaction]] = {}
    for t in log.history.transactions:
        by_connector.setdefault(t.connector, []).append(t)
    free_since: dict[int, int] = {}
    for r in log.history.reports:
        if r.status == "Available" and not r.triggered:
            free_since[r.connector] = r.seq
        until_s = r.t_s + log.scope.message_timeout_s
        if r.status not in ("Charging", "Finishing") or r.connector < 1:
            continue
        running = log.history.running(r.connector, r.seq)
        if r.status == "Charging" and running is not None:
            continue
        own = by_connector.get(r.connector, [])
        place = bisect_right(own, r.seq, key=lambda t: t.start_seq)
        coming = place < len(own) and own[place].starts[0].t_s <= until_s
        unsure = until_s > log.scope.end_s or not log.connected_throughout(r.t_s, until_s)
        if coming or unsure or log.hampered(r.t_s - log.scope.message_timeout_s, until_s):
            continue
        free = free_since.get(r.connector, 0)
        # A station that was busy before this tool came has transactions that nobody knows.
        known = log.scope.before.has_started or bool(own) or free > 0
        if r.status == "Charging" and known:
            yield hit("Charging without transaction", r.exchange.call)
        elif r.status == "Finishing" and free:
            # A transaction may have ended between two logs; then nothing is known to be free.
            used = place > 0 and (not own[place - 1].starts or own[place - 1].start_seq > free)
            before = log.history.status_at(r.connector, r.seq)
            if not used and before not in ("Preparing", "Faulted", None):
                yield hit("Finishing without transaction", r.exchange.call)


@rule("S15", "warn")
def conflicts_of_the_list_are_reported(log: Log) -> Iterator[Hit]:
    """A conflict between local list and Central System is told as LocalListConflict.

    Looks at: answers that refuse a card which the list has as Accepted, and reports of connector 0.
    """
    for x in log.asked("StartTransaction"):
        info = x.conf.get("idTagInfo")
        if not isinstance(info, dict) or info.get("status") not in DOUBTFUL:
            continue
        if log.history.flag("LocalAuthListEnabled", x.seq) is not True:
            continue
        listed = (log.history.cards.local_list.at(x.seq) or {}).get(
            str(x.req.get("idTag")).casefold()
        )
        until_s = x.ended_s + log.scope.message_timeout_s
        if listed is None or listed.status != "Accepted" or until_s > log.scope.end_s:
            continue
        told = any(
            r.connector == 0 and r.exchange.req.get("errorCode") == "LocalListConflict"
            and x.seq < r.seq and r.t_s <= until_s
            for r in log.history.reports
        )  # fmt: skip
        if not told and log.connected_throughout(x.ended_s, until_s) and x.answer is not None:
            yield hit("no report of LocalListConflict", x.answer)
