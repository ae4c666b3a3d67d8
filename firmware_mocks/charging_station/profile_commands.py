"""Commands of the feature profiles besides Core: local list, reservation, smart charging, trigger.

Source: OCPP 1.6, chapter 5; errata v4.0 3.24, 3.35, 3.39; station behaviour 9.6 to 12.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware_mocks.charging_station.answers import (
    Answer,
    Payload,
    Refused,
    integer,
    optional_integer,
    status,
)
from firmware_mocks.charging_station.charging_profiles import BadProfile
from firmware_mocks.charging_station.controller import Controller
from firmware_mocks.charging_station.date_times import moment
from firmware_mocks.charging_station.local_list import Info, UpdateStatus
from firmware_mocks.charging_station.maintenance_commands import HANDLERS as OF_MAINTENANCE
from firmware_mocks.charging_station.maintenance_commands import triggered
from firmware_mocks.charging_station.reservations import Reservation
from firmware_mocks.charging_station.smart_charging import STATION, UNITS
from rig.ocppj.frames import ErrorCode

Handler = Callable[[Controller, Payload], Answer]


# --- local authorisation list -------------------------------------------------------------------


def _get_list_version(controller: Controller, _: Payload) -> Answer:
    version = controller.authorisation.local_list.version
    confused = version == 0 and controller.board.defects.has("list-version-confused")
    return {"listVersion": -1 if confused else version}, None


def _send_list(controller: Controller, req: Payload) -> Answer:
    authorisation, configuration = controller.authorisation, controller.board.configuration
    defects = controller.board.defects
    if defects.has("local-list-storage-full"):
        return status(UpdateStatus.FAILED)
    if req["updateType"] == "Differential" and defects.has("differential-ignored"):
        return status(UpdateStatus.ACCEPTED)
    sent: list[tuple[str, Info | None]] = []
    entries = req.get("localAuthorizationList")
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            info = entry.get("idTagInfo")
            sent.append((str(entry["idTag"]), info if isinstance(info, dict) else None))
    outcome = authorisation.local_list.update(
        integer(req["listVersion"]),
        str(req["updateType"]),
        sent,
        configuration.number("LocalAuthListMaxLength"),
        configuration.number("SendLocalListMaxLength"),
        any_version=defects.has("accepts-old-differential"),
    )
    if outcome is UpdateStatus.ACCEPTED:
        authorisation.cache.drop(authorisation.local_list.entries)
        controller.board.save()
    return status(outcome)


# --- reservation --------------------------------------------------------------------------------


def _reserve_now(controller: Controller, req: Payload) -> Answer:
    parent = req.get("parentIdTag")
    wanted = Reservation(
        integer(req["reservationId"]),
        integer(req["connectorId"]),
        None,
        str(req["idTag"]),
        parent if isinstance(parent, str) else None,
        moment(req["expiryDate"]).timestamp(),
    )
    outcome = controller.reservations.reserve(wanted)

    async def report() -> None:
        controller.evaluate_all()

    return status(outcome, report if outcome == "Accepted" else None)


def _cancel_reservation(controller: Controller, req: Payload) -> Answer:
    careless = controller.board.defects.has("cancels-any-reservation")
    end = controller.reservations.cancel(integer(req["reservationId"]), careless=careless)
    if end is None:
        return status("Rejected")
    if controller.board.defects.has("reservation-never-ends"):
        return status("Accepted")
    ended = end

    async def follow() -> None:
        ended()

    return status("Accepted", follow)


# --- smart charging -----------------------------------------------------------------------------


def _set_profile(controller: Controller, req: Payload) -> Answer:
    number, raw = integer(req["connectorId"]), req["csChargingProfiles"]
    if not 0 <= number <= len(controller.sockets):
        raise Refused(ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"no connector {number}")
    if not isinstance(raw, dict):
        raise Refused(ErrorCode.TYPE_CONSTRAINT_VIOLATION, "csChargingProfiles is no object")
    try:
        profile = controller.smart_charging.understand(number, raw)
    except BadProfile:
        return status("Rejected")
    if not controller.board.defects.has("ignores-profiles"):
        controller.smart_charging.install(profile)
    socket = controller.sockets.get(number)
    if socket is None or not controller.board.defects.has("stops-on-profile"):
        return status("Accepted")
    stopped = socket

    async def stop() -> None:
        controller.transactions.stop(stopped, "Other")

    return status("Accepted", stop)


def _clear_profile(controller: Controller, req: Payload) -> Answer:
    defects = controller.board.defects
    if defects.has("keeps-profiles") or (not req and defects.has("keeps-profiles", "all")):
        return status("Accepted")
    purpose = req.get("chargingProfilePurpose")
    removed = controller.smart_charging.clear(
        optional_integer(req.get("id")),
        optional_integer(req.get("connectorId")),
        purpose if isinstance(purpose, str) else None,
        optional_integer(req.get("stackLevel")),
    )
    return status("Accepted" if removed else "Unknown")


def _composite(controller: Controller, req: Payload) -> Answer:
    number, unit = integer(req["connectorId"]), req.get("chargingRateUnit")
    keys = controller.board.configuration.names("ChargingScheduleAllowedChargingRateUnit")
    units = [UNITS[key] for key in keys]
    known = 0 <= number <= len(controller.sockets)
    if not known or (unit is not None and unit not in units):
        return status("Rejected")
    schedule = controller.smart_charging.composite_schedule(
        number, integer(req["duration"]), str(unit or ("A" if "A" in units else "W"))
    )
    begins = controller.board.rtc.stamp()
    if controller.board.defects.has("composite-start-schedule"):
        schedule["startSchedule"] = begins
    return {
        "status": "Accepted",
        "connectorId": number,
        "scheduleStart": begins,
        "chargingSchedule": schedule,
    }, None


# --- remote trigger -----------------------------------------------------------------------------


def _trigger(controller: Controller, req: Payload) -> Answer:
    wanted, number = str(req["requestedMessage"]), optional_integer(req.get("connectorId"))
    if number is not None and controller.board.defects.has("any-connector-triggered"):
        number = min(number, 1)
    if wanted in ("StatusNotification", "MeterValues"):
        lowest = 1 if wanted == "MeterValues" else STATION  # there is no main meter
        if number is not None and not lowest <= number <= len(controller.sockets):
            return status("Rejected")
    elif wanted == "BootNotification" and controller.registration.status == "Accepted":
        return status("Rejected")
    defects = controller.board.defects
    ignored = defects.has("ignores-trigger") or defects.has("ignores-trigger", wanted)
    if (answer := triggered(controller, wanted, extended=False)) is not None:
        return status("Accepted") if ignored else answer
    send = {
        "BootNotification": _boot,
        "Heartbeat": _heartbeat,
        "MeterValues": _meter_values,
        "StatusNotification": _status_notification,
    }.get(wanted)
    if send is None:
        return status("NotImplemented")
    if ignored:
        return status("Accepted")
    consequence = send
    return status("Accepted", lambda: consequence(controller, number))


async def _boot(controller: Controller, _: int | None) -> None:
    controller.registration.boot_now()


async def _heartbeat(controller: Controller, _: int | None) -> None:
    await controller.registration.beat()


async def _meter_values(controller: Controller, number: int | None) -> None:
    for socket in controller.sockets.values() if number is None else [controller.sockets[number]]:
        await controller.sampler.send_triggered(socket)


async def _status_notification(controller: Controller, number: int | None) -> None:
    for each in (STATION, *controller.sockets) if number is None else (number,):
        controller.reporter.send_now(each, controller.board.defects.argument("triggered-status"))


HANDLERS: dict[str, tuple[str, Handler]] = {
    "GetLocalListVersion": ("LocalAuthListManagement", _get_list_version),
    "SendLocalList": ("LocalAuthListManagement", _send_list),
    "ReserveNow": ("Reservation", _reserve_now),
    "CancelReservation": ("Reservation", _cancel_reservation),
    "SetChargingProfile": ("SmartCharging", _set_profile),
    "ClearChargingProfile": ("SmartCharging", _clear_profile),
    "GetCompositeSchedule": ("SmartCharging", _composite),
    "TriggerMessage": ("RemoteTrigger", _trigger),
    **OF_MAINTENANCE,
}
"""Feature profile and handler by action."""
