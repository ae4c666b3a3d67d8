"""Firmware updates of the emulated station: real downloads, signatures, installation, reboot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from firmware_mocks.charging_station.firmware_image import make_image, sign
from rig.csms.cards import IdTagInfo
from rig.csms.files import MISSING, FileServers
from rig.csms.pki import Credentials, Flaw, KeyKind, name, new_key, pem
from rig.jsontypes import Json
from rig.ocppj.endpoint import Error
from rig.ocppj.frames import ErrorCode
from tests.wire.emulated_station import GOOD, PERSONA, Lab, payload
from tests.wire.secure_laboratory import (
    HOST,
    SECURE,
    SecureLab,
    delivered,
    pki,
    secure_laboratory,
    server,
)

SCALE = 20.0
PLAIN, SIGNED = "FirmwareStatusNotification", "SignedFirmwareStatusNotification"
NOW = "2020-01-01T00:00:00Z"
FAR = "2099-01-01T00:00:00Z"
NEW, OLD = "2.0.0", "1.0.0"
WHOLE = ["Downloading", "Downloaded", "Installing", "Installed"]
WHOLE_SIGNED = [
    "Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting",
    "Installed",
]  # fmt: skip
MANAGED = PERSONA + "secure_firmware_update: false\ninstall_time_s: 1\n"


@asynccontextmanager
async def station(
    folder: Path, *defects: str, persona: str = MANAGED, options: tuple[str, ...] = ()
) -> AsyncIterator[tuple[SecureLab, FileServers]]:
    """A station that has booted, and servers with two images."""
    async with (
        secure_laboratory(folder, None, scale=SCALE) as lab,
        FileServers("127.0.0.1", (server().pem, server().key_pem)) as files,
    ):
        lab.csms.cards.put(GOOD, IdTagInfo("Accepted"))
        files.put("new.bin", make_image(NEW))
        files.put("broken.bin", make_image(NEW, corrupt=True))
        async with lab.station(*defects, persona=persona, options=options):
            await lab.booted()
            yield lab, files


async def update(lab: Lab, location: str, **more: Json) -> None:
    fields: dict[str, Json] = {"retrieveDate": NOW, "location": location, **more}
    assert await lab.command("UpdateFirmware", **fields) == {}


def told(lab: Lab, action: str = PLAIN, since: int = 0) -> list[Json]:
    """The statuses of the update so far."""
    return [payload(e)["status"] for e in lab.calls(action, since=since)]


# --- plain --------------------------------------------------------------------------------------


@pytest.mark.rig_covers("message:UpdateFirmware", "message:FirmwareStatusNotification")
@pytest.mark.parametrize("scheme", ["http", "https", "ftp", "ftps"])
async def test_an_update_by_every_protocol(scheme: str, tmp_path: Path) -> None:
    async with station(tmp_path) as (lab, files):
        mark = lab.mark
        await update(lab, files.url(scheme, "new.bin"))
        await lab.next(PLAIN, status="Installing")
        assert lab.statuses(1, mark) == lab.statuses(2, mark) == ["Unavailable"]
        assert (await lab.next("BootNotification"))["firmwareVersion"] == NEW
        await lab.next(PLAIN, status="Installed")
        assert told(lab) == WHOLE
        assert lab.statuses(1, mark) == ["Unavailable", "Available"]
        (transfer,) = files.transfers
        assert (transfer.scheme, transfer.direction) == (scheme, "to-station")
        await lab.command("Reset", type="Hard")
        assert (await lab.next("BootNotification"))["firmwareVersion"] == NEW  # and stays


async def test_the_new_version_survives_a_loss_of_power(tmp_path: Path) -> None:
    disk = ("--disk", str(tmp_path / "disk"))
    async with station(tmp_path, options=disk) as (lab, files):
        await update(lab, files.url("http", "new.bin"))
        await lab.next(PLAIN, status="Installed")
        await lab.idle()
        await lab.ask("power", on=False)
        await lab.ask("power", on=True)
        assert (await lab.next("BootNotification"))["firmwareVersion"] == NEW
        await lab.idle()
        assert told(lab) == WHOLE


async def test_an_update_begins_anew_when_the_power_was_lost(tmp_path: Path) -> None:
    disk = ("--disk", str(tmp_path / "disk"))
    async with station(tmp_path, options=disk) as (lab, files):
        await update(lab, files.url("http", "none.bin"), retries=9, retryInterval=1)
        await lab.next(PLAIN, status="Downloading")
        await lab.ask("power", on=False)
        files.put("none.bin", make_image(NEW))
        await lab.ask("power", on=True)
        await lab.next(PLAIN, status="Installed")


@pytest.mark.parametrize(
    ("location", "retries"),
    [("ftp://127.0.0.1:1/x", 0), ("http://127.0.0.1:1/x", 2), ("gopher://h/x", 0), ("nothing", 0)],
)
async def test_a_download_that_fails(location: str, retries: int, tmp_path: Path) -> None:
    async with station(tmp_path) as (lab, _):
        mark = lab.mark
        await update(lab, location, retries=retries, retryInterval=1)
        await lab.next(PLAIN, status="DownloadFailed")
        await lab.idle()
        assert told(lab) == [*(1 + retries) * ["Downloading"], "DownloadFailed"]
        assert lab.statuses(1, mark) == []


@pytest.mark.parametrize("scheme", ["http", "ftp"])
async def test_a_file_that_is_not_there(scheme: str, tmp_path: Path) -> None:
    async with station(tmp_path) as (lab, files):
        await update(lab, files.url(scheme, "none.bin"))
        await lab.next(PLAIN, status="DownloadFailed")


async def test_retries_have_their_interval_and_may_succeed(tmp_path: Path) -> None:
    async with station(tmp_path) as (lab, files):
        await update(lab, files.url("http", "late.bin"), retries=3, retryInterval=10)
        first = await lab.call(PLAIN, status="Downloading")
        await files.transferred(MISSING, "late.bin")
        files.put("late.bin", make_image(NEW))
        second = await lab.call(PLAIN, status="Downloading")
        assert second.t_s - first.t_s >= 10
        await lab.next(PLAIN, status="Installed")


async def test_an_installation_that_fails(tmp_path: Path) -> None:
    async with station(tmp_path) as (lab, files):
        mark = lab.mark
        await update(lab, files.url("http", "broken.bin"))
        await lab.next(PLAIN, status="InstallationFailed")
        await lab.status("Available")
        await lab.idle()
        assert told(lab) == [*WHOLE[:3], "InstallationFailed"]
        assert lab.statuses(1, mark) == ["Unavailable", "Available"]
        assert not lab.calls("BootNotification", since=mark)


async def test_an_update_waits_for_the_transaction(tmp_path: Path) -> None:
    async with station(tmp_path) as (lab, files):
        await lab.charge()
        mark = lab.mark
        await update(lab, files.url("http", "new.bin"))
        await lab.status("Unavailable", 2)
        assert lab.statuses(1, mark) == []
        await lab.ask("card", id_tag=GOOD)
        await lab.call("StopTransaction")
        assert "Installing" not in told(lab)
        await lab.next(PLAIN, status="Installing")
        await lab.next(PLAIN, status="Installed")


async def test_a_station_that_installs_beside_a_transaction(tmp_path: Path) -> None:
    persona = MANAGED + "updates_during_transaction: true\ninstalled_before_reboot: true\n"
    async with station(tmp_path, persona=persona) as (lab, files):
        await lab.charge()
        mark = lab.mark
        await update(lab, files.url("http", "new.bin"))
        await lab.next(PLAIN, status="Installing")
        await lab.idle()
        assert lab.statuses(1, mark) == lab.statuses(2, mark) == []
        await lab.ask("card", id_tag=GOOD)
        await lab.call("StopTransaction")
        await lab.next(PLAIN, status="Installed")
        await lab.next("BootNotification", firmwareVersion=NEW)


async def test_availability_that_was_set_is_no_other_after_an_update(tmp_path: Path) -> None:
    async with station(tmp_path) as (lab, files):
        await lab.command("ChangeAvailability", connectorId=2, type="Inoperative")
        await update(lab, files.url("http", "broken.bin"))
        await lab.next(PLAIN, status="InstallationFailed")
        await lab.status("Available", 1)
        await lab.idle()
        assert lab.statuses(2)[-1] == "Unavailable"


async def test_a_second_update_replaces_the_first(tmp_path: Path) -> None:
    async with station(tmp_path) as (lab, files):
        await update(lab, files.url("http", "new.bin"), retrieveDate=FAR)
        files.put("newer.bin", make_image("3.0.0"))
        await update(lab, files.url("http", "newer.bin"))
        await lab.next("BootNotification", firmwareVersion="3.0.0")


async def test_status_on_request(tmp_path: Path) -> None:
    async with station(tmp_path) as (lab, files):
        await update(lab, files.url("http", "new.bin"))
        await lab.next(PLAIN, status="Installed")
        conf = await lab.command("TriggerMessage", requestedMessage=PLAIN)
        assert conf == {"status": "Accepted"}
        assert (await lab.next(PLAIN))["status"] == "Idle"
        await update(lab, files.url("http", "none.bin"), retries=1, retryInterval=10)
        await lab.next(PLAIN, status="Downloading")
        await lab.command("TriggerMessage", requestedMessage=PLAIN)
        assert (await lab.next(PLAIN))["status"] == "Downloading"


async def test_a_password_in_the_location_is_not_kept_in_what_the_station_shows(
    tmp_path: Path,
) -> None:
    async with station(tmp_path) as (lab, files):
        await update(lab, files.url("http", "none.bin"))
        await lab.next(PLAIN, status="DownloadFailed")
        secret = files.url("http").split("@")[0].split(":")[-1]
        assert secret not in str(await lab.ask("state"))
        assert secret not in (tmp_path / "station.log").read_text()


async def test_without_the_profile_there_is_no_update(tmp_path: Path) -> None:
    async with station(tmp_path, persona=PERSONA + "profiles: [Core]\n") as (lab, _):
        for action in ("UpdateFirmware", "GetDiagnostics"):
            fields: dict[str, Json] = {"location": "http://h/"}
            if action == "UpdateFirmware":
                fields["retrieveDate"] = NOW
            outcome = await lab.csms.call(action, fields, 20)
            assert isinstance(outcome, Error)
            assert outcome.code == ErrorCode.NOT_SUPPORTED


# --- signed -------------------------------------------------------------------------------------


@asynccontextmanager
async def secure(
    folder: Path, *defects: str, crl: str = "", persona: str = ""
) -> AsyncIterator[tuple[SecureLab, FileServers]]:
    """A station with the manufacturer's root."""
    options = tuple(delivered(folder / "pem", crl=crl, manufacturer=pki().manufacturer_root))
    persona = SECURE + "install_time_s: 1\n" + persona
    async with station(folder, *defects, persona=persona, options=options) as (lab, files):
        yield lab, files


