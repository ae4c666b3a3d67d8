"""Charging profiles: what is a good one, and what limit they make at an instant. Pure.

Instants are POSIX seconds. A limit is a current per phase in A; a power in W is converted with
230 V and the number of phases, and rounded down to 0.1 A.

Source: OCPP 1.6, 3.13 and 5.16; errata v4.0 3.8, 3.34, 3.39, 3.65, 3.88; station behaviour 12.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from firmware_mocks.charging_station.date_times import moment
from firmware_mocks.charging_station.storage import Json

VOLTAGE_V = 230.0
DAY_S, WEEK_S = 86400.0, 604800.0
MOST = 1e9
"""No supply has so many amperes or watts."""
MAX_PROFILE, DEFAULT_PROFILE, TX_PROFILE = (
    "ChargePointMaxProfile",
    "TxDefaultProfile",
    "TxProfile",
)


Limit = tuple[float, int]
"""A per phase, and the phases by which that becomes a power."""
SUPPLY = 0
"""Phases of a limit in A that says nothing of them: those of the supply."""


def lowest(limits: Iterable[Limit], *, switches: bool) -> Limit:
    """Of several limits the one that counts.

    Args:
        limits: at least one.
        switches: a limit for one phase switches the others off, also where another limit is lower;
            it does not become higher by that (errata 3.34).
    """
    known = list(limits)
    amperes, phases = min(known)
    return amperes, 1 if switches and any(p == 1 for _, p in known) else phases


class BadProfile(ValueError):
    """A profile that is answered with Rejected; says why."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `start_s` after the beginning of its schedule. `phases` None is the default, 3."""

    start_s: float
    limit: float
    phases: int | None = None


@dataclass(frozen=True, slots=True)
class ChargingProfile:
    """One profile as set on a connector.

    Attributes:
        connector_id: 0 is the station.
        transaction_id: that a TxProfile was sent for, None where it was not said.
        recurrency: Daily or Weekly, None for other kinds.
        received: instant at which it came.
        start: startSchedule.
        duration_s: of the schedule, None without end.
        unit: A or W.
        raw: as it came, for the disk.
    """

    profile_id: int
    connector_id: int
    stack_level: int
    purpose: str
    kind: str
    recurrency: str | None
    transaction_id: int | None
    valid_from: float | None
    valid_to: float | None
    received: float
    start: float | None
    duration_s: float | None
    unit: str
    periods: tuple[Period, ...]
    raw: Mapping[str, Json]

    def limit_at(self, t: float, running: Running) -> Limit | None:
        """Limit at an instant; None where the profile says nothing.

        Args:
            t: the instant.
            running: the transaction that it counts from.
        """
        if self.valid_from is not None and t < self.valid_from:
            return None
        if self.valid_to is not None and t >= self.valid_to:
            return None
        start = self._start(t, running)
        if start is None or t < start:
            return None
        offset_s = t - start
        if self.duration_s is not None and offset_s >= self.duration_s:
            return None
        period = next(p for p in reversed(self.periods) if p.start_s <= offset_s)
        if self.unit == "A":
            return period.limit, period.phases or SUPPLY
        phases = period.phases or 3
        amperes = period.limit / (VOLTAGE_V * phases)
        return math.floor(amperes * 10 + 1e-9) / 10, phases

    def _start(self, t: float, running: Running) -> float | None:
        if self.kind == "Relative":
            return running.start
        if self.kind == "Absolute":
            if self.start is not None:
                return self.start
            return running.start if running.is_real else self.received
        assert self.start is not None  # noqa: S101  # checked when it came
        every_s = DAY_S if self.recurrency == "Daily" else WEEK_S
        return self.start + math.floor((t - self.start) / every_s) * every_s if t >= self.start \
            else None  # fmt: skip

    def changes_after(self, t: float, running: Running) -> Iterator[float]:
        """Instants after `t` at which the limit may change; more than really do is allowed."""
        yield from (at for at in (self.valid_from, self.valid_to) if at is not None)
        start = self._start(t, running)
        if start is None:
            start = self.start
        if start is None:
            return
        ends = [self.duration_s] if self.duration_s is not None else []
        every_s = {"Daily": DAY_S, "Weekly": WEEK_S}.get(self.recurrency or "")
        for turn in (0.0,) if every_s is None else (0.0, every_s):
            for offset_s in (*(p.start_s for p in self.periods), *ends):
                yield start + turn + offset_s


