"""What is known of a station goes from one case to the next, read off the wire once."""

from __future__ import annotations

import orjson

from rig.clock import Clock
from rig.conformance.acts import ActLog
from rig.conformance.catalogue import Role
from rig.conformance.log_memory import LogMemory
from rig.events import EventBus, Kind
from rig.jsontypes import Json
from rig.ocppj.frames import Payload
from rig.ocppj.wirelog import WireLog

STAMP = "2026-01-01T00:00:00Z"


class Wire:
    """A wire log that grows between cases."""

    def __init__(self, role: Role = Role.STATION) -> None:
        clock = Clock()
        self.bus = EventBus(clock)
        self.log = WireLog(self.bus, "dut")
        self.memory = LogMemory(self.log, role, clock)
        self._ids = 0

    def exchange(self, direction: str, action: str, conf: Payload, /, **req: Json) -> None:
        self._ids += 1
        other = "out" if direction == "in" else "in"
        self.log.frame(direction, 1, orjson.dumps([2, f"{self._ids}", action, req]).decode())
        self.log.frame(other, 1, orjson.dumps([3, f"{self._ids}", conf]).decode())

    def start(self, number: int, direction: str = "in") -> None:
        conf: Payload = {"transactionId": number, "idTagInfo": {"status": "Accepted"}}
        self.exchange(direction, "StartTransaction", conf, connectorId=1, idTag="04AA",
                      meterStart=7, timestamp=STAMP)  # fmt: skip

    def known(self) -> object:
        return self.memory.until(len(self.log.entries), connectors=2)


def test_transactions_settings_and_reports_are_handed_on() -> None:
    wire = Wire()
    wire.exchange("out", "ChangeConfiguration", {"status": "Accepted"}, key="X", value="1")
    wire.start(5)
    wire.exchange("in", "StatusNotification", {}, connectorId=1, errorCode="NoError",
                  status="Charging")  # fmt: skip
    known = wire.memory.until(len(wire.log.entries))
    (transaction,) = known.transactions
    assert (transaction.number, transaction.meter_start, transaction.is_open) == (5, 7, True)
    assert (known.configuration, known.statuses) == ({"x": "1"}, {1: "Charging"})
    assert known.has_started


def test_what_came_later_is_laid_over_what_was_known() -> None:
    wire = Wire()
    wire.start(5)
    wire.known()
    wire.exchange("in", "StopTransaction", {}, transactionId=5, meterStop=9, timestamp=STAMP)
    known = wire.memory.until(len(wire.log.entries))
    assert [t.is_open for t in known.transactions] == [False]
    assert known.registers == {1: 9}


def test_only_the_part_before_a_case_is_read() -> None:
    wire = Wire()
    wire.start(5)
    place = len(wire.log.entries)
    wire.start(6)
    assert [t.number for t in wire.memory.until(place).transactions] == [5]


def test_a_cleared_cache_is_known_and_forgets_what_was_said_before() -> None:
    wire = Wire()
    wire.start(5)
    wire.exchange("out", "ClearCache", {"status": "Accepted"})
    known = wire.memory.until(len(wire.log.entries))
    assert (known.cache_known, known.infos) == (True, {})


def test_connector_zero_is_every_connector() -> None:
    wire = Wire()
    wire.exchange("out", "ChangeAvailability", {"status": "Accepted"}, connectorId=0,
                  type="Inoperative")  # fmt: skip
    known = wire.memory.until(len(wire.log.entries), connectors=2)
    assert known.inoperative == {0: True, 1: True, 2: True}


def test_ids_that_a_csms_gave_out_are_remembered_with_their_place() -> None:
    wire = Wire(Role.CSMS)
    wire.start(5, "out")
    assert wire.memory.until(2).given == {5: wire.log.entries[1].seq}


def test_acts_of_the_bench_are_kept_by_connector_and_jobs_are_none() -> None:
    wire = Wire()
    acts = ActLog({"plug-2": 2})
    with wire.bus.listen(acts.hear):
        wire.bus.publish(Kind.PILOT, "plug-2", plug="plug-2", cp_state="B")
        wire.bus.publish(Kind.CARD, "reader", card="accepted", id_tag="04AA", action="presented")
        wire.bus.publish(Kind.CARD, "tool", job="j1", card="x", action="write")
        wire.bus.publish(Kind.STEP, "tool", text="nothing physical")
    assert [(a.what, a.connector) for a in acts.acts] == [("pilot", 2), ("card", 0)]
