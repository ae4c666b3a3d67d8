"""Rows 9 to 11 (005_1, 005_2, 005_3): the cable is pulled at the EV, not at the station."""

from __future__ import annotations

from rig.conformance.cases import Setting, case
from rig.conformance.catalogue import Role
from rig.conformance.inbox import Expectation, Received
from rig.conformance.states import free_connector
from rig.conformance.steps import QUIET_S, StationCase

NO_DELAY = Setting("MinimumStatusDuration", "0", if_supported=True)
STOPS = Setting("StopTransactionOnEVSideDisconnect", "true", if_supported=True)
STAYS_LOCKED = Setting("UnlockConnectorOnEVSideDisconnect", "false")
INFO = "EV side disconnected"


@case(
    "005_1",
    dut=Role.STATION,
    config=(NO_DELAY, STOPS, Setting("UnlockConnectorOnEVSideDisconnect", "true")),
    prepare=("Charging",),
)
async def ev_side_disconnected(s: StationCase) -> None:
    """Unplugging at the vehicle ends the transaction and frees the plug at the station."""
    await s.unplug_ev()
    finishing = await _stopped(s, "Finishing")
    s.check(
        f"the report of the stop says {INFO!r} or nothing",
        finishing["info"] in (None, "", INFO),
        "step 3 of the case; rule S12",
        expected=f"{INFO} or absent",
        seen=finishing["info"],
        seqs=(finishing.seq,),
    )
    await s.confirm_energy_flows(False)
    await s.confirm_unlocked()
    await _plugged_in_again(s)
    if s.edition.session_tail:
        await s.unplug()
        await s.status("Available")


async def _plugged_in_again(s: StationCase) -> None:
    """An EV that comes back after the end of the transaction gets no energy (manual check)."""
    s.inbox.tolerate(s.status_of("Preparing"))  # F2: a new intention
    s.may_give_up_waiting()
    await s.insert()
    await s.request_energy()
    await s.nothing(
        "StartTransaction",
        "StatusNotification:Charging",
        during=QUIET_S,
        why="manual check of the case: the EV that is plugged in again gets no energy",
    )
    await s.confirm_energy_flows(False)


@case("005_2", dut=Role.STATION, config=(NO_DELAY, STOPS, STAYS_LOCKED), prepare=("Charging",))
async def ev_side_disconnected_locked(s: StationCase) -> None:
    """Unplugging at the vehicle ends the transaction; the plug stays locked until it is freed."""
    fixed = s.plug.fixed_cable
    await s.unplug_ev()
    await _stopped(s, *_over(s))
    if fixed:
        s.inbox.tolerate(s.status_of("Available"))
    await s.confirm_locked()
    unlocked = "NotSupported" if fixed else "Unlocked"
    await s.command("UnlockConnector", unlocked, connectorId=s.connector_id)
    if fixed:
        return
    await s.confirm_unlocked()
    await s.unplug_station()
    await s.expect_all(s.status_of("Available", optional=True), patient=True)


@case(
    "005_3",
    dut=Role.STATION,
    config=(NO_DELAY, Setting("StopTransactionOnEVSideDisconnect", "false"), STAYS_LOCKED),
    prepare=("Charging",),
)
async def ev_side_disconnected_goes_on(s: StationCase) -> None:
    """The transaction survives an unplug at the vehicle."""
    mark = s.mark()
    await s.unplug_ev()
    # One or both may be sent, one after the other; one of them says why.
    suspended = s.status_of("SuspendedEV", "SuspendedEVSE")
    suspended.match["info"] = INFO
    other = s.status_of("SuspendedEV", "SuspendedEVSE", optional=True)
    await s.expect_all(suspended, other)
    s.check_fields(suspended.received, errorCode="NoError")
    why = "step 3 of the case; OCPP 1.6, 9.1 StopTransactionOnEVSideDisconnect"
    await s.nothing("StopTransaction", during=QUIET_S, why=why)
    await s.confirm_locked()
    s.none_since(mark, "StopTransaction", what="since the EV is unplugged", why=why)
    await s.command("RemoteStopTransaction", transactionId=s.transaction_id)
    report = await _stopped(s, *_over(s), reason="Remote")
    if report["status"] == "Finishing":
        await free_connector(s)


def _over(s: StationCase) -> tuple[str, ...]:
    """Statuses after the transaction: with a fixed cable nothing is left to take out."""
    return ("Finishing", "Available") if s.plug.fixed_cable else ("Finishing",)


async def _stopped(s: StationCase, *statuses: str, reason: str = "EVDisconnected") -> Received:
    """Wait for StopTransaction and the report that goes with it, in any order."""
    stop, report = Expectation("StopTransaction"), s.status_of(*statuses)
    await s.expect_all(stop, report)
    s.check_stop(stop.received, reason)
    return report.received
