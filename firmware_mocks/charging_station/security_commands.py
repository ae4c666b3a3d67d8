"""Commands of the security white paper about certificates.

Source: OCPP security white paper, A02, A05, M03 to M05; station behaviour 14.4 and 14.5.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware_mocks.charging_station.answers import Answer, Payload, status
from firmware_mocks.charging_station.certificates import CertificateType, StoreFull
from firmware_mocks.charging_station.controller import Controller
from firmware_mocks.charging_station.maintenance_commands import OF_SECURITY as OF_MAINTENANCE
from firmware_mocks.charging_station.maintenance_commands import triggered
from firmware_mocks.charging_station.profile_commands import HANDLERS as OF_PROFILES
from firmware_mocks.charging_station.storage import Json
from firmware_mocks.charging_station.x509_checks import BadCertificate

Handler = Callable[[Controller, Payload], Answer]
RECONFIGURED = "ReconfigurationOfSecurityParameters"


def _install(controller: Controller, req: Payload) -> Answer:
    kind, text = str(req["certificateType"]), str(req["certificate"])
    if controller.board.defects.has("certificate-store-broken"):
        return status("Failed")
    try:
        unchecked = controller.board.defects.has("accepts-bad-certificate", "root")
        now = controller.board.rtc.utc()
        controller.certificates.install(kind, text, now, unchecked=unchecked)
    except StoreFull:
        return status("Rejected")
    except BadCertificate as bad:
        if kind == CertificateType.CENTRAL_SYSTEM:
            controller.security_events.raised("InvalidCentralSystemCertificate", str(bad))
        return status("Rejected")
    controller.security_events.raised(RECONFIGURED, f"{kind} installed")
    return status("Accepted")


def _installed_ids(controller: Controller, req: Payload) -> Answer:
    found = controller.certificates.hash_data(str(req["certificateType"]))
    if not found:
        return status("NotFound")
    if controller.board.defects.has("certificate-hash-wrong"):
        found = [{**entry, "issuerKeyHash": entry["issuerNameHash"]} for entry in found]
    listed: list[Json] = list(found)
    return {"status": "Accepted", "certificateHashData": listed}, None


def _delete(controller: Controller, req: Payload) -> Answer:
    wanted = req["certificateHashData"]
    root = controller.certificates.find(wanted) if isinstance(wanted, dict) else None
    if root is None:
        return status("NotFound")
    if root == controller.access.root:
        return status("Failed")  # it verifies the present connection (M04.FR.06)
    if not controller.board.defects.has("keeps-certificates"):
        controller.certificates.delete(root)
    controller.security_events.raised(RECONFIGURED, "root certificate deleted")
    return status("Accepted")


def _certificate_signed(controller: Controller, req: Payload) -> Answer:
    try:
        controller.own_certificates.accept(str(req["certificateChain"]))
    except BadCertificate as bad:
        controller.security_events.raised("InvalidChargePointCertificate", str(bad))
        return status("Rejected")
    controller.security_events.raised(RECONFIGURED, "new certificate of the station")
    controller.renewal.look_again()
    if controller.access.profile == 3:
        return status("Accepted", controller.reconnect)
    return status("Accepted")


def _extended_trigger(controller: Controller, req: Payload) -> Answer:
    wanted = str(req["requestedMessage"])
    if (answer := triggered(controller, wanted, extended=True)) is not None:
        return answer
    if wanted != "SignChargePointCertificate":
        return OF_PROFILES["TriggerMessage"][1](controller, req)
    if not controller.renewal.is_possible:
        return status("Rejected")
    return status("Accepted", controller.renewal.request)


HANDLERS: dict[str, Handler] = {
    "CertificateSigned": _certificate_signed,
    "DeleteCertificate": _delete,
    "ExtendedTriggerMessage": _extended_trigger,
    "GetInstalledCertificateIds": _installed_ids,
    "InstallCertificate": _install,
    **OF_MAINTENANCE,
}
"""Handler by action."""
