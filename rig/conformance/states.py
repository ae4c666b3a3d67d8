"""Reusable states of a station: ways to get somewhere that many cases share.

Source: reusable states of the conformance reference; chapter 7 of the test procedure.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from rig.bench import Card
from rig.conformance.evidence import Unprepared
from rig.conformance.inbox import Expectation, Received
from rig.conformance.steps import StationCase


async def authorized(s: StationCase, card: Card) -> Received | None:
    """Card first: Authorize is accepted and the connector is Preparing, in either order.

    Returns:
        The report of Preparing.
    """
    await s.present(card)
    authorize = Expectation("Authorize")
    preparing = s.status_of("Preparing")
    await s.expect_all(authorize, preparing)
    if authorize.found is not None:
        s.check_fields(authorize.found, idTag=card.id_tag)
    return preparing.found


async def read_auth_remote(s: StationCase) -> bool:
    """Whether the station authorises a remote start like a card."""
    value = await s.read_key("AuthorizeRemoteTxRequests")
    s.check(
        "AuthorizeRemoteTxRequests can be read",
        value is not None,
        "OCPP 1.6, 9.1",
        expected="true or false",
        seen=value,
    )
    s.auth_remote = str(value).casefold() == "true"
    return s.auth_remote


async def charging(s: StationCase) -> Received:
    """A transaction runs, started by plugging in and a remote start.

    Returns:
        The StartTransaction.
    """
    card = s.cards.accepted
    auth_remote = await read_auth_remote(s)
    await s.insert()
    await s.status("Preparing")
    await s.command("RemoteStartTransaction", connectorId=s.connector_id, idTag=card.id_tag)
    if auth_remote:
        await s.expect("Authorize", idTag=card.id_tag)
    await s.request_energy()
    return await s.started(card.id_tag)


async def close_session_local(s: StationCase, card: Card) -> None:
    """The starting card ends the session and frees the connector."""
    await s.present(card)
    await s.stopped("", "Local", id_tag=card.id_tag)
    await _free_connector(s)


async def close_session_remote(s: StationCase) -> None:
    """A remote stop ends the session and frees the connector."""
    await s.command("RemoteStopTransaction", transactionId=s.transaction_id)
    await s.stopped("Remote")
    await _free_connector(s)


async def _free_connector(s: StationCase) -> None:
    await s.confirm_energy_flows(False)
    await s.unplug()
    await s.status("Available")


async def _prepare_charging(s: StationCase) -> None:
    await charging(s)
    await s.confirm_energy_flows()


_STATES: Mapping[str, Callable[[StationCase], Awaitable[None]]] = {"Charging": _prepare_charging}


async def reach(s: StationCase, name: str) -> None:
    """Reach a reusable state by name.

    Raises:
        Unprepared: there is no such state.
    """
    if name not in _STATES:
        raise Unprepared(f"no reusable state {name!r}")
    await _STATES[name](s)
