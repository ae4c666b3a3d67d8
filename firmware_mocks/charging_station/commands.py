"""What the station does with a command of the Central System.

Each handler returns its answer and what follows from it; the answer goes out first (M3.4).

Source: OCPP 1.6, chapter 5; errata v4.0; station behaviour 9.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from firmware_mocks.charging_station.answers import Answer, Payload, Refused, status
from firmware_mocks.charging_station.answers import integer as _int
from firmware_mocks.charging_station.availability import STATION
from firmware_mocks.charging_station.charging_profiles import BadProfile, ChargingProfile
from firmware_mocks.charging_station.configuration import ChangeStatus
from firmware_mocks.charging_station.controller import Controller
from firmware_mocks.charging_station.date_times import unreadable
from firmware_mocks.charging_station.profile_commands import HANDLERS as OF_PROFILES
from firmware_mocks.charging_station.security import KEY, PROFILE, SECURITY_KEYS, may_become
from firmware_mocks.charging_station.security_commands import HANDLERS as OF_SECURITY
from firmware_mocks.charging_station.security_commands import RECONFIGURED
from firmware_mocks.charging_station.socket import LOCK_FAILURE
from firmware_mocks.charging_station.storage import Json
from firmware_mocks.charging_station.wire_defects import Reply
from rig.ocppj.endpoint import CallReceived
from rig.ocppj.frames import ErrorCode


async def execute(controller: Controller, link: Reply, call: CallReceived) -> None:
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
    except Exception as error:  # a mistake of ours, which is told; the station lives on
        told = {"message": f"{call.action} cannot be served: {error!r}", "exception": error}
        asyncio.get_running_loop().call_exception_handler(told)
        await link.reply_error(call.id, ErrorCode.INTERNAL_ERROR, "the station has failed")
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
    for problem in unreadable(req):
        raise Refused(ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, problem)
    handler = _HANDLERS.get(action)
    profile, of_profile = OF_PROFILES.get(action, ("", None))
    if of_profile is not None and profile in controller.board.persona.profiles:
        handler = of_profile
    if controller.board.persona.security_extension:
        handler = OF_SECURITY.get(action, handler)
    if handler is not None:
        return handler(controller, req)
    if action == "GetLocalListVersion" and controller.board.defects.has("list-version-confused"):
        return {"listVersion": 0}, None
    if action in _WITHOUT_PROFILE:
        return dict(_WITHOUT_PROFILE[action]), None
    raise Refused(ErrorCode.NOT_SUPPORTED, f"{action} is not supported")


_WITHOUT_PROFILE: dict[str, Payload] = {
    "GetLocalListVersion": {"listVersion": -1},
    "SendLocalList": {"status": "NotSupported"},
}


def _change_availability(controller: Controller, req: Payload) -> Answer:
    number, operative = _int(req["connectorId"]), req["type"] == "Operative"
    if not 0 <= number <= len(controller.sockets):
        return status("Rejected")
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
        return status("Rejected")
    if controller.board.defects.has("config-not-applied"):
        known = controller.board.configuration.find(key) is not None
        return status("Accepted" if known else "NotSupported")
    if (wrong := _wrongly_accepted(controller, key, value)) is not None:
        return wrong
    previous = controller.access.profile
    found = controller.board.configuration.find(key)
    is_profile = found is not None and found.name == PROFILE
    if is_profile and not _may_become(controller, value):
        return status("Rejected")
    outcome = controller.board.configuration.change(key, value)
    if outcome is not ChangeStatus.ACCEPTED:
        return status(outcome.value)
    if is_profile:
        controller.access.profile_written(previous)
    controller.configuration_changed(key)
    if key.casefold() in SECURITY_KEYS:
        name = PROFILE if is_profile else KEY
        controller.security_events.raised(RECONFIGURED, f"{name} written")
        return status(outcome.value, controller.reconnect)  # with what was written
    return status(outcome.value)


def _wrongly_accepted(controller: Controller, key: str, value: str) -> Answer | None:
    """The answer of a station that is wrong in what it accepts; None elsewhere."""
    configuration, defects = controller.board.configuration, controller.board.defects
    known = configuration.find(key)
    if known is None:
        return status("Accepted") if defects.has("unknown-key-accepted") else None
    if value.startswith("-") and defects.has("negative-value-accepted"):
        configuration.values[known.name] = value
        return status("Accepted")
    return None


def _may_become(controller: Controller, profile: str) -> bool:
    board = controller.board
    if board.defects.has("accepts-lower-profile"):
        return True
    return may_become(
        board.configuration,
        controller.certificates,
        controller.own_certificates,
        profile,
        board.rtc.utc(),
    )


def _clear_cache(controller: Controller, _: Payload) -> Answer:
    board = controller.board
    if not board.persona.authorization_cache:
        wrong = board.defects.has("clear-cache-without-cache")
        return status("Accepted" if wrong else "Rejected")
    if not board.defects.has("keeps-cache"):
        controller.authorisation.cache.clear()
    controller.board.save()
    return status("Accepted")


def _data_transfer(controller: Controller, req: Payload) -> Answer:
    messages = dict(controller.board.persona.data_transfer).get(str(req["vendorId"]))
    if messages is None:
        return status("UnknownVendorId")
    known = [name.strip() for name in messages.split(",") if name.strip()]
    wanted = req.get("messageId")
    return status("UnknownMessageId" if known and wanted not in known else "Accepted")


def _get_configuration(controller: Controller, req: Payload) -> Answer:
    asked = req.get("key")
    names = [str(name) for name in asked] if isinstance(asked, list) else []
    if len(names) > controller.board.configuration.number("GetConfigurationMaxKeys"):
        raise Refused(ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION, "more keys than permitted")
    known: list[Json] = []
    unknown: list[Json] = []
    everything = controller.board.configuration.listed()
    if controller.board.defects.has("reveals-authorization-key"):
        everything[KEY] = controller.board.configuration.values[KEY] or "30313233"
    if controller.board.defects.has("config-lists-all"):
        names = []
    defects = controller.board.defects
    for name in {name.casefold(): name for name in names or everything}.values():
        key = controller.board.configuration.find(name)
        if key is None or key.name not in everything or defects.has("hides-key", key.name):
            unknown.append(name)
            continue
        value = everything[key.name]
        if key.name == "AuthorizeRemoteTxRequests" and controller.board.defects.has(
            "remote-authorize-missing"
        ):
            value = "true"
        readonly = (key.access.value == "R") is not defects.has("wrong-readonly", key.name)
        known.append({"key": key.name, "readonly": readonly, "value": value})
    conf: Payload = {"configurationKey": known}
    if unknown:
        conf["unknownKey"] = unknown
    return conf, None


def _remote_start(controller: Controller, req: Payload) -> Answer:
    number = req.get("connectorId")
    if number is None:
        socket = next(iter(controller.sessions.free_for(str(req["idTag"]))), None)
    else:
        socket = controller.sockets.get(_int(number))
    needs_cable = controller.board.defects.has("remote-start-needs-cable")
    if (
        controller.registration.status != "Accepted"
        or controller.registration.leaving
        or socket is None
        or not socket.is_free
        or socket.used
        or not controller.sessions.may_use(socket, str(req["idTag"]))
        or (needs_cable and not socket.connected_to_ev)
    ):
        return status("Rejected")
    if controller.board.defects.has("ignores-remote-start"):
        return status("Accepted")
    try:
        profile = _profile_of_start(controller, socket.connector_id, req)
    except BadProfile:
        return status("Rejected")
    id_tag, where = str(req["idTag"]), socket
    return status("Accepted", lambda: controller.sessions.remote_start(where, id_tag, profile))


def _profile_of_start(
    controller: Controller, connector_id: int, req: Payload
) -> ChargingProfile | None:
    raw = req.get("chargingProfile")
    if not isinstance(raw, dict) or "SmartCharging" not in controller.board.persona.profiles:
        return None
    if controller.board.defects.has("any-purpose-for-remote-start"):
        return None
    return controller.smart_charging.understand(connector_id, raw, remote_start=True)


def _remote_stop(controller: Controller, req: Payload) -> Answer:
    for socket in controller.sockets.values():
        transaction = socket.transaction
        if transaction is not None and transaction.transaction_id == req["transactionId"]:
            break
    else:
        return status("Rejected")
    if controller.registration.status != "Accepted" or controller.board.defects.has(
        "rejects-remote-stop"
    ):
        return status("Rejected")
    if controller.board.defects.has("ignores-remote-stop"):
        return status("Accepted")

    async def stop() -> None:
        controller.transactions.stop(socket, "Remote")

    return {"status": "Accepted"}, stop


def _reset(controller: Controller, req: Payload) -> Answer:
    if controller.is_installing:
        return status("Rejected")
    hard = req["type"] == "Hard"
    return {"status": "Accepted"}, lambda: controller.reset(hard=hard)


def _unlock(controller: Controller, req: Payload) -> Answer:
    socket = controller.sockets.get(_int(req["connectorId"]))
    if socket is None or controller.board.persona.fixed_cable:
        return status("NotSupported")
    if socket.transaction is not None:
        controller.transactions.stop(socket, "UnlockCommand")
    if socket.try_unlock():
        return status("Unlocked")

    async def tell() -> None:
        controller.reporter.report_error(socket.connector_id, LOCK_FAILURE)

    return status("UnlockFailed", tell)


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
