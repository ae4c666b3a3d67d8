"""Rows 19 to 22 (013 to 016): resets."""

from __future__ import annotations

from rig.conformance.cases import case
from rig.conformance.catalogue import Role
from rig.conformance.inbox import Expectation, Received
from rig.conformance.reservations import unavailable
from rig.conformance.station.boot import booted, check_boot, statuses_after_boot
from rig.conformance.steps import StationCase

PLUGGED = ("Finishing", "Preparing")
"""Statuses after a boot of a connector whose cable is still in."""


@case("013", dut=Role.STATION)
async def hard_reset_idle(s: StationCase) -> None:
    """Hard reset while idle; the Unavailable state of a connector survives it."""
    await unavailable(s, "under test")
    mark, connection = s.mark(), s.csms.connection
    await s.command("Reset", type="Hard")
    _check_restarted(s, connection, await booted(s))
    await statuses_after_boot(s, but={s.connector_id: ("Unavailable",)})
    await _back_in_service(s, mark)


@case("014", dut=Role.STATION)
async def soft_reset_idle(s: StationCase) -> None:
    """Soft reset while idle; the Unavailable state of a connector survives it."""
    await unavailable(s, "under test")
    mark, connection = s.mark(), s.csms.connection
    await s.command("Reset", type="Soft")
    if await _booted_softly(s, connection):
        await statuses_after_boot(s, but={s.connector_id: ("Unavailable",)})
    await _back_in_service(s, mark)


async def _back_in_service(s: StationCase, mark: int) -> None:
    """Only ChangeAvailability makes the connector Available again, not the reset at `mark`."""
    s.none_since(
        mark,
        "StatusNotification:Available",
        what="of the connector before it is made operative",
        why="rule S9; OCPP 1.6, 5.2",
        connector_id=s.connector_id,
    )
    await s.command("ChangeAvailability", connectorId=s.connector_id, type="Operative")
    await s.status("Available")


@case("015", dut=Role.STATION, prepare=("Charging",))
async def hard_reset_with_transaction(s: StationCase) -> None:
    """Hard reset during a transaction: it is closed, before or after the reboot."""
    connection = s.csms.connection
    await s.command("Reset", type="Hard")
    stop = Expectation("StopTransaction", optional=True)
    # Rule D1-d: Unavailable in place of Finishing, before the reboot, is accepted here.
    finishing = s.status_of("Finishing", "Unavailable", optional=True)
    boot = Expectation("BootNotification")
    await s.expect_all(stop, finishing, boot, within=s.parameters.long_operation_timeout)
    check_boot(s, boot.received)
    _check_restarted(s, connection, boot.received)
    if stop.found is not None:
        s.check(
            "Finishing is reported for the stopped transaction",
            finishing.found is not None,
            "rule D1, exception D1-d",
            expected="Finishing or Unavailable",
            seen=finishing.found["status"] if finishing.found else "none",
        )
    await statuses_after_boot(s, but={s.connector_id: PLUGGED})
    if stop.found is None:
        await s.expect_all(stop := Expectation("StopTransaction"))
    s.check_stop(stop.received, "HardReset")
    await s.confirm_energy_flows(False)
    await _stopped_for_good(s)


@case("016", dut=Role.STATION, prepare=("Charging",))
async def soft_reset_with_transaction(s: StationCase) -> None:
    """Soft reset during a transaction: it is stopped first."""
    mark, connection = s.mark(), s.csms.connection
    await s.command("Reset", type="Soft")
    stop = Expectation("StopTransaction")
    finishing = s.status_of("Finishing", optional=True)  # optional for this row (appendix D)
    early = Expectation("BootNotification", optional=True)
    await s.expect_all(stop, finishing, early, within=s.parameters.long_operation_timeout)
    s.none_since(
        mark,
        "BootNotification",
        what="before StopTransaction",
        why="step 2 of the case: the transaction is stopped before the reset",
    )
    s.check_stop(stop.received, "SoftReset")
    if early.found is not None or await _booted_softly(s, connection):
        await statuses_after_boot(s, but={s.connector_id: PLUGGED})
    await s.confirm_energy_flows(False)
    await s.confirm_unlocked()
    await _stopped_for_good(s)


async def _booted_softly(s: StationCase, connection: int | None) -> bool:
    """Whether BootNotification came: a soft reset may restart the application only.

    Args:
        s: the case.
        connection: on which Reset was sent; without a boot it has to be there still.
    """
    boot = Expectation("BootNotification", optional=True)
    await s.expect_all(boot, within=s.parameters.long_operation_timeout, patient=True)
    if boot.found is None:
        s.check(
            "without BootNotification the station has kept its connection",
            s.csms.connection == connection,
            "step 4 of the case; OCPP 1.6, 4.2",
            expected=f"connection {connection}",
            seen="not connected" if s.csms.connection is None else f"on {s.csms.connection}",
        )
        return False
    check_boot(s, boot.found)
    return True


def _check_restarted(s: StationCase, connection: int | None, boot: Received) -> None:
    """Check that a hard reset was one: hardware that restarts loses its connection."""
    s.check(
        "the hardware has restarted: the connection is a new one",
        boot.entry.connection != connection,
        "manual check of the case; rule M11.6",
        expected=f"another one than {connection}",
        seen=boot.entry.connection,
        seqs=(boot.seq,),
        kind="manual",
    )


async def _stopped_for_good(s: StationCase) -> None:
    await s.nothing(
        "StopTransaction",
        "StartTransaction",
        during=s.parameters.max_time_deviation,
        why="StopTransaction is sent exactly once, and the session is not resumed (rule M7.2)",
    )
