"""M6: who may charge, and who is asked.

Source: OCPP 1.6, 3.5, 4.1, 4.8, 4.10, 9.1; errata v4.0.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from rig.conformance.catalogue import Role
from rig.conformance.exchanges import Exchange
from rig.conformance.rules.background import IdTagInfo, Transaction
from rig.conformance.rules.fields import objects
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import Hit, Severity, hit, rule
from rig.ocppj.frames import CallResult

LONGEST_ID_TAG = 20
BEGUN_BY_CARD = ("Authorize", "StartTransaction", "StopTransaction")
LOCAL = ("", "Local")


def _fold(tag: object) -> str:
    return str(tag).casefold()


def _live_starts(log: Log) -> Iterator[tuple[Transaction, Exchange]]:
    """Transactions that began while the station was connected, with their first message."""
    for t in log.history.transactions:
        if not t.starts or t.start_utc_s is None:
            continue
        x = t.starts[0]
        made_s = x.t_s - (log.scope.utc_s(x.t_s) - t.start_utc_s)
        slack = log.scope.tolerance_s
        # What was authorised before the log, or without connection, cannot be judged.
        if log.connected_throughout(made_s - slack, x.t_s) and _is_in_log(log, made_s):
            yield t, x


def _is_in_log(log: Log, moment_s: float) -> bool:
    return bool(log.entries) and log.entries[0].t_s <= moment_s


def _authorizes(log: Log, tag: str, until: int) -> list[Exchange]:
    """Authorizes of a card since its last use, before an event."""
    asked = log.asked_about("Authorize", tag)
    since = _last_use(log, tag, until)
    first = bisect_left(asked, since, key=lambda x: x.seq)
    return asked[first : bisect_left(asked, until, key=lambda x: x.seq)]


def _remote_start(log: Log, tag: str, connector: int, until: int) -> Exchange | None:
    """The newest accepted remote start for a card that no transaction has used yet."""
    told = log.told("RemoteStartTransaction")
    if not told:
        return None
    starts = [x.seq for x in log.asked_about("StartTransaction", tag) if x.seq < until]
    since = max(starts, default=0)
    found = [
        x for x in log.told("RemoteStartTransaction")
        if x.is_accepted and since < x.end_seq < until and _fold(x.req.get("idTag")) == tag
        and x.req.get("connectorId") in (None, connector)
    ]  # fmt: skip
    return found[-1] if found else None


def _is_known_locally(log: Log, tag: str, x: Exchange) -> bool | None:
    """Whether list or cache can have let a card in; None when that is not known."""
    listed = log.history.cards.local_list.at(x.seq)
    if (
        listed is None
        and log.history.has_profile("LocalAuthListManagement", x.seq) is not False
        and log.history.flag("LocalAuthListEnabled", x.seq) is not False
    ):
        return None
    if listed and tag in listed:
        return True
    key = "AuthorizationCacheEnabled"
    off = log.history.lacks(key, x.seq) or log.history.flag(key, x.seq) is False
    if not off and log.history.cards.cached(tag, x.seq) is not None:
        return True
    return False if log.history.knows_cache(x.seq) else None


def _was_presented(log: Log, tag: str, after: int, until: int) -> bool:
    return any(
        a.what == "card" and _fold(a.data.get("id_tag")) == tag and after < a.seq < until
        for a in log.scope.acts
    )


@rule("M6.1")
def strangers_are_authorised(log: Log) -> Iterator[Hit]:
    """With a connection, a card in neither list nor cache is authorised before energy flows.

    Looks at: StartTransactions of cards, and the Authorize before each; not at remote starts.
    """
    for t, x in _live_starts(log):
        tag = _fold(t.id_tag)
        since = _last_use(log, tag, x.seq)
        if any(a.seq > since for a in _authorizes(log, tag, x.seq)):
            continue
        if _remote_start(log, tag, t.connector, x.seq) is None and (
            _is_known_locally(log, tag, x) is False
        ):
            yield hit(f"{t.id_tag} starts a transaction without Authorize", x.call)


def _last_use(log: Log, tag: str, until: int) -> int:
    """Place of the last message by which a transaction of the card began or ended."""
    places = log.uses.get(tag, [])
    place = bisect_left(places, until)
    return places[place - 1] if place else 0


@rule("M6.2")
def refused_cards_do_not_start(log: Log) -> Iterator[Hit]:
    """No transaction starts for a card whose last authorisation was not Accepted.

    Looks at: StartTransactions, and the last answer to Authorize of the same card.
    """
    for t, x in _live_starts(log):
        tag = _fold(t.id_tag)
        asked = [a for a in _authorizes(log, tag, x.seq) if a.has_result and a.end_seq < x.seq]
        if not asked or asked[-1].seq < _last_use(log, tag, x.seq):
            continue
        info = asked[-1].conf.get("idTagInfo")
        status = info.get("status") if isinstance(info, dict) else None
        later = _remote_start(log, tag, t.connector, x.seq)
        if status != "Accepted" and (later is None or later.end_seq < asked[-1].seq):
            yield hit(f"{t.id_tag} starts a transaction although it is {status}",
                      asked[-1].end_seq, x.call)  # fmt: skip


@rule("M6.3")
def the_same_card_is_not_asked_about(log: Log) -> Iterator[Hit]:
    """The card that started a transaction stops it without Authorize.

    Looks at: an Authorize of that card that is followed by the end of its transaction.
    """
    for t in log.history.transactions:
        if not t.stops:
            continue
        stop, tag = t.stops[0], _fold(t.id_tag)
        if _fold(stop.req.get("idTag")) != tag or str(stop.req.get("reason", "")) not in LOCAL:
            continue
        for x in _authorizes(log, tag, stop.seq):
            if x.seq < t.start_seq or stop.t_s - x.ended_s > log.scope.message_timeout_s:
                continue
            other = any(
                o is not t and _fold(o.id_tag) == tag and x.seq < o.start_seq < stop.seq
                for o in log.history.transactions
            )
            begun = t.starts and x.end_seq > t.start_seq
            if (begun or not t.starts) and not other:
                yield hit(f"Authorize of {t.id_tag}, which had started the transaction", x.call,
                          stop.call)  # fmt: skip


@rule("M6.4")
def others_stop_only_within_a_group(log: Log) -> Iterator[Hit]:
    """Another card stops a transaction only if both have the same parentIdTag.

    The parentIdTag itself is never used as a card.

    Looks at: idTag of StopTransactions, beside what was said of both cards; idTags of all
    messages beside parentIdTags.
    """
    for t in log.history.transactions:
        for stop in t.stops[:1]:
            tag = _fold(stop.req.get("idTag"))
            if "idTag" not in stop.req or tag == _fold(t.id_tag) or stop.seq < log.first_seq:
                continue
            one, other = _parent(log, _fold(t.id_tag), stop.seq), _parent(log, tag, stop.seq)
            known = one is not None and (other is not None or log.history.knows_cache(stop.seq))
            if known and (not one or _fold(one) != _fold(other)):
                detail = f"{stop.req['idTag']} stops the transaction of {t.id_tag}"
                yield hit(detail, stop.call)
    yield from _parents_as_cards(log)


def _parent(log: Log, tag: str, seq: int) -> str | None:
    """ParentIdTag of a card as ever said; "" without one; None when nothing was said."""
    changes = log.history.cards.infos.get(tag)
    infos = [] if changes is None else [i for at, i in changes.items() if at < seq]
    listed = (log.history.cards.local_list.at(seq) or {}).get(tag)
    found = [i.parent for i in (*reversed(infos), *([listed] if listed else []))]
    return None if not found else next((p for p in found if p), "")


def _parents_as_cards(log: Log) -> Iterator[Hit]:
    cards = {_fold(a.data.get("id_tag")) for a in log.scope.acts if a.what == "card"}
    cards |= {_fold(x.req.get("idTag")) for x in log.told("RemoteStartTransaction")}
    parents: set[str] = set()
    for x in log.asked(*BEGUN_BY_CARD):
        tag = _fold(x.req.get("idTag"))
        if tag in parents and tag not in cards:
            yield hit(f"{x.name} with the parentIdTag {x.req.get('idTag')}", x.call)
        info = x.conf.get("idTagInfo")
        if isinstance(info, dict) and info.get("parentIdTag"):
            parents.add(_fold(info["parentIdTag"]))


@rule("M6.5")
def known_cards_start_at_once(log: Log) -> Iterator[Hit]:
    """With LocalPreAuthorize a card that is valid in list or cache starts without Authorize.

    By the text an Authorize in addition is legal, so that it is a warning; the reference tool
    fails it.

    Looks at: an Authorize right before a StartTransaction.
    """
    severity: Severity | None = None if log.scope.octt else "warn"
    for t, x in _live_starts(log):
        tag = _fold(t.id_tag)
        for asked in _authorizes(log, tag, x.seq)[-1:]:
            if asked.seq < _last_use(log, tag, x.seq):
                continue
            if log.history.flag("LocalPreAuthorize", asked.seq) is not True:
                continue
            if _valid_locally(log, tag, asked):
                detail = f"Authorize of {t.id_tag}, which list or cache knows as valid"
                yield hit(detail, asked.call, x.call, severity=severity)


def _valid_locally(log: Log, tag: str, asked: Exchange) -> bool:
    seq = asked.seq
    listed = log.history.cards.local_list.at(seq) or {}
    info = listed.get(tag) if log.history.flag("LocalAuthListEnabled", seq) else None
    if info is None and log.history.flag("AuthorizationCacheEnabled", seq):
        info = log.history.cards.cached(tag, seq)
    return info is not None and _is_valid(info, log.scope.utc_s(asked.t_s))


def _is_valid(info: IdTagInfo, utc_s: float) -> bool:
    return info.status == "Accepted" and (info.expiry_utc_s is None or info.expiry_utc_s > utc_s)


@rule("M6.7")
def offline_the_list_counts(log: Log) -> Iterator[Hit]:
    """Without connection a listed card that is not Accepted, or expired, is refused.

    Looks at: StartTransactions whose time stamp lies in an outage, beside the local list.
    """
    for t in log.history.transactions:
        if not t.starts or t.start_utc_s is None or not log.was_offline(t.start_utc_s):
            continue
        info = (log.history.cards.local_list.at(t.start_seq) or {}).get(_fold(t.id_tag))
        enabled = log.history.flag("LocalAuthListEnabled", t.start_seq)
        if enabled and info is not None and not _is_valid(info, t.start_utc_s):
            word = info.status if info.status != "Accepted" else "expired"
            yield hit(f"{t.id_tag} starts without connection although it is {word}",
                      t.starts[0].call)  # fmt: skip


@rule("M6.9", roles=(Role.CSMS,))
def every_card_is_judged(log: Log) -> Iterator[Hit]:
    """The Central System judges each Authorize, StartTransaction and StopTransaction with idTag.

    StartTransaction.conf always has idTagInfo and a transactionId.

    Looks at: answers to those.
    """
    for x in log.asked("Authorize", "StartTransaction"):
        if x.answer is not None and isinstance(x.answer.frame, CallResult):
            wanted = ["idTagInfo"] + ["transactionId"] * (x.name == "StartTransaction")
            for name in wanted:
                if name not in x.conf:
                    yield hit(f"{x.name}.conf has no {name}", x.call, x.answer)


@rule("M6.10")
def id_tags_are_as_read(log: Log) -> Iterator[Hit]:
    """An idTag is sent as it was read or received, with at most 20 characters.

    Looks at: idTags beside the cards presented on the bench, remote starts and the local list;
    only where cards are presented by the bench.
    """
    known = {_fold(a.data.get("id_tag")) for a in log.scope.acts if a.what == "card"}
    for x in log.asked(*BEGUN_BY_CARD):
        tag = x.req.get("idTag")
        if isinstance(tag, str) and len(tag) > LONGEST_ID_TAG:
            yield hit(f"idTag {tag} has {len(tag)} characters", x.call)
    if not known or "" in known:
        return
    known |= {_fold(x.req.get("idTag")) for x in log.told("RemoteStartTransaction", "ReserveNow")}
    known |= {_fold(t.id_tag) for t in log.scope.before.transactions}
    known |= set(log.scope.before.infos)
    for x in log.told("SendLocalList"):
        known |= {_fold(e.get("idTag")) for e in objects(x.req.get("localAuthorizationList"))}
    for x in log.asked(*BEGUN_BY_CARD):
        if "idTag" in x.req and _fold(x.req["idTag"]) not in known:
            yield hit(f"{x.name} with idTag {x.req['idTag']}, which nobody has presented", x.call)


@rule("M6.11")
def remote_starts_are_authorised_as_configured(log: Log) -> Iterator[Hit]:
    """With AuthorizeRemoteTxRequests a remote start is authorised like a card, else never.

    Looks at: what comes between an accepted remote start and its StartTransaction.
    """
    for t, x in _live_starts(log):
        tag = _fold(t.id_tag)
        remote = _remote_start(log, tag, t.connector, x.seq)
        if remote is None or _was_presented(log, tag, remote.seq - 1, x.seq):
            continue
        wanted = log.history.flag("AuthorizeRemoteTxRequests", remote.seq)
        between = [a for a in _authorizes(log, tag, x.seq) if a.seq > remote.seq]
        if wanted is True and not between and _is_known_locally(log, tag, x) is False:
            yield hit("a remote start is not authorised", remote.call, x.call)
        elif wanted is False and between:
            yield hit("Authorize for a remote start", remote.call, between[0].call)
