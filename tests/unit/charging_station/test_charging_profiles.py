"""Charging profiles: the algorithm against tables, and against a slow obvious model."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_mocks.charging_station.charging_profiles import (
    SUPPLY,
    BadProfile,
    ChargingProfile,
    Limit,
    Limits,
    Period,
    Running,
    composite,
    limit_at,
    lowest,
    next_change,
    parse_profile,
)
from firmware_mocks.charging_station.smart_charging import shared

T0 = datetime(2026, 3, 2, 8, 0, tzinfo=UTC).timestamp()
LIMITS = Limits(10, 24, ("A", "W"))
IDLE = Running()


def profile(
    purpose: str = "TxDefaultProfile", level: int = 0, connector: int = 1, **other: Any
) -> ChargingProfile:
    values: dict[str, Any] = {
        "profile_id": 1, "connector_id": connector, "stack_level": level, "purpose": purpose,
        "kind": "Absolute", "recurrency": None, "transaction_id": None, "valid_from": None,
        "valid_to": None, "received": T0, "start": T0, "duration_s": None, "unit": "A",
        "periods": (Period(0, 16.0),), "raw": {},
    }  # fmt: skip
    return ChargingProfile(**{**values, **other})


def message(**other: Any) -> dict[str, Any]:
    """A good csChargingProfiles; `schedule` changes what is in its schedule."""
    schedule = {
        "chargingRateUnit": "A",
        "startSchedule": "2026-03-02T08:00:00Z",
        "duration": 600,
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
    } | other.pop("schedule", {})
    return {
        "chargingProfileId": 7, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute", "chargingSchedule": schedule, **other,
    }  # fmt: skip


def test_a_good_profile_is_understood() -> None:
    read = parse_profile(1, message(), T0, LIMITS)
    assert (read.start, read.duration_s, read.periods) == (T0, 600.0, (Period(0.0, 16.0),))


@pytest.mark.parametrize(
    ("connector", "raw", "word"),
    [
        (1, message(stackLevel=11), "stackLevel 11"),
        (1, message(schedule={"chargingSchedulePeriod": []}), "begin with 0"),
        (1, message(schedule={"chargingSchedulePeriod": [{"startPeriod": 1, "limit": 6}]}),
         "begin with 0"),
        (1, message(schedule={"chargingSchedulePeriod": [
            {"startPeriod": 0, "limit": 6}, {"startPeriod": 0, "limit": 7}]}), "increase"),
        (1, message(schedule={"chargingSchedulePeriod": [
            {"startPeriod": n, "limit": 6} for n in range(25)]}), "25 periods"),
        (1, message(schedule={"chargingSchedulePeriod": [{"startPeriod": 0, "limit": -1}]}),
         "limit -1"),
        (1, message(schedule={"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.05}]}),
         "limit 6.05"),
        (1, message(chargingProfileKind="Recurring"), "Recurring without"),
        (1, message(chargingProfileKind="Recurring", recurrencyKind="Daily",
                    schedule={"startSchedule": None}), "Recurring without"),
        (1, message(recurrencyKind="Daily"), "recurrencyKind with Absolute"),
        (1, message(validFrom="2026-03-02T08:00:00Z", validTo="2026-03-02T08:00:00Z"), "validTo"),
        (1, message(chargingProfilePurpose="ChargePointMaxProfile"), "connector 0"),
        (0, message(chargingProfilePurpose="ChargePointMaxProfile",
                    chargingProfileKind="Relative"), "not Relative"),
        (1, message(transactionId=1), "transactionId with"),
        (0, message(chargingProfilePurpose="TxProfile"), "TxProfile for connector 0"),
    ],
)  # fmt: skip
def test_a_bad_profile_is_refused(connector: int, raw: dict[str, Any], word: str) -> None:
    with pytest.raises(BadProfile, match=word):
        parse_profile(connector, raw, T0, LIMITS)


def test_a_unit_that_the_station_does_not_take_is_refused() -> None:
    with pytest.raises(BadProfile, match="unit W"):
        parse_profile(1, message(schedule={"chargingRateUnit": "W"}), T0, Limits(1, 1, ("A",)))


STEPS = (Period(0, 16.0), Period(60, 10.0), Period(120, 8.0))
TX = Running(T0 + 100)


@pytest.mark.parametrize(
    ("profiles", "offset_s", "running", "limit"),
    [
        ([], 0, IDLE, None),
        ([profile(periods=STEPS)], 0, IDLE, 16.0),
        ([profile(periods=STEPS)], 59, IDLE, 16.0),
        ([profile(periods=STEPS)], 60, IDLE, 10.0),
        ([profile(periods=STEPS)], 100000, IDLE, 8.0),
        ([profile(periods=STEPS)], -1, IDLE, None),
        ([profile(periods=STEPS, duration_s=90.0)], 90, IDLE, None),
        ([profile(valid_from=T0 + 10)], 9, IDLE, None),
        ([profile(valid_to=T0 + 10)], 10, IDLE, None),
        # a higher level wins where it says something, a lower one lets through where not
        ([profile(level=0), profile(level=1, periods=(Period(0, 20.0),))], 0, IDLE, 20.0),
        ([profile(level=0), profile(level=1, duration_s=5.0, periods=(Period(0, 20.0),))],
         6, IDLE, 16.0),
        # purposes
        ([profile("ChargePointMaxProfile", connector=0, periods=(Period(0, 12.0),)), profile()],
         0, IDLE, 12.0),
        ([profile("TxProfile", periods=(Period(0, 20.0),)), profile()], 100, TX, 20.0),
        ([profile("TxProfile", periods=(Period(0, 20.0),)), profile()], 100, IDLE, 16.0),
        ([profile("TxProfile", connector=2, periods=(Period(0, 20.0),)), profile()], 100, TX, 16.0),
        ([profile("TxProfile", duration_s=5.0, periods=(Period(0, 20.0),)), profile()],
         100, TX, 16.0),
        # a default of the connector hides that of the station on its level only
        ([profile(connector=0, periods=(Period(0, 9.0),)), profile()], 0, IDLE, 16.0),
        ([profile(connector=0, level=2, periods=(Period(0, 9.0),)), profile()], 0, IDLE, 9.0),
        ([profile(connector=2, periods=(Period(0, 9.0),))], 0, IDLE, None),
        # kinds
        ([profile(kind="Relative", periods=STEPS)], 165, TX, 10.0),
        ([profile(kind="Relative", periods=STEPS)], 165, IDLE, None),
        ([profile(start=None, periods=STEPS)], 165, TX, 10.0),
        ([profile(start=None, periods=STEPS)], 65, IDLE, 10.0),
        ([profile(start=None, periods=STEPS)], 65, Running(T0 + 60, assumed=True), 10.0),
        ([profile(kind="Relative", periods=STEPS)], 65, Running(T0 + 60, assumed=True), 16.0),
        ([profile(kind="Recurring", recurrency="Daily", periods=STEPS)], 86400 + 61, IDLE, 10.0),
        ([profile(kind="Recurring", recurrency="Weekly", periods=STEPS)], 86400 + 61, IDLE, 8.0),
        ([profile(kind="Recurring", recurrency="Weekly", periods=STEPS)], 604800, IDLE, 16.0),
        ([profile(kind="Recurring", recurrency="Daily", periods=STEPS)], -1, IDLE, None),
        # units: W is the total
        ([profile(unit="W", periods=(Period(0, 11040.0),))], 0, IDLE, 16.0),
        ([profile(unit="W", periods=(Period(0, 3680.0, 1),))], 0, IDLE, 16.0),
        ([profile(unit="W", periods=(Period(0, 10000.0),))], 0, IDLE, 14.4),
    ],
)  # fmt: skip
def test_limit(
    profiles: list[ChargingProfile], offset_s: float, running: Running, limit: float | None
) -> None:
    assert amperes(limit_at(profiles, 1, T0 + offset_s, running)) == limit


def amperes(limit: Limit | None) -> float | None:
    return None if limit is None else limit[0]


SHORT = st.integers(0, 90)


@st.composite
def profiles_of_some_kind(draw: st.DrawFn) -> ChargingProfile:
    purpose = draw(st.sampled_from(["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"]))
    kind = draw(st.sampled_from(["Absolute", "Relative", "Recurring"]))
    connector = 0 if purpose == "ChargePointMaxProfile" else draw(st.integers(0, 2))
    if purpose == "TxProfile":
        connector = max(connector, 1)
    starts = sorted(draw(st.sets(SHORT, max_size=3)) | {0})
    limits = st.integers(0, 320).map(lambda tenths: tenths / 10)
    start = T0 + draw(st.integers(-90000, 60))
    if kind == "Absolute" and draw(st.booleans()):
        start_or_none: float | None = None
    else:
        start_or_none = start
    return profile(
        purpose, draw(st.integers(0, 3)), connector,
        kind="Absolute" if purpose == "ChargePointMaxProfile" and kind == "Relative" else kind,
        recurrency=draw(st.sampled_from(["Daily", "Weekly"])) if kind == "Recurring" else None,
        start=start if kind == "Recurring" else start_or_none,
        valid_from=draw(st.none() | SHORT.map(lambda s: T0 + s)),
        valid_to=draw(st.none() | SHORT.map(lambda s: T0 + 60 + s)),
        duration_s=draw(st.none() | SHORT.map(float)),
        periods=tuple(Period(float(s), draw(limits)) for s in starts),
    )  # fmt: skip


def slow_limit(
    profiles: list[ChargingProfile], connector: int, t: float, began: float | None, real: bool
) -> float | None:
    """The text of the algorithm, second by second and without cleverness."""

    def value(p: ChargingProfile) -> float | None:
        start = None if p.purpose == "ChargePointMaxProfile" else began
        if (p.valid_from or t) > t or (p.valid_to is not None and p.valid_to <= t):
            return None
        if p.kind == "Relative":
            begin = start
        elif p.kind == "Absolute":
            begin = p.start
            if begin is None:  # the start of charging, if there is one already
                begin = start if real and start is not None else p.received
        else:
            every = 86400 if p.recurrency == "Daily" else 604800
            assert p.start is not None
            turns = [p.start + n * every for n in range(400) if p.start + n * every <= t]
            begin = turns[-1] if turns else None
        if begin is None or begin > t:
            return None
        if p.duration_s is not None and t >= begin + p.duration_s:
            return None
        for period in p.periods:
            if begin + period.start_s <= t:
                seen = period.limit
        return seen

    def best(some: list[ChargingProfile]) -> float | None:
        said = [(p.stack_level, value(p)) for p in some]
        told = [(level, limit) for level, limit in said if limit is not None]
        return max(told, key=lambda pair: pair[0])[1] if told else None

    most = best([p for p in profiles if p.purpose == "ChargePointMaxProfile"])
    defaults = [p for p in profiles if p.purpose == "TxDefaultProfile"]
    mine = [p for p in defaults if p.connector_id == connector]
    theirs = [p for p in defaults if p.connector_id == 0]
    fallback = best(mine + [p for p in theirs if p.stack_level not in
                            [m.stack_level for m in mine]])  # fmt: skip
    tx = None
    if real:
        tx = best([p for p in profiles if p.purpose == "TxProfile" and p.connector_id == connector])
    chosen = fallback if tx is None else tx
    return min((x for x in (most, chosen) if x is not None), default=None)


def one_per_place(profiles: list[ChargingProfile]) -> list[ChargingProfile]:
    """A station holds one profile per purpose, level and connector."""
    places = {(p.purpose, p.stack_level, p.connector_id): p for p in profiles}
    return list(places.values())


def shown(limit: float | None) -> float:
    """No limit is the rated current."""
    return 99.0 if limit is None else limit


@given(
    st.lists(profiles_of_some_kind(), max_size=6).map(one_per_place),
    st.none() | st.integers(-30, 60),
    st.booleans(),
    st.integers(1, 200),
)
def test_composite_schedule_is_that_of_the_slow_model(
    profiles: list[ChargingProfile], began: int | None, assumed: bool, duration_s: int
) -> None:
    start = None if began is None else T0 + began
    running = Running(start, assumed=assumed)
    fast = composite(
        lambda t: shown(amperes(limit_at(profiles, 1, t, running))),
        lambda t: next_change(profiles, t, running),
        T0,
        duration_s,
    )
    slow: list[tuple[int, float]] = []
    for k in range(duration_s):
        limit = shown(slow_limit(profiles, 1, T0 + k, start, running.is_real))
        if not slow or slow[-1][1] != limit:
            slow.append((k, limit))
    assert fast == slow


@given(st.floats(0, 200), st.lists(st.none() | st.floats(6, 63), max_size=5))
def test_shares_of_a_stations_limit(most_a: float, wanted: list[float | None]) -> None:
    given_a = shared(most_a, wanted)
    assert sum(given_a) <= most_a + 1e-6
    for share, want in zip(given_a, wanted, strict=True):
        assert share == 0 or share >= 5.9
        assert want is None or share <= want + 1e-6


def test_what_one_does_not_want_goes_to_the_others() -> None:
    assert shared(40.0, [None, 8.0, None]) == [16.0, 8.0, 16.0]
    assert shared(13.0, [None, None, None]) == [6.5, 6.5, 0.0]
    assert shared(5.0, [None]) == [0.0]


def test_watts_are_rounded_down() -> None:
    odd = replace(profile(), unit="W", periods=(Period(0, 4139.9),))
    assert limit_at([odd], 1, T0, IDLE) == (5.9, 3)


@pytest.mark.parametrize(
    ("limits", "switches", "expected"),
    [
        ([(16.0, SUPPLY)], True, (16.0, SUPPLY)),
        ([(16.0, SUPPLY), (10.0, 1)], True, (10.0, 1)),
        ([(8.0, SUPPLY), (10.0, 1)], True, (8.0, 1)),
        ([(8.0, SUPPLY), (10.0, 1)], False, (8.0, SUPPLY)),
        ([(8.0, 3), (10.0, SUPPLY)], True, (8.0, 3)),
    ],
)
def test_a_limit_for_one_phase_counts_where_it_is_not_the_lowest(
    limits: list[Limit], switches: bool, expected: Limit
) -> None:
    assert lowest(limits, switches=switches) == expected
