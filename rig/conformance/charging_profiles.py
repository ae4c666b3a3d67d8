"""Charging profiles in the words of a case, and composite schedules held against them.

Source: OCPP 1.6, 3.13, 5.7, 5.16; errata v4.0 3.57; rule M11.8 and M11.12.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rig.conformance.instants import instant, stamp
from rig.conformance.steps import StationCase
from rig.jsontypes import Json
from rig.ocppj.frames import Payload

Steps = Sequence[tuple[float, float | None]]
"""(start, limit): limits of a schedule, each from its start on; None is any limit."""

LIMIT = 6.0
"""Of a simple profile, times the factor of its unit: the least that IEC 61851-1 can offer."""
ENDS_LATER_S = 1.0
INSTANTS = 2
"""At so many the pilot is compared with the schedule."""


STEP_A, MAINS_V = 0.1, 230.0
"""A limit has one decimal (OCPP 1.6, 7.13); how watts become amperes per phase."""


class Rates:
    """Unit of the limits: amperes where the station takes them, else watts.

    Attributes:
        unit: A or W.
        factor: of the limits of a case.
        step: a station may round a limit down by less than this: what it offers is a current,
            and that has steps.
    """

    def __init__(self, unit: str, phases: int) -> None:
        self.unit = unit
        self.factor = 1.0 if unit == "A" else 1000.0
        self.step = 0.0 if unit == "A" else STEP_A * MAINS_V * phases


async def rates(s: StationCase) -> Rates:
    """The unit that this station takes, the one of the parameters if it can."""
    allowed = (await s.read_key("ChargingScheduleAllowedChargingRateUnit") or "Current").split(",")
    names = {"Current": "A", "Power": "W"}
    units = [names[a.strip()] for a in allowed if a.strip() in names]
    wanted = s.parameters.charging_rate_unit
    unit = wanted if wanted in units or not units else units[0]
    return Rates(unit, s.parameters.number_phases)


def profile(
    s: StationCase,
    unit: Rates,
    purpose: str,
    periods: Steps,
    *,
    number: int,
    duration_s: int,
    start_s: float,
    level: int = 0,
    valid_s: float | None = None,
    transaction_id: int | None = None,
) -> Payload:
    """A charging profile of kind Absolute.

    Args:
        s: the case.
        unit: of the limits.
        purpose: chargingProfilePurpose.
        periods: (startPeriod, limit).
        number: chargingProfileId.
        duration_s: of the schedule.
        start_s: UTC seconds of startSchedule.
        level: stackLevel.
        valid_s: seconds from validFrom to validTo; None for no validity.
        transaction_id: of a TxProfile.
    """
    phases = s.parameters.number_phases
    listed: list[Json] = [
        {"startPeriod": int(at), "limit": (limit or 0) * unit.factor, "numberPhases": phases}
        for at, limit in periods
    ]
    made: Payload = {
        "chargingProfileId": number,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {
            "startSchedule": stamp(start_s),
            "duration": duration_s,
            "chargingRateUnit": unit.unit,
            "chargingSchedulePeriod": listed,
        },
    }
    if valid_s is not None:
        made |= {"validFrom": stamp(start_s), "validTo": stamp(start_s + valid_s)}
    if transaction_id is not None:
        made["transactionId"] = transaction_id
    return made


def begin(s: StationCase) -> float:
    """StartSchedule of the profiles of a case: just over, whatever the station's clock says."""
    return s.clock.epoch + s.clock.now() - s.parameters.max_time_deviation


def simple(
    s: StationCase, unit: Rates, purpose: str, *, transaction_id: int | None = None
) -> tuple[Payload, float]:
    """The profile of most cases, and its start: one limit for `schedule_duration`."""
    start_s, span_s = begin(s), s.parameters.schedule_duration
    made = profile(
        s, unit, purpose, [(0, LIMIT)], number=s.csms.new_id(), duration_s=span_s,
        start_s=start_s, level=s.parameters.stack_level, valid_s=span_s + ENDS_LATER_S,
        transaction_id=transaction_id,
    )  # fmt: skip
    return made, start_s


async def install(
    s: StationCase,
    connector_id: int,
    made: Payload,
    wanted: str = "Accepted",
    *,
    error_ok: Sequence[str] = (),
) -> None:
    """SetChargingProfile; clean-up clears it, whatever the station said."""
    s.undo_later("ClearChargingProfile")
    await s.command(
        "SetChargingProfile",
        wanted,
        error_ok=error_ok,
        connectorId=connector_id,
        csChargingProfiles=made,
    )


