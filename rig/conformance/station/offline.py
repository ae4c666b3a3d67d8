"""Rows 48 to 53 (036 to 039): the connection is lost."""

from __future__ import annotations

import itertools

from rig.bench import Card
from rig.conformance.cases import Setting, case
from rig.conformance.catalogue import Role
from rig.conformance.inbox import Expectation, Received
from rig.conformance.instants import instant
from rig.conformance.outage import Outage
from rig.conformance.samples import samples
from rig.conformance.states import close_session_remote, free_connector
from rig.conformance.station.local_session import SAMPLE_INTERVAL
from rig.conformance.steps import QUIET_S, StationCase

OFFLINE_START = (
    Setting("LocalAuthorizeOffline", "true"),
    Setting("LocalAuthListEnabled", "true", if_supported=True),
    Setting("AuthorizationCacheEnabled", "true", if_supported=True),
    Setting("AllowOfflineTxForUnknownId", "true", if_supported=True),
)
NO_ENERGY_ON_INVALID = Setting("MaxEnergyOnInvalidId", "0", if_supported=True)
LIST_CONFLICT = "LocalListConflict"
SAMPLES = 3


@case(
    "036",
    dut=Role.STATION,
    config=(SAMPLE_INTERVAL,),
    prepare=("Charging",),
)
async def connection_loss_in_transaction(s: StationCase) -> None:
    """Meter values of the time offline are queued and delivered in order."""
    interval_s = s.parameters.meter_value_sample_interval
    margin_s = s.parameters.max_time_deviation
    outage = Outage(s)
    await outage.begin()
    await outage.last(max(SAMPLES * interval_s + margin_s, s.parameters.offline_time))
    await s.confirm_energy_flows()
    await outage.end()
    messages: list[Received] = []
    while len(messages) < SAMPLES or not _reaches(messages, s.clock.epoch + outage.ended_s):
        messages.append(await s.next_meter_values(within=interval_s + s.parameters.message_timeout))
        s.check_fields(messages[-1], transactionId=s.transaction_id)
    outage.check_not_booted()
    times = [x.utc_s for m in messages for x in samples(m["meterValue"]) if x.utc_s is not None]
    seqs = [m.seq for m in messages]
    s.check(
        "samples come in the order in which they were taken",
        all(a < b for a, b in itertools.pairwise(times)),
        "rules M9.1, M7.4",
        expected="rising time stamps",
        seen=", ".join(f"{t - times[0]:+.1f} s" for t in times),
        seqs=seqs,
    )
    gaps = [b - a for a, b in itertools.pairwise(times)]
    first = times[0] - (s.clock.epoch + outage.began_s) if times else interval_s * 9
    s.check(
        "no sample of the outage is missing",
        bool(gaps)
        and first <= interval_s + margin_s
        and all(abs(gap - interval_s) <= margin_s for gap in gaps),
        "rules M8.1, M9.1",
        expected=f"every {interval_s} ± {margin_s} s from the beginning of the outage",
        seen=", ".join(f"{gap:.1f} s" for gap in [first, *gaps]),
        seqs=seqs,
    )
    if s.edition.session_tail:
        await close_session_remote(s)


def _reaches(messages: list[Received], utc_s: float) -> bool:
    """Whether the last sample is one that was taken after `utc_s`."""
    taken = samples(messages[-1]["meterValue"]) if messages else []
    return bool(taken) and (taken[-1].utc_s or 0.0) > utc_s


@case(
    "037_1",
    dut=Role.STATION,
    config=OFFLINE_START,
    prepare=("IdTagLocalAuthList(accepted)", "IdTagCached(accepted)"),
)
async def offline_start(s: StationCase) -> None:
    """An offline start with a good card is reported after the reconnect."""
    outage, _ = await _start_offline(s, s.cards.accepted)
    # Whatever is told of the past comes close behind the start.
    await s.nothing("StopTransaction", during=QUIET_S, why="the card was accepted: it goes on")
    s.none_since(
        outage.mark,
        "StatusNotification:Preparing",
        "StatusNotification:SuspendedEV",
        what="after the reconnect",
        why="step 13 of the case: states of the past are not told",
        severity="warn",
    )


@case(
    "037_2",
    dut=Role.STATION,
    config=(*OFFLINE_START, Setting("StopTransactionOnInvalidId", "false"), NO_ENERGY_ON_INVALID),
    prepare=("IdTagLocalAuthList(invalid)", "IdTagCached(invalid)"),
)
async def offline_start_refused(s: StationCase) -> None:
    """Refused after the fact, transaction kept: only the energy is cut."""
    suspended = s.status_of("SuspendedEVSE")
    _, start = await _start_offline(s, s.cards.invalid, suspended)
    answer = s.csms.log.answer_to(start.entry)
    s.check(
        "SuspendedEVSE is reported after StartTransaction was answered",
        answer is not None and answer.seq < suspended.received.seq,
        "step 12 of the case; rule M7.10",
        expected="after the answer",
        seen="after it" if answer and answer.seq < suspended.received.seq else "before it",
        seqs=(start.seq, suspended.received.seq),
    )
    await s.nothing(
        "StopTransaction",
        during=s.parameters.transaction_duration,
        why="rule M7.10; OCPP 1.6, 9.1 StopTransactionOnInvalidId",
    )
    await s.confirm_energy_flows(False)
    await s.confirm_nothing_offered()
    await s.confirm_locked()
    await s.present(s.cards.invalid)
    await s.stopped("", "Local", id_tag=s.cards.invalid.id_tag)
    await free_connector(s)


