"""From the wire log of a case to the records that the status rules judge."""

from __future__ import annotations

import orjson

from rig.clock import Clock
from rig.conformance.evidence import Evidence, Phase
from rig.conformance.inbox import Expectation, Inbox
from rig.conformance.status_log import records
from rig.conformance.status_rules import Boot, Record, Report
from rig.events import EventBus
from rig.jsontypes import Json
from rig.ocppj.wirelog import WireLog


class Case:
    """A case with its log, its inbox and its evidence on one time line."""

    def __init__(self) -> None:
        clock = Clock()
        bus = EventBus(clock)
        self.log = WireLog(bus, "dut")
        self.evidence = Evidence("003", bus, clock)
        self.inbox = Inbox(self.log, clock)
        self.evidence.enter(Phase.STEPS)

    def asks(self, id: str, action: str, /, **payload: Json) -> None:
        self.log.frame("in", 1, orjson.dumps([2, id, action, payload]).decode())

    def reports(self, id: str, connector_id: Json, status: str, **more: Json) -> None:
        more = {"errorCode": "NoError", **more}
        self.asks(id, "StatusNotification", connectorId=connector_id, status=status, **more)

    def answers(self, id: str, /, **payload: Json) -> None:
        self.log.frame("out", 1, orjson.dumps([3, id, payload]).decode())

    def refuses(self, id: str) -> None:
        self.log.frame("out", 1, orjson.dumps([4, id, "GenericError", "", {}]).decode())

    def records(self, start: int = 0) -> list[Record]:
        return records(self.log, self.log.since(start), self.inbox, self.evidence)

    def only(self) -> Report:
        (record,) = self.records()
        assert isinstance(record, Report)
        return record


def test_report_is_read_as_sent() -> None:
    case = Case()
    case.reports("7", 2, "Faulted", errorCode="GroundFailure", info="door")
    report = case.only()
    assert (report.seq, report.message_id) == (case.log.entries[0].seq, "7")
    assert report.key == (2, "Faulted", "GroundFailure", "door")


def test_absent_info_is_empty() -> None:
    case = Case()
    case.reports("7", 1, "Available")
    assert case.only().info == ""


def test_connector_that_is_no_number_is_no_connector() -> None:
    case = Case()
    case.reports("7", "one", "Available")
    assert case.only().connector_id == -1


def test_report_without_answer_may_be_sent_again() -> None:
    case = Case()
    case.reports("7", 1, "Available")
    assert not case.only().answered
    case.answers("7")
    assert case.only().answered


async def test_report_that_a_step_waited_for_is_expected() -> None:
    case = Case()
    case.reports("1", 1, "Charging")
    case.reports("2", 1, "Finishing")
    case.asks("3", "StopTransaction")
    wanted = Expectation("StatusNotification", {"status": "Charging"})
    await case.inbox.wait([wanted, Expectation("StopTransaction")], 5)
    one, other = case.records()
    assert isinstance(one, Report)
    assert isinstance(other, Report)
    assert (one.expected, other.expected) == (True, False)
    assert other.waited_for == {"StopTransaction"}


def test_phase_decides_whether_it_is_judged() -> None:
    case = Case()
    case.reports("1", 1, "Charging")
    case.evidence.enter(Phase.CLEANUP)
    case.reports("2", 1, "Finishing")
    assert [r.judged for r in case.records() if isinstance(r, Report)] == [True, False]


def test_boot_counts_from_its_acceptance() -> None:
    case = Case()
    case.asks("1", "BootNotification")
    case.reports("2", 1, "Available")
    case.answers("1", status="Accepted")
    kinds = [(type(r), r.seq) for r in case.records()]
    first, second, answer = (entry.seq for entry in case.log.entries)
    assert first < second
    assert sorted(kinds, key=lambda k: k[1]) == [(Report, second), (Boot, answer)]
    assert kinds == [(Report, second), (Boot, answer)], "in the order of the log"


def test_boot_that_was_not_accepted_is_none() -> None:
    case = Case()
    case.asks("1", "BootNotification")
    case.asks("2", "BootNotification")
    case.answers("2", status="Pending")
    case.asks("3", "BootNotification")
    case.refuses("3")
    assert case.records() == []


def test_other_messages_are_no_records() -> None:
    case = Case()
    case.asks("1", "Heartbeat")
    case.answers("1")
    case.log.frame("in", 1, "no json")
    case.log.transport("close", 1, {})
    case.log.frame("out", 1, '[2,"t","TriggerMessage",{"requestedMessage":"StatusNotification"}]')
    assert case.records() == []


def test_only_the_part_of_the_case_is_read() -> None:
    case = Case()
    case.reports("1", 1, "Available")
    case.reports("2", 1, "Preparing")
    assert [r.status for r in case.records(1) if isinstance(r, Report)] == ["Preparing"]
