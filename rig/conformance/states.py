"""Reusable states of a station: ways to get somewhere that many cases share.

Source: reusable states of the conformance reference; chapter 7 of the test procedure.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from rig.bench import Card
from rig.conformance.evidence import Unprepared
from rig.conformance.inbox import Expectation, Received
from rig.conformance.reservations import occupied, reserved, station_unavailable, unavailable
from rig.conformance.status_rules import STATUSES
from rig.conformance.steps import StationCase
from rig.csms.cards import IdTagInfo
from rig.jsontypes import Json
from rig.ocppj.frames import Payload


async def authorized(s: StationCase, card: Card, *, known: bool = False) -> Received:
    """Card first: Authorize is accepted and the connector is Preparing, in either order.

    Args:
        s: the case.
        card: that is presented.
        known: the station may know the identifier, and need not ask about it.

    Returns:
        The report of Preparing.
    """
    await s.present(card)
    preparing = s.status_of("Preparing")
    await s.expect_all(authorize_of(card, optional=known), preparing)
    return preparing.received


def authorize_of(card: Card, *, optional: bool = False) -> Expectation:
    """The Authorize of a card, to wait for in a group."""
    return Expectation("Authorize", optional=optional, fields={"idTag": card.id_tag})


async def remote_started(s: StationCase, card: Card) -> Received:
    """A remote start without cable is Accepted, authorised if the key says so, and Preparing.

    Returns:
        The report of Preparing.
    """
    auth_remote = await read_auth_remote(s)
    await s.command("RemoteStartTransaction", connectorId=s.connector_id, idTag=card.id_tag)
    preparing = s.status_of("Preparing")
    await s.expect_all(preparing, *([authorize_of(card)] if auth_remote else []))
    return preparing.received


async def timed_out(s: StationCase, preparing: Received) -> None:
    """Nobody follows up: the connector is Available again after ConnectionTimeOut."""
    timeout_s = s.parameters.connection_timeout
    available = await s.status("Available", within=timeout_s + s.parameters.message_timeout)
    s.check_interval(
        "Available follows Preparing after ConnectionTimeOut",
        available.t_s - preparing.t_s,
        timeout_s,
        "OCPP 1.6, 9.1 ConnectionTimeOut; errata v4.0 3.77",
        preparing.seq,
        available.seq,
    )


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


async def charging(
    s: StationCase,
    card: Card | None = None,
    *,
    known: bool = False,
    reservation_id: int | None = None,
    profile: Payload | None = None,
) -> Received:
    """A transaction runs, started by plugging in and a remote start.

    Args:
        s: the case.
        card: whose identifier is used; the accepted one when absent.
        known: the station may know the identifier, and need not ask about it.
        reservation_id: the connector is reserved for this identifier: Preparing comes with the
            start and not with the cable.
        profile: chargingProfile of RemoteStartTransaction.

    Returns:
        The StartTransaction.
    """
    card = card or s.cards.accepted
    auth_remote = await read_auth_remote(s)
    await s.insert()
    reserved = reservation_id is not None
    if not reserved:
        await s.status("Preparing")
    await s.command(
        "RemoteStartTransaction",
        payload={} if profile is None else {"chargingProfile": profile},
        connectorId=s.connector_id,
        idTag=card.id_tag,
    )
    asked = [authorize_of(card, optional=known)] if auth_remote else []
    if reserved:
        # The cable is in: everything follows from the start, in any order.
        await s.request_energy()
        start = await s.started(
            card.id_tag, s.status_of("Preparing"), *asked, reservation_id=reservation_id
        )
    else:
        if asked:
            await s.expect_all(*asked)
        await s.request_energy()
        start = await s.started(card.id_tag)
    return start


async def write_key(s: StationCase, key: str, value: str) -> Json:
    """Write a configuration key; a station that takes it over at a reboot only gets one.

    Returns:
        The status of the answer, Accepted after such a reboot.
    """
    conf = await s.call("ChangeConfiguration", key=key, value=value)
    if conf.get("status") != "RebootRequired":
        return conf.get("status")
    await s.command("Reset", type="Soft")
    await s.expect("BootNotification", within=s.parameters.long_operation_timeout)
    await reported(s)
    return "Accepted"


async def reported(s: StationCase) -> None:
    """Let a station finish the reports that it owes since it has booted, if it does."""
    known = s.csms.station.statuses
    owed = [n for n in range(s.connectors + 1) if n not in known]
    if owed:
        group = [s.status_of(*STATUSES, connector_id=n, optional=True) for n in owed]
        await s.expect_all(*group, patient=True)


async def close_session_local(s: StationCase, card: Card) -> None:
    """The starting card ends the session and frees the connector."""
    await s.present(card)
    await s.stopped("", "Local", id_tag=card.id_tag)
    await free_connector(s)


async def close_session_remote(s: StationCase) -> None:
    """A remote stop ends the session and frees the connector."""
    await s.command("RemoteStopTransaction", transactionId=s.transaction_id)
    await s.stopped("Remote")
    await free_connector(s)


async def free_connector(s: StationCase) -> None:
    """No energy, cable out, Available."""
    await s.confirm_energy_flows(False)
    await s.unplug()
    await s.status("Available")


async def cached(s: StationCase, role: str) -> None:
    """A card is in the authorisation cache as Accepted, whatever it is worth later.

    A whole session fills the cache: Authorize, StartTransaction and StopTransaction all answer
    with idTagInfo. A station without a cache is left alone.
    """
    if not s.facts.get("auth_cache"):
        return
    card = s.cards.find(role)
    with s.csms.cards.instead(card.id_tag, IdTagInfo("Accepted", card.parent)):
        await charging(s, card, known=True)
        if s.facts.get("local_stop"):
            await close_session_local(s, card)
        else:
            await close_session_remote(s)


async def listed(s: StationCase, role: str) -> None:
    """A card is the only one in the local list, as Accepted; nothing without such a list."""
    if not s.facts.get("profile_local_auth_list"):
        return
    entry: Json = {"idTag": s.cards.find(role).id_tag, "idTagInfo": {"status": "Accepted"}}
    await s.command(
        "SendLocalList", updateType="Full", listVersion=1, localAuthorizationList=[entry]
    )


async def alone_at_reader(s: StationCase, _: str) -> None:
    """Where one reader serves several connectors, a card can only mean the one under test."""
    if s.facts.get("one_reader_multiple_connectors"):
        await unavailable(s, "others")


async def _prepare_reserved(s: StationCase, _role: str) -> None:
    await reserved(s)


async def _prepare_station_unavailable(s: StationCase, _role: str) -> None:
    await station_unavailable(s)


async def _prepare_charging(s: StationCase, _role: str) -> None:
    await charging(s)
    await s.confirm_energy_flows()


_STATES: Mapping[str, Callable[[StationCase, str], Awaitable[None]]] = {
    "AloneAtReader": alone_at_reader,
    "Charging": _prepare_charging,
    "IdTagCached": cached,
    "IdTagLocalAuthList": listed,
    "Reserved": _prepare_reserved,
    "SetConnectorUnavailable": unavailable,
    "SetConnectorOccupied": occupied,
    "SetChargePointUnavailable": _prepare_station_unavailable,
}


STATE_NAMES = frozenset(_STATES)
"""What a case may ask to be prepared; an argument may follow in parentheses."""


async def reach(s: StationCase, name: str) -> None:
    """Reach a reusable or memory state by name; what it is about stands in parentheses.

    Raises:
        Unprepared: there is no such state.
    """
    state, _, argument = name.partition("(")
    if state not in _STATES:
        raise Unprepared(f"no reusable state {name!r}")
    await _STATES[state](s, argument.removesuffix(")"))