def order(
    files: FileServers, name: str = "new.bin", signer: Credentials | None = None, **more: Json
) -> dict[str, Json]:
    """SignedUpdateFirmware.req. Servers are verified by the root: by name."""
    signer = signer or pki().firmware_signer()
    firmware: dict[str, Json] = {
        "location": files.url("https", name).replace("127.0.0.1", HOST),
        "retrieveDateTime": NOW,
        "signingCertificate": pem(signer.leaf),
        "signature": sign(files.read(name), signer.key),
        **more,
    }
    return {"requestId": 7, "firmware": firmware}


@pytest.mark.rig_covers("message:SignedUpdateFirmware", "message:SignedFirmwareStatusNotification")
@pytest.mark.parametrize("kind", list(KeyKind))
async def test_a_signed_update(kind: KeyKind, tmp_path: Path) -> None:
    async with secure(tmp_path) as (lab, files):
        mark = lab.mark
        conf = await lab.command(
            "SignedUpdateFirmware", **order(files, signer=pki().firmware_signer(kind))
        )
        assert conf == {"status": "Accepted"}
        assert (await lab.next("BootNotification"))["firmwareVersion"] == NEW
        await lab.next(SIGNED, status="Installed")
        assert told(lab, SIGNED) == WHOLE_SIGNED
        assert {payload(e)["requestId"] for e in lab.calls(SIGNED)} == {7}
        assert not lab.calls(PLAIN)
        types = [payload(e)["type"] for e in lab.calls("SecurityEventNotification", since=mark)]
        if "FirmwareUpdated" not in types:
            await lab.event("FirmwareUpdated")


