"""Each transition of a connector, by its name in OCPP 1.6, 4.9; in virtual time.

What the emulated station never does by itself is here as well: what it reports instead. The
second half is in test_station_transitions_back.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.virtual_station import QUICK, Site, at_a_site
from tests.wire.connector_moves import become, fault, last, limit, reserve

covers = pytest.mark.rig_covers


async def plug_with_a_card_on_the_reader(here: Site, *, wants: bool) -> None:
    """Everything at once: Preparing is over before it has lasted long enough to be told."""
    await here.change(MinimumStatusDuration=1)
    here.plug.plug_in(1)
    if wants:
        here.plug.ev_request(1)
    await here.card()
    await asyncio.sleep(4)


# --- from Available ---------------------------------------------------------------------------


@covers("transition:A2")
@at_a_site()
async def test_cable_begins_preparing(here: Site) -> None:
    await here.plug_in()
    last(here, "Available", "Preparing")


@covers("transition:A3")
@at_a_site()
async def test_cable_and_card_at_once_begin_charging(here: Site) -> None:
    await plug_with_a_card_on_the_reader(here, wants=True)
    last(here, "Available", "Charging")


@covers("transition:A4")
@at_a_site()
async def test_car_that_wants_nothing_begins_suspended(here: Site) -> None:
    await plug_with_a_card_on_the_reader(here, wants=False)
    last(here, "Available", "SuspendedEV")


@covers("transition:A5")
@at_a_site()
async def test_station_that_offers_nothing_begins_suspended(here: Site) -> None:
    await limit(here, 0.0)
    await plug_with_a_card_on_the_reader(here, wants=True)
    last(here, "Available", "SuspendedEVSE")


@covers("transition:A7", "message:ReserveNow")
@at_a_site()
async def test_reservation_is_reported(here: Site) -> None:
    await reserve(here)
    last(here, "Available", "Reserved")


@covers("transition:A8", "message:ChangeAvailability")
@at_a_site()
async def test_out_of_service(here: Site) -> None:
    await become(here, "Inoperative")
    last(here, "Available", "Unavailable")


@covers("transition:A9", "transition:I1")
@at_a_site()
async def test_fault_comes_and_goes(here: Site) -> None:
    await fault(here)
    last(here, "Available", "Faulted")
    await fault(here, None)
    last(here, "Faulted", "Available")


# --- from Preparing ---------------------------------------------------------------------------


@covers("transition:B1")
@at_a_site()
async def test_intention_ends_after_the_time_out(here: Site) -> None:
    await here.card()
    await asyncio.sleep(61)
    last(here, "Preparing", "Available")


@covers("transition:B3")
@at_a_site()
async def test_card_after_the_cable_begins_charging(here: Site) -> None:
    await here.charge()
    last(here, "Available", "Preparing", "Charging")


@covers("transition:B4")
@at_a_site()
async def test_card_for_a_car_that_wants_nothing(here: Site) -> None:
    await here.plug_in(wants=False)
    await here.card()
    await asyncio.sleep(3)
    last(here, "Preparing", "SuspendedEV")


@covers("transition:B5")
@at_a_site()
async def test_card_where_nothing_is_offered(here: Site) -> None:
    await limit(here, 5.0)  # less than the pilot can say
    await here.charge()
    last(here, "Preparing", "SuspendedEVSE")


@covers("transition:B6")
@at_a_site()
async def test_forgotten_cable_is_finishing(here: Site) -> None:
    await here.plug_in()
    await asyncio.sleep(61)
    last(here, "Preparing", "Finishing")
    await here.card()
    last(here, "Preparing", "Finishing")
    assert here.said("StartTransaction") == []


@covers("transition:B9", "transition:I2")
@at_a_site()
async def test_fault_while_preparing(here: Site) -> None:
    await here.plug_in()
    await fault(here)
    last(here, "Preparing", "Faulted")
    await fault(here, None)
    last(here, "Faulted", "Preparing")


# --- from Charging, SuspendedEV and SuspendedEVSE ---------------------------------------------

FIXED = replace(QUICK, fixed_cable=True)


@covers("transition:C1")
@at_a_site(FIXED)
async def test_cable_hung_back_is_finishing_first(here: Site) -> None:
    await here.charge()
    await here.unplug()
    last(here, "Charging", "Finishing", "Available")


@covers("transition:C4", "transition:D3")
@at_a_site()
async def test_car_pauses_and_goes_on(here: Site) -> None:
    await here.charge()
    await asyncio.sleep(3)
    here.plug.ev_stop(1)
    await asyncio.sleep(1)
    last(here, "Charging", "SuspendedEV")
    here.plug.ev_request(1)
    await asyncio.sleep(1)
    last(here, "SuspendedEV", "Charging")


@covers("transition:C5", "transition:E3", "message:SetChargingProfile")
@at_a_site()
async def test_station_pauses_and_goes_on(here: Site) -> None:
    await here.charge()
    await limit(here, 0.0)
    last(here, "Charging", "SuspendedEVSE")
    await limit(here, 16.0)
    last(here, "SuspendedEVSE", "Charging")


@covers("transition:C6")
@at_a_site()
async def test_stop_is_finishing(here: Site) -> None:
    await here.charge()
    await here.card()
    last(here, "Charging", "Finishing")


@covers("transition:C8", "transition:F8")
@at_a_site()
async def test_what_is_scheduled_waits_for_the_cable(here: Site) -> None:
    await here.charge()
    await become(here, "Inoperative", "Scheduled")
    await here.unplug()  # away with everything: reported as Finishing all the same
    last(here, "Charging", "Finishing", "Unavailable")


@covers("transition:C9", "transition:I6")
@at_a_site()
async def test_fault_ends_charging(here: Site) -> None:
    await here.charge()
    await fault(here)
    last(here, "Charging", "Faulted")
    assert here.said("StopTransaction")[-1]["reason"] == "Other"
    await fault(here, None)
    last(here, "Faulted", "Finishing")


async def suspended_by_car(here: Site) -> None:
    await here.plug_in(wants=False)
    await here.card()
    await asyncio.sleep(3)
    last(here, "SuspendedEV")


@covers("transition:D1")
@at_a_site(FIXED)
async def test_paused_car_that_leaves_is_finishing_first(here: Site) -> None:
    await suspended_by_car(here)
    await here.unplug()
    last(here, "SuspendedEV", "Finishing", "Available")


@covers("transition:D5", "transition:E4")
@at_a_site()
async def test_station_pauses_a_paused_car(here: Site) -> None:
    await suspended_by_car(here)
    await limit(here, 0.0)
    last(here, "SuspendedEV", "SuspendedEVSE")
    await limit(here, 16.0)
    last(here, "SuspendedEVSE", "SuspendedEV")


@covers("transition:D6")
@at_a_site()
async def test_paused_car_is_stopped(here: Site) -> None:
    await suspended_by_car(here)
    await here.card()
    last(here, "SuspendedEV", "Finishing")


@covers("transition:D8")
@at_a_site()
async def test_paused_car_leaves_what_goes_out_of_service(here: Site) -> None:
    await suspended_by_car(here)
    await become(here, "Inoperative", "Scheduled")
    await here.unplug()
    last(here, "SuspendedEV", "Finishing", "Unavailable")


@covers("transition:D9")
@at_a_site()
async def test_fault_while_the_car_pauses(here: Site) -> None:
    await suspended_by_car(here)
    await fault(here)
    last(here, "SuspendedEV", "Faulted")


async def suspended_by_station(here: Site) -> None:
    await limit(here, 0.0)
    await here.charge()
    last(here, "SuspendedEVSE")


@covers("transition:E1")
@at_a_site(FIXED)
async def test_car_that_got_nothing_is_finishing_first(here: Site) -> None:
    await suspended_by_station(here)
    await here.unplug()
    last(here, "SuspendedEVSE", "Finishing", "Available")


@covers("transition:E6")
@at_a_site()
async def test_pause_of_the_station_is_stopped(here: Site) -> None:
    await suspended_by_station(here)
    await here.card()
    last(here, "SuspendedEVSE", "Finishing")


@covers("transition:E8")
@at_a_site()
async def test_car_that_got_nothing_leaves_what_goes_out_of_service(here: Site) -> None:
    await suspended_by_station(here)
    await become(here, "Inoperative", "Scheduled")
    await here.unplug()
    last(here, "SuspendedEVSE", "Finishing", "Unavailable")


@covers("transition:E9")
@at_a_site()
async def test_fault_while_the_station_pauses(here: Site) -> None:
    await suspended_by_station(here)
    await fault(here)
    last(here, "SuspendedEVSE", "Faulted")
