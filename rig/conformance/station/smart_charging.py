"""Rows of Smart Charging: 056 to 060, 066, 067, 072, 082."""

from __future__ import annotations

from rig.conformance.cases import case
from rig.conformance.catalogue import Role
from rig.conformance.charging_profiles import (
    LIMIT,
    begin,
    check_composite,
    composite,
    confirm_followed,
    install,
    profile,
    rates,
    simple,
)
from rig.conformance.states import charging, close_session_remote
from rig.conformance.steps import QUIET_S, StationCase

STATION = 0
DAY_S = 86400
VALID_S = 401.0
DEFAULT, MAXIMUM, OF_TRANSACTION = "TxDefaultProfile", "ChargePointMaxProfile", "TxProfile"
VIOLATION = ("PropertyConstraintViolation",)


@case("056", dut=Role.STATION)
async def default_profile(s: StationCase) -> None:
    """A default profile is stored and reported, and rules the next transaction."""
    unit, span_s = await rates(s), s.parameters.schedule_duration
    made, start_s = simple(s, unit, DEFAULT)
    await install(s, s.connector_id, made)
    await check_composite(s, unit, span_s, start_s, [(0, LIMIT), (span_s, None)])
    if s.edition.session_tail:
        await charging(s)
        await s.confirm_energy_flows()
        await s.confirm_offered(LIMIT * unit.factor, unit.unit)
        await close_session_remote(s)


@case("057", dut=Role.STATION, prepare=("Charging",))
async def transaction_profile(s: StationCase) -> None:
    """A profile of the transaction takes effect."""
    unit, span_s = await rates(s), s.parameters.schedule_duration
    made, start_s = simple(s, unit, OF_TRANSACTION, transaction_id=s.transaction_id)
    await install(s, s.connector_id, made)
    await check_composite(s, unit, span_s, start_s, [(0, LIMIT), (span_s, None)])
    await s.confirm_offered(LIMIT * unit.factor, unit.unit)


@case("058_1", dut=Role.STATION)
async def transaction_profile_idle(s: StationCase) -> None:
    """A profile of a transaction is refused where none runs."""
    unknown = s.parameters.unknown_transaction_id
    made, _ = simple(s, await rates(s), OF_TRANSACTION, transaction_id=unknown)
    await install(s, s.connector_id, made, "Rejected", error_ok=VIOLATION)


@case("058_2", dut=Role.STATION, prepare=("Charging",))
async def transaction_profile_of_another(s: StationCase) -> None:
    """A profile of another transaction is refused."""
    another = s.transaction_id + 1
    made, _ = simple(s, await rates(s), OF_TRANSACTION, transaction_id=another)
    await install(s, s.connector_id, made, "Rejected", error_ok=VIOLATION)


@case("082", dut=Role.STATION, prepare=("Charging",))
async def default_profile_in_transaction(s: StationCase) -> None:
    """A new default profile applies to the running transaction too."""
    mark = s.mark()
    unit, span_s = await rates(s), s.parameters.schedule_duration
    made, start_s = simple(s, unit, DEFAULT)
    await install(s, s.connector_id, made)
    await check_composite(s, unit, span_s, start_s, [(0, LIMIT), (span_s, None)])
    await s.confirm_offered(LIMIT * unit.factor, unit.unit)
    s.none_since(mark, "StopTransaction", what="in the whole case", why="step 3 of the case")


@case("066", dut=Role.STATION, prepare=("Charging",))
async def get_composite_schedule(s: StationCase) -> None:
    """Three purposes are combined."""
    unit, start_s = await rates(s), begin(s)
    maximum = profile(
        s, unit, MAXIMUM, [(0, 10)], number=s.csms.new_id(), duration_s=DAY_S, start_s=start_s
    )
    default = profile(
        s, unit, DEFAULT, [(0, 6), (60, 10), (120, 8), (180, 15), (260, 8)],
        number=s.csms.new_id(), duration_s=300, start_s=start_s, valid_s=VALID_S,
    )  # fmt: skip
    own = profile(
        s, unit, OF_TRANSACTION, [(0, 8), (50, 11), (140, 16), (200, 6), (240, 12)],
        number=s.csms.new_id(), duration_s=260, start_s=start_s, valid_s=VALID_S,
        transaction_id=s.transaction_id,
    )  # fmt: skip
    await install(s, STATION, maximum)
    await install(s, s.connector_id, default)
    await install(s, s.connector_id, own)
    combined = [(0.0, 8.0), (50.0, 10.0), (200.0, 6.0), (240.0, 10.0)]
    # An elapsed TxProfile keeps the default profile out, or lets it in again: both are read.
    await check_composite(s, unit, 400, start_s, combined, [*combined, (260.0, 8.0), (300.0, 10.0)])
    await confirm_followed(s, unit, start_s, [*combined, (260.0, None)])