async def test_dates_of_a_signed_update(tmp_path: Path) -> None:
    async with secure(tmp_path) as (lab, files):
        request = order(files, installDateTime=FAR)
        assert await lab.command("SignedUpdateFirmware", **request) == {"status": "Accepted"}
        await lab.next(SIGNED, status="InstallScheduled")
        request = order(files, retrieveDateTime=FAR)
        conf = await lab.command("SignedUpdateFirmware", **request)
        assert conf == {"status": "AcceptedCanceled"}
        await lab.next(SIGNED, status="DownloadScheduled")
        await lab.command("ExtendedTriggerMessage", requestedMessage=PLAIN)
        assert await lab.next(SIGNED) == {"status": "DownloadScheduled", "requestId": 7}


async def test_an_invalid_signature_ends_the_update(tmp_path: Path) -> None:
    async with secure(tmp_path) as (lab, files):
        mark = lab.mark
        other = sign(b"something else", pki().firmware_signer().key)
        await lab.command("SignedUpdateFirmware", **order(files, signature=other))
        await lab.next(SIGNED, status="InvalidSignature")
        await lab.event("InvalidFirmwareSignature")
        await lab.idle()
        assert told(lab, SIGNED) == ["Downloading", "Downloaded", "InvalidSignature"]
        assert not lab.calls("BootNotification", "StatusNotification", since=mark)


