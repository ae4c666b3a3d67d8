"""Answers to commands: table of OCPP 1.6, chapter 5, for a station that is not on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from firmware_mocks.charging_station.answers import Refused
from firmware_mocks.charging_station.commands import execute, serve
from firmware_mocks.charging_station.controller import Controller
from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.station import ChargingStation, StationOptions
from firmware_mocks.charging_station.transaction import Session, Transaction
from firmware_mocks.charging_station.uplink import Account
from firmware_mocks.clock import MockClock
from firmware_mocks.electrical import PlugInputs
from rig.jsontypes import Json
from rig.ocppj.endpoint import CallReceived
from rig.ocppj.frames import ErrorCode
from rig.ocppj.link import NoObserver
from rig.ocppj.schemas import response_problems

Payload = dict[str, Json]
CORE = Persona(profiles=("Core",))


def station(persona: Persona | None = None) -> Controller:
    """Controller of a registered station without a connection."""
    options = StationOptions(Account("ws://127.0.0.1:9/ocpp", "CP1"), persona or Persona())
    made = ChargingStation(options, MockClock(), NoObserver()).controller
    made.registration.status = "Accepted"
    return made


def idle(_: Controller) -> None:
    """Leave the station as it is."""


def busy(s: Controller) -> None:
    """A transaction, 7, on connector 1."""
    s.sockets[1].transaction = Transaction(1, "TAG", None, 0, 0.0, 0.0, transaction_id=7)


def inoperative(s: Controller) -> None:
    s.sockets[1].operative = False


def faulted(s: Controller) -> None:
    s.sockets[1].error_code = "GroundFailure"


def finishing(s: Controller) -> None:
    s.sockets[1].inputs = PlugInputs(9.0, 9.0, 220.0)
    s.sockets[1].used = True


def taken(s: Controller) -> None:
    s.sockets[1].session = Session("TAG", None)


def all_busy(s: Controller) -> None:
    for number in s.sockets:
        s.sockets[number].operative = False


def pending(s: Controller) -> None:
    busy(s)
    s.registration.status = "Pending"


START: Payload = {"connectorId": 1, "idTag": "TAG"}
START_ANYWHERE: Payload = {"idTag": "TAG"}


@pytest.mark.parametrize(
    ("before", "action", "req", "status", "has_consequence"),
    [
        (idle, "RemoteStartTransaction", START, "Accepted", True),
        (idle, "RemoteStartTransaction", START_ANYWHERE, "Accepted", True),
        (busy, "RemoteStartTransaction", START_ANYWHERE, "Accepted", True),
        (all_busy, "RemoteStartTransaction", START_ANYWHERE, "Rejected", False),
        (idle, "RemoteStartTransaction", {**START, "connectorId": 0}, "Rejected", False),
        (idle, "RemoteStartTransaction", {**START, "connectorId": 3}, "Rejected", False),
        (busy, "RemoteStartTransaction", START, "Rejected", False),
        (taken, "RemoteStartTransaction", START, "Rejected", False),
        (inoperative, "RemoteStartTransaction", START, "Rejected", False),
        (faulted, "RemoteStartTransaction", START, "Rejected", False),
        (finishing, "RemoteStartTransaction", START, "Rejected", False),
        (pending, "RemoteStartTransaction", {**START, "connectorId": 2}, "Rejected", False),
        (busy, "RemoteStopTransaction", {"transactionId": 7}, "Accepted", True),
        (busy, "RemoteStopTransaction", {"transactionId": 8}, "Rejected", False),
        (idle, "RemoteStopTransaction", {"transactionId": 7}, "Rejected", False),
        (pending, "RemoteStopTransaction", {"transactionId": 7}, "Rejected", False),
        (idle, "Reset", {"type": "Soft"}, "Accepted", True),
        (busy, "Reset", {"type": "Hard"}, "Accepted", True),
        (idle, "UnlockConnector", {"connectorId": 0}, "NotSupported", False),
        (idle, "UnlockConnector", {"connectorId": 3}, "NotSupported", False),
        (idle, "UnlockConnector", {"connectorId": 2}, "Unlocked", False),
        (idle, "ClearCache", {}, "Accepted", False),
        (idle, "DataTransfer", {"vendorId": "org.example"}, "UnknownVendorId", False),
        (idle, "ChangeAvailability", {"connectorId": 3, "type": "Operative"}, "Rejected", False),
        (idle, "ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}, "Accepted", True),
        (busy, "ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}, "Scheduled", True),
        (busy, "ChangeAvailability", {"connectorId": 2, "type": "Inoperative"}, "Accepted", True),
        (busy, "ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}, "Scheduled", True),
        (busy, "ChangeAvailability", {"connectorId": 0, "type": "Operative"}, "Accepted", True),
        (
            idle,
            "ChangeConfiguration",
            {"key": "HeartbeatInterval", "value": "9"},
            "Accepted",
            False,
        ),
        (idle, "ChangeConfiguration", {"key": "HeartbeatInterval", "value": ""}, "Rejected", False),
        (idle, "ChangeConfiguration", {"key": "NoSuchKey", "value": ""}, "NotSupported", False),
    ],
)
def test_answer(
    before: Callable[[Controller], None],
    action: str,
    req: Payload,
    status: str,
    has_consequence: bool,
) -> None:
    s = station()
    before(s)
    conf, consequence = serve(s, action, req)
    assert conf == {"status": status}
    assert (consequence is not None) is has_consequence
    assert response_problems(action, conf) == ()


@pytest.mark.parametrize(
    "action",
    ["ReserveNow", "TriggerMessage", "GetDiagnostics", "UpdateFirmware", "SetChargingProfile"],
)
def test_profile_that_is_not_there_is_refused(action: str) -> None:
    with pytest.raises(Refused) as refused:
        serve(station(CORE), action, {})
    assert refused.value.code == "NotSupported"


def test_list_version_without_the_profile() -> None:
    assert serve(station(CORE), "GetLocalListVersion", {})[0] == {"listVersion": -1}
    entry: Payload = {"listVersion": 1, "updateType": "Full"}
    assert serve(station(CORE), "SendLocalList", entry)[0] == {"status": "NotSupported"}


def test_scheduled_unavailability_is_dropped_by_operative() -> None:
    s = station()
    busy(s)
    serve(s, "ChangeAvailability", {"connectorId": 1, "type": "Inoperative"})
    assert s.availability.scheduled == {1}
    conf, _ = serve(s, "ChangeAvailability", {"connectorId": 1, "type": "Operative"})
    assert conf == {"status": "Accepted"}
    assert s.availability.scheduled == set()


def test_fixed_cable_is_not_unlocked_and_charging_goes_on() -> None:
    s = station(Persona(fixed_cable=True))
    busy(s)
    assert serve(s, "UnlockConnector", {"connectorId": 1})[0] == {"status": "NotSupported"}
    assert s.sockets[1].transaction is not None


def test_station_without_cache_rejects_clear_cache() -> None:
    s = station(Persona(authorization_cache=False))
    assert serve(s, "ClearCache", {})[0] == {"status": "Rejected"}


def test_clear_cache_empties_the_cache_also_when_it_is_disabled() -> None:
    s = station()
    s.authorisation.cache.put("TAG", {"status": "Accepted"}, s.board.rtc.utc())
    s.board.configuration.change("AuthorizationCacheEnabled", "false")
    assert serve(s, "ClearCache", {})[0] == {"status": "Accepted"}
    assert s.authorisation.cache.get("TAG") is None


@pytest.mark.parametrize("req", [{}, {"key": []}], ids=["no key", "empty key"])
def test_configuration_without_names_is_everything(req: Payload) -> None:
    s = station()
    conf, _ = serve(s, "GetConfiguration", req)
    listed = conf["configurationKey"]
    assert isinstance(listed, list)
    assert {str(k["key"]) for k in listed if isinstance(k, dict)} == set(
        s.board.configuration.listed()
    )
    assert "unknownKey" not in conf
    assert response_problems("GetConfiguration", conf) == ()


def test_configuration_by_name_in_any_case_once_each() -> None:
    s = station()
    names: list[Json] = ["heartbeatinterval", "NoSuchKey", "NumberOfConnectors", "NoSuchKey"]
    conf, _ = serve(s, "GetConfiguration", {"key": names})
    assert conf == {
        "configurationKey": [
            {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
            {"key": "NumberOfConnectors", "readonly": True, "value": "2"},
        ],
        "unknownKey": ["NoSuchKey"],
    }


def test_more_keys_than_permitted_are_refused() -> None:
    s = station()
    names: list[Json] = [f"Key{n}" for n in range(101)]
    assert serve(s, "GetConfiguration", {"key": names[:100]})[0]["unknownKey"] == names[:100]
    with pytest.raises(Refused) as refused:
        serve(s, "GetConfiguration", {"key": names})
    assert refused.value.code == "OccurenceConstraintViolation"


@pytest.mark.parametrize("action", ["StartTransaction", "StopTransaction"])
def test_id_tag_info_of_every_answer_goes_into_the_cache(action: str) -> None:
    s = station()
    s.queue.put(action, {"idTag": "TAG"}, 1)
    info: Payload = {"status": "Blocked"}
    s.message_answered(s.queue.messages[0], {"transactionId": 7, "idTagInfo": info})
    assert s.authorisation.cache.get("tag") == info


def test_cache_that_is_disabled_is_not_filled() -> None:
    s = station()
    s.board.configuration.change("AuthorizationCacheEnabled", "false")
    s.queue.put("StopTransaction", {"idTag": "TAG"}, 1)
    s.message_answered(s.queue.messages[0], {"idTagInfo": {"status": "Accepted"}})
    assert s.authorisation.cache.get("TAG") is None


class Answers:
    """A link that keeps what it is given."""

    def __init__(self) -> None:
        self.errors: list[tuple[str, str]] = []

    async def reply(self, id: str, payload: Payload) -> None:
        raise AssertionError(payload)

    async def reply_error(
        self, id: str, code: str, description: str = "", details: Payload | None = None
    ) -> None:
        self.errors.append((id, code))

    def ignore(self, id: str) -> None:
        raise AssertionError(id)


async def test_a_mistake_of_the_station_is_answered_and_told() -> None:
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, c: told.append(c["message"]))
    made, link = station(), Answers()
    made.availability = None  # type: ignore[assignment]  # of which no code is prepared
    call = CallReceived("7", "ChangeAvailability", {"connectorId": 1, "type": "Operative"})
    await execute(made, link, call)
    assert link.errors == [("7", ErrorCode.INTERNAL_ERROR)]
    assert len(told) == 1
    assert told[0].startswith("ChangeAvailability cannot be served: AttributeError")
