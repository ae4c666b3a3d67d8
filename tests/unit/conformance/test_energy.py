from __future__ import annotations

import pytest

from rig.clock import Clock
from rig.conformance.energy import EnergyLog
from rig.events import EventBus, Kind


@pytest.mark.parametrize(
    ("connector", "seq", "flows"),
    [(1, 1, False), (1, 2, True), (1, 3, True), (1, 4, True), (1, 5, False), (2, 3, False)],
)
def test_energy_flows_from_voltage_seen_to_voltage_gone(
    connector: int, seq: int, flows: bool
) -> None:
    log = EnergyLog({"plug-1": 1, "plug-2": 2})
    bus = EventBus(Clock(1))
    with bus.listen(log.hear):
        bus.publish(Kind.INPUT, "plug-1", plug="plug-1", name="voltage", value=True)
        bus.publish(Kind.INPUT, "plug-1", plug="plug-1", name="locked", value=False)
        bus.publish(Kind.INPUT, "plug-9", plug="plug-9", name="voltage", value=False)
        bus.publish(Kind.INPUT, "plug-1", plug="plug-1", name="voltage", value=False)
    assert log.flows(connector, seq) is flows


@pytest.mark.parametrize(
    ("connector", "seq", "waits"), [(1, 1, False), (1, 2, True), (1, 3, True), (1, 4, False)]
)
def test_a_vehicle_waits_while_the_pilot_is_at_b(connector: int, seq: int, waits: bool) -> None:
    log = EnergyLog({"plug-1": 1, "plug-2": 2})
    bus = EventBus(Clock(1))
    with bus.listen(log.hear):
        bus.publish(Kind.PILOT, "plug-1", plug="plug-1", cp_state="B")
        bus.publish(Kind.PILOT, "plug-2", plug="plug-2", cp_state="A")
        bus.publish(Kind.PILOT, "plug-1", plug="plug-1", cp_state="C")
    assert log.vehicle_waits(connector, seq) is waits
