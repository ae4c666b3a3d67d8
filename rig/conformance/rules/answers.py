"""M11, second part: lists, reservations, charging profiles, vendors.

Source: OCPP 1.6, 3.10, 3.11, 3.13, 4.3, 5.1, 5.5 to 5.16; errata v4.0 3.52; station behaviour 10
to 12.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from rig.conformance.catalogue import Role
from rig.conformance.exchanges import Exchange
from rig.conformance.rules.commands import BUSY, SETTLED_S
from rig.conformance.rules.fields import integer, objects
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import BOTH, Hit, hit, rule
from rig.jsontypes import Json
from rig.ocppj.frames import Payload

ANSWERS_TO_OCCUPIED = {
    "Faulted": ("Faulted",),
    "Unavailable": ("Unavailable",),
    **dict.fromkeys((*BUSY, "Preparing", "Finishing"), ("Occupied",)),
}
"""How ReserveNow is answered on a connector that is not Available, OCPP 1.6, 7.39."""
UNKNOWN = ("UnknownVendorId", "UnknownMessageId")
STEP = 0.1


@rule("M11.7", roles=BOTH)
def list_versions_are_kept(log: Log) -> Iterator[Hit]:
    """The version of the local list is -1 without the profile, 0 for an empty list, else its own.

    An old differential is a VersionMismatch. A Central System never sends 0 or -1.

    Looks at: SendLocalList and GetLocalListVersion with their answers.
    """
    if log.scope.role is Role.CSMS:
        for x in log.told("SendLocalList"):
            version = integer(x.req.get("listVersion"))
            if version is not None and version < 1:
                yield hit(f"SendLocalList with listVersion {version}", x.call)
        return
    profile = "LocalAuthListManagement"
    for x in log.told("GetLocalListVersion"):
        seen, known = integer(x.conf.get("listVersion")), log.history.cards.list_version.at(x.seq)
        if x.answer is None or seen is None:
            continue
        if log.history.has_profile(profile, x.seq) is False:
            known = -1
        if known is not None and seen != known:
            yield hit(f"listVersion {seen}, not {known}", x.call, x.answer)
    for x in log.told("SendLocalList"):
        version, known = integer(x.req.get("listVersion")), log.history.cards.list_version.at(x.seq)
        if x.answer is None or not x.has_result or version is None:
            continue
        if log.history.has_profile(profile, x.seq) is False:
            if x.status != "NotSupported":
                yield hit(f"{x.status} without local list", x.call, x.answer)
        elif (
            x.req.get("updateType") == "Differential"
            and known is not None
            and version <= known
            and x.is_accepted
        ):
            yield hit(f"Accepted version {version} after {known}", x.call, x.answer)


@rule("M11.8")
def profile_commands_are_answered_as_they_should(log: Log) -> Iterator[Hit]:
    """Reservations and charging profiles are accepted and refused for the right reasons.

    Looks at: answers to ReserveNow, CancelReservation, SetChargingProfile, ClearChargingProfile
    and GetCompositeSchedule, beside reports, reservations and limits that were read.
    """
    yield from _reserve_now(log)
    yield from _cancel(log)
    yield from _set_profile(log)
    yield from _composite(log)


def _reserve_now(log: Log) -> Iterator[Hit]:
    for x in log.told("ReserveNow"):
        connector = integer(x.req.get("connectorId"))
        if x.answer is None or not x.has_result or not connector:
            continue
        status = log.history.status_at(connector, x.seq)
        recent = any(r.connector == connector and abs(r.t_s - x.t_s) <= SETTLED_S
                     for r in log.history.reports)  # fmt: skip
        if 0 < log.scope.connectors < connector and x.is_accepted:
            yield hit("Accepted for a connector that there is not", x.call, x.answer)
        elif status in ANSWERS_TO_OCCUPIED and x.is_accepted and not recent:
            yield hit(f"Accepted although the connector is {status}", x.call, x.answer)
        elif status in ANSWERS_TO_OCCUPIED and not recent:
            fitting = ("Rejected", *ANSWERS_TO_OCCUPIED[status])
            if x.status not in fitting and not _is_reserved(log, connector, x):
                yield hit(f"{x.status} although the connector is {status}", x.call, x.answer)


def _is_reserved(log: Log, connector: int, x: Exchange) -> bool:
    return any(r.connector in (0, connector) and r.made_seq < x.seq and r.ended_seq is None
               for r in log.history.reservations)  # fmt: skip


def _cancel(log: Log) -> Iterator[Hit]:
    for x in log.told("CancelReservation"):
        number = integer(x.req.get("reservationId"))
        if x.answer is None or number is None or not x.has_result:
            continue
        own = [r for r in log.history.reservations if r.number == number and r.made_seq < x.seq]
        over = [r for r in own if r.ended_seq is not None and r.ended_seq < x.seq]
        if x.is_accepted and not own:
            yield hit(f"Accepted for reservation {number}, which there is not", x.call, x.answer)
        elif x.is_accepted and len(over) == len(own):
            yield hit(f"Accepted for reservation {number}, which is over", x.call, x.answer)


def _set_profile(log: Log) -> Iterator[Hit]:
    for x in log.told("SetChargingProfile"):
        profile = x.req.get("csChargingProfiles")
        connector = integer(x.req.get("connectorId"))
        if not x.is_accepted or x.answer is None or not isinstance(profile, dict):
            continue
        purpose = profile.get("chargingProfilePurpose")
        level = integer(profile.get("stackLevel"))
        most = log.history.number("ChargeProfileMaxStackLevel", x.seq)
        schedule = profile.get("chargingSchedule")
        periods = schedule.get("chargingSchedulePeriod") if isinstance(schedule, dict) else None
        limit = log.history.number("ChargingScheduleMaxPeriods", x.seq)
        if level is not None and most is not None and level > most:
            yield hit(f"Accepted stackLevel {level}, at most {most}", x.call, x.answer)
        if isinstance(periods, list) and limit is not None and len(periods) > limit:
            yield hit(f"Accepted {len(periods)} periods, at most {limit}", x.call, x.answer)
        if purpose == "ChargePointMaxProfile" and connector != 0:
            yield hit(f"Accepted ChargePointMaxProfile on connector {connector}", x.call, x.answer)
        if purpose == "TxProfile" and connector is not None:
            yield from _tx_profile(log, x, profile, connector)


def _tx_profile(log: Log, x: Exchange, profile: Payload, connector: int) -> Iterator[Hit]:
    if x.answer is None:
        return
    running = log.history.running(connector, x.seq)
    known = log.scope.before.has_started or any(t.starts for t in log.history.transactions)
    recent = any(abs(o.t_s - x.t_s) <= SETTLED_S for t in log.history.transactions
                 for o in (*t.starts, *t.stops))  # fmt: skip
    number = integer(profile.get("transactionId"))
    if running is None and known and not recent:
        yield hit("Accepted TxProfile without transaction", x.call, x.answer)
    elif running is not None and number is not None and running.number not in (None, number):
        yield hit(f"Accepted TxProfile for transaction {number}", x.call, x.answer)


def _composite(log: Log) -> Iterator[Hit]:
    for x in log.told("GetCompositeSchedule"):
        connector = integer(x.req.get("connectorId"))
        if not x.is_accepted or x.answer is None or connector is None:
            continue
        if 0 < log.scope.connectors < connector:
            yield hit("Accepted for a connector that there is not", x.call, x.answer)
        if x.conf.get("connectorId") not in (None, connector):
            yield hit(f"connectorId {x.conf.get('connectorId')}, not {connector}", x.call, x.answer)


@rule("M11.11", roles=BOTH)
def unknown_vendors_are_unknown(log: Log) -> Iterator[Hit]:
    """DataTransfer of an unknown vendor is UnknownVendorId or UnknownMessageId, without data.

    Rejected passes, too.

    Looks at: answers to DataTransfers of the tool, whose vendor nobody knows.
    """
    for x in log.outgoing:
        if x.name != "DataTransfer" or x.answer is None or not x.has_result:
            continue
        if x.is_accepted and log.scope.role is Role.STATION:
            yield hit(f"Accepted for vendor {x.req.get('vendorId')}", x.call, x.answer)
        elif x.status in UNKNOWN and x.conf.get("data"):
            yield hit(f"{x.status} with data", x.call, x.answer)


@rule("M11.12", "warn", roles=BOTH)
def schedules_are_regular(log: Log) -> Iterator[Hit]:
    """Limits are multiples of 0.1, the first period starts at 0, the others each later.

    Looks at: charging schedules that the device under test sends.
    """
    for x in log.outgoing:
        if x.name == "GetCompositeSchedule" and x.answer is not None:
            for problem in _problems(x.conf.get("chargingSchedule")):
                yield hit(problem, x.answer)
    for x in log.incoming:
        profile = x.req.get("csChargingProfiles", x.req.get("chargingProfile"))
        if isinstance(profile, dict):
            for problem in _problems(profile.get("chargingSchedule")):
                yield hit(problem, x.call)


def _problems(schedule: Json) -> Iterator[str]:
    periods = objects(schedule.get("chargingSchedulePeriod")) if isinstance(schedule, dict) else []
    starts = [s for p in periods if (s := integer(p.get("startPeriod"))) is not None]
    if starts and starts[0] != 0:
        yield f"the first period starts at {starts[0]} s"
    if any(b <= a for a, b in pairwise(starts)):
        yield "periods do not start one after the other"
    for period in periods:
        limit = period.get("limit")
        if isinstance(limit, int | float) and abs(limit / STEP - round(limit / STEP)) > 1e-6:
            yield f"limit {limit} is no multiple of 0.1"
