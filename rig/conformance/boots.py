"""Which BootNotifications of a station have a reason, and which show that it has crashed. Pure.

A station boots when it gets power, when it is told to, or after new firmware; one that was not
accepted says so again. A BootNotification without any of these means that the station has
restarted by itself.

Source: test procedure 5.5 ("crashes"); OCPP 1.6, 4.2; errata v4.0 3.34.
"""

from __future__ import annotations

from collections.abc import Iterable

from rig.ocppj.frames import Call, CallResult
from rig.ocppj.wirelog import WireEntry

_ORDERS = frozenset({"Reset"})
_UPDATES = frozenset({"UpdateFirmware", "SignedUpdateFirmware"})
_TRIGGERS = frozenset({"TriggerMessage", "ExtendedTriggerMessage"})
_PROGRESS = frozenset({"FirmwareStatusNotification", "SignedFirmwareStatusNotification"})
_UPDATE_ENDS = ("Installed", "Failed", "Error", "Invalid", "Rejected")


class BootLog:
    """Follows the wire log of a station that is accepted; says which boot nothing accounts for.

    Attributes:
        updated: firmware was sent to the station since the last `take`.
    """

    def __init__(self) -> None:
        self.updated = False
        self._may_boot = False
        self._updating = False
        self._boot_id: tuple[int, str] | None = None

    def take(self, entries: Iterable[WireEntry], power_cuts: Iterable[int]) -> list[WireEntry]:
        """Look at what is new.

        Args:
            entries: of the wire log.
            power_cuts: sequence numbers at which the mains went off, in order.

        Returns:
            BootNotifications without a reason.
        """
        self.updated = self._updating
        cuts = sorted(power_cuts, reverse=True)
        found = []
        for entry in entries:
            while cuts and cuts[-1] < entry.seq:
                cuts.pop()
                self._may_boot = True
            if self._is_unexplained(entry):
                found.append(entry)
        if cuts:
            self._may_boot = True
        return found

    def _is_unexplained(self, entry: WireEntry) -> bool:
        frame = entry.frame
        if isinstance(frame, CallResult):
            self._answered(entry, frame)
        elif isinstance(frame, Call) and entry.direction == "out":
            self._ordered(frame)
        elif isinstance(frame, Call):
            return self._said(entry, frame)
        elif entry.what == "refused":
            self._may_boot = True  # it could not deliver what it had to say
        return False

    def _answered(self, entry: WireEntry, frame: CallResult) -> None:
        status = frame.payload.get("status")
        if entry.direction == "in":
            self._may_boot |= status == "RebootRequired"
        elif (entry.connection, frame.id) == self._boot_id:
            self._boot_id = None
            self._may_boot = status != "Accepted"

    def _ordered(self, call: Call) -> None:
        if call.action in _UPDATES:
            self._updating = self.updated = True
        elif call.action in _ORDERS or (
            call.action in _TRIGGERS and call.payload.get("requestedMessage") == "BootNotification"
        ):
            self._may_boot = True
        elif call.action == "ChangeConfiguration":
            # A new security profile or password: the station comes back, some by a reboot.
            self._may_boot |= call.payload.get("key") in ("SecurityProfile", "AuthorizationKey")

    def _said(self, entry: WireEntry, call: Call) -> bool:
        if call.action in _PROGRESS and self._updating:
            if str(call.payload.get("status", "")).endswith(_UPDATE_ENDS):
                self._updating, self._may_boot = False, True
            return False
        if call.action != "BootNotification":
            return False
        expected = self._may_boot or self._updating
        self._boot_id = (entry.connection, call.id)
        # Until it is answered Accepted it may be repeated.
        self._may_boot = True
        return not expected
