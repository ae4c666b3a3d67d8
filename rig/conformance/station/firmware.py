"""Rows 66 to 70 (044_1 to 045_2): firmware update and diagnostics."""

from __future__ import annotations

from rig.conformance.cases import case
from rig.conformance.catalogue import Role
from rig.conformance.exchange_files import IMAGE, MISSING, Files, unreachable
from rig.conformance.inbox import Expectation
from rig.conformance.steps import StationCase
from rig.conformance.updates import PLAIN, Update, everywhere

DIAGNOSTICS = "DiagnosticsStatusNotification"
NO_FOLDER = "no-such-folder/"


@case("044_1", dut=Role.STATION)
async def update_firmware(s: StationCase) -> None:
    """A firmware update: fetched, installed, booted."""
    async with Files.serving(s) as files:
        update = Update(s, PLAIN)
        await s.call("UpdateFirmware", location=files.image(), retrieveDate=s.clock.stamp())
        await update.downloaded()
        await update.installed()
        files.check_fetched(IMAGE)


@case("044_2", dut=Role.STATION)
async def download_failed(s: StationCase) -> None:
    """An image that cannot be reached: one attempt, and the old firmware goes on."""
    update, location = Update(s, PLAIN), await unreachable(s, MISSING)
    await s.call("UpdateFirmware", location=location, retrieveDate=s.clock.stamp(), retries=0)
    await s.expect_all(
        update.told("Downloading", optional=True),  # not where the failure is immediate
        update.told("DownloadFailed"),
        *update.unavailable,
        *everywhere(s, "Available", optional=True),
        within=s.parameters.long_operation_timeout,
    )
    await update.check_undone()


@case("044_3", dut=Role.STATION)
async def installation_failed(s: StationCase) -> None:
    """An image that can be fetched but not installed."""
    async with Files.serving(s) as files:
        update, location = Update(s, PLAIN), files.broken_image()
        await s.call("UpdateFirmware", location=location, retrieveDate=s.clock.stamp())
        await update.downloaded()
        # A station that sees at once that it is no image skips the installation.
        installing = update.told("Installing", optional=True)
        failed = update.told("InstallationFailed")
        await s.expect_all(
            installing,
            failed,
            Expectation("BootNotification", optional=True),
            *everywhere(s, "Available", optional=True),
            within=s.parameters.long_operation_timeout,
        )
        if installing.found is not None:
            update.check_out_of_service(installing.found)
    await update.check_undone()


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
    """Diagnostics that cannot be delivered: one attempt, and normal operation goes on."""
    await s.call("GetDiagnostics", location=await unreachable(s, NO_FOLDER), retries=0)
    await s.expect(DIAGNOSTICS, status="Uploading")
    await s.expect(DIAGNOSTICS, status="UploadFailed", within=s.parameters.long_operation_timeout)
    await s.call("GetConfiguration", key=["HeartbeatInterval"])
