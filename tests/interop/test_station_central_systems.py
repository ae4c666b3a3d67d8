"""The emulated station against Central Systems that we did not write.

Each flow: what the other side has understood of it, and not one message that it, or the station,
has found wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from firmware_mocks.station_client import StationClient
from tests.interop.central_systems import BAD, FRIEND, GOOD, PEERS, Fact, Peer

pytestmark = pytest.mark.timeout(120)
PERSONA = "boot_time_s: 0.3\nconfiguration:\n  MeterValueSampleInterval: 1\n"
SCALE = 2.0


@pytest.fixture(params=PEERS, ids=lambda kind: kind.name)
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    with request.param() as peer:
        yield peer
        assert peer.complaints == []


@pytest.fixture
def station(peer: Peer, tmp_path: Path) -> Iterator[StationClient]:
    """A station that has booted, and whose every frame was right for both sides."""
    persona = tmp_path / "persona.yaml"
    persona.write_text(PERSONA)
    with StationClient.start(peer.url, "CP1", persona=persona, time_scale=SCALE) as station:
        station.wait_status("Available", connector=2)
        peer.wait("status", connector=2, status="Available")
        yield station
        assert wrong_frames(station) == []


def events(station: StationClient) -> list[Any]:
    told: Any = station.do("events", limit=100_000)
    assert told["missed"] == 0
    return list(told["events"])


def sent(station: StationClient, action: str) -> int:
    """How many CALLs of this action the station has sent."""
    wanted = {"event": "frame", "direction": "out", "kind": "call", "action": action}
    return sum(wanted.items() <= e.items() for e in events(station))


def wrong_frames(station: StationClient) -> list[Any]:
    """CALLERRORs and malformed messages of either side."""
    told = events(station)
    assert sum(e["event"] == "frame" and e["direction"] == "out" for e in told) >= 4
    return [
        e for e in told if e.get("kind") in ("error", "malformed") or e.get("what") == "violation"
    ]


def charge(peer: Peer, station: StationClient, id_tag: str = GOOD, connector: int = 1) -> Fact:
    since = len(peer.facts)
    station.plug_in(connector)
    station.ev_request(connector)
    station.card(id_tag, connector)
    peer.wait("status", since, connector=connector, status="Charging")
    return peer.wait("start", since, connector=connector, idTag=id_tag)


def check_energy(peer: Peer, start: Fact, stop: Fact, samples: int = 2) -> None:
    """The register rises from start over the samples to the stop, all of one transaction."""
    number = start["transaction"]
    meters = peer.all("meter", transaction=number, connector=start["connector"])
    readings = [v for m in meters for v in m["values"]]
    assert len(readings) >= samples
    assert [start["meter"], *readings, stop["meter"]] == sorted(
        [start["meter"], *readings, stop["meter"]]
    )
    assert stop["meter"] > start["meter"]
    assert [s["transaction"] for s in peer.all("stop")].count(number) == 1


def samples_of(peer: Peer, start: Fact, count: int = 3) -> None:
    while len(peer.all("meter", transaction=start["transaction"])) < count:
        peer.wait("meter", len(peer.facts), transaction=start["transaction"])


def test_boot(peer: Peer, station: StationClient) -> None:
    assert [f["identity"] for f in peer.all("connected")] == ["CP1"]
    assert peer.all("boot") == [{"fact": "boot", "vendor": "RigVendor"}]
    reported = [(f["connector"], f["status"]) for f in peer.all("status")]
    assert reported == [(0, "Available"), (1, "Available"), (2, "Available")]


def test_local_session(peer: Peer, station: StationClient) -> None:
    station.plug_in()
    peer.wait("status", connector=1, status="Preparing")
    start = charge(peer, station)
    samples_of(peer, start)
    station.card(GOOD)
    stop = peer.wait("stop", transaction=start["transaction"], reason="Local")
    peer.wait("status", connector=1, status="Finishing")
    since = len(peer.facts)
    station.unplug()
    peer.wait("status", since, connector=1, status="Available")
    check_energy(peer, start, stop)
    statuses = [f["status"] for f in peer.all("status", connector=1)]
    assert statuses == ["Available", "Preparing", "Charging", "Finishing", "Available"]
    assert sent(station, "Authorize") == 1


def test_refused_card_starts_nothing(peer: Peer, station: StationClient) -> None:
    station.plug_in()
    station.card(BAD)
    peer.wait("authorize", idTag=BAD)
    station.card(GOOD)
    peer.wait("start")
    assert [f["idTag"] for f in peer.all("start")] == [GOOD]


def test_remote_start_and_stop(peer: Peer, station: StationClient) -> None:
    request = {"idTag": FRIEND, "connectorId": 2}
    assert peer.call("RemoteStartTransaction", **request) == {"status": "Accepted"}
    peer.wait("status", connector=2, status="Preparing")
    station.plug_in(2)
    station.ev_request(2)
    start = peer.wait("start", connector=2, idTag=FRIEND)
    samples_of(peer, start)
    number = start["transaction"]
    unknown = peer.call("RemoteStopTransaction", transactionId=number + 77)
    assert unknown == {"status": "Rejected"}
    assert peer.call("RemoteStopTransaction", transactionId=number) == {"status": "Accepted"}
    stop = peer.wait("stop", transaction=number, reason="Remote")
    peer.wait("status", connector=2, status="Finishing")
    check_energy(peer, start, stop)


@pytest.mark.parametrize(("kind", "reason"), [("Soft", "SoftReset"), ("Hard", "HardReset")])
def test_reset(peer: Peer, station: StationClient, kind: str, reason: str) -> None:
    start = charge(peer, station)
    since = len(peer.facts)
    assert peer.call("Reset", type=kind) == {"status": "Accepted"}
    stop = peer.wait("stop", transaction=start["transaction"], reason=reason)
    assert stop["meter"] >= start["meter"]
    peer.wait("boot", since)
    after = len(peer.facts)
    peer.wait("status", since + peer.facts[since:].index(peer.all("boot")[-1]), connector=1,
              status="Finishing")  # fmt: skip
    station.unplug()
    peer.wait("status", after, connector=1, status="Available")
    assert len(peer.all("boot")) == 2
    assert len(peer.all("stop")) == 1


def test_configuration(peer: Peer, station: StationClient) -> None:
    everything = peer.call("GetConfiguration")
    values = {item["key"]: item for item in everything["configurationKey"]}
    assert values["NumberOfConnectors"] == {
        "key": "NumberOfConnectors", "readonly": True, "value": "2",
    }  # fmt: skip
    assert len(values) > 40
    some = peer.call("GetConfiguration", key=["HeartbeatInterval", "Nonsense"])
    assert [item["key"] for item in some["configurationKey"]] == ["HeartbeatInterval"]
    assert some["unknownKey"] == ["Nonsense"]
    for key, value, status in (
        ("HeartbeatInterval", "2", "Accepted"), ("HeartbeatInterval", "-1", "Rejected"),
        ("NumberOfConnectors", "3", "Rejected"), ("Nonsense", "1", "NotSupported"),
    ):  # fmt: skip
        assert peer.call("ChangeConfiguration", key=key, value=value) == {"status": status}
    if peer.name != "ocpp-csms":  # answers Heartbeats, and tells nobody
        peer.wait("heartbeat")
    else:
        station.wait_frame("Heartbeat", kind="result")
    assert peer.call("ClearCache") == {"status": "Accepted"}


def test_availability(peer: Peer, station: StationClient) -> None:
    off = peer.call("ChangeAvailability", connectorId=1, type="Inoperative")
    assert off == {"status": "Accepted"}
    peer.wait("status", connector=1, status="Unavailable")
    start = charge(peer, station, connector=2)
    everything = peer.call("ChangeAvailability", connectorId=0, type="Inoperative")
    assert everything == {"status": "Scheduled"}
    peer.wait("status", connector=0, status="Unavailable")
    station.card(GOOD, 2)
    peer.wait("stop", transaction=start["transaction"])
    station.unplug(2)
    peer.wait("status", connector=2, status="Unavailable")
    since = len(peer.facts)
    on = peer.call("ChangeAvailability", connectorId=0, type="Operative")
    assert on == {"status": "Accepted"}
    for number in (0, 1, 2):
        peer.wait("status", since, connector=number, status="Available")


def test_reservation(peer: Peer, station: StationClient) -> None:
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    request = {"connectorId": 1, "expiryDate": until, "idTag": FRIEND}
    assert peer.call("ReserveNow", **request, reservationId=5) == {"status": "Accepted"}
    peer.wait("status", connector=1, status="Reserved")
    assert peer.call("ReserveNow", **request, reservationId=6) == {"status": "Occupied"}
    assert peer.call("CancelReservation", reservationId=9) == {"status": "Rejected"}
    since = len(peer.facts)
    assert peer.call("CancelReservation", reservationId=5) == {"status": "Accepted"}
    peer.wait("status", since, connector=1, status="Available")
    assert peer.call("ReserveNow", **request, reservationId=7) == {"status": "Accepted"}
    start = charge(peer, station, FRIEND)
    assert start["reservation"] == 7


def test_local_list(peer: Peer, station: StationClient) -> None:
    assert peer.call("GetLocalListVersion") == {"listVersion": 0}
    entries = [
        {"idTag": "LISTED", "idTagInfo": {"status": "Accepted"}},
        {"idTag": "BLOCKED", "idTagInfo": {"status": "Blocked", "parentIdTag": "FAMILY"}},
    ]
    update = {"updateType": "Full", "localAuthorizationList": entries}
    assert peer.call("SendLocalList", listVersion=3, **update) == {"status": "Accepted"}
    assert peer.call("GetLocalListVersion") == {"listVersion": 3}
    old = peer.call("SendLocalList", listVersion=2, updateType="Differential")
    assert old == {"status": "VersionMismatch"}
    peer.call("ChangeConfiguration", key="LocalPreAuthorize", value="true")
    station.plug_in()
    station.card("LISTED")
    start = peer.wait("start", idTag="LISTED")
    assert sent(station, "Authorize") == 0
    # The Central System knows no such card: it is stopped, as a conflict of the lists.
    peer.wait("stop", transaction=start["transaction"], reason="DeAuthorized")


def test_smart_charging(peer: Peer, station: StationClient) -> None:
    schedule = {
        "chargingRateUnit": "A", "duration": 600,
        "chargingSchedulePeriod": [
            {"startPeriod": 0, "limit": 10.0},
            {"startPeriod": 300, "limit": 6.5, "numberPhases": 3},
        ],
    }  # fmt: skip
    profile = {
        "chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative", "chargingSchedule": schedule,
    }  # fmt: skip
    charge(peer, station)
    set_it = peer.call("SetChargingProfile", connectorId=1, csChargingProfiles=profile)
    assert set_it == {"status": "Accepted"}
    assert station.connector()["offered_a"] == 10.0
    made = peer.call("GetCompositeSchedule", connectorId=1, duration=900, chargingRateUnit="A")
    assert (made["status"], made["connectorId"]) == ("Accepted", 1)
    limits = [p["limit"] for p in made["chargingSchedule"]["chargingSchedulePeriod"]]
    assert limits == [10.0, 6.5, 32.0]
    assert peer.call("ClearChargingProfile", id=1) == {"status": "Accepted"}
    assert peer.call("ClearChargingProfile", id=1) == {"status": "Unknown"}
    stop_it = {"startPeriod": 0, "limit": 0.0}
    profile["chargingSchedule"] = {"chargingRateUnit": "W", "chargingSchedulePeriod": [stop_it]}
    peer.call("SetChargingProfile", connectorId=1, csChargingProfiles=profile)
    peer.wait("status", connector=1, status="SuspendedEVSE")


def test_trigger(peer: Peer, station: StationClient) -> None:
    for message, fact in (("StatusNotification", "status"), ("MeterValues", "meter")):
        since = len(peer.facts)
        request = {"requestedMessage": message, "connectorId": 2}
        assert peer.call("TriggerMessage", **request) == {"status": "Accepted"}
        assert peer.wait(fact, since)["connector"] == 2
    assert peer.call("TriggerMessage", requestedMessage="Heartbeat") == {"status": "Accepted"}
    station.wait_frame("Heartbeat", kind="result")
    boot = peer.call("TriggerMessage", requestedMessage="BootNotification")
    assert boot == {"status": "Rejected"}
    for message, fact in (
        ("FirmwareStatusNotification", "firmware"),
        ("DiagnosticsStatusNotification", "diagnostics"),
    ):
        assert peer.call("TriggerMessage", requestedMessage=message) == {"status": "Accepted"}
        peer.wait(fact, status="Idle")


def test_data_transfer(peer: Peer, station: StationClient) -> None:
    outcome = station.call("DataTransfer", {"vendorId": "RigVendor", "data": "hello"})
    assert outcome == {"result": {"status": "Accepted", "data": "heard"}}
    assert peer.all("data") == [{"fact": "data", "vendor": "RigVendor", "text": "hello"}]
    assert peer.call("DataTransfer", vendorId="Somebody") == {"status": "UnknownVendorId"}


def test_unlock(peer: Peer, station: StationClient) -> None:
    assert peer.call("UnlockConnector", connectorId=2) == {"status": "Unlocked"}
    assert peer.call("UnlockConnector", connectorId=7) == {"status": "NotSupported"}
    start = charge(peer, station)
    assert station.connector()["locked"] is True
    assert peer.call("UnlockConnector", connectorId=1) == {"status": "Unlocked"}
    peer.wait("stop", transaction=start["transaction"], reason="UnlockCommand")
    assert station.connector()["locked"] is False


def test_offline_transaction_and_reconnect(peer: Peer, station: StationClient) -> None:
    before = charge(peer, station)  # begins online, ends offline
    peer.call("ChangeConfiguration", key="AllowOfflineTxForUnknownId", value="true")
    samples_of(peer, before, 1)
    station.network(False)
    station.wait_state({"connected": False})
    peer.wait("disconnected")
    since = len(peer.facts)
    station.card(GOOD)
    station.wait_state({"connectors": {"1": {"status": "Finishing"}}})
    station.unplug()
    station.plug_in(2)
    station.ev_request(2)
    station.card(FRIEND, 2)  # begins and ends offline
    station.wait_state({"connectors": {"2": {"contactor": True}}})
    station.wait_state({"connectors": {"2": {"status": "Charging"}}})
    while len(queued(station, "MeterValues")) < 3:
        station.wait_state({"connected": False})
    station.card(FRIEND, 2)
    station.wait_state({"connectors": {"2": {"status": "Finishing"}}})
    station.network(True)
    first_stop = peer.wait("stop", since, transaction=before["transaction"], reason="Local")
    start = peer.wait("start", since, connector=2, idTag=FRIEND)
    stop = peer.wait("stop", since, transaction=start["transaction"])
    check_energy(peer, before, first_stop, samples=1)
    order = [f["fact"] for f in peer.facts[since:] if f["fact"] in ("start", "stop")]
    assert order == ["stop", "start", "stop"]
    assert stop["meter"] >= start["meter"]
    assert len(peer.all("boot")) == 1
    statuses = [
        f["status"] for f in peer.facts[since:] if f.get("connector") == 2 and "status" in f
    ]
    assert statuses == ["Finishing"]  # of what happened offline, only what is true now


def queued(station: StationClient, action: str) -> list[Any]:
    waiting: Any = station.state()["queue"]
    return [m for m in waiting if m["action"] == action]
