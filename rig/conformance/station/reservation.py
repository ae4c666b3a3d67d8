"""Rows of Reservation: 046_1 to 053."""

from __future__ import annotations

from rig.conformance.cases import case
from rig.conformance.catalogue import Role
from rig.conformance.inbox import ALWAYS_FREE, Expectation
from rig.conformance.reservations import LONG_S, cancel, reserve, reserved
from rig.conformance.states import authorized, charging, close_session_local
from rig.conformance.station.cache import REMOTE_LIKE_A_CARD
from rig.conformance.steps import QUIET_S, StationCase
from rig.csms.cards import IdTagInfo

ALONE = "SetConnectorUnavailable(others)"
OCCUPIED = "SetConnectorOccupied(under test)"
UNKNOWN = ("NotSupported", "NotImplemented")


@case("046_1", dut=Role.STATION, prepare=(ALONE,))
async def reserved_local_start(s: StationCase) -> None:
    """Only the reserved card can use the reserved connector."""
    card = s.cards.accepted
    number = await reserved(s)
    with s.lend_card(s.csms.cards, card) as other:
        mark = s.mark()
        await s.present(other)
        await s.nothing(
            "StatusNotification:Preparing",
            "StartTransaction",
            during=QUIET_S,
            why="OCPP 1.6, 5.13: the connector is kept for another card",
            free=ALWAYS_FREE | {"Authorize"},
        )
        s.none_since(
            mark,
            "Authorize",
            what="for a card that no reservation can be for",
            why="step 5 of the case",
            severity="warn",
        )
    await authorized(s, card, known=True)  # the reservation may be enough
    await s.insert()
    await s.request_energy()
    await s.started(card.id_tag, reservation_id=number)
    await s.confirm_energy_flows()
    await cancel(s, number, "Rejected")  # used is gone
    if s.edition.session_tail:
        await close_session_local(s, card)


@case("046_2", dut=Role.STATION)
async def reserved_remote_start(s: StationCase) -> None:
    """The reserved card may come by remote start."""
    number = await reserved(s)
    await charging(s, known=True, reservation_id=number)
    await s.confirm_energy_flows()


@case("047", dut=Role.STATION, prepare=(ALONE,))
async def reservation_expires(s: StationCase) -> None:
    """An unused reservation ends at its expiryDate."""
    span_s = s.parameters.reservation_expiry_offset
    expiry_s = s.clock.now() + span_s
    await reserved(s, span_s)
    available = await s.status("Available", within=span_s + s.parameters.message_timeout)
    s.check_interval(
        "Available comes at expiryDate",
        span_s + available.t_s - expiry_s,
        span_s,
        "OCPP 1.6, 5.13; steps of the case",
        available.seq,
    )
    with s.lend_card(s.csms.cards, s.cards.accepted) as other:
        await charging(s, other)
    await s.confirm_energy_flows()


@case("048_2", dut=Role.STATION, prepare=(OCCUPIED,))
async def reserve_occupied(s: StationCase) -> None:
    """A connector with a cable in it cannot be reserved."""
    await reserve(s, s.connector_id, "Occupied")
    await s.nothing("StatusNotification:Reserved", during=QUIET_S, why="step 2 of the case")


@case("048_3", dut=Role.STATION, prepare=("SetConnectorUnavailable(under test)",))
async def reserve_unavailable(s: StationCase) -> None:
    """A connector that is out of service cannot be reserved."""
    await reserve(s, s.connector_id, "Unavailable")


@case("048_4", dut=Role.STATION)
async def reserve_rejected(s: StationCase) -> None:
    """A station that takes no reservations says Rejected."""
    async with s.no_reservations():
        await reserve(s, s.connector_id, "Rejected", error_ok=UNKNOWN)


@case("049", dut=Role.STATION, prepare=(ALONE,))
async def reserve_station(s: StationCase) -> None:
    """Reservation of whatever connector is free."""
    number = await reserve(s, 0)
    await s.status("Reserved")
    await charging(s, known=True, reservation_id=number)
    await s.confirm_energy_flows()


@case("050_2", dut=Role.STATION, prepare=("SetConnectorOccupied(every)",))
async def reserve_station_occupied(s: StationCase) -> None:
    """Every connector has a cable in it: nothing is left to reserve."""
    await reserve(s, 0, "Occupied")


@case("050_3", dut=Role.STATION, prepare=("SetChargePointUnavailable",))
async def reserve_station_unavailable(s: StationCase) -> None:
    """A station that is out of service takes no reservation."""
    await reserve(s, 0, "Unavailable")


@case("051", dut=Role.STATION, prepare=("Reserved",))
async def cancel_reservation(s: StationCase) -> None:
    """A cancelled reservation frees the connector."""
    await cancel(s, s.reservations[-1])
    await s.status("Available")
    with s.lend_card(s.csms.cards, s.cards.accepted) as other:
        await charging(s, other)
    await s.confirm_energy_flows()


@case("052", dut=Role.STATION, prepare=("Reserved",))
async def cancel_unknown_reservation(s: StationCase) -> None:
    """An unknown reservation is refused, the real one stays."""
    await cancel(s, s.reservations[-1] + 1, "Rejected")
    await s.nothing(
        "StatusNotification:Available", during=QUIET_S, why="step 2 of the case; rule M11.8"
    )
    await cancel(s, s.reservations[-1])
    await s.status("Available")


@case(
    "053",
    dut=Role.STATION,
    config=(REMOTE_LIKE_A_CARD,),
    prepare=(ALONE,),
)
async def reserved_for_a_group(s: StationCase) -> None:
    """Another card of the reserved group may use the reservation."""
    card, group = s.cards.accepted, s.parameters.parent_id_tag
    with (
        s.csms.cards.instead(card.id_tag, IdTagInfo("Accepted", group)),
        s.lend_card(s.csms.cards, card, parent=group) as other,
    ):
        number = await reserved(s, LONG_S, parent=group)
        authorize = Expectation("Authorize")
        if s.facts.get("local_start"):
            await s.present(other)
            await s.expect_all(authorize, s.status_of("Preparing"))
            await s.insert()
        else:
            await s.insert()
            await s.command(
                "RemoteStartTransaction", connectorId=s.connector_id, idTag=other.id_tag
            )
            await s.expect_all(authorize, s.status_of("Preparing"))
        s.check_fields(authorize.received, idTag=other.id_tag)
        await s.request_energy()
        await s.started(other.id_tag, reservation_id=number)
        await s.confirm_energy_flows()
        if s.edition.session_tail and s.facts.get("local_stop"):
            await close_session_local(s, other)
