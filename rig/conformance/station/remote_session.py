"""Rows 010, 011_1, 011_2, 012, 026, 028: sessions started and stopped by the Central System."""

from __future__ import annotations

from rig.conformance.cases import Setting, case
from rig.conformance.catalogue import Role
from rig.conformance.inbox import Expectation
from rig.conformance.states import charging, close_session_remote, read_auth_remote
from rig.conformance.steps import QUIET_S, StationCase


@case("010", dut=Role.STATION)
async def remote_start_plugged(s: StationCase) -> None:
    """Remote start on a connector with a cable in it."""
    await charging(s)
    await s.confirm_energy_flows()
    if s.edition.session_tail:
        await close_session_remote(s)


@case("011_1", dut=Role.STATION, config=(Setting("ConnectionTimeOut", "$connection_timeout"),))
async def remote_start_first(s: StationCase) -> None:
    """Remote start first, cable later: energy only once the cable is in."""
    card = s.cards.accepted
    auth_remote = await read_auth_remote(s)
    await s.command("RemoteStartTransaction", connectorId=s.connector_id, idTag=card.id_tag)
    preparing = s.status_of("Preparing")
    authorize = Expectation("Authorize")
    await s.expect_all(preparing, *([authorize] if auth_remote else []))
    if authorize.found is not None:
        s.check_fields(authorize.found, idTag=card.id_tag)
    await s.insert()
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


@case("011_2", dut=Role.STATION, config=(Setting("ConnectionTimeOut", "$connection_timeout"),))
async def remote_start_connection_timeout(s: StationCase) -> None:
    """A remote start that nobody follows up with a cable is dropped after ConnectionTimeOut."""
    card, timeout_s = s.cards.accepted, s.parameters.connection_timeout
    auth_remote = await read_auth_remote(s)
    mark = s.mark()
    await s.command("RemoteStartTransaction", connectorId=s.connector_id, idTag=card.id_tag)
    preparing = s.status_of("Preparing")
    await s.expect_all(preparing, *([Expectation("Authorize")] if auth_remote else []))
    available = await s.status("Available", within=timeout_s + s.parameters.message_timeout)
    s.check_interval(
        "Available follows Preparing after ConnectionTimeOut",
        available.t_s - preparing.received.t_s,
        timeout_s,
        "OCPP 1.6, 9.1 ConnectionTimeOut",
        preparing.received.seq,
        available.seq,
    )
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
