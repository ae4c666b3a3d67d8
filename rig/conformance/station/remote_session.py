"""Rows 15, 16 and 18 (010, 011_1, 012): sessions started and stopped by the Central System."""

from __future__ import annotations

from rig.conformance.cases import Setting, case
from rig.conformance.catalogue import Role
from rig.conformance.inbox import Expectation
from rig.conformance.states import charging, close_session_remote, read_auth_remote
from rig.conformance.steps import StationCase


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