@pytest.mark.parametrize("flaw", [Flaw.EXPIRED, "foreign", "no PEM"])
async def test_a_bad_signing_certificate_is_refused(flaw: str, tmp_path: Path) -> None:
    async with secure(tmp_path) as (lab, files):
        signer = pki().firmware_signer(flaw=Flaw.EXPIRED if flaw == Flaw.EXPIRED else None)
        request = order(files, signer=pki().root if flaw == "foreign" else signer)
        if flaw == "no PEM":
            request = order(files, signingCertificate="nothing")
        conf = await lab.command("SignedUpdateFirmware", **request)
        assert conf == {"status": "InvalidCertificate"}
        await lab.event("InvalidFirmwareSigningCertificate")
        assert told(lab, SIGNED) == []


@pytest.mark.parametrize("below", [0, 2], ids=["the root itself", "an intermediate"])
async def test_a_signer_is_directly_below_the_root(below: int, tmp_path: Path) -> None:
    root = pki().manufacturer_root
    middle = pki()._ca("Somebody between", root)
    leaf = pki()._leaf(name("Firmware signing", "Rig Manufacturer"), new_key(), middle)
    signer = Credentials((leaf.leaf, middle.leaf), leaf.key) if below else root
    async with secure(tmp_path) as (lab, files):
        request = order(files, signer=signer, signingCertificate=signer.pem)
        conf = await lab.command("SignedUpdateFirmware", **request)
        assert conf == {"status": "InvalidCertificate"}
        event = await lab.event("InvalidFirmwareSigningCertificate")
        assert event["techInfo"] == "not directly below a root of the manufacturer"


async def test_a_revoked_signing_certificate_is_refused(tmp_path: Path) -> None:
    signer = pki().firmware_signer()
    crl = pki().revoked(signer.leaf, issuer=pki().manufacturer_root)
    async with secure(tmp_path, crl=crl) as (lab, files):
        conf = await lab.command("SignedUpdateFirmware", **order(files, signer=signer))
        assert conf == {"status": "RevokedCertificate"}


async def test_a_server_that_no_root_verifies_gives_no_firmware(tmp_path: Path) -> None:
    async with secure(tmp_path) as (lab, files):
        request = order(files, location=files.url("https", "new.bin"))  # an address, not the name
        await lab.command("SignedUpdateFirmware", **request)
        await lab.next(SIGNED, status="DownloadFailed")


async def test_the_plain_update_is_refused_beside_the_secure_one(tmp_path: Path) -> None:
    async with secure(tmp_path) as (lab, files):
        fields: dict[str, Json] = {"location": files.url("http", "new.bin"), "retrieveDate": NOW}
        outcome = await lab.csms.call("UpdateFirmware", fields, 20)
        assert isinstance(outcome, Error)
        assert outcome.code == ErrorCode.NOT_SUPPORTED
        await lab.command("ExtendedTriggerMessage", requestedMessage=PLAIN)
        assert await lab.next(SIGNED) == {"status": "Idle"}


