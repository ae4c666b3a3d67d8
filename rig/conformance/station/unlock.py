"""Rows 017_1, 017_2, 018_1, 018_2, 024, 030, 031: the lock of the socket."""

from __future__ import annotations

from rig.conformance.cases import case
from rig.conformance.catalogue import Role
from rig.conformance.inbox import Expectation
from rig.conformance.states import close_session_remote, remote_started
from rig.conformance.station.local_session import CONNECTION_TIMEOUT
from rig.conformance.steps import QUIET_S, StationCase

LOCK_FAILURE = "ConnectorLockFailure"


@case("017_1", dut=Role.STATION)
async def unlock_idle(s: StationCase) -> None:
    """UnlockConnector opens the lock of a socket without transaction."""
    # A station that locks at plug-in has something to open then.
    await s.insert()
    await s.status("Preparing")
    s.may_give_up_waiting()
    await s.command("UnlockConnector", "Unlocked", connectorId=s.connector_id)
    await s.confirm_unlocked()
    await s.unplug()
    await s.status("Available")


@case("017_2", dut=Role.STATION)
async def unlock_idle_fixed_cable(s: StationCase) -> None:
    """A station without a lock says so."""
    await s.command("UnlockConnector", "NotSupported", connectorId=s.connector_id)


@case("018_1", dut=Role.STATION, prepare=("Charging",))
async def unlock_charging(s: StationCase) -> None:
    """Unlocking during a transaction ends it first."""
    await s.command("UnlockConnector", "Unlocked", connectorId=s.connector_id)
    await s.confirm_released_without_load()
    await s.stopped("UnlockCommand")
    await s.confirm_energy_flows(False)
    await s.confirm_unlocked()
    await s.unplug()
    await s.status("Available")


@case("018_2", dut=Role.STATION, prepare=("Charging",))
async def unlock_charging_fixed_cable(s: StationCase) -> None:
    """With a fixed cable it is NotSupported and the transaction goes on."""
    await s.command("UnlockConnector", "NotSupported", connectorId=s.connector_id)
    await s.nothing("StopTransaction", during=QUIET_S, why="rule M11.5; step 2 of the case")
    await s.confirm_energy_flows()
    if s.edition.session_tail:
        await close_session_remote(s)


@case("024", dut=Role.STATION, config=(CONNECTION_TIMEOUT,))
async def lock_failure(s: StationCase) -> None:
    """A lock that cannot close is a fault, and no transaction starts."""
    await s.hold_lock(closed=False)
    try:
        preparing = await remote_started(s, s.cards.accepted)
        mark = s.mark()
        await s.insert_in_time(preparing)
        fault = await s.status("Faulted")
        s.check_fields(fault, errorCode=LOCK_FAILURE)
        await s.request_energy()
        await s.nothing("StartTransaction", during=QUIET_S, why="step 7 of the case")
        await s.confirm_energy_flows(False)
        await s.unplug()
    finally:
        await s.release_lock()
    await s.expect_all(s.status_of("Available", optional=True), patient=True)
    await s.nothing("StartTransaction", during=QUIET_S, why="step 7 of the case")
    s.none_since(mark, "StartTransaction", what="since plugging in", why="step 7 of the case")


@case("030", dut=Role.STATION)
async def unlock_failure(s: StationCase) -> None:
    """A stuck bolt is reported."""
    await s.insert()
    await s.status("Preparing")
    # The fault may be reported, and its end as well.
    fault = Expectation(
        "StatusNotification",
        {"connectorId": s.connector_id, "errorCode": LOCK_FAILURE},
    )
    s.inbox.tolerate(fault, s.status_of("Preparing", "Finishing", "Available"))
    await s.hold_lock(closed=True)
    try:
        await s.command("UnlockConnector", "UnlockFailed", connectorId=s.connector_id)
    finally:
        await s.release_lock()
    await s.unplug()
    await s.status("Available")


@case("031", dut=Role.STATION)
async def unlock_unknown_connector(s: StationCase) -> None:
    """A connector that does not exist is answered NotSupported."""
    await s.command("UnlockConnector", "NotSupported", connectorId=s.unknown_connector)
