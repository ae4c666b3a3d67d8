"""What the station does with a command of the Central System.

Each handler returns its answer and what follows from it; the answer goes out first (M3.4).

Source: OCPP 1.6, chapter 5; errata v4.0; station behaviour 9.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from firmware_mocks.charging_station.configuration import ChangeStatus
from firmware_mocks.charging_station.storage import Json
from rig.ocppj.frames import ErrorCode

if TYPE_CHECKING:
    from firmware_mocks.charging_station.station import ChargingStation

Payload: TypeAlias = dict[str, Json]
Consequence: TypeAlias = Callable[[], Awaitable[None]]
Answer: TypeAlias = tuple[Payload, Consequence | None]


class Refused(Exception):
    """Answer with a CALLERROR."""

    def __init__(self, code: ErrorCode, description: str) -> None:
        self.code = code
        self.description = description
        super().__init__(description)


def serve(station: ChargingStation, action: str, req: Payload) -> Answer:
    """Answer a command.

    Raises:
        Refused: with the CALLERROR to send.
    """
    handler = _HANDLERS.get(action)
    if handler is not None:
        return handler(station, req)
    if action in _WITHOUT_PROFILE:
        return dict(_WITHOUT_PROFILE[action]), None
    raise Refused(ErrorCode.NOT_SUPPORTED, f"{action} is not supported")


_WITHOUT_PROFILE: dict[str, Payload] = {
    "GetLocalListVersion": {"listVersion": -1},
    "SendLocalList": {"status": "NotSupported"},
}


def _status(value: str) -> Answer:
    return {"status": value}, None


def _change_availability(station: ChargingStation, req: Payload) -> Answer:
    number, operative = _int(req["connectorId"]), req["type"] == "Operative"
    if number > len(station.sockets):
        return _status("Rejected")
    return station.change_availability(number, operative)


def _change_configuration(station: ChargingStation, req: Payload) -> Answer:
    key, value = str(req["key"]), str(req["value"])
    if station.defects.has("refuse-config-while-pending") and station.registration == "Pending":
        return _status("Rejected")
    if station.defects.has("config-not-applied"):
        known = station.configuration.find(key) is not None
        return _status("Accepted" if known else "NotSupported")
    status = station.configuration.change(key, value)
    if status is ChangeStatus.ACCEPTED:
        station.configuration_changed(key)
    return _status(status.value)


def _clear_cache(station: ChargingStation, _: Payload) -> Answer:
    if not station.persona.authorization_cache:
        return _status("Rejected")
    station.cache.clear()
    station.save()
    return _status("Accepted")


def _data_transfer(_station: ChargingStation, _req: Payload) -> Answer:
    return _status("UnknownVendorId")


def _get_configuration(station: ChargingStation, req: Payload) -> Answer:
    asked = req.get("key")
    names = [str(name) for name in asked] if isinstance(asked, list) else []
    if len(names) > station.configuration.number("GetConfigurationMaxKeys"):
        raise Refused(ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION, "more keys than permitted")
    known: list[Json] = []
    unknown: list[Json] = []
    everything = station.configuration.values
    if station.defects.has("config-lists-all"):
        names = []
    for name in dict.fromkeys(names or everything):
        key = station.configuration.find(name)
        if key is None:
            unknown.append(name)
            continue
        value = everything[key.name]
        if key.name == "AuthorizeRemoteTxRequests" and station.defects.has(
            "remote-authorize-missing"
        ):
            value = "true"
        known.append({"key": key.name, "readonly": key.access.value == "R", "value": value})
    conf: Payload = {"configurationKey": known}
    if unknown:
        conf["unknownKey"] = unknown
    return conf, None


def _remote_start(station: ChargingStation, req: Payload) -> Answer:
    number = req.get("connectorId")
    if number is None:
        free = [s for s in station.sockets.values() if s.is_free and not s.used]
        socket = free[0] if free else None
    else:
        socket = station.sockets.get(_int(number))
    needs_cable = station.defects.has("remote-start-needs-cable")
    if (
        station.registration != "Accepted"
        or socket is None
        or not socket.is_free
        or socket.used
        or (needs_cable and not socket.connected_to_ev)
    ):
        return _status("Rejected")
    if station.defects.has("ignores-remote-start"):
        return _status("Accepted")
    id_tag, where = str(req["idTag"]), socket
    return {"status": "Accepted"}, lambda: station.remote_start(where, id_tag)


def _remote_stop(station: ChargingStation, req: Payload) -> Answer:
    for socket in station.sockets.values():
        transaction = socket.transaction
        if transaction is not None and transaction.transaction_id == req["transactionId"]:
            break
    else:
        return _status("Rejected")
    if station.registration != "Accepted" or station.defects.has("rejects-remote-stop"):
        return _status("Rejected")
    if station.defects.has("ignores-remote-stop"):
        return _status("Accepted")

    async def stop() -> None:
        station.stop_transaction(socket, "Remote")

    return {"status": "Accepted"}, stop


def _reset(station: ChargingStation, req: Payload) -> Answer:
    hard = req["type"] == "Hard"
    return {"status": "Accepted"}, lambda: station.reset(hard=hard)


def _unlock(station: ChargingStation, req: Payload) -> Answer:
    socket = station.sockets.get(_int(req["connectorId"]))
    if socket is None or station.persona.fixed_cable:
        return _status("NotSupported")
    if socket.transaction is not None:
        station.stop_transaction(socket, "UnlockCommand")
    return _status("Unlocked" if socket.try_unlock() else "UnlockFailed")


def _int(value: Json) -> int:
    if not isinstance(value, int):
        raise Refused(ErrorCode.TYPE_CONSTRAINT_VIOLATION, f"{value!r} is not an integer")
    return value


_HANDLERS: dict[str, Callable[[ChargingStation, Payload], Answer]] = {
    "ChangeAvailability": _change_availability,
    "ChangeConfiguration": _change_configuration,
    "ClearCache": _clear_cache,
    "DataTransfer": _data_transfer,
    "GetConfiguration": _get_configuration,
    "RemoteStartTransaction": _remote_start,
    "RemoteStopTransaction": _remote_stop,
    "Reset": _reset,
    "UnlockConnector": _unlock,
}