@dataclass(frozen=True, slots=True)
class Limits:
    """What a station takes: ChargeProfileMaxStackLevel, ChargingScheduleMaxPeriods, units A, W."""

    stack_level: int
    periods: int
    units: tuple[str, ...]


def parse_profile(
    connector_id: int, raw: Mapping[str, Json], received: float, limits: Limits
) -> ChargingProfile:
    """Read a profile that the schema has accepted.

    Args:
        connector_id: for which it came.
        raw: csChargingProfiles, or chargingProfile of a remote start.
        received: instant.
        limits: of the station.

    Raises:
        BadProfile: it is to be answered with Rejected.
    """
    schedule = cast("Mapping[str, Json]", raw["chargingSchedule"])
    profile = ChargingProfile(
        profile_id=cast("int", raw["chargingProfileId"]),
        connector_id=connector_id,
        stack_level=cast("int", raw["stackLevel"]),
        purpose=str(raw["chargingProfilePurpose"]),
        kind=str(raw["chargingProfileKind"]),
        recurrency=cast("str | None", raw.get("recurrencyKind")),
        transaction_id=cast("int | None", raw.get("transactionId")),
        valid_from=_instant(raw.get("validFrom")),
        valid_to=_instant(raw.get("validTo")),
        received=received,
        start=_instant(schedule.get("startSchedule")),
        duration_s=_number(schedule.get("duration")),
        unit=str(schedule["chargingRateUnit"]),
        periods=tuple(
            Period(
                float(cast("int", p["startPeriod"])),
                float(cast("float", p["limit"])),
                cast("int | None", p.get("numberPhases")),
            )
            for p in cast("list[Mapping[str, Json]]", schedule["chargingSchedulePeriod"])
        ),
        raw=dict(raw),
    )
    for problem in _problems(profile, limits):
        raise BadProfile(problem)
    return profile


def _problems(profile: ChargingProfile, limits: Limits) -> Iterator[str]:
    starts = [period.start_s for period in profile.periods]
    if not 0 <= profile.stack_level <= limits.stack_level:
        yield f"stackLevel {profile.stack_level}, the station has 0 to {limits.stack_level}"
    if len(starts) > limits.periods:
        yield f"{len(starts)} periods, the station takes {limits.periods}"
    if profile.unit not in limits.units:
        yield f"unit {profile.unit}"
    if not starts or starts[0] != 0 or any(b <= a for a, b in itertools.pairwise(starts)):
        yield "periods do not begin with 0 and increase"
    for period in profile.periods:
        tenths = period.limit * 10
        if not 0 <= period.limit < MOST or abs(tenths - round(tenths)) > 1e-6:
            yield f"limit {period.limit:g} is no multiple of 0.1"
        if period.phases is not None and not 1 <= period.phases <= 3:
            yield f"numberPhases {period.phases}"
    recurring = profile.kind == "Recurring"
    if recurring and (profile.recurrency is None or profile.start is None):
        yield "Recurring without recurrencyKind or startSchedule"
    if profile.recurrency is not None and not recurring:
        yield f"recurrencyKind with {profile.kind}"
    if None not in (profile.valid_from, profile.valid_to) and cast(
        "float", profile.valid_to
    ) <= cast("float", profile.valid_from):
        yield "validTo is not after validFrom"
    if profile.purpose == MAX_PROFILE and (profile.connector_id != 0 or profile.kind == "Relative"):
        yield "ChargePointMaxProfile is for connector 0, and not Relative"
    if profile.transaction_id is not None and profile.purpose != TX_PROFILE:
        yield f"transactionId with {profile.purpose}"
    if profile.purpose == TX_PROFILE and profile.connector_id == 0:
        yield "TxProfile for connector 0"


