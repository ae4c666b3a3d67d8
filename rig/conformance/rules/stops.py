"""M7, second part: why a transaction ends, and what happens then.

Source: OCPP 1.6, 4.10, 5.6, 6.50, 7.36; errata v4.0 3.17.
"""

from __future__ import annotations

from collections.abc import Iterator

from rig.conformance.exchanges import Exchange
from rig.conformance.rules.background import Transaction
from rig.conformance.rules.fields import integer
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import Hit, hit, rule
from rig.conformance.rules.scope import Act

NEED_A_CAUSE = ("Remote", "HardReset", "SoftReset", "UnlockCommand", "DeAuthorized")
LOCAL = ("", "Local")
ROUNDING_S = 0.001
OF_THE_STATION = (
    "DeAuthorized", "EmergencyStop", "EVDisconnected", "HardReset", "Other", "PowerLoss", "Reboot",
    "SoftReset", "UnlockCommand",
)  # fmt: skip


def _stops(log: Log) -> Iterator[tuple[Transaction, Exchange]]:
    """Transactions that end in this log, with the first StopTransaction."""
    for t in log.history.transactions:
        if t.stops and t.stops[0].seq >= log.first_seq:
            yield t, t.stops[0]


def _reason(stop: Exchange) -> str:
    return str(stop.req.get("reason", ""))


@rule("M7.9")
def the_reason_is_what_happened(log: Log) -> Iterator[Hit]:
    """StopTransaction has the reason for which the transaction ended; without one it is Local.

    Looks at: reasons beside commands, refused cards, mains and plugs while the transaction ran.
    """
    for t, stop in _stops(log):
        reason = _reason(stop)
        causes = dict(_causes(log, t, stop))
        if reason in NEED_A_CAUSE and reason not in causes and t.starts:
            yield hit(f"reason {reason}, though nothing of the kind has happened", stop.call)
        sure = [c for c in causes if c not in ("Local", "EVDisconnected", "Other")]
        fits = reason in causes or (reason == "" and "Local" in causes)
        if sure and not fits and reason not in ("EmergencyStop", "Reboot"):
            wanted = " or ".join(causes)
            shown = reason or "absent"
            yield hit(f"reason {shown}, not {wanted}", causes[sure[0]], stop.call)


def _causes(log: Log, t: Transaction, stop: Exchange) -> Iterator[tuple[str, int]]:
    """What may have ended a transaction: reason and place."""
    begun = t.start_seq or log.first_seq - 1
    for x in log.told("RemoteStopTransaction", "Reset", "UnlockConnector"):
        if not begun < x.seq < stop.seq or x.answer is None or not x.has_result:
            continue
        if x.name == "RemoteStopTransaction" and x.is_accepted:
            if integer(x.req.get("transactionId")) == t.number:
                yield "Remote", x.seq
        elif x.name == "Reset" and x.is_accepted:
            yield f"{x.req.get('type')}Reset", x.seq
        elif (
            x.name == "UnlockConnector"
            and x.status != "NotSupported"
            and x.req.get("connectorId") == t.connector
        ):
            yield "UnlockCommand", x.seq
    if t.status not in ("", "Accepted"):
        yield "DeAuthorized", t.numbered_seq
    for act in log.scope.acts:
        if not begun < act.seq < stop.seq:
            continue
        if act.what == "mains" and act.data.get("on") is False:
            yield "PowerLoss", act.seq
        elif act.what == "card":
            yield "Local", act.seq
        elif act.what == "pilot" and act.connector == t.connector:
            yield from _of_plug(act)


def _of_plug(act: Act) -> Iterator[tuple[str, int]]:
    if act.data.get("cp_state") == "A":
        yield "EVDisconnected", act.seq
    elif act.data.get("cp_state") in ("E", "F") or act.data.get("fault"):
        yield "Other", act.seq


