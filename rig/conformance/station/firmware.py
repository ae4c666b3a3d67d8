"""Rows 66 to 70 (044_1 to 045_2): firmware update and diagnostics."""

from __future__ import annotations

from rig.conformance.cases import case
from rig.conformance.catalogue import Role
from rig.conformance.exchange_files import IMAGE, MISSING, Files
from rig.conformance.inbox import Expectation
from rig.conformance.steps import StationCase
from rig.conformance.utilities import statuses_in_the_end

FIRMWARE, DIAGNOSTICS = "FirmwareStatusNotification", "DiagnosticsStatusNotification"


@case("044_1", dut=Role.STATION)
async def update_firmware(s: StationCase) -> None:
    """A firmware update: fetched, installed, booted."""
    long_s = s.parameters.long_operation_timeout
    async with Files.serving(s) as files:
        await s.call("UpdateFirmware", location=files.image(), retrieveDate=s.clock.stamp())
        await until_installing(s, FIRMWARE)
        boot, installed = Expectation("BootNotification"), told(FIRMWARE, "Installed")
        await s.expect_all(boot, installed, *everywhere(s, "Available"), within=long_s)
        s.check_fields(boot.received, chargePointVendor="*", chargePointModel="*")
        files.check_fetched(IMAGE)


@case("044_2", dut=Role.STATION)
async def download_failed(s: StationCase) -> None:
    """An image that cannot be reached."""
    await s.call(
        "UpdateFirmware",
        location=s.files.unreachable + MISSING,
        retrieveDate=s.clock.stamp(),
        retries=0,
    )
    downloading = told(FIRMWARE, "Downloading", optional=True)
    failed = told(FIRMWARE, "DownloadFailed")
    await s.expect_all(
        downloading,
        failed,
        *everywhere(s, "Unavailable", optional=True),
        *everywhere(s, "Available", optional=True),
        within=s.parameters.long_operation_timeout,
    )
    await check_in_service(s)


@case("044_3", dut=Role.STATION)
async def installation_failed(s: StationCase) -> None:
    """An image that can be fetched but not installed."""
    long_s = s.parameters.long_operation_timeout
    async with Files.serving(s) as files:
        location = files.broken_image()
        await s.call("UpdateFirmware", location=location, retrieveDate=s.clock.stamp())
        unavailable = everywhere(s, "Unavailable", optional=True)
        await s.expect_all(told(FIRMWARE, "Downloading"), *unavailable, within=long_s)
        await s.expect_all(told(FIRMWARE, "Downloaded"), within=long_s)
        # A station that sees at once that it is no image skips the installation.
        installing = told(FIRMWARE, "Installing", optional=True)
        await s.expect_all(
            installing,
            told(FIRMWARE, "InstallationFailed"),
            Expectation("BootNotification", optional=True),
            *everywhere(s, "Available", optional=True),
            within=long_s,
        )
        if installing.found is not None:
            check_out_of_service(s, unavailable)
    await check_in_service(s)


@case("045_1", dut=Role.STATION)
async def get_diagnostics(s: StationCase) -> None:
    """Diagnostics are uploaded."""
    async with Files.serving(s) as files:
        conf = await s.call("GetDiagnostics", location=files.folder)
        name = conf.get("fileName")
        s.check(
            "the answer names the file",
            isinstance(name, str) and bool(name),
            "steps of the case; OCPP 1.6, 6.26",
            expected="fileName",
            seen=name,
        )
        await s.expect(DIAGNOSTICS, status="Uploading")
        await s.expect(DIAGNOSTICS, status="Uploaded", within=s.parameters.long_operation_timeout)
        await files.check_arrived(str(name))


@case("045_2", dut=Role.STATION)
async def upload_failed(s: StationCase) -> None:
    """Diagnostics that cannot be delivered."""
    await s.call("GetDiagnostics", location=s.files.unreachable + "no-such-folder/", retries=0)
    await s.expect(DIAGNOSTICS, status="Uploading")
    await s.expect(DIAGNOSTICS, status="UploadFailed", within=s.parameters.long_operation_timeout)


def told(action: str, status: str, *, optional: bool = False) -> Expectation:
    """A status message of an update, by its status."""
    return Expectation(action, {"status": status}, optional)


def everywhere(s: StationCase, status: str, *, optional: bool = False) -> list[Expectation]:
    """A report of connector 0 and of each connector; connector 0 need not be Unavailable."""
    return [
        s.status_of(status, connector_id=n, optional=optional or (n == 0 and status != "Available"))
        for n in range(s.connectors + 1)
    ]


async def until_installing(s: StationCase, action: str, *between: str) -> None:
    """Downloading, Downloaded, what comes between, Installing; out of service before that."""
    long_s = s.parameters.long_operation_timeout
    unavailable = everywhere(s, "Unavailable", optional=True)
    await s.expect_all(told(action, "Downloading"), *unavailable, within=long_s)
    for status in ("Downloaded", *between, "Installing"):
        await s.expect_all(told(action, status), within=long_s)
    check_out_of_service(s, unavailable)


def check_out_of_service(s: StationCase, unavailable: list[Expectation]) -> None:
    """Check that every connector was Unavailable before the installation (rule D1-a)."""
    if s.facts.get("updates_firmware_during_transaction"):
        return
    missing = [str(e.match["connectorId"]) for e in unavailable[1:] if e.found is None]
    s.check(
        "every connector is Unavailable before the installation",
        not missing,
        "rule D1-a; OCPP 1.6, 4.5",
        expected="Unavailable",
        seen=f"not connector {', '.join(missing)}" if missing else "Unavailable",
    )


async def check_in_service(s: StationCase) -> None:
    """Check that every connector is Available in the end."""
    seen = await statuses_in_the_end(s)
    s.check(
        "every connector is Available in the end",
        set(seen.values()) == {"Available"},
        "postcondition of the case",
        expected="Available",
        seen=", ".join(f"{n}: {status}" for n, status in seen.items()),
    )
