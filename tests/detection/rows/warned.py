"""What a case warns of without failing: case, defect, check, setup."""

from __future__ import annotations

WARNED: list[tuple[str, str, str, str]] = [
    ("054", "wrong-context:Sample.Periodic", "the context is Trigger", ""),
    ("055", "answer-callerror:TriggerMessage=FormationViolation", "TriggerMessage(req", ""),
    ("056", "composite-start-schedule", "the schedule has no startSchedule", ""),
    ("066", f"{'answer-field:GetCompositeSchedule.chargingSchedule'}"
     ".chargingSchedulePeriod.0.startPeriod=2", "the periods begin at 0", ""),
    ("067", "no-local-limit", "the local limit is told", ""),
]  # fmt: skip
