"""Firmware update: download, signature, installation, reboot, and what is told of it.

An update that the power interrupts before the reboot begins anew at the download (ours).

Source: OCPP 1.6, 4.5, 6.19 and 7.25; OCPP security white paper, L01; station behaviour 13.1 and
14.10.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from firmware_mocks.charging_station.certificates import CertificateType
from firmware_mocks.charging_station.firmware_image import BadImage, is_signed, read_image
from firmware_mocks.charging_station.storage import Json, StoredFirmware, StoredUpdate
from firmware_mocks.charging_station.transfer import (
    Manner,
    Progress,
    TransferFailed,
    download,
)
from firmware_mocks.charging_station.x509_checks import (
    BadCertificate,
    check_dates,
    check_not_revoked,
    check_properties,
    parsed,
    path_to_root,
)
from rig.ocppj.endpoint import Lost
from rig.ocppj.flag import Flag

if TYPE_CHECKING:
    from firmware_mocks.charging_station.controller import Controller

LOOK_S = 60.0
"""Between looks at the clock, which may be set meanwhile."""
IDLE, INSTALLED = "Idle", "Installed"
GOING_AWAY = 1001
WAITING, REBOOTING = "waiting", "rebooting"
BROKEN_VERSION = "broken"
DIRECTLY_BELOW = 2
"""Certificates from signer to root: no intermediate, and not the root itself."""


class Revoked(BadCertificate):
    """The signing certificate is on a revocation list."""


class Firmware:
    """Updates the station, one update at a time.

    Args:
        controller: of the station.
        stored: from the disk; changed in place.
        manner: asked how files are transferred now.

    Attributes:
        status: last one of the update that runs, or of the last one.
        progress: of the download.
    """

    def __init__(
        self, controller: Controller, stored: StoredFirmware, manner: Callable[[], Manner]
    ) -> None:
        self.status = IDLE
        self.progress = Progress()
        self._controller = controller
        self._stored = stored
        self._manner = manner
        self._request_id: int | None = None
        self._task: asyncio.Task[None] | None = None
        self._cannot_stop = False

    @property
    def running(self) -> bool:
        """Whether an update is under way."""
        return self._task is not None and not self._task.done()

    @property
    def may_begin(self) -> bool:
        """Whether an update may begin, at the cost of one that runs: not while that installs."""
        return not (self.running and self._cannot_stop)

    def begin(self, update: StoredUpdate) -> None:
        """Begin an update; one that runs is given up."""
        if self._task is not None:
            self._task.cancel()
        self._stored["update"] = update
        self._controller.board.save()
        self._start(update)

    def resume(self) -> None:
        """Go on after a boot."""
        if (update := self._stored["update"]) is not None:
            self._start(update)

    def _start(self, update: StoredUpdate) -> None:
        self.status, self._request_id = IDLE, update["request_id"]
        self._task = self._controller.board.tasks.spawn(self._run(update))

    def check_signer(self, certificate: str) -> None:
        """The signing certificate is directly below a ManufacturerRootCertificate, and good.

        Raises:
            Revoked: it is revoked.
            BadCertificate: it is bad.
        """
        controller = self._controller
        if controller.board.defects.has("accepts-bad-certificate", "firmware"):
            return
        chain = parsed(certificate)
        path = path_to_root(chain, controller.certificates.roots(CertificateType.MANUFACTURER))
        if len(path) != DIRECTLY_BELOW:
            raise BadCertificate("not directly below a root of the manufacturer")
        for each in path:
            check_properties(each)
            check_dates(each, controller.board.rtc.utc())
        try:
            check_not_revoked(path, controller.certificates.crls())
        except BadCertificate as revoked:
            raise Revoked(str(revoked)) from None

    # --- what is told -------------------------------------------------------------------------

    def report(self, *, signed: bool) -> tuple[str, dict[str, Json]]:
        """The message that a trigger asks for: action and payload."""
        if signed:
            if self._request_id is None or self.status in (IDLE, INSTALLED):
                return "SignedFirmwareStatusNotification", {"status": IDLE}
            return self._message(self.status, self._request_id)
        running = self.running and self._request_id is None
        return self._message(self.status if running else IDLE, None)

    @staticmethod
    def _message(status: str, request_id: int | None) -> tuple[str, dict[str, Json]]:
        if request_id is None:
            return "FirmwareStatusNotification", {"status": status}
        return "SignedFirmwareStatusNotification", {"status": status, "requestId": request_id}

    async def _tell(self, status: str) -> None:
        board = self._controller.board
        self.status = status
        if board.defects.has("skip-firmware-status", status):
            return
        while True:
            await board.uplink.settled.wait()
            outcome = await board.uplink.call(*self._message(status, self._request_id))
            if not isinstance(outcome, Lost):
                return
            await asyncio.sleep(0)  # offline; `settled` is clear by now

    # --- the way of an update -----------------------------------------------------------------

    async def _run(self, update: StoredUpdate) -> None:
        if update["phase"] == REBOOTING:
            await self._new_firmware_runs()
        else:
            data = await self._fetch(update)
            if data is not None:
                await self._install(update, data)
        self._stored["update"] = None
        self._controller.board.save()

    async def _new_firmware_runs(self) -> None:
        board = self._controller.board
        self._controller.security_events.raised("FirmwareUpdated", board.firmware_version)
        if not board.persona.installed_before_reboot:
            await self._tell(INSTALLED)
        self.status = INSTALLED

    async def _until(self, posix: float | None, meanwhile: str) -> None:
        """Wait for a date; a secure update tells that it does."""
        board = self._controller.board
        if posix is None or posix <= board.rtc.posix():
            return
        if self._request_id is not None:
            await self._tell(meanwhile)
        while (wait_s := posix - board.rtc.posix()) > 0:
            await board.clock.sleep(min(wait_s, LOOK_S))

    async def _fetch(self, update: StoredUpdate) -> bytes | None:
        await self._until(update["retrieve_at"], "DownloadScheduled")
        data = await self._download(update)
        if data is None:
            await self._tell("DownloadFailed")
            return None
        await self._tell("Downloaded")
        if update["request_id"] is None:
            return data
        unchecked = self._controller.board.defects.has("accepts-bad-signature")
        signer = parsed(update["certificate"])[0].public_key()
        if not unchecked and not is_signed(data, update["signature"], signer):
            await self._tell("InvalidSignature")
            self._controller.security_events.raised("InvalidFirmwareSignature", "wrong signature")
            return None
        await self._tell("SignatureVerified")
        return data

    async def _download(self, update: StoredUpdate) -> bytes | None:
        board = self._controller.board
        attempts = 1 + update["retries"] + board.defects.has("retries-unasked")
        for attempt in range(attempts):
            if attempt:
                await board.clock.sleep(update["retry_interval_s"])
            self.progress = Progress()
            await self._tell("Downloading")
            if board.defects.has("downloads-nothing"):
                return b""
            try:
                return await download(update["location"], self._manner(), self.progress)
            except TransferFailed:
                continue
        return None

    async def _install(self, update: StoredUpdate, data: bytes) -> None:
        controller, board = self._controller, self._controller.board
        await self._until(update["install_at"], "InstallScheduled")
        try:
            await self._make_way()
            self._cannot_stop = True
            await self._tell("Installing")
            await board.clock.sleep(board.persona.install_time_s)
            version = self._version_of(data)
            if version is None:
                await self._tell("InstallationFailed")
                if board.defects.has("runs-bad-image"):
                    self._stored["update"] = None
                    await self._reboot(BROKEN_VERSION)
                return
            await self._take_over(update, version)
        finally:
            self._cannot_stop = False
            stuck = self.status == "InstallationFailed" and board.defects.has("stays-unavailable")
            if not stuck:
                controller.availability.updating = None
                controller.availability.apply(controller.sockets.values())
                controller.evaluate_all()

    async def _make_way(self) -> None:
        """Wait for the transactions; connectors that are not in use are Unavailable."""
        controller, board = self._controller, self._controller.board
        if board.persona.updates_during_transaction:
            return
        if not board.defects.has("no-unavailable-on-update"):
            controller.availability.updating = Flag()
            controller.availability.apply(controller.sockets.values())
            controller.evaluate_all()
        await self._no_transaction()
        await controller.reporter.flushed()

    async def _no_transaction(self) -> None:
        controller = self._controller
        while any(socket.transaction is not None for socket in controller.sockets.values()):
            over = controller.availability.updating = controller.availability.updating or Flag()
            over.clear()
            await over.wait()

    def _version_of(self, data: bytes) -> str | None:
        board = self._controller.board
        try:
            return read_image(data).version
        except BadImage:
            careless = board.defects.has("installs-bad-image")
            return board.firmware_version if careless or not data else None

    async def _take_over(self, update: StoredUpdate, version: str) -> None:
        board = self._controller.board
        if board.defects.has("no-reboot-after-update"):
            await self._tell(INSTALLED)
            return
        if board.persona.updates_during_transaction:
            await self._no_transaction()
        if self._request_id is not None:
            await self._tell("InstallRebooting")
        if board.persona.installed_before_reboot:
            await self._tell(INSTALLED)
        update["phase"] = REBOOTING
        keeps = board.defects.has("old-version-after-update")
        await self._reboot(self._stored["version"] if keeps else version)

    async def _reboot(self, version: str) -> None:
        controller, board = self._controller, self._controller.board
        self._stored["version"] = version
        await controller.reporter.flushed()
        board.save()
        await board.uplink.close(GOING_AWAY)
        board.restart()
        await asyncio.Event().wait()  # the reboot ends everything
