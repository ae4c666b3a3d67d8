"""Rows 19 to 22 (013 to 016): resets."""

from __future__ import annotations

from rig.conformance.cases import case
from rig.conformance.catalogue import Role
from rig.conformance.inbox import Expectation
from rig.conformance.station.boot import statuses_after_boot
from rig.conformance.steps import StationCase


@case("013", dut=Role.STATION)
async def hard_reset_idle(s: StationCase) -> None:
    """Hard reset while idle; the Unavailable state of a connector survives it."""
    await s.command("ChangeAvailability", connectorId=s.connector_id, type="Inoperative")
    await s.status("Unavailable")
    await s.command("Reset", type="Hard")
    await s.expect(
        "BootNotification",
        within=s.parameters.long_operation_timeout,
        chargePointVendor="*",
        chargePointModel="*",
    )
    await statuses_after_boot(s, but={s.connector_id: ("Unavailable",)})
    await s.command("ChangeAvailability", connectorId=s.connector_id, type="Operative")
    await s.status("Available")


@case("015", dut=Role.STATION, prepare=("Charging",))
async def hard_reset_with_transaction(s: StationCase) -> None:
    """Hard reset during a transaction: it is closed, before or after the reboot."""
    await s.command("Reset", type="Hard")
    stop = Expectation("StopTransaction", optional=True)
    # Rule D1-d: Unavailable in place of Finishing, before the reboot, is accepted here.
    finishing = s.status_of("Finishing", "Unavailable", optional=True)
    boot = Expectation("BootNotification")
    await s.expect_all(stop, finishing, boot, within=s.parameters.long_operation_timeout)
    stopped_before_boot = stop.found is not None
    if stopped_before_boot:
        s.check(
            "Finishing is reported for the stopped transaction",
            finishing.found is not None,
            "rule D1, exception D1-d",
            expected="Finishing or Unavailable",
            seen=finishing.found["status"] if finishing.found else "none",
        )
    await statuses_after_boot(s, but={s.connector_id: ("Finishing", "Preparing")})
    if stop.found is None:
        await s.expect_all(stop := Expectation("StopTransaction"))
    if stop.found is not None:
        s.check_stop(stop.found, "HardReset")
    await s.confirm_energy_flows(False)
    await s.nothing(
        "StopTransaction",
        "StartTransaction",
        during=s.parameters.max_time_deviation,
        why="StopTransaction is sent exactly once, and the session is not resumed (rule M7.2)",
    )


@case("014", dut=Role.STATION)
async def soft_reset_idle(s: StationCase) -> None:
    """Soft reset while idle; the Unavailable state of a connector survives it."""
    await s.command("ChangeAvailability", connectorId=s.connector_id, type="Inoperative")
    await s.status("Unavailable")
    await s.command("Reset", type="Soft")
    if await _booted(s):
        await statuses_after_boot(s, but={s.connector_id: ("Unavailable",)})
    await s.command("ChangeAvailability", connectorId=s.connector_id, type="Operative")
    await s.status("Available")


@case("016", dut=Role.STATION, prepare=("Charging",))
async def soft_reset_with_transaction(s: StationCase) -> None:
    """Soft reset during a transaction: it is stopped first."""
    await s.command("Reset", type="Soft")
    stop = Expectation("StopTransaction")
    finishing = s.status_of("Finishing", optional=True)  # optional for this row (appendix D)
    await s.expect_all(stop, finishing, within=s.parameters.long_operation_timeout)
    s.check_stop(stop.received, "SoftReset")
    if await _booted(s):
        await statuses_after_boot(s, but={s.connector_id: ("Finishing", "Preparing")})
    await s.confirm_energy_flows(False)
    await s.confirm_unlocked()
    await s.nothing(
        "StopTransaction",
        "StartTransaction",
        during=s.parameters.max_time_deviation,
        why="StopTransaction is sent exactly once, and the session is not resumed (rule M7.2)",
    )


async def _booted(s: StationCase) -> bool:
    """Whether BootNotification came: a soft reset may restart the application only."""
    boot = await s.maybe("BootNotification", within=s.parameters.long_operation_timeout)
    if boot is None:
        s.check(
            "without BootNotification the station has stayed connected",
            s.csms.connected,
            "step 4 of the case",
            expected="connected",
            seen="not connected",
        )
        return False
    s.check_fields(boot, chargePointVendor="*", chargePointModel="*")
    return True
