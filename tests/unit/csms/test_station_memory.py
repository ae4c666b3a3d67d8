"""What is learnt from the messages of a station."""

from __future__ import annotations

import pytest

from rig.csms.station import StationMemory, Transaction
from rig.ocppj.endpoint import CallReceived
from rig.ocppj.frames import Payload

BOOT: Payload = {"chargePointVendor": "V", "chargePointModel": "M"}


def learn(memory: StationMemory, action: str, req: Payload, conf: Payload) -> None:
    memory.learn(CallReceived("1", action, req), conf)


def boot(memory: StationMemory, status: str) -> None:
    learn(memory, "BootNotification", BOOT, {"status": status})


def report(memory: StationMemory, connector_id: int, status: str) -> None:
    learn(memory, "StatusNotification", {"connectorId": connector_id, "status": status}, {})


def start(memory: StationMemory, transaction_id: int, connector_id: int = 1) -> None:
    req: Payload = {"connectorId": connector_id, "idTag": "04AA"}
    learn(memory, "StartTransaction", req, {"transactionId": transaction_id})


def test_nothing_is_assumed_about_a_silent_station() -> None:
    memory = StationMemory()
    assert memory == StationMemory("", {}, {}, {}, [], None)
    assert not memory.is_registered


@pytest.mark.parametrize(
    ("status", "registered"), [("Accepted", True), ("Pending", False), ("Rejected", False)]
)
def test_registration_is_the_last_answer(status: str, registered: bool) -> None:
    memory = StationMemory()
    boot(memory, "Accepted")
    boot(memory, status)
    assert memory.registration == status
    assert memory.is_registered is registered
    assert memory.boot == BOOT


@pytest.mark.parametrize(
    ("registration", "action", "served"),
    [
        ("", "Heartbeat", True),
        ("Assumed", "Heartbeat", True),
        ("Accepted", "Heartbeat", True),
        ("Pending", "Heartbeat", True),
        ("Rejected", "Heartbeat", False),
        ("Rejected", "BootNotification", True),
    ],
)
def test_refused_station_may_only_boot(registration: str, action: str, served: bool) -> None:
    assert StationMemory(registration).may_call(action) is served


def test_station_that_was_accepted_before_need_not_boot() -> None:
    memory = StationMemory()
    learn(memory, "Heartbeat", {}, {})
    assert memory.registration == "Assumed"
    assert memory.is_registered


def test_pending_is_not_lifted_by_another_call() -> None:
    memory = StationMemory()
    boot(memory, "Pending")
    report(memory, 1, "Available")
    assert memory.registration == "Pending"


def test_last_status_of_each_connector_is_kept() -> None:
    memory = StationMemory()
    report(memory, 0, "Available")
    report(memory, 1, "Preparing")
    report(memory, 1, "Charging")
    assert memory.statuses == {0: "Available", 1: "Charging"}


@pytest.mark.parametrize(("status", "left"), [("Accepted", {}), ("Pending", {1: "Charging"})])
def test_statuses_are_forgotten_when_a_boot_is_accepted(status: str, left: dict[int, str]) -> None:
    memory = StationMemory()
    report(memory, 1, "Charging")
    boot(memory, status)
    assert memory.statuses == left


def test_transaction_runs_from_start_to_stop() -> None:
    memory = StationMemory()
    start(memory, 7, 1)
    start(memory, 8, 2)
    assert memory.transactions == {7: Transaction(7, 1, "04AA"), 8: Transaction(8, 2, "04AA")}
    learn(memory, "StopTransaction", {"transactionId": 7}, {})
    assert list(memory.transactions) == [8]


def test_transaction_outlives_a_boot() -> None:
    memory = StationMemory()
    start(memory, 7)
    boot(memory, "Accepted")
    assert list(memory.transactions) == [7]


def test_stop_of_an_unknown_transaction_changes_nothing() -> None:
    memory = StationMemory()
    start(memory, 7)
    learn(memory, "StopTransaction", {"transactionId": -1}, {})
    assert list(memory.transactions) == [7]


def test_number_that_is_none_is_our_own_mistake() -> None:
    with pytest.raises(TypeError, match="'1' is not an integer"):
        learn(StationMemory(), "StopTransaction", {"transactionId": "1"}, {})
