"""Diagnostics and logs of the emulated station, really uploaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.csms.files import FROM_STATION, FileServers
from rig.csms.pki import pem
from rig.jsontypes import Json
from tests.wire.emulated_station import payload
from tests.wire.secure_laboratory import HOST, SECURE, pki
from tests.wire.test_station_firmware import MANAGED, station

STATUS, LOG_STATUS = "DiagnosticsStatusNotification", "LogStatusNotification"
PAST, FAR = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"


def by_name(files: FileServers, scheme: str) -> str:
    return files.url(scheme).replace("127.0.0.1", HOST)


@pytest.mark.rig_covers("message:GetDiagnostics", "message:DiagnosticsStatusNotification")
@pytest.mark.parametrize("scheme", ["http", "https", "ftp", "ftps"])
async def test_diagnostics_by_every_protocol(scheme: str, tmp_path: Path) -> None:
    async with station(tmp_path) as (lab, files):
        conf = await lab.command("GetDiagnostics", location=files.url(scheme))
        await lab.next(STATUS, status="Uploaded")
        assert [payload(e)["status"] for e in lab.calls(STATUS)] == ["Uploading", "Uploaded"]
        transfer = await files.transferred(FROM_STATION)
        assert (transfer.scheme, transfer.name) == (scheme, conf["fileName"])
        text = files.read(transfer.name).decode()
        assert "[station]" in text
        assert "HeartbeatInterval=12" in text
        assert '"firmwareVersion": "1.0.0"' in text


async def test_diagnostics_hold_no_secret(tmp_path: Path) -> None:
    async with station(tmp_path) as (lab, files):
        key = "00112233445566778899AABBCCDDEEFF"
        await lab.change("AuthorizationKey", key)
        await lab.idle()  # it comes back with the new password
        await lab.command("GetDiagnostics", location=files.url("http"))
        transfer = await files.transferred(FROM_STATION)
        assert key not in files.read(transfer.name).decode()


@pytest.mark.parametrize("retries", [0, 2])
async def test_an_upload_that_fails(retries: int, tmp_path: Path) -> None:
    async with station(tmp_path) as (lab, _):
        location = "ftp://127.0.0.1:1/"
        await lab.command("GetDiagnostics", location=location, retries=retries, retryInterval=1)
        await lab.next(STATUS, status="UploadFailed")
        assert [payload(e)["status"] for e in lab.calls(STATUS)] == ["Uploading", "UploadFailed"]


async def test_uploads_by_post(tmp_path: Path) -> None:
    async with station(tmp_path, persona=MANAGED + "uploads_by_post: true\n") as (lab, files):
        await lab.command("GetDiagnostics", location=files.url("http"))
        await lab.next(STATUS, status="Uploaded")
        assert (await files.transferred(FROM_STATION)).scheme == "http"


@pytest.mark.rig_covers("key:SupportedFileTransferProtocols")
async def test_a_station_has_only_the_protocols_that_it_says(tmp_path: Path) -> None:
    persona = MANAGED + "limits: {SupportedFileTransferProtocols: HTTP}\n"
    async with station(tmp_path, persona=persona) as (lab, files):
        assert await lab.read("SupportedFileTransferProtocols") == "HTTP"
        await lab.command("GetDiagnostics", location=files.url("ftp"))
        await lab.next(STATUS, status="UploadFailed")
        await lab.command("GetDiagnostics", location=files.url("http"))
        await lab.next(STATUS, status="Uploaded")


async def test_diagnostics_status_on_request(tmp_path: Path) -> None:
    async with station(tmp_path) as (lab, _):
        await lab.command("TriggerMessage", requestedMessage=STATUS)
        assert await lab.next(STATUS) == {"status": "Idle"}
        await lab.command(
            "GetDiagnostics", location="http://127.0.0.1:1/", retries=9, retryInterval=60
        )
        await lab.next(STATUS, status="Uploading")
        await lab.command("TriggerMessage", requestedMessage=STATUS)
        assert await lab.next(STATUS) == {"status": "Uploading"}


# --- GetLog -------------------------------------------------------------------------------------


def log(
    location: str, request_id: int = 5, kind: str = "SecurityLog", **more: Json
) -> dict[str, Json]:
    """GetLog.req; more fields of its `log` by their names."""
    times = {name: more.pop(name) for name in list(more) if name.endswith("Timestamp")}
    which: dict[str, Json] = {"remoteLocation": location, **times}
    return {"logType": kind, "requestId": request_id, "log": which, **more}


@pytest.mark.rig_covers("message:GetLog", "message:LogStatusNotification")
@pytest.mark.parametrize(
    ("kind", "holds"), [("SecurityLog", "StartupOfTheDevice"), ("DiagnosticsLog", "[events]")]
)
async def test_a_log_is_uploaded(kind: str, holds: str, tmp_path: Path) -> None:
    async with station(tmp_path, persona=SECURE) as (lab, files):
        conf = await lab.command("GetLog", **log(files.url("http"), kind=kind))
        assert conf["status"] == "Accepted"
        await lab.next(LOG_STATUS, status="Uploaded", requestId=5)
        sent = [payload(e) for e in lab.calls(LOG_STATUS)]
        assert [(p["status"], p["requestId"]) for p in sent] == [("Uploading", 5), ("Uploaded", 5)]
        transfer = await files.transferred(FROM_STATION)
        assert transfer.name == conf["filename"]
        assert holds in files.read(transfer.name).decode()


async def test_a_log_has_what_was_asked_for(tmp_path: Path) -> None:
    async with station(tmp_path, persona=SECURE) as (lab, files):
        conf = await lab.command("GetLog", **log(files.url("http"), latestTimestamp=PAST))
        assert conf == {"status": "Rejected"}  # there is nothing
        late = log(files.url("http"), oldestTimestamp=PAST, latestTimestamp=FAR)
        conf = await lab.command("GetLog", **late)
        assert conf["status"] == "Accepted"


@pytest.mark.parametrize(
    ("location", "status"),
    [
        ("http://127.0.0.1:1/", "UploadFailure"),
        ("sftp://h/", "NotSupportedOperation"),
        ("http://", "BadMessage"),
        ("{wrong password}", "PermissionDenied"),
        ("{wrong password, ftp}", "PermissionDenied"),
    ],
)
async def test_why_a_log_was_not_uploaded(location: str, status: str, tmp_path: Path) -> None:
    async with station(tmp_path, persona=SECURE) as (lab, files):
        scheme = "ftp" if "ftp}" in location else "http"
        place = files.url(scheme).rpartition("@")[2]
        wrong = f"{scheme}://station:wrong@{place}"
        await lab.command("GetLog", **log(wrong if "{" in location else location))
        await lab.next(LOG_STATUS, status=status, requestId=5)


async def test_a_second_log_replaces_the_first(tmp_path: Path) -> None:
    async with station(tmp_path, persona=SECURE) as (lab, files):
        await lab.command("GetLog", **log("http://127.0.0.1:1/", 1, retries=9, retryInterval=60))
        await lab.next(LOG_STATUS, status="Uploading", requestId=1)
        await lab.command("ExtendedTriggerMessage", requestedMessage=LOG_STATUS)
        assert await lab.next(LOG_STATUS) == {"status": "Uploading", "requestId": 1}
        conf = await lab.command("GetLog", **log(files.url("http"), 2))
        assert conf["status"] == "AcceptedCanceled"
        await lab.next(LOG_STATUS, status="Uploaded", requestId=2)
        await lab.command("ExtendedTriggerMessage", requestedMessage=LOG_STATUS)
        assert await lab.next(LOG_STATUS) == {"status": "Idle"}


async def test_the_end_of_an_upload_is_told_after_an_outage(tmp_path: Path) -> None:
    """The server of the files can be reached; the Central System waits for the result."""
    async with station(tmp_path, persona=SECURE) as (lab, files):
        missing = files.url("http").replace(files.url("http").rpartition("@")[2], "127.0.0.1:1/")
        await lab.command("GetLog", **log(missing, retries=1, retryInterval=2))
        await lab.next(LOG_STATUS, status="Uploading", requestId=5)
        await lab.ask("network", up=False)
        await lab.clock.sleep(6)
        await lab.ask("network", up=True)
        await lab.next(LOG_STATUS, status="UploadFailure", requestId=5)


async def test_a_root_that_was_installed_verifies_from_then_on(tmp_path: Path) -> None:
    async with station(tmp_path, persona=SECURE) as (lab, files):
        await lab.command("GetLog", **log(by_name(files, "https"), 1))
        await lab.next(LOG_STATUS, status="Uploaded", requestId=1)  # nothing to verify it with
        await lab.command(
            "InstallCertificate",
            certificateType="CentralSystemRootCertificate",
            certificate=pem(pki().foreign_root.leaf),
        )
        await lab.command("GetLog", **log(by_name(files, "https"), 2))
        await lab.next(LOG_STATUS, status="UploadFailure", requestId=2)


# --- defects ------------------------------------------------------------------------------------


DEFECTS = ("uploads-nothing", "skip-upload-status", "uploads-empty-log")


async def test_defect_uploads_nothing(tmp_path: Path) -> None:
    async with station(tmp_path, "uploads-nothing") as (lab, files):
        await lab.command("GetDiagnostics", location=files.url("http"))
        await lab.next(STATUS, status="Uploaded")
        assert files.transfers == []


async def test_defect_does_not_tell_a_status_of_an_upload(tmp_path: Path) -> None:
    async with station(tmp_path, "skip-upload-status:Uploading") as (lab, files):
        await lab.command("GetDiagnostics", location=files.url("http"))
        await lab.next(STATUS, status="Uploaded")
        assert [payload(e)["status"] for e in lab.calls(STATUS)] == ["Uploaded"]


async def test_defect_uploads_an_empty_log(tmp_path: Path) -> None:
    async with station(tmp_path, "uploads-empty-log", persona=SECURE) as (lab, files):
        await lab.command("GetLog", **log(files.url("http")))
        await lab.next(LOG_STATUS, status="Uploaded")
        assert files.read((await files.transferred(FROM_STATION)).name) == b""


async def test_defect_leaves_out_the_request_id(tmp_path: Path) -> None:
    defect = f"drop-field:{LOG_STATUS}.requestId"
    async with station(tmp_path, defect, persona=SECURE) as (lab, files):
        await lab.command("GetLog", **log(files.url("http")))
        assert "requestId" not in await lab.next(LOG_STATUS, status="Uploaded")
