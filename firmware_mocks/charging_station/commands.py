"""What the station does with a command of the Central System.

Each handler returns its answer and what follows from it; the answer goes out first (M3.4).

Source: OCPP 1.6, chapter 5; errata v4.0; station behaviour 9.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from firmware_mocks.charging_station.availability import STATION
from firmware_mocks.charging_station.configuration import ChangeStatus
from firmware_mocks.charging_station.controller import Controller
from firmware_mocks.charging_station.storage import Json
from rig.ocppj.endpoint import CallReceived
from rig.ocppj.frames import ErrorCode
from rig.ocppj.link import Link

Payload: TypeAlias = dict[str, Json]
Consequence: TypeAlias = Callable[[], Awaitable[None]]
Answer: TypeAlias = tuple[Payload, Consequence | None]


class Refused(Exception):
    """Answer with a CALLERROR."""

    def __init__(self, code: ErrorCode, description: str) -> None:
        self.code = code
        self.description = description
        super().__init__(description)


async def execute(controller: Controller, link: Link, call: CallReceived) -> None:
    """Answer a command on its link, then have follow what follows from it."""
    board, registration = controller.board, controller.registration.status
    if registration == "Rejected":
        link.ignore(call.id)
        return
    if registration == "":
        await link.reply_error(call.id, ErrorCode.SECURITY_ERROR, "not registered yet")
        return
    try:
        answer, consequence = serve(controller, call.action, call.payload)
    except Refused as refused:
        await link.reply_error(call.id, refused.code, refused.description)
        return
    if consequence is not None and board.defects.has("consequence-before-answer"):
        board.tasks.spawn(consequence())
        await board.clock.sleep(2)
        await link.reply(call.id, answer)
        return
    await link.reply(call.id, answer)
    if consequence is not None:
        board.tasks.spawn(consequence())


def serve(controller: Controller, action: str, req: Payload) -> Answer:
    """What to answer to a command, and what follows from it.

    Raises:
        Refused: with the CALLERROR to send.
    """
    handler = _HANDLERS.get(action)
    if handler is not None:
        return handler(controller, req)
    if action in _WITHOUT_PROFILE:
        return dict(_WITHOUT_PROFILE[action]), None
    raise Refused(ErrorCode.NOT_SUPPORTED, f"{action} is not supported")


_WITHOUT_PROFILE: dict[str, Payload] = {
    "GetLocalListVersion": {"listVersion": -1},
    "SendLocalList": {"status": "NotSupported"},
}


def _status(value: str) -> Answer:
    return {"status": value}, None


def _change_availability(controller: Controller, req: Payload) -> Answer:
    number, operative = _int(req["connectorId"]), req["type"] == "Operative"
    if number > len(controller.sockets):
        return _status("Rejected")
    chosen = controller.availability.meant(number)
    busy = controller.availability.change(number, operative)

    async def apply() -> None:
        controller.availability.apply(socket for socket in chosen if socket not in busy)
        if number == STATION:
            controller.reporter.update_station()
        for socket in chosen:
            controller.evaluate(socket)

    return {"status": "Scheduled" if busy else "Accepted"}, apply


def _change_configuration(controller: Controller, req: Payload) -> Answer:
    key, value = str(req["key"]), str(req["value"])
    if (
        controller.board.defects.has("refuse-config-while-pending")
        and controller.registration.status == "Pending"
    ):
        return _status("Rejected")
    if controller.board.defects.has("config-not-applied"):
        known = controller.board.configuration.find(key) is not None
        return _status("Accepted" if known else "NotSupported")
    status = controller.board.configuration.change(key, value)
    if status is ChangeStatus.ACCEPTED:
        controller.configuration_changed(key)
    return _status(status.value)


def _clear_cache(controller: Controller, _: Payload) -> Answer:
    if not controller.board.persona.authorization_cache:
        return _status("Rejected")
    controller.authorisation.cache.clear()
    controller.board.save()
    return _status("Accepted")


def _data_transfer(_: Controller, _req: Payload) -> Answer:
    return _status("UnknownVendorId")


def _get_configuration(controller: Controller, req: Payload) -> Answer:
    asked = req.get("key")
    names = [str(name) for name in asked] if isinstance(asked, list) else []
    if len(names) > controller.board.configuration.number("GetConfigurationMaxKeys"):
        raise Refused(ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION, "more keys than permitted")
    known: list[Json] = []
    unknown: list[Json] = []
    everything = controller.board.configuration.values
    if controller.board.defects.has("config-lists-all"):
        names = []
    for name in dict.fromkeys(names or everything):
        key = controller.board.configuration.find(name)
        if key is None:
            unknown.append(name)
            continue
        value = everything[key.name]
        if key.name == "AuthorizeRemoteTxRequests" and controller.board.defects.has(
            "remote-authorize-missing"
        ):
            value = "true"
        known.append({"key": key.name, "readonly": key.access.value == "R", "value": value})
    conf: Payload = {"configurationKey": known}
    if unknown:
        conf["unknownKey"] = unknown
    return conf, None


def _remote_start(controller: Controller, req: Payload) -> Answer:
    number = req.get("connectorId")
    if number is None:
        free = [s for s in controller.sockets.values() if s.is_free and not s.used]
        socket = free[0] if free else None
    else:
        socket = controller.sockets.get(_int(number))
    needs_cable = controller.board.defects.has("remote-start-needs-cable")
    if (
        controller.registration.status != "Accepted"
        or socket is None
        or not socket.is_free
        or socket.used
        or (needs_cable and not socket.connected_to_ev)
    ):
        return _status("Rejected")
    if controller.board.defects.has("ignores-remote-start"):
        return _status("Accepted")
    id_tag, where = str(req["idTag"]), socket
    return {"status": "Accepted"}, lambda: controller.sessions.remote_start(where, id_tag)


def _remote_stop(controller: Controller, req: Payload) -> Answer:
    for socket in controller.sockets.values():
        transaction = socket.transaction
        if transaction is not None and transaction.transaction_id == req["transactionId"]:
            break
    else:
        return _status("Rejected")
    if controller.registration.status != "Accepted" or controller.board.defects.has(
        "rejects-remote-stop"
    ):
        return _status("Rejected")
    if controller.board.defects.has("ignores-remote-stop"):
        return _status("Accepted")

    async def stop() -> None:
        controller.transactions.stop(socket, "Remote")

    return {"status": "Accepted"}, stop


def _reset(controller: Controller, req: Payload) -> Answer:
    hard = req["type"] == "Hard"
    return {"status": "Accepted"}, lambda: controller.reset(hard=hard)


def _unlock(controller: Controller, req: Payload) -> Answer:
    socket = controller.sockets.get(_int(req["connectorId"]))
    if socket is None or controller.board.persona.fixed_cable:
        return _status("NotSupported")
    if socket.transaction is not None:
        controller.transactions.stop(socket, "UnlockCommand")
    return _status("Unlocked" if socket.try_unlock() else "UnlockFailed")


def _int(value: Json) -> int:
    if not isinstance(value, int):
        raise Refused(ErrorCode.TYPE_CONSTRAINT_VIOLATION, f"{value!r} is not an integer")
    return value


_HANDLERS: dict[str, Callable[[Controller, Payload], Answer]] = {
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
