"""The security certificate."""

from __future__ import annotations

ONE, THREE = "profile-1", "profile-3"
FIRMWARE, LOG = "SignedFirmwareStatusNotification", "LogStatusNotification"

WRONG: list[tuple[str, ...]] = [
    ("073", 'answer-field:ChangeConfiguration.status="Rejected"', "ChangeConfiguration(key", ONE),
    ("073", "reveals-authorization-key", "AuthorizationKey is not shown", ONE),
    ("074", 'answer-field:ExtendedTriggerMessage.status="Rejected"', "ExtendedTriggerMes", THREE),
    ("074", "skip:SignCertificate", "SignCertificate received", THREE),
    ("074", "csr-wrong-name", "the subject is CpoName and the serial number", THREE),
    ("074", "csr-old-key", "the key is a new one", THREE),
    ("074", 'answer-field:CertificateSigned.status="Rejected"', "CertificateSigned(", THREE),
    ("075", "certificate-store-broken", "[ManufacturerRootCertificate] InstallCertifica", THREE),
    ("075", "certificate-hash-wrong", "[ManufacturerRootCertificate] the installed cert", THREE),
    ("076", "certificate-hash-wrong", "the certificate to delete is listed", THREE),
    ("076", 'answer-field:DeleteCertificate.status="Failed"', "DeleteCertificate(", THREE),
    ("077", "accepts-bad-certificate:station", "[expired] CertificateSigned(", THREE),
    (
        "077",
        "no-security-event:InvalidChargePointCertificate",
        "[expired] SecurityEventNotification(type InvalidChargePointCertificate)",
        THREE,
    ),
    ("078", "accepts-bad-certificate:root", "InstallCertificate(", THREE),
    (
        "078",
        "no-security-event:InvalidCentralSystemCertificate",
        "SecurityEventNotification(type InvalidCentralSystemCertificate)",
        THREE,
    ),
    ("079", 'answer-field:GetLog.status="Rejected"', "GetLog(", ONE),
    ("079", "skip-upload-status:Uploading", f"{LOG}", ONE),
    ("079", "skip-upload-status:Uploaded", f"{LOG}", ONE),
    ("079", "field:LogStatusNotification.requestId=4711", f"{LOG}.requestId is", ONE),
    ("079", "uploads-nothing", "exactly one file arrived", ONE),
    ("080", "skip-firmware-status:SignatureVerified", f"{FIRMWARE}(status SignatureVe", ONE),
    ("080", "skip-firmware-status:Installed", f"{FIRMWARE}(status Installed)", ONE),
    ("080", "downloads-nothing", f"{FIRMWARE}(status SignatureVerified)", ONE),
    ("080", "no-reboot-after-update", "BootNotification received", ONE),
    ("080", "no-unavailable-on-update", "every connector is Unavailable before", ONE),
    ("081", "accepts-bad-signature", f"{FIRMWARE}(status InvalidSignature)", ONE),
    ("081", "skip-firmware-status:InvalidSignature", f"{FIRMWARE}(status InvalidSignature)", ONE),
]
