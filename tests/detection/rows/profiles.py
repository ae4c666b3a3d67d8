"""Local Auth List, Remote Trigger, Reservation and Smart Charging."""

from __future__ import annotations

COMPOSITE = "the composite schedule is that of the installed profiles"
RESERVE = "ReserveNow(connectorId"
RESERVED = "StatusNotification(connectorId 1, status Reserved) received"
USED = "StartTransaction carries reservationId"
SET = "SetChargingProfile("

VALUE = "field:MeterValues.meterValue.0.sampledValue.0"

WRONG: list[tuple[str, ...]] = [
    ("042_1", "answer-field:GetLocalListVersion.listVersion=0", "listVersion is -1", "core"),
    ("043_1", 'answer-field:SendLocalList.status="Accepted"', "SendLocalList(", "core"),
    ("042_2", "list-version-confused", "listVersion is 0"),
    ("043", "differential-ignored", "listVersion is 2"),
    ("043", 'answer-field:SendLocalList.status="Failed"', "SendLocalList("),
    ("043", "answer-field:GetLocalListVersion.listVersion=7", "listVersion is 2"),
    ("043_2", "accepts-old-differential", "SendLocalList(updateType Differential, listVersion 4"),
    ("043_2", "differential-ignored", "listVersion is 5"),
    ("043_3", 'answer-field:SendLocalList.status="Accepted"', "SendLocalList("),
    ("008", 'answer-field:SendLocalList.status="Failed"', "SendLocalList(updateType Full"),
    ("008", "no-pre-authorization", "no Authorize for a listed card"),
    ("008", "contactor-never-closes", "energy flows at the plug"),
    ("054", 'answer-field:TriggerMessage.status="NotImplemented"', "TriggerMessage(requested"),
    ("054", "ignores-trigger", "MeterValues received"),
    ("054", "ignores-trigger:Heartbeat", "Heartbeat received"),
    ("054", "ignores-trigger:StatusNotification", "StatusNotification received"),
    ("054", "ignores-trigger:DiagnosticsStatusNotification", "DiagnosticsStatusNotification rec"),
    ("054", "ignores-trigger:FirmwareStatusNotification", "FirmwareStatusNotification rec"),
    ("054", "field:MeterValues.meterValue=[]", "the triggered MeterValues has values"),
    ("054", f'{VALUE}.measurand="Voltage"', "each measurand of MeterVal"),
    ("054", "triggered-status:Preparing", "StatusNotification.status is"),
    ("054", "consequence-before-answer", "M3.4"),
    ("054", "field:MeterValues.connectorId=2", "MeterValues.connectorId is"),
    ("054", 'field:DiagnosticsStatusNotification.status="Uploaded"', "DiagnosticsStatusNotificat"),
    ("054", 'field:FirmwareStatusNotification.status="Installed"', "FirmwareStatusNotification.s"),
    ("055", 'answer-field:TriggerMessage.status="Accepted"', "TriggerMessage(requestedMessage"),
    ("046_1", "reservation-for-anybody", "no StatusNotification:Preparing, StartTransaction for"),
    ("046_1", "drop-field:StartTransaction.reservationId", USED),
    ("046_1", "skip-status:Reserved", RESERVED),
    ("046_2", "drop-field:StartTransaction.reservationId", USED),
    ("046_2", 'answer-field:ReserveNow.status="Rejected"', RESERVE),
    ("047", "reservation-never-ends", "StatusNotification(connectorId 1, status Available)"),
    ("048_2", 'answer-field:ReserveNow.status="Accepted"', RESERVE),
    ("048_3", 'answer-field:ReserveNow.status="Rejected"', RESERVE),
    ("048_4", "no-answer:ReserveNow", RESERVE, "core"),
    ("049", "skip-status:Reserved", RESERVED, "two-plugs"),
    ("049", "drop-field:StartTransaction.reservationId", USED, "two-plugs"),
    ("050_2", 'answer-field:ReserveNow.status="Accepted"', RESERVE, "two-plugs"),
    ("050_3", 'answer-field:ReserveNow.status="Rejected"', RESERVE, "two-plugs"),
    ("051", "reservation-never-ends", "StatusNotification(connectorId 1, status Available)"),
    ("051", 'answer-field:CancelReservation.status="Rejected"', "CancelReservation("),
    ("052", 'answer-field:CancelReservation.status="Accepted"', "CancelReservation("),
    ("053", "group-unknown", "Authorize received"),
    ("053", "drop-field:StartTransaction.reservationId", USED),
    ("056", 'answer-field:SetChargingProfile.status="Rejected"', SET),
    ("056", "ignores-profiles", COMPOSITE),
    ("056", "answer-field:GetCompositeSchedule.connectorId=2", "connectorId is the one"),
    ("056", 'answer-field:GetCompositeSchedule.scheduleStart="2020-01-01T00:00:00Z"', "scheduleS"),
    ("057", "ignores-profiles", COMPOSITE),
    ("057", 'answer-field:SetChargingProfile.status="Rejected"', SET),
    ("058_1", 'answer-field:SetChargingProfile.status="Accepted"', SET),
    ("058_2", 'answer-field:SetChargingProfile.status="Accepted"', SET),
    ("082", "ignores-profiles", COMPOSITE),
    ("066", "ignores-profiles", COMPOSITE),
    ("067", "keeps-profiles", COMPOSITE),
    ("067", "lower-stack-level-wins+keeps-profiles", COMPOSITE),
    ("072", "lower-stack-level-wins", COMPOSITE),
    ("059", "ignores-profiles", COMPOSITE),
    ("060", 'answer-field:RemoteStartTransaction.status="Accepted"', "RemoteStartTransaction("),
]
