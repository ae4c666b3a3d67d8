"""The security certificate."""

from __future__ import annotations

ONE, THREE, ANY, DOWN = "profile-1", "profile-3", "any-profile", "down"
FIRMWARE, LOG = "SignedFirmwareStatusNotification", "LogStatusNotification"
LISTED = "answer-field:GetInstalledCertificateIds"
NOT_FOUND = '.status="NotFound"'
CENTRAL = "[CentralSystemRootCertificate] GetInstalledCertificateIds("

WRONG: list[tuple[str, ...]] = [
    (
        "073",
        'answer-field:ChangeConfiguration[key=AuthorizationKey].status="Rejected"',
        "ChangeConfiguration(key AuthorizationKey",
        ONE,
    ),
    ("073", "stays-connected", "the station connects again: with the new password", ONE),
    ("074", "stays-connected", "the station connects again: with the new certificate", THREE),
    ("074", "shows-old-certificate", "the new certificate is used", THREE),
    ("075", f"{LISTED}[certificateType=CentralSystemRootCertificate]{NOT_FOUND}", CENTRAL, THREE),
    ("075", f"{LISTED}{NOT_FOUND}", "[ManufacturerRootCertificate] GetInstalled", THREE),
    (
        "075",
        'answer-field:DeleteCertificate.status="Failed"',
        "[CentralSystemRootCertificate] De",
        THREE,
    ),
    (
        "075",
        "answer-field:InstallCertificate[certificateType=CentralSystemRootCertificate].status="
        '"Failed"',
        "[CentralSystemRootCertificate] InstallCertificate(",
        THREE,
    ),
    ("076", f"{LISTED}{NOT_FOUND}", "GetInstalledCertificateIds(", THREE),
    ("076", 'answer-field:InstallCertificate.status="Failed"', "InstallCertificate(", THREE),
    (
        "077",
        "drop-field:SecurityEventNotification[type=InvalidChargePointCertificate].timestamp",
        "[expired] SecurityEventNotification.timestamp is there",
        THREE,
    ),
    ("077", "drop-field:SignCertificate.csr", "[expired] SignCertificate.csr is there", THREE),
    ("074", "drop-field:SignCertificate.csr", "SignCertificate.csr is there", THREE),
    (
        "077",
        "unasked:SecurityEventNotification[type=InvalidChargePointCertificate]>BootNotification="
        '{"chargePointVendor":"RigVendor","chargePointModel":"RigModel"}',
        "[expired] no BootNotification for",
        THREE,
    ),
    (
        "078",
        "drop-field:SecurityEventNotification[type=InvalidCentralSystemCertificate].timestamp",
        "[expired] SecurityEventNotification.timestamp is there",
        THREE,
    ),
    ("079", f'field:{LOG}[status=Uploaded].status="UploadFailure"', f"{LOG}.status is Up", ONE),
    (
        "080",
        "downloads-nothing+accepts-bad-signature",
        "the file was fetched from the server",
        ONE,
    ),
    (
        "081",
        f"unasked:{FIRMWARE}[status=InvalidSignature]>StatusNotification="
        '{"connectorId":1,"errorCode":"NoError","status":"Unavailable"}',
        "every connector is Available in the end",
        ONE,
    ),
    ("073", "reveals-authorization-key", "AuthorizationKey is not shown", ONE),
    ("073", "reveals-authorization-key", "AuthorizationKey is not shown", DOWN),
    ("073", "slow-goodbye", "the station closes its connection, then", ONE),
    ("073", "no-answer:ChangeConfiguration[key=AuthorizationKey]", "Change", ONE),
    ("076", 'answer-field:DeleteCertificate.status="Failed"', "DeleteCertificate(", ANY),
    ("074", 'answer-field:ExtendedTriggerMessage.status="Rejected"', "ExtendedTriggerMes", THREE),
    ("074", "skip:SignCertificate", "SignCertificate received", THREE),
    ("074", "csr-wrong-name", "the subject is CpoName and the serial number", THREE),
    ("074", 'field:SignCertificate.csr="x"', "csr is PKCS#10 as PEM", THREE),
    ("074", "csr-wrong-signature", "the signature of the CSR is good", THREE),
    ("074", "csr-weak-key", "the key is strong enough", THREE),
    ("074", "slow-goodbye", "the station closes its connection, then", THREE),
    ("074", "csr-old-key", "the key is a new one", THREE),
    ("074", 'answer-field:CertificateSigned.status="Rejected"', "CertificateSigned(", THREE),
    ("075", "certificate-store-broken", "[ManufacturerRootCertificate] InstallCertifica", THREE),
    ("075", "certificate-hash-wrong", "[ManufacturerRootCertificate] the installed cert", THREE),
    (
        "076",
        "no-answer:DeleteCertificate",
        "DeleteCertificate(",
        THREE,
    ),
    ("076", "keeps-certificates", "the deleted certificate is not listed any more", THREE),
    ("076", "certificate-hash-wrong", "the certificate to delete is listed", THREE),
    ("076", 'answer-field:DeleteCertificate.status="Failed"', "DeleteCertificate(", THREE),
    (
        "077",
        "close-in-exchange:SecurityEventNotification[type=InvalidChargePointCertificate]#1",
        "[expired] the station stays connected with its old certificate",
        THREE,
    ),
    ("077", 'answer-field:ExtendedTriggerMessage.status="Rejected"', "[expired] Extended", THREE),
    ("077", "skip:SignCertificate", "[expired] SignCertificate received", THREE),
    ("077", "accepts-bad-certificate:station", "[expired] CertificateSigned(", THREE),
    (
        "077",
        "no-security-event:InvalidChargePointCertificate",
        "[expired] SecurityEventNotification(type InvalidChargePointCertificate)",
        THREE,
    ),
    (
        "078",
        'accepts-bad-certificate:root+answer-field:InstallCertificate.status="Rejected"+'
        "unasked:InstallCertificate>SecurityEventNotification="
        '{"type":"InvalidCentralSystemCertificate","timestamp":"$now"}',
        "[expired] the bad certificate is not listed",
        THREE,
    ),
    ("078", "accepts-bad-certificate:root", "[expired] InstallCertificate(", THREE),
    (
        "078",
        "no-security-event:InvalidCentralSystemCertificate",
        "[expired] SecurityEventNotification(type InvalidCentralSystemCertificate)",
        THREE,
    ),
    ("079", 'answer-field:GetLog.status="Rejected"', "GetLog(", ONE),
    ("079", "skip-upload-status:Uploading", f"{LOG}", ONE),
    ("079", "skip-upload-status:Uploaded", f"{LOG}", ONE),
    ("079", "field:LogStatusNotification.requestId=4711", f"{LOG}.requestId is", ONE),
    ("079", "uploads-empty-log", "exactly one file arrived", ONE),
    ("079", "log-without-events", "the security log lists the newest event", ONE),
    ("079", "uploads-nothing", "exactly one file arrived", ONE),
    ("080", "skip-firmware-status:SignatureVerified", f"{FIRMWARE}(status SignatureVe", ONE),
    ("080", "skip-firmware-status:Installed", f"{FIRMWARE}(status Installed)", ONE),
    ("080", 'answer-field:SignedUpdateFirmware.status="Rejected"', "SignedUpdateFirmware(", ONE),
    ("080", "skip-firmware-status:Downloading", f"{FIRMWARE}(status Downloading)", ONE),
    ("080", "skip-firmware-status:Downloaded", f"{FIRMWARE}(status Downloaded)", ONE),
    ("080", "field:SignedFirmwareStatusNotification.requestId=4711", "requestId is repea", ONE),
    ("080", "downloads-nothing", f"{FIRMWARE}(status SignatureVerified)", ONE),
    ("080", "no-reboot-after-update", "BootNotification received", ONE),
    ("080", "no-unavailable-on-update", "every connector is Unavailable before", ONE),
    (
        "081",
        f"unasked:{FIRMWARE}[status=InvalidSignature]>{FIRMWARE}="
        '{"status":"Installing","requestId":1}',
        f"no {FIRMWARE}:Installing, BootNotification for",
        ONE,
    ),
    ("081", "field:SignedFirmwareStatusNotification.requestId=4711", "requestId is repea", ONE),
    ("081", 'answer-field:SignedUpdateFirmware.status="Rejected"', "SignedUpdateFirmware(", ONE),
    ("081", "skip-firmware-status:Downloading", f"{FIRMWARE}(status Downloading)", ONE),
    ("081", "skip-firmware-status:Downloaded", f"{FIRMWARE}(status Downloaded)", ONE),
    ("081", "accepts-bad-signature", f"{FIRMWARE}(status InvalidSignature)", ONE),
    ("081", "skip-firmware-status:InvalidSignature", f"{FIRMWARE}(status InvalidSignature)", ONE),
]