async def composite(s: StationCase, unit: Rates, duration_s: int) -> tuple[float, Steps]:
    """GetCompositeSchedule: its start in UTC seconds, and its limits."""
    conf = await s.command(
        "GetCompositeSchedule",
        connectorId=s.connector_id,
        duration=duration_s,
        chargingRateUnit=unit.unit,
    )
    now_s, slack_s = s.clock.epoch + s.clock.now(), s.parameters.max_time_deviation
    start_s = instant(conf.get("scheduleStart"))
    s.check(
        "scheduleStart is now",
        start_s is not None and abs(start_s - now_s) <= slack_s + 1,
        "rule M11.8; OCPP 1.6, 6.22",
        expected=f"{stamp(now_s)} ± {slack_s} s",
        seen=conf.get("scheduleStart"),
    )
    schedule = conf.get("chargingSchedule")
    fields = schedule if isinstance(schedule, dict) else {}
    for name, value in (("duration", duration_s), ("chargingRateUnit", unit.unit)):
        s.check(
            f"the schedule's {name} is what was asked for",
            fields.get(name) == value,
            "rule M11.8",
            expected=value,
            seen=fields.get(name),
        )
    s.check(
        "connectorId is the one that was asked for",
        conf.get("connectorId") == s.connector_id,
        "rule M11.8",
        expected=s.connector_id,
        seen=conf.get("connectorId"),
    )
    s.check(
        "the schedule has no startSchedule",
        "startSchedule" not in fields,
        "errata v4.0 3.57",
        expected="absent",
        seen=fields.get("startSchedule", "absent"),
        severity="warn",
    )
    return (now_s if start_s is None else start_s), _periods(s, fields)


def _periods(s: StationCase, schedule: Payload) -> Steps:
    """The periods of a schedule, as far as they can be read."""
    listed = schedule.get("chargingSchedulePeriod")
    found: list[tuple[float, float]] = []
    for period in listed if isinstance(listed, list) else []:
        start, limit = (
            (period.get("startPeriod"), period.get("limit"))
            if isinstance(period, dict)
            else (None, None)
        )
        if isinstance(start, int | float) and isinstance(limit, int | float):
            found.append((float(start), float(limit)))
    starts = [start for start, _ in found]
    s.check(
        "the periods begin at 0 and follow each other",
        not starts or (starts[0] == 0 and all(a < b for a, b in pairwise(starts))),
        "rule M11.12",
        expected="0, then rising",
        seen=", ".join(f"{start:g}" for start in starts),
        severity="warn",
    )
    return found


async def check_composite(
    s: StationCase,
    unit: Rates,
    duration_s: int,
    start_s: float,
    *readings: Steps,
) -> None:
    """Ask for the composite schedule and hold it against what the profiles say.

    Args:
        s: the case.
        unit: of the limits.
        duration_s: asked for.
        start_s: UTC seconds of startSchedule of the profiles.
        *readings: limits from `start_s` on, without factor; one of them must fit.
    """
    at_s, found = await composite(s, unit, duration_s)
    shift_s = at_s - start_s
    tolerance_s = 1.0 + s.parameters.max_time_deviation
    wanted = [
        [(at - shift_s, None if limit is None else limit * unit.factor) for at, limit in reading]
        for reading in readings
    ]
    fits = any(agree(found, reading, duration_s, tolerance_s, unit.step) for reading in wanted)
    s.check(
        "the composite schedule is that of the installed profiles",
        fits,
        "rule M11.8; OCPP 1.6, 3.13.3",
        expected=" or ".join(_words(reading) for reading in wanted),
        seen=_words(found),
    )


def agree(
    found: Steps, wanted: Steps, duration_s: float, tolerance_s: float, step: float = 0.0
) -> bool:
    """Whether two schedules have the same limits, but for moments next to a change. Pure.

    Args:
        found: limits; those before 0 and after `duration_s` do not count.
        wanted: the same.
        duration_s: of the comparison.
        tolerance_s: so far from a change of either they may differ.
        step: a limit that was found may be lower by less than this.
    """
    if not found or found[0][0] > tolerance_s:
        return False
    changes = sorted({0.0, duration_s, *(at for at, _ in (*found, *wanted) if 0 < at < duration_s)})
    for begins, ends in pairwise(changes):
        if ends - begins <= 2 * tolerance_s:
            continue
        middle = (begins + ends) / 2
        limit = _limit_at(wanted, middle)
        seen = _limit_at(found, middle)
        if limit is not None and (seen is None or not limit - step <= seen <= limit):
            return False
    return True


async def confirm_followed(s: StationCase, unit: Rates, start_s: float, steps: Steps) -> None:
    """Look at the pilot twice: now, and after the next change of the limit.

    Args:
        s: the case.
        unit: of the limits.
        start_s: UTC seconds of the first limit.
        steps: limits from then on, without factor.
    """
    slack_s = 1.0 + s.parameters.max_time_deviation
    for _ in range(INSTANTS):
        at_s = s.clock.epoch + s.clock.now() - start_s
        soon = [at for at, _ in steps if at - slack_s <= at_s < at + slack_s and at > 0]
        if soon:
            await s.pass_time(soon[0] + slack_s - at_s, "the limit changes now")
            at_s = soon[0] + slack_s
        limit = _limit_at(steps, at_s)
        if limit is None:
            return
        await s.confirm_offered(limit * unit.factor, unit.unit, exactly=True)
        later = [at for at, _ in steps if at > at_s]
        if not later:
            return
        at_s = s.clock.epoch + s.clock.now() - start_s
        await s.pass_time(max(later[0] + slack_s - at_s, 0.0), "the limit changes then")


def _limit_at(steps: Steps, at_s: float) -> float | None:
    limit: float | None = None
    for start, value in steps:
        if start <= at_s:
            limit = value
    return limit


def _words(steps: Steps) -> str:
    return (
        ", ".join(
            f"{'any limit' if limit is None else f'{limit:g}'} from {at:.0f} s"
            for at, limit in steps
        )
        or "no period"
    )
