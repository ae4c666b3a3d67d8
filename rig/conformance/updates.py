"""Firmware updates in the words of a case: what is told, and what the connectors say meanwhile.

Source: OCPP 1.6, 4.5 and 6.19; security white paper, L01; rules D1-a and M11.10.
"""

from __future__ import annotations

from rig.conformance.inbox import Expectation, Received
from rig.conformance.steps import QUIET_S, StationCase
from rig.conformance.utilities import statuses_in_the_end

PLAIN, SIGNED = "FirmwareStatusNotification", "SignedFirmwareStatusNotification"


def everywhere(s: StationCase, status: str, *, optional: bool = False) -> list[Expectation]:
    """A report of connector 0 and of each connector; connector 0 need not be Unavailable."""
    return [
        s.status_of(status, connector_id=n, optional=optional or (n == 0 and status != "Available"))
        for n in range(s.connectors + 1)
    ]


class Update:
    """An update that the station is about to make.

    Args:
        s: the case.
        action: by which the station tells how far it is.
    """

    def __init__(self, s: StationCase, action: str) -> None:
        self._s = s
        self._action = action
        self._within = s.parameters.long_operation_timeout
        self._before = s.csms.station.boot.get("firmwareVersion")
        self.unavailable = everywhere(s, "Unavailable", optional=True)

    def told(self, status: str, *, optional: bool = False) -> Expectation:
        """A status message of the update."""
        return Expectation(self._action, {"status": status}, optional)

    async def downloaded(self, *then: str) -> None:
        """Downloading, Downloaded, and what follows; connectors may go out of service."""
        await self._s.expect_all(self.told("Downloading"), *self.unavailable, within=self._within)
        for status in ("Downloaded", *then):
            await self._s.expect_all(self.told(status), within=self._within)

    async def installed(self, *beside: Expectation, silent_loader: bool = False) -> Received:
        """Installing; then boot, Installed and Available everywhere, in any order.

        Args:
            *beside: what else may come.
            silent_loader: Installing may be missing: a boot loader that cannot send.

        Returns:
            The BootNotification.
        """
        s, installing = self._s, self.told("Installing", optional=silent_loader)
        boot, installed = Expectation("BootNotification"), self.told("Installed")
        late = [boot, installed, *beside, *everywhere(s, "Available")]
        if silent_loader:
            late.append(installing)
        else:
            await s.expect_all(installing, within=self._within)
        await s.expect_all(*late, within=self._within)
        self.check_out_of_service(installing.found or boot.received)
        if silent_loader:
            s.check(
                "Installing is told before the boot",
                installing.found is not None and installing.found.seq < boot.received.seq,
                "security white paper L01.FR.22: only a boot loader that cannot send leaves it out",
                expected="Installing, then BootNotification",
                seen="no Installing" if installing.found is None else "Installing",
                severity="warn" if installing.found is None else "error",
            )
        self._check_version(boot.received)
        return boot.received

    def check_out_of_service(self, installation: Received) -> None:
        """Check that every connector was Unavailable before the installation (rule D1-a)."""
        s = self._s
        if s.facts.get("updates_firmware_during_transaction"):
            return
        late = [
            str(e.match["connectorId"])
            for e in self.unavailable[1:]
            if e.found is None or e.found.seq > installation.seq
        ]
        s.check(
            "every connector is Unavailable before the installation",
            not late,
            "rule D1-a; OCPP 1.6, 4.5",
            expected="Unavailable",
            seen=f"not connector {', '.join(late)}" if late else "Unavailable",
            seqs=(installation.seq,),
        )

    def _check_version(self, boot: Received) -> None:
        wanted = self._s.files.image_version
        if wanted is not None:
            self._s.check(
                "BootNotification has the version of the image",
                boot["firmwareVersion"] == wanted,
                "postcondition of the case; OCPP 1.6, 6.3",
                expected=wanted,
                seen=boot["firmwareVersion"],
                seqs=(boot.seq,),
            )

    async def check_undone(self) -> None:
        """Check that the old firmware is in force, and every connector in service."""
        s = self._s
        await s.look_on(QUIET_S, "what comes after the update that failed")
        seen = await statuses_in_the_end(s, within=self._within)
        s.check(
            "every connector is Available in the end",
            set(seen.values()) == {"Available"},
            "postcondition of the case",
            expected="Available",
            seen=", ".join(f"{n}: {status}" for n, status in seen.items()),
        )
        now = s.csms.station.boot.get("firmwareVersion")
        if self._before is not None:  # the station has told it since we listen
            s.check(
                "the old firmware is in force",
                now == self._before,
                "postcondition of the case",
                expected=self._before,
                seen=now,
            )
