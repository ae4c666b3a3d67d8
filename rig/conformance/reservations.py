"""Reservations and availability in the words of a case.

Source: OCPP 1.6, 5.2, 5.4, 5.13; reusable states Reserved, SetConnectorUnavailable,
SetConnectorOccupied, SetChargePointUnavailable.
"""

from __future__ import annotations

from collections.abc import Sequence

from rig.conformance.instants import stamp
from rig.conformance.steps import StationCase
from rig.ocppj.frames import Payload

LONG_S = 600.0
"""Lab seconds of a reservation that does not end in a case."""


async def reserve(
    s: StationCase,
    connector_id: int,
    wanted: str = "Accepted",
    *,
    span_s: float = LONG_S,
    parent: str | None = None,
    error_ok: Sequence[str] = (),
) -> int:
    """ReserveNow for the accepted card; returns the reservationId.

    Args:
        s: the case.
        connector_id: 0 for any.
        wanted: the status of the answer.
        span_s: lab seconds until it expires.
        parent: parentIdTag of the reservation.
        error_ok: codes of a CALLERROR that pass too.
    """
    number = s.csms.new_id()
    if wanted == "Accepted":
        s.reservations.append(number)
        s.undo_later("CancelReservation", reservationId=number)
    group: Payload = {} if parent is None else {"parentIdTag": parent}
    await s.command(
        "ReserveNow",
        wanted,
        error_ok=error_ok,
        payload=group,
        connectorId=connector_id,
        expiryDate=stamp(s.clock.epoch + s.clock.now() + span_s),
        idTag=s.cards.accepted.id_tag,
        reservationId=number,
    )
    return number


async def reserved(s: StationCase, span_s: float = LONG_S, *, parent: str | None = None) -> int:
    """The connector under test is reserved for the accepted card; returns the reservationId."""
    number = await reserve(s, s.connector_id, span_s=span_s, parent=parent)
    await s.status("Reserved")
    return number


async def cancel(s: StationCase, reservation_id: int, wanted: str = "Accepted") -> None:
    """CancelReservation."""
    await s.command("CancelReservation", wanted, reservationId=reservation_id)


async def unavailable(s: StationCase, which: str) -> None:
    """Connectors out of service: "under test" or "others"."""
    for number in range(1, s.connectors + 1):
        if (number == s.connector_id) is (which == "under test"):
            s.undo_later("ChangeAvailability", connectorId=number, type="Operative")
            await s.command("ChangeAvailability", connectorId=number, type="Inoperative")
            await s.status("Unavailable", connector_id=number)


async def station_unavailable(s: StationCase) -> None:
    """The whole station out of service."""
    s.undo_later("ChangeAvailability", connectorId=0, type="Operative")
    await s.command("ChangeAvailability", connectorId=0, type="Inoperative")
    numbers = range(s.connectors + 1)
    await s.expect_all(*[s.status_of("Unavailable", connector_id=n) for n in numbers])


async def occupied(s: StationCase, which: str) -> None:
    """A cable in the connector "under test", or in "every" one."""
    numbers = range(1, s.connectors + 1) if which == "every" else [s.connector_id]
    for number in numbers:
        with s.at(number):
            await s.insert()
            await s.status("Preparing")
