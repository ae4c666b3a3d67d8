"""Transitions of a connector from Finishing, Reserved, Unavailable and Faulted; in virtual time.

The first half is in test_station_transitions.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.virtual_station import FRIEND, GOOD, Site, at_a_site
from tests.wire.connector_moves import become, fault, last, limit, reserve

covers = pytest.mark.rig_covers


# --- from Finishing ---------------------------------------------------------------------------


@covers("transition:F1")
@at_a_site()
async def test_cable_out_after_the_stop(here: Site) -> None:
    await here.charge()
    await here.card()
    await here.unplug()
    last(here, "Finishing", "Available")


@covers("transition:F2")
@at_a_site()
async def test_card_after_the_stop_is_a_new_transaction(here: Site) -> None:
    await here.charge()
    await here.card()
    await here.card()
    last(here, "Finishing", "Preparing", "Charging")
    assert len(here.csms.transactions) == 2


@covers("transition:F9")
@at_a_site()
async def test_fault_while_finishing(here: Site) -> None:
    await here.charge()
    await here.card()
    await fault(here)
    last(here, "Finishing", "Faulted")


# --- from Reserved ----------------------------------------------------------------------------


@covers("transition:G1", "message:CancelReservation")
@at_a_site()
async def test_reservation_is_cancelled(here: Site) -> None:
    await reserve(here)
    assert await here.call("CancelReservation", reservationId=1) == {"status": "Accepted"}
    last(here, "Reserved", "Available")


@covers("transition:G1")
@at_a_site()
async def test_reservation_expires(here: Site) -> None:
    await reserve(here, 60.0)
    await asyncio.sleep(61)
    last(here, "Reserved", "Available")


@covers("transition:G2")
@at_a_site()
async def test_reserved_card_is_presented(here: Site) -> None:
    await reserve(here)
    await here.card(FRIEND)
    last(here, "Reserved")
    await here.card(GOOD)
    last(here, "Reserved", "Preparing")


@covers("transition:G8")
@at_a_site()
async def test_reserved_connector_goes_out_of_service(here: Site) -> None:
    await reserve(here)
    await become(here, "Inoperative")
    last(here, "Reserved", "Unavailable")


@covers("transition:G9", "transition:I7")
@at_a_site()
async def test_fault_ends_a_reservation(here: Site) -> None:
    await reserve(here)
    await fault(here)
    last(here, "Reserved", "Faulted")
    await fault(here, None)
    last(here, "Faulted", "Available")
    assert await here.call("CancelReservation", reservationId=1) == {"status": "Rejected"}


# --- from Unavailable and Faulted -------------------------------------------------------------


@covers("transition:H1")
@at_a_site()
async def test_back_in_service(here: Site) -> None:
    await become(here, "Inoperative")
    await become(here, "Operative")
    last(here, "Unavailable", "Available")


@covers("transition:H2")
@at_a_site()
async def test_back_in_service_with_a_cable(here: Site) -> None:
    await become(here, "Inoperative")
    await here.plug_in()
    last(here, "Unavailable")
    await become(here, "Operative")
    last(here, "Unavailable", "Preparing")


async def card_before(here: Site, *, wants: bool, do: Any, undo: Any) -> None:
    """Somebody has identified, then something comes in between, and the cable, then all is well."""
    await here.card()
    await do(here)
    await here.plug_in(wants=wants)
    await undo(here)
    await asyncio.sleep(3)


async def out(here: Site) -> None:
    await become(here, "Inoperative")


async def back(here: Site) -> None:
    await become(here, "Operative")


async def repaired(here: Site) -> None:
    await fault(here, None)


@covers("transition:H3")
@at_a_site()
async def test_back_in_service_for_somebody_who_waits(here: Site) -> None:
    await card_before(here, wants=True, do=out, undo=back)
    last(here, "Unavailable", "Charging")


@covers("transition:H4")
@at_a_site()
async def test_back_in_service_for_a_car_that_wants_nothing(here: Site) -> None:
    await card_before(here, wants=False, do=out, undo=back)
    last(here, "Unavailable", "SuspendedEV")


@covers("transition:H5")
@at_a_site()
async def test_back_in_service_with_nothing_to_offer(here: Site) -> None:
    await limit(here, 0.0)
    await card_before(here, wants=True, do=out, undo=back)
    last(here, "Unavailable", "SuspendedEVSE")


@covers("transition:H9", "transition:I8")
@at_a_site()
async def test_fault_while_out_of_service(here: Site) -> None:
    await become(here, "Inoperative")
    await fault(here)
    last(here, "Unavailable", "Faulted")
    await fault(here, None)
    last(here, "Faulted", "Unavailable")


# A faulty connector has no pilot: the car is seen only after the fault, and Preparing comes first.


@covers("transition:I3")
@at_a_site()
async def test_fault_is_gone_for_somebody_who_waits_preparing_first(here: Site) -> None:
    await card_before(here, wants=True, do=fault, undo=repaired)
    last(here, "Faulted", "Preparing", "Charging")


@covers("transition:I4")
@at_a_site()
async def test_fault_is_gone_for_a_car_that_wants_nothing_preparing_first(here: Site) -> None:
    await card_before(here, wants=False, do=fault, undo=repaired)
    last(here, "Faulted", "Preparing", "SuspendedEV")


@covers("transition:I5")
@at_a_site()
async def test_fault_is_gone_with_nothing_to_offer_preparing_first(here: Site) -> None:
    await limit(here, 0.0)
    await card_before(here, wants=True, do=fault, undo=repaired)
    last(here, "Faulted", "Preparing", "SuspendedEVSE")