@case("067", dut=Role.STATION)
async def clear_charging_profile(s: StationCase) -> None:
    """Clear by id, by criteria, and everything."""
    unit, span_s = await rates(s), 350
    _, local = await composite(s, unit, span_s)
    start_s = begin(s)
    first = s.csms.new_id()
    upper = profile(
        s, unit, DEFAULT, [(0, 6), (60, 8), (200, 10)], number=first, level=1,
        duration_s=400, start_s=start_s,
    )  # fmt: skip
    lower = profile(
        s, unit, DEFAULT, [(0, 7), (100, 9)], number=s.csms.new_id(), duration_s=400,
        start_s=start_s, valid_s=VALID_S,
    )  # fmt: skip
    maximum = profile(
        s, unit, MAXIMUM, [(0, 11), (200, 12)], number=s.csms.new_id(), duration_s=DAY_S,
        start_s=start_s, valid_s=VALID_S,
    )  # fmt: skip
    await install(s, s.connector_id, upper)
    await install(s, s.connector_id, lower)
    await install(s, STATION, maximum)
    await s.command("ClearChargingProfile", id=first)
    await check_composite(s, unit, span_s, start_s, [(0, 7), (100, 9)])
    await s.command("ClearChargingProfile", chargingProfilePurpose=DEFAULT, stackLevel=0)
    await check_composite(s, unit, span_s, start_s, [(0, 11), (200, 12)])
    await s.command("ClearChargingProfile")
    _, found = await composite(s, unit, span_s)
    s.check(
        "with all profiles cleared only the local limit is left",
        not found or [limit for _, limit in found] == [limit for _, limit in local],
        "rule M11.8; step 9 of the case",
        expected=", ".join(f"{limit:g}" for _, limit in local) or "no period",
        seen=", ".join(f"{limit:g}" for _, limit in found) or "no period",
    )
    s.check(
        "the local limit is told",
        bool(found),
        "step 9 of the case: a station without it is reported",
        expected="one period",
        seen="a period" if found else "no period",
        severity="warn",
    )


@case("072", dut=Role.STATION)
async def stacking(s: StationCase) -> None:
    """The higher stack level wins while it lasts, then the lower one returns."""
    unit, start_s = await rates(s), begin(s)
    lower = profile(
        s, unit, DEFAULT, [(0, 6), (100, 8), (200, 10)], number=s.csms.new_id(),
        duration_s=400, start_s=start_s, valid_s=VALID_S,
    )  # fmt: skip
    upper = profile(
        s, unit, DEFAULT, [(0, 7), (100, 9)], number=s.csms.new_id(), level=1,
        duration_s=150, start_s=start_s, valid_s=VALID_S,
    )  # fmt: skip
    await install(s, s.connector_id, lower)
    await install(s, s.connector_id, upper)
    await check_composite(s, unit, 350, start_s, [(0, 7), (100, 9), (150, 8), (200, 10)])


@case("059", dut=Role.STATION)
async def remote_start_with_profile(s: StationCase) -> None:
    """The profile of the remote start governs the new transaction."""
    unit, span_s = await rates(s), s.parameters.schedule_duration
    made, start_s = simple(s, unit, OF_TRANSACTION)
    await charging(s, profile=made)
    await s.confirm_energy_flows()
    await check_composite(s, unit, span_s, start_s, [(0, LIMIT), (span_s, None)])
    await s.confirm_offered(LIMIT * unit.factor, unit.unit)


@case("060", dut=Role.STATION)
async def remote_start_with_wrong_purpose(s: StationCase) -> None:
    """A remote start with a profile of another purpose is refused."""
    made, _ = simple(s, await rates(s), DEFAULT)
    await s.command(
        "RemoteStartTransaction",
        "Rejected",
        error_ok=VIOLATION,
        connectorId=s.connector_id,
        idTag=s.cards.accepted.id_tag,
        chargingProfile=made,
    )
    await s.nothing("Authorize", "StartTransaction", during=QUIET_S, why="step 2 of the case")
