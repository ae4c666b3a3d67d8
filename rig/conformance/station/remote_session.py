"""Rows 010, 011_1, 011_2, 012, 026, 028: sessions started and stopped by the Central System."""

from __future__ import annotations

from rig.conformance.cases import Setting, case
from rig.conformance.catalogue import Role
from rig.conformance.states import charging, close_session_remote, remote_started, timed_out
from rig.conformance.station.local_session import CONNECTION_TIMEOUT
from rig.conformance.steps import QUIET_S, StationCase


@case("010", dut=Role.STATION)
async def remote_start_plugged(s: StationCase) -> None:
    """Remote start on a connector with a cable in it."""
    await charging(s)
    await s.confirm_energy_flows()
    if s.edition.session_tail:
        await close_session_remote(s)


@case("011_1", dut=Role.STATION, config=(CONNECTION_TIMEOUT,))
async def remote_start_first(s: StationCase) -> None:
    """Remote start first, cable later: energy only once the cable is in."""
    card = s.cards.accepted
    preparing = await remote_started(s, card)
    await s.insert_in_time(preparing)
    await s.request_energy()
    await s.started(card.id_tag)
    await s.confirm_energy_flows()
    if s.edition.session_tail:
        await close_session_remote(s)


@case("012", dut=Role.STATION, prepare=("Charging",))
async def remote_stop(s: StationCase) -> None:
    """Remote stop of a running transaction."""
    await s.command("RemoteStopTransaction", transactionId=s.transaction_id)
    await s.stopped("Remote")
    await s.confirm_energy_flows(False)
    await s.confirm_unlocked()


@case("011_2", dut=Role.STATION, config=(CONNECTION_TIMEOUT,))
async def remote_start_connection_timeout(s: StationCase) -> None:
    """A remote start that nobody follows up with a cable is dropped after ConnectionTimeOut."""
    mark = s.mark()
    preparing = await remote_started(s, s.cards.accepted)
    await timed_out(s, preparing)
    s.none_since(mark, "StartTransaction", what="in the whole case", why="step 7 of the case")


@case(
    "026",
    dut=Role.STATION,
    config=(Setting("LocalPreAuthorize", "false"),),
    prepare=("Charging",),
)
async def remote_start_rejected(s: StationCase) -> None:
    """No second transaction on a busy connector."""
    id_tag = s.cards.accepted.id_tag
    await s.command("RemoteStartTransaction", "Rejected", connectorId=s.connector_id, idTag=id_tag)
    await s.nothing("Authorize", "StartTransaction", during=QUIET_S, why="rule M11.2")
    await s.confirm_energy_flows()


@case("028", dut=Role.STATION, prepare=("Charging",))
async def remote_stop_rejected(s: StationCase) -> None:
    """An unknown transactionId is refused and nothing stops."""
    unknown = s.parameters.unknown_transaction_id
    await s.command("RemoteStopTransaction", "Rejected", transactionId=unknown)
    await s.nothing("StopTransaction", during=QUIET_S, why="rule M11.1")
    await s.confirm_energy_flows()