async def test_a_station_without_secure_update_refuses_it(tmp_path: Path) -> None:
    async with secure(tmp_path, persona="secure_firmware_update: false\n") as (lab, files):
        outcome = await lab.csms.call("SignedUpdateFirmware", order(files), 20)
        assert isinstance(outcome, Error)
        assert outcome.code == ErrorCode.NOT_SUPPORTED


# --- defects ------------------------------------------------------------------------------------


DEFECTS = [
    ("skip-firmware-status:Downloaded", "new.bin", ["Downloading", "Installing", "Installed"]),
    ("retries-unasked", "none.bin", ["Downloading", "Downloading", "DownloadFailed"]),
    ("downloads-nothing", "none.bin", WHOLE),
    ("installs-bad-image", "broken.bin", WHOLE),
    ("no-reboot-after-update", "new.bin", WHOLE),
    ("old-version-after-update", "new.bin", WHOLE),
    ("no-unavailable-on-update", "new.bin", WHOLE),
    ("stays-unavailable", "broken.bin", [*WHOLE[:3], "InstallationFailed"]),
]
DEFECTS_BESIDE = ("accepts-bad-signature", "plain-update-beside-secure")


@pytest.mark.parametrize(("defect", "image", "statuses"), DEFECTS)
async def test_defects_of_the_update(
    defect: str, image: str, statuses: list[str], tmp_path: Path
) -> None:
    async with station(tmp_path, defect) as (lab, files):
        mark = lab.mark
        await update(lab, files.url("http", image), retries=0, retryInterval=1)
        await lab.next(PLAIN, status=statuses[-1])
        await lab.idle()
        assert told(lab) == statuses
        boots = [payload(e)["firmwareVersion"] for e in lab.calls("BootNotification", since=mark)]
        seen = lab.statuses(1, mark)
        if statuses[-1] != "Installed" or defect == "no-reboot-after-update":
            assert boots == []
        elif defect == "old-version-after-update":
            assert boots == [OLD]
        if defect == "no-unavailable-on-update":
            assert seen == ["Available"]  # of the boot
        if defect == "stays-unavailable":
            assert seen == ["Unavailable"]
        if defect == "downloads-nothing":
            assert files.transfers == []


async def test_defect_accepts_any_signature(tmp_path: Path) -> None:
    async with secure(tmp_path, "accepts-bad-signature") as (lab, files):
        other = sign(b"something else", pki().firmware_signer().key)
        await lab.command("SignedUpdateFirmware", **order(files, signature=other))
        await lab.next(SIGNED, status="SignatureVerified")
        await lab.next(SIGNED, status="Installed")


async def test_defect_accepts_any_signer(tmp_path: Path) -> None:
    async with secure(tmp_path, "accepts-bad-certificate:firmware") as (lab, files):
        conf = await lab.command("SignedUpdateFirmware", **order(files, signer=pki().root))
        assert conf == {"status": "Accepted"}


async def test_defect_obeys_the_plain_update_beside_the_secure_one(tmp_path: Path) -> None:
    async with secure(tmp_path, "plain-update-beside-secure") as (lab, files):
        location = files.url("http", "new.bin").replace("127.0.0.1", HOST)
        await update(lab, location)
        await lab.next(PLAIN, status="Installed")


async def test_the_power_goes_in_the_middle_of_a_download(tmp_path: Path) -> None:
    """A server that never goes on: the station lets go of it at once."""
    came, gone = asyncio.Event(), asyncio.Event()

    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set()
        await reader.read(-1)  # ends when the station lets go
        gone.set()
        writer.close()

    stalling = await asyncio.start_server(stall, "127.0.0.1", 0)
    async with stalling, station(tmp_path) as (lab, _):
        port = stalling.sockets[0].getsockname()[1]
        for scheme in ("http", "ftp"):
            came.clear()
            gone.clear()
            await update(lab, f"{scheme}://127.0.0.1:{port}/new.bin")
            await lab.next(PLAIN, status="Downloading")
            async with asyncio.timeout(10):
                await came.wait()
                await lab.ask("power", on=False)
                await gone.wait()
            await lab.ask("power", on=True)
            await lab.booted()