@rule("M7.10")
def refused_transactions_are_handled_as_configured(log: Log) -> Iterator[Hit]:
    """A StartTransaction that is not Accepted ends the transaction, or just the energy.

    StopTransactionOnInvalidId decides: stop with DeAuthorized, or SuspendedEVSE while the
    transaction goes on.

    Looks at: what follows such an answer within the message time-out.
    """
    for t in log.history.transactions:
        if t.status in ("", "Accepted") or not t.starts:
            continue
        answered = next((x for x in t.starts if x.end_seq == t.numbered_seq), None)
        if answered is None or answered.answer is None:
            continue
        stops = log.history.flag("StopTransactionOnInvalidId", answered.seq)
        until_s = answered.ended_s + log.scope.message_timeout_s
        # A case that waits just so long ends with it; the times of the log are rounded.
        seen = until_s <= log.scope.end_s + ROUNDING_S and log.connected_throughout(
            answered.ended_s, until_s
        )
        settled = seen and not log.disturbed(answered.ended_s, until_s) and not log.hampered(
            answered.ended_s, until_s)  # fmt: skip
        stop = t.stops[0] if t.stops else None
        in_time = stop is not None and stop.t_s <= until_s
        if stops is True and settled and not in_time:
            yield hit(f"goes on although {t.id_tag} is {t.status}", answered.answer)
        elif stops is False and stop is not None and _reason(stop) == "DeAuthorized":
            yield hit("stops although StopTransactionOnInvalidId is false", answered.answer,
                      stop.call)  # fmt: skip
        elif stops is False and settled and not in_time and not _suspended(log, t, answered):
            yield hit(f"no SuspendedEVSE although {t.id_tag} is {t.status}", answered.answer)


def _suspended(log: Log, t: Transaction, answered: Exchange) -> bool:
    if (log.history.number("MaxEnergyOnInvalidId", answered.seq) or 0) > 0:
        return True  # so much energy is still given
    until_s = answered.ended_s + log.scope.message_timeout_s
    now = log.history.status_at(t.connector, answered.end_seq)
    return now == "SuspendedEVSE" or any(
        r.connector == t.connector and r.status == "SuspendedEVSE"
        and answered.t_s <= r.t_s <= until_s
        for r in log.history.reports
    )  # fmt: skip


@rule("M7.11")
def the_lock_follows_the_transaction(log: Log) -> Iterator[Hit]:
    """The plug is released at the regular end of a transaction, and not while it runs.

    Looks at: the lock as a tester plug sees it, beside StartTransaction and StopTransaction.
    """
    for act in log.scope.acts:
        if act.what != "input" or act.data.get("name") != "locked":
            continue
        if act.data.get("value") is not False:
            continue
        t = log.history.running(act.connector, act.seq)
        until_s = act.t_s + log.scope.message_timeout_s
        if t is None or until_s > log.scope.end_s or (t.stops and t.stops[0].t_s <= until_s):
            continue
        if log.connected_throughout(act.t_s, until_s) and not log.hampered(act.t_s, until_s):
            yield hit("the plug is released while a transaction runs", act.seq)


@rule("M7.12", "warn")
def the_card_that_stops_is_named(log: Log) -> Iterator[Hit]:
    """StopTransaction has the idTag of the card that stopped it, and none otherwise.

    Looks at: idTag beside the reason, and beside the card presented last.
    """
    for t, stop in _stops(log):
        reason, tag = _reason(stop), stop.req.get("idTag")
        if reason in OF_THE_STATION and tag is not None:
            yield hit(f"idTag {tag} with reason {reason}", stop.call)
        cards = [a for a in log.scope.acts
                 if a.what == "card" and t.start_seq < a.seq < stop.seq
                 and a.data.get("id_tag") and a.data.get("action") == "presented"]  # fmt: skip
        if reason not in LOCAL or not cards or not t.starts:
            continue
        last = str(cards[-1].data["id_tag"])
        if tag is None:
            yield hit(f"no idTag although {last} stopped it", cards[-1].seq, stop.call)
        elif str(tag).casefold() not in {str(a.data["id_tag"]).casefold() for a in cards}:
            yield hit(f"idTag {tag} although {last} stopped it", cards[-1].seq, stop.call)
