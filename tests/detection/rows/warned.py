"""What a case warns of without failing: case, defect, check, setup."""

from __future__ import annotations

SECURITY_EVENT = "SecurityEventNotification(type"

WARNED: list[tuple[str, str, str, str]] = [
    ("054", "wrong-context:Sample.Periodic", "the context is Trigger", ""),
    ("055", "answer-callerror:TriggerMessage=FormationViolation", "TriggerMessage(req", ""),
    ("056", "composite-start-schedule", "the schedule has no startSchedule", ""),
    ("066", f"{'answer-field:GetCompositeSchedule.chargingSchedule'}"
     ".chargingSchedulePeriod.0.startPeriod=2", "the periods begin at 0", ""),
    ("073", "hex-text-password", "the password is sent as bytes", "profile-1"),
    ("073", "boot-on-reconnect", "no BootNotification after the reconnect", "profile-1"),
    ("080", "skip-firmware-status:Installing", "Installing is told before the boot", "profile-1"),
    ("080", "no-security-event:FirmwareUpdated", SECURITY_EVENT, "profile-1"),
    ("081", "no-security-event:InvalidFirmwareSignature", SECURITY_EVENT, "profile-1"),
    ("067", "no-local-limit", "the local limit is told", ""),
]  # fmt: skip
