"""What the tests of the feature profiles' defects look at: lists, reservations, schedules."""

from __future__ import annotations

from typing import cast

from rig.jsontypes import Json
from tests.wire.emulated_station import GOOD, Lab
from tests.wire.test_station_profiles import profile, reserve, send_list, set_profile


async def statuses_of_the_station(lab: Lab) -> list[Json]:
    await lab.booted()
    assert await reserve(lab, 1) == "Accepted"
    await lab.status("Reserved")
    assert await lab.command("CancelReservation", reservationId=11) == {"status": "Accepted"}
    await lab.status("Available")
    await lab.idle()
    return lab.statuses(0)


async def clear_cache(lab: Lab) -> Json:
    await lab.booted()
    return (await lab.command("ClearCache"))["status"]


async def old_differential(lab: Lab) -> Json:
    await lab.booted()
    assert await send_list(lab, 5, **{GOOD: "Accepted"}) == "Accepted"
    return await send_list(lab, 3, "Differential", **{GOOD: "Blocked"})


async def schedule(lab: Lab) -> dict[str, Json]:
    conf = await lab.command("GetCompositeSchedule", connectorId=1, duration=60)
    return cast("dict[str, Json]", conf["chargingSchedule"])


async def first_period(lab: Lab) -> dict[str, Json]:
    periods = cast("list[dict[str, Json]]", (await schedule(lab))["chargingSchedulePeriod"])
    return periods[0]


async def has_start_schedule(lab: Lab) -> bool:
    await lab.booted()
    return "startSchedule" in await schedule(lab)


async def begins_with_zero(lab: Lab) -> bool:
    await lab.booted()
    return (await first_period(lab))["startPeriod"] == 0


async def limit_of_two_levels(lab: Lab) -> Json:
    await lab.booted()
    for level, limit_a in ((0, 10.0), (1, 20.0)):
        charging = profile(lab, (0, limit_a), stackLevel=level, chargingProfileId=level + 1)
        assert await set_profile(lab, 1, charging) == "Accepted"
    return (await first_period(lab))["limit"]


async def limit_of_the_next_transaction(lab: Lab) -> Json:
    await lab.booted()
    await lab.charge()
    tx = profile(lab, (0, 8.0), chargingProfilePurpose="TxProfile")
    assert await set_profile(lab, 1, tx) == "Accepted"
    await lab.ask("card", id_tag=GOOD)
    await lab.status("Finishing")
    await lab.ask("unplug")
    await lab.status("Available")
    await lab.charge()
    return (await first_period(lab))["limit"]