@case(
    "037_3",
    dut=Role.STATION,
    config=(*OFFLINE_START, Setting("StopTransactionOnInvalidId", "true"), NO_ENERGY_ON_INVALID),
    prepare=("IdTagLocalAuthList(invalid)", "IdTagCached(invalid)"),
)
async def offline_start_stopped(s: StationCase) -> None:
    """Refused after the fact, transaction stopped."""
    stop = Expectation("StopTransaction")
    await _start_offline(s, s.cards.invalid, stop, s.status_of("Finishing"))
    s.check_stop(stop.received, "DeAuthorized")
    await s.confirm_energy_flows(False)
    await s.confirm_locked()
    await s.present(s.cards.invalid)
    await s.confirm_unlocked()
    await free_connector(s)


async def _start_offline(s: StationCase, card: Card, *then: Expectation) -> tuple[Outage, Received]:
    """Start offline with a card; afterwards the start is reported, and `then` follows.

    Returns:
        The outage, and StartTransaction.
    """
    outage = Outage(s)
    await outage.begin()
    started_s = await _charge_offline(s, card)
    await outage.last(s.parameters.offline_time)
    await outage.end()
    # Charging is optional for these rows (appendix D).
    # A list that says otherwise than the Central System is a conflict that may be told.
    conflict = Expectation(
        "StatusNotification", {"connectorId": 0, "errorCode": LIST_CONFLICT}, optional=True
    )
    start = await s.started(card.id_tag, *then, conflict, charging_optional=True)
    outage.check_within(start, started_s)
    s.none_since(outage.mark, "Authorize", what="for the offline start", why="step 12 of the case")
    return outage, start


async def _charge_offline(s: StationCase, card: Card) -> float:
    """Card, then cable, without a network; returns when energy flowed at the latest."""
    await s.present(card)
    await s.insert()
    await s.request_energy()
    await s.confirm_energy_flows()
    return s.clock.now()


@case("038", dut=Role.STATION, prepare=("Charging",))
async def offline_stop(s: StationCase) -> None:
    """An offline stop is delivered after the reconnect."""
    card = s.cards.accepted
    outage = Outage(s)
    await outage.begin()
    await s.present(card)
    await s.confirm_energy_flows(False)
    await s.confirm_unlocked()
    stopped_s = s.clock.now()
    await outage.last(max(QUIET_S, 2 * s.parameters.max_time_deviation))
    await outage.end()
    stop = await s.stopped("", "Local", id_tag=card.id_tag, status_optional=True)
    outage.check_within(stop, stopped_s)
    await s.nothing(
        "StopTransaction", "MeterValues", during=QUIET_S, why="rules M7.2, M9.1: all was delivered"
    )
    outage.check_not_booted()


@case(
    "039",
    dut=Role.STATION,
    config=(*OFFLINE_START, SAMPLE_INTERVAL),
    prepare=("IdTagLocalAuthList(accepted)", "IdTagCached(accepted)"),
)
async def offline_transaction(s: StationCase) -> None:
    """A complete offline transaction is reported in order."""
    card = s.cards.accepted
    outage = Outage(s)
    await outage.begin()
    started_s = await _charge_offline(s, card)
    await outage.last(s.parameters.transaction_duration)
    await s.present(card)
    await s.confirm_energy_flows(False)
    await s.confirm_unlocked()
    stopped_s = s.clock.now()
    await s.unplug()
    await outage.end()
    start = await s.started(card.id_tag, charging_optional=True)
    outage.check_within(start, started_s)
    stop = await s.stopped("", "Local", id_tag=card.id_tag, status_optional=True)
    began, ended = instant(start["timestamp"]), instant(stop["timestamp"])
    s.check(
        "StopTransaction.timestamp is later than StartTransaction.timestamp",
        began is not None and ended is not None and ended > began,
        "rule M7.4",
        expected=f"later than {start['timestamp']}",
        seen=stop["timestamp"],
        seqs=(start.seq, stop.seq),
    )
    outage.check_within(stop, stopped_s)
    between = [r for r in s.calls_since(outage.mark) if r.action == "MeterValues"]
    s.check(
        "queued MeterValues carry the transactionId that StartTransaction was answered with",
        all(r["transactionId"] == s.transaction_id for r in between),
        "step 11 of the case; rule M7.6",
        expected=s.transaction_id,
        seen=", ".join(str(r["transactionId"]) for r in between) or "no MeterValues",
        seqs=[r.seq for r in between],
    )
    answer = s.csms.log.answer_to(start.entry)
    s.check(
        "StopTransaction was sent after StartTransaction was answered",
        answer is not None and answer.seq < stop.seq,
        "rules M9.1, M7.6",
        expected="after the answer",
        seen="after it" if answer is not None and answer.seq < stop.seq else "before it",
        seqs=(start.seq, stop.seq),
    )
