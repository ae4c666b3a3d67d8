"""Rows 43, 44 and 46 (032_1, 032_2, 034): mains of the station fail."""

from __future__ import annotations

from rig.conformance.cases import case
from rig.conformance.catalogue import Role
from rig.conformance.inbox import Expectation
from rig.conformance.reservations import station_unavailable
from rig.conformance.states import free_connector
from rig.conformance.station.boot import booted, statuses_after_boot
from rig.conformance.steps import StationCase

ALIVE = ("Preparing", "Finishing", "Charging")


@case("032_1", dut=Role.STATION, prepare=("Charging",))
async def power_failure_stops_before(s: StationCase) -> None:
    """A station with a reserve stops its transaction before it goes down."""
    with s.evidence.step("mains off"):
        await s.bench.mains.off()
    await s.stopped("PowerLoss")
    await s.power_back()
    await booted(s)
    await statuses_after_boot(s, but={s.connector_id: ("Finishing", "Preparing")})
    await s.look(
        "the cable is locked or released as the maker has written",
        "Is the cable locked, or released, as the maker of the station has documented?",
    )
    await free_connector(s)


@case("032_2", dut=Role.STATION, prepare=("Charging",))
async def power_failure_stops_after(s: StationCase) -> None:
    """A station without a reserve stops the interrupted transaction after the boot."""
    card = s.cards.accepted
    await s.power_cycle()
    await booted(s)
    # The order of everything after the answer is free, and a station may resume.
    own = s.status_of(*ALIVE)
    early = [s.status_of(status, optional=True) for status in ("Unavailable", "Available")]
    stop = Expectation("StopTransaction", optional=True)
    later = s.status_of("Finishing", "Preparing", optional=True)
    others = [
        s.status_of("Available", connector_id=n)
        for n in range(s.connectors + 1)
        if n != s.connector_id
    ]
    await s.expect_all(own, *others, stop, *early, later)
    resumed = own.received["status"] == "Charging"
    if resumed:
        await s.present(card)
    if stop.found is None:
        stop = Expectation("StopTransaction")
        await s.expect_all(stop, later)
    if resumed:
        s.check_stop(stop.received, "", "Local", id_tag=card.id_tag)
    else:
        s.check_stop(stop.received, "PowerLoss", id_tag=card.id_tag)
    await free_connector(s)


@case("034", dut=Role.STATION)
async def power_failure_unavailable(s: StationCase) -> None:
    """Unavailable survives a power failure."""
    everything = range(s.connectors + 1)
    await station_unavailable(s)
    mark = s.mark()
    await s.power_cycle()
    await booted(s)
    await statuses_after_boot(s, but=dict.fromkeys(everything, ("Unavailable",)))
    s.none_since(
        mark,
        "StatusNotification:Available",
        what="before the station is made operative",
        why="step 6 of the case; OCPP 1.6, 5.2",
    )
    await s.look(
        "the station shows that it is out of service",
        "Does the station show, as before the loss of power, that it is out of service?",
    )
    await s.command("ChangeAvailability", connectorId=0, type="Operative")
    await s.expect_all(*[s.status_of("Available", connector_id=n) for n in everything])
