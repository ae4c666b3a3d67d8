"""Rows 10 and 11 (005_2, 005_3): the cable is pulled at the EV and stays locked at the station."""

from __future__ import annotations

from rig.conformance.cases import Setting, case
from rig.conformance.catalogue import Role
from rig.conformance.states import close_session_remote
from rig.conformance.steps import QUIET_S, StationCase

NO_DELAY = Setting("MinimumStatusDuration", "0", if_supported=True)
STAYS_LOCKED = Setting("UnlockConnectorOnEVSideDisconnect", "false")
INFO = "EV side disconnected"


@case(
    "005_2",
    dut=Role.STATION,
    config=(
        NO_DELAY,
        Setting("StopTransactionOnEVSideDisconnect", "true", if_supported=True),
        STAYS_LOCKED,
    ),
    prepare=("Charging",),
)
async def ev_side_disconnected_locked(s: StationCase) -> None:
    """Unplugging at the vehicle ends the transaction; the plug stays locked until it is freed."""
    fixed = s.plug.fixed_cable
    await s.unplug_ev()
    # With a fixed cable nothing is left to take out.
    statuses = ("Finishing", "Available") if fixed else ("Finishing",)
    await s.stopped("EVDisconnected", statuses=statuses)
    await s.confirm_locked()
    unlocked = "NotSupported" if fixed else "Unlocked"
    await s.command("UnlockConnector", unlocked, connectorId=s.connector_id)
    if fixed:
        return
    await s.confirm_unlocked()
    await s.unplug_station()
    await s.status("Available")


@case(
    "005_3",
    dut=Role.STATION,
    config=(NO_DELAY, Setting("StopTransactionOnEVSideDisconnect", "false"), STAYS_LOCKED),
    prepare=("Charging",),
)
async def ev_side_disconnected_goes_on(s: StationCase) -> None:
    """The transaction survives an unplug at the vehicle."""
    await s.unplug_ev()
    # One or both may be sent, one after the other; one of them says why.
    suspended = s.status_of("SuspendedEV", "SuspendedEVSE")
    suspended.match["info"] = INFO
    other = s.status_of("SuspendedEV", "SuspendedEVSE", optional=True)
    await s.expect_all(suspended, other)
    s.check_fields(suspended.received, errorCode="NoError")
    await s.nothing(
        "StopTransaction",
        during=QUIET_S,
        why="OCPP 1.6, 9.1 StopTransactionOnEVSideDisconnect",
    )
    await s.confirm_locked()
    await close_session_remote(s)
