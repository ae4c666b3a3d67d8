"""Firmware Management."""

from __future__ import annotations

FIRMWARE, DIAGNOSTICS = "FirmwareStatusNotification", "DiagnosticsStatusNotification"
WRONG: list[tuple[str, ...]] = [
    ("044_1", "skip-firmware-status:Downloading", f"{FIRMWARE}(status Downloading)"),
    ("044_1", "skip-firmware-status:Downloaded", f"{FIRMWARE}(status Downloaded)"),
    ("044_1", "skip-firmware-status:Installing", f"{FIRMWARE}(status Installing)"),
    ("044_1", "skip-firmware-status:Installed", f"{FIRMWARE}(status Installed)"),
    ("044_1", "no-unavailable-on-update", "every connector is Unavailable before the"),
    ("044_1", "no-reboot-after-update", "BootNotification received"),
    ("044_1", "downloads-nothing", "the file was fetched from the server"),
    ("044_1", "old-version-after-update", "BootNotification has the version of the", "new-image"),
    (
        "044_2",
        f"unasked:{FIRMWARE}[status=DownloadFailed]>StatusNotification="
        '{"connectorId":1,"errorCode":"NoError","status":"Unavailable"}',
        "every connector is Available in the end",
    ),
    ("044_3", "skip-firmware-status:Downloading", f"{FIRMWARE}(status Downloading)"),
    (
        "045_1",
        f'field:{DIAGNOSTICS}[status=Uploaded].status="UploadFailed"',
        f"{DIAGNOSTICS}.status is Uploaded",
    ),
    (
        "045_2",
        f'field:{DIAGNOSTICS}[status=Uploading].status="Idle"',
        f"{DIAGNOSTICS}.status is Uploading",
    ),
    ("044_2", "retries-unasked", "scenario"),
    ("044_2", "skip-firmware-status:DownloadFailed", f"{FIRMWARE}(status DownloadFailed)"),
    ("044_2", "downloads-nothing", f"{FIRMWARE}(status DownloadFailed)"),
    ("044_3", "installs-bad-image", f"{FIRMWARE}(status InstallationFailed)"),
    ("044_3", "skip-firmware-status:Downloaded", f"{FIRMWARE}(status Downloaded)"),
    ("044_3", "stays-unavailable", "every connector is Available in the end"),
    ("044_3", "runs-bad-image", "the old firmware is in force"),
    ("044_3", "no-unavailable-on-update", "every connector is Unavailable before the"),
    ("045_1", 'answer-field:GetDiagnostics.fileName=""', "the answer names the file"),
    ("045_1", "skip-upload-status:Uploading", f"{DIAGNOSTICS}"),
    ("045_1", "skip-upload-status:Uploaded", f"{DIAGNOSTICS}"),
    ("045_1", "uploads-nothing", "exactly one file arrived"),
    ("045_2", "skip-upload-status:UploadFailed", f"{DIAGNOSTICS}"),
    ("045_2", "uploads-nothing", f"{DIAGNOSTICS}"),
]