def stack(profiles: Iterable[ChargingProfile], t: float, running: Running) -> Limit | None:
    """Limit of a stack at an instant: the highest level that says something decides."""
    for profile in sorted(profiles, key=lambda p: -p.stack_level):
        limit = profile.limit_at(t, running)
        if limit is not None:
            return limit
    return None


@dataclass(frozen=True, slots=True)
class Running:
    """The transaction that profiles count from.

    Attributes:
        start: instant of its beginning; None where nothing runs.
        assumed: nothing runs, but `start` is what it would be for Relative profiles:
            TxProfiles do not count.
    """

    start: float | None = None
    assumed: bool = False

    @property
    def is_real(self) -> bool:
        """Whether a transaction runs."""
        return self.start is not None and not self.assumed


NOTHING_RUNS = Running()


def limit_at(
    profiles: Iterable[ChargingProfile],
    connector_id: int,
    t: float,
    running: Running,
    *,
    switches: bool = False,
) -> Limit | None:
    """Limit of a connector at an instant; None for no limit.

    Args:
        profiles: all that are installed; those of purpose TxProfile belong to the transaction
            that runs on their connector.
        connector_id: from 1.
        t: the instant.
        running: the transaction there.
        switches: the connector can switch to one phase.
    """
    installed = list(profiles)
    most = station_limit_at(installed, t)
    own = [p for p in installed if p.purpose == TX_PROFILE and p.connector_id == connector_id]
    tx = stack(own, t, running) if running.is_real else None
    if tx is None:
        tx = stack(_defaults(installed, connector_id), t, running)
    known = [limit for limit in (most, tx) if limit is not None]
    return lowest(known, switches=switches) if known else None


def station_limit_at(profiles: Iterable[ChargingProfile], t: float) -> Limit | None:
    """Limit of the whole station at an instant; None for no limit."""
    return stack((p for p in profiles if p.purpose == MAX_PROFILE), t, NOTHING_RUNS)


def _defaults(profiles: Iterable[ChargingProfile], connector_id: int) -> list[ChargingProfile]:
    """TxDefaultProfiles of a connector; one of its own hides that of the station on its level."""
    defaults = [p for p in profiles if p.purpose == DEFAULT_PROFILE]
    own = [p for p in defaults if p.connector_id == connector_id]
    levels = {p.stack_level for p in own}
    return own + [p for p in defaults if p.connector_id == 0 and p.stack_level not in levels]


def next_change(profiles: Iterable[ChargingProfile], t: float, running: Running) -> float | None:
    """The next instant after `t` at which a limit may change; None for never."""
    after = (
        at
        for p in profiles
        for at in p.changes_after(t, NOTHING_RUNS if p.purpose == MAX_PROFILE else running)
        if at > t
    )
    return min(after, default=None)


def composite(
    limit: Callable[[float], float],
    changes: Callable[[float], float | None],
    start: float,
    duration_s: int,
) -> list[tuple[int, float]]:
    """Periods of a composite schedule: offset in whole seconds, and limit.

    As if the limit were looked at every second and equal neighbours were joined.

    Args:
        limit: at an instant.
        changes: the next instant after one at which the limit may change; None for never.
        start: instant of the schedule's beginning.
        duration_s: of the schedule.
    """
    found: list[tuple[int, float]] = []
    offset = 0
    while offset < max(duration_s, 1):
        now = limit(start + offset)
        if not found or found[-1][1] != now:
            found.append((offset, now))
        change = changes(start + offset)
        if change is None:
            break
        offset = max(offset + 1, math.ceil(change - start))
    return found


def _instant(value: Json) -> float | None:
    if value is None:
        return None
    return moment(value).timestamp()


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) else None
