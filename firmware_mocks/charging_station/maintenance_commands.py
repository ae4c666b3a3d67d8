"""Commands about firmware, diagnostics and logs.

Source: OCPP 1.6, 5.9 and 5.19; OCPP security white paper, L01 and N01; station behaviour 9.6, 13
and 14.9 to 14.10.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from firmware_mocks.charging_station.answers import (
    Answer,
    Payload,
    Refused,
    integer,
    optional_integer,
    status,
)
from firmware_mocks.charging_station.controller import Controller
from firmware_mocks.charging_station.date_times import moment
from firmware_mocks.charging_station.diagnostics import diagnostics, file_name, security_log
from firmware_mocks.charging_station.firmware import WAITING, Revoked
from firmware_mocks.charging_station.storage import Json, StoredUpdate
from firmware_mocks.charging_station.uploads import Order
from firmware_mocks.charging_station.x509_checks import BadCertificate
from rig.ocppj.frames import ErrorCode

Handler = Callable[[Controller, Payload], Answer]
OWN_RETRIES, OWN_RETRY_INTERVAL_S = 0, 60
MOST_RETRIES = 100


def _moment(value: Json) -> datetime | None:
    return None if value is None else moment(value)


def _retries(req: Payload) -> tuple[int, float]:
    retries = optional_integer(req.get("retries"))
    interval_s = optional_integer(req.get("retryInterval"))
    return (
        min(MOST_RETRIES, max(0, OWN_RETRIES if retries is None else retries)),
        float(max(0, OWN_RETRY_INTERVAL_S if interval_s is None else interval_s)),
    )


def _part(req: Payload, name: str) -> Payload:
    part = req[name]
    if not isinstance(part, dict):
        raise Refused(ErrorCode.TYPE_CONSTRAINT_VIOLATION, f"{name} is no object")
    return part


def _update(req: Payload, firmware: Payload, retrieve: str, request_id: int | None) -> StoredUpdate:
    retries, interval_s = _retries(req)
    retrieve_at, install_at = _moment(firmware[retrieve]), _moment(firmware.get("installDateTime"))
    return StoredUpdate(
        location=str(firmware["location"]),
        retrieve_at=retrieve_at.timestamp() if retrieve_at else 0.0,
        install_at=install_at.timestamp() if install_at else None,
        retries=retries,
        retry_interval_s=interval_s,
        request_id=request_id,
        certificate=str(firmware.get("signingCertificate", "")),
        signature=str(firmware.get("signature", "")),
        phase=WAITING,
    )


def _update_firmware(controller: Controller, req: Payload) -> Answer:
    persona, defects = controller.board.persona, controller.board.defects
    secure = persona.security_extension and persona.secure_firmware_update
    if secure and not defects.has("plain-update-beside-secure"):
        raise Refused(ErrorCode.NOT_SUPPORTED, "firmware has to be signed: SignedUpdateFirmware")
    update, firmware = _update(req, req, "retrieveDate", None), controller.maintenance.firmware

    async def begin() -> None:
        if firmware.may_begin:
            firmware.begin(update)

    return {}, begin


def _signed_update_firmware(controller: Controller, req: Payload) -> Answer:
    if not controller.board.persona.secure_firmware_update:
        raise Refused(ErrorCode.NOT_SUPPORTED, "no secure firmware update")
    firmware, image = controller.maintenance.firmware, _part(req, "firmware")
    update = _update(req, image, "retrieveDateTime", integer(req["requestId"]))
    try:
        firmware.check_signer(update["certificate"])
    except Revoked:
        return status("RevokedCertificate")
    except BadCertificate as bad:
        controller.security_events.raised("InvalidFirmwareSigningCertificate", str(bad))
        return status("InvalidCertificate")
    if not firmware.may_begin:
        return status("Rejected")
    replaced = firmware.running

    async def begin() -> None:
        firmware.begin(update)

    return status("AcceptedCanceled" if replaced else "Accepted", begin)


def _get_diagnostics(controller: Controller, req: Payload) -> Answer:
    retries, interval_s = _retries(req)
    start, stop = _moment(req.get("startTime")), _moment(req.get("stopTime"))
    name = file_name(controller, "diagnostics")
    data = diagnostics(controller, start, stop)
    order = Order(str(req["location"]), name, data, retries, interval_s)

    async def begin() -> None:
        controller.maintenance.diagnostics.begin(order)

    return {"fileName": name}, begin


def _get_log(controller: Controller, req: Payload) -> Answer:
    log, retries = _part(req, "log"), _retries(req)
    start, stop = _moment(log.get("oldestTimestamp")), _moment(log.get("latestTimestamp"))
    secure = req["logType"] == "SecurityLog"
    data = (security_log if secure else diagnostics)(controller, start, stop)
    if not data:
        return status("Rejected")
    if controller.board.defects.has("uploads-empty-log"):
        data = b""
    if controller.board.defects.has("log-without-events"):
        data = b"nothing to tell\n"
    name = file_name(controller, "security" if secure else "diagnostics")
    request_id, logs = integer(req["requestId"]), controller.maintenance.logs
    order = Order(str(log["remoteLocation"]), name, data, *retries, request_id)
    answer = "AcceptedCanceled" if logs.running else "Accepted"

    async def begin() -> None:
        logs.begin(order)

    return {"status": answer, "filename": name}, begin


HANDLERS: dict[str, tuple[str, Handler]] = {
    "GetDiagnostics": ("FirmwareManagement", _get_diagnostics),
    "UpdateFirmware": ("FirmwareManagement", _update_firmware),
}
"""Feature profile and handler by action."""

OF_SECURITY: dict[str, Handler] = {
    "GetLog": _get_log,
    "SignedUpdateFirmware": _signed_update_firmware,
}
"""Handler by action, of the security extension."""


def triggered(controller: Controller, wanted: str, *, extended: bool) -> Answer | None:
    """Answer to a trigger of a status of this module; None when it is about something else."""
    maintenance, persona = controller.maintenance, controller.board.persona
    managed = "FirmwareManagement" in persona.profiles
    if wanted == "FirmwareStatusNotification" and (extended or managed):
        message = maintenance.firmware.report(signed=extended)
    elif wanted == "DiagnosticsStatusNotification" and managed and not extended:
        message = maintenance.diagnostics.report()
    elif wanted == "LogStatusNotification" and extended:
        message = maintenance.logs.report()
    else:
        return None

    async def send() -> None:
        await controller.board.uplink.call(*message)

    return status("Accepted", send)
