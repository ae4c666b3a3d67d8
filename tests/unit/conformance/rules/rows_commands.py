"""M10 and M11."""

from __future__ import annotations

from rig.conformance.required_keys import REQUIRED, RW
from rig.conformance.rules.background import Background, Transaction
from rig.jsontypes import Json
from tests.unit.conformance.rules.story import SEEN, Row, Story, breaks, keeps, log, of_csms

RUNNING = Background(transactions=(Transaction(1, "04AA", 0, number=7),), has_started=True,
                     statuses={1: "Charging"})  # fmt: skip
RESERVED: dict[str, Json] = {
    "connectorId": 1, "reservationId": 4, "idTag": "04AA", "expiryDate": "2026-01-02T00:00:00Z",
}  # fmt: skip


def everything(*but: str, **readonly: bool) -> Story:
    """GetConfiguration without keys: all of Core, but for some, with other access of some."""
    entries: list[Json] = [
        {"key": key, "readonly": readonly.get(key, access != RW), "value": "50"}
        for key, access in REQUIRED["Core"].items() if key not in but
    ]  # fmt: skip
    return log().told("GetConfiguration", {"configurationKey": entries})


def profile(purpose: str = "TxDefaultProfile", **more: Json) -> dict[str, Json]:
    periods: Json = [{"startPeriod": 0, "limit": 6.0}]
    return {
        "chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": periods}, **more,
    }  # fmt: skip


def schedule(*periods: tuple[int, float]) -> Story:
    listed: Json = [{"startPeriod": start, "limit": limit} for start, limit in periods]
    return log().told("GetCompositeSchedule", {
        "status": "Accepted", "connectorId": 1,
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": listed},
    }, connectorId=1, duration=9)  # fmt: skip


def local_list(version: int, kind: str = "Full", status: str = "Accepted") -> Story:
    return log().told(
        "SendLocalList",
        status,
        listVersion=version,
        updateType=kind,
        localAuthorizationList=[{"idTag": "A", "idTagInfo": {"status": "Accepted"}}],
    )


def reports(action: str, *statuses: str, command: str = "", **more: Json) -> Story:
    s = log()
    if command:
        s.told(command, {}, **more)
    for status in statuses:
        s.ask(action, {}, status=status, **more)
    return s


F, D = "FirmwareStatusNotification", "DiagnosticsStatusNotification"
CONFIGURATION: list[Row] = [
    keeps("M10.1", "known and unknown", log().told(
        "GetConfiguration", {"configurationKey": [{"key": "A", "readonly": True}],
                             "unknownKey": ["b"]}, key=["a", "B"])),
    keeps("M10.1", "all", everything()),
    breaks("M10.1", "no answer", log().told("GetConfiguration", {}, key=["A"])),
    breaks("M10.1", "twice", log().told("GetConfiguration", {"unknownKey": ["A", "A"]}, key=["A"])),
    breaks("M10.1", "unasked", log().told("GetConfiguration", {"unknownKey": ["A", "B"]},
                                          key=["A"])),
    breaks("M10.1", "another spelling", log().read("heartbeatinterval", "30")),
    keeps("M10.2", "unknown", log().read("x", None).write("x", "1", "NotSupported")),
    breaks("M10.2", "unknown, Accepted", log().read("x", None).write("x", "1")),
    breaks("M10.2", "unknown, Rejected", log().read("x", None).write("x", "1", "Rejected")),
    breaks("M10.2", "known, NotSupported", log().read("x", "1").write("x", "1", "NotSupported")),
    keeps("M10.2", "read-only", log().read("x", "1", True).write("x", "2", "Rejected")),
    breaks("M10.2", "read-only, Accepted", log().read("x", "1", True).write("x", "2")),
    keeps("M10.2", "reads back", log().write("x", "TRUE").read("x", "true")),
    keeps("M10.2", "reads back as number", log().write("x", "007").read("x", "7")),
    breaks("M10.2", "reads something else", log().write("x", "2").read("x", "1")),
    keeps("M10.2", "HeartbeatInterval after a boot", log().write("HeartbeatInterval", "5")
          .boot(interval=30).read("HeartbeatInterval", "30")),
    keeps("M10.3", "all", everything()),
    breaks("M10.3", "one is missing", everything("ResetRetries")),
    breaks("M10.3", "read-only", everything(HeartbeatInterval=True)),
    breaks("M10.3", "writable", everything(NumberOfConnectors=False)),
    breaks("M10.3", "writable, by itself", log().read("NumberOfConnectors", "2")),
    keeps("M10.4", "Rejected", log().write("HeartbeatInterval", "-1", "Rejected")),
    keeps("M10.4", "0", log().write("MeterValueSampleInterval", "0")),
    keeps("M10.4", "TRUE", log().write("LocalPreAuthorize", "TRUE")),
    breaks("M10.4", "negative", log().write("MeterValueSampleInterval", "-1")),
    breaks("M10.4", "no boolean", log().write("LocalPreAuthorize", "maybe")),
    breaks("M10.4", "CALLERROR", log().told_error(
        "ChangeConfiguration", "PropertyConstraintViolation", key="HeartbeatInterval", value="-1"),
        "warn"),
    keeps("M10.5", "absent", log().read("AuthorizationKey", None), passwords=frozenset({"00FF"})),
    keeps("M10.5", "masked", log().read("AuthorizationKey", "****"), passwords=frozenset({"00FF"})),
    breaks("M10.5", "shown", log().read("AuthorizationKey", "00ff"), passwords=frozenset({"00FF"})),
    breaks("M10.5", "shown after writing", log().write("AuthorizationKey", "AA00")
           .read("AuthorizationKey", "AA00")),
    keeps("M10.6", "no blanks", log().read("SupportedFeatureProfiles", "Core,Reservation")),
    breaks("M10.6", "blanks", log().read("SupportedFeatureProfiles", "Core, Reservation"), "warn"),
    of_csms(keeps("M10.7", "as many", log().asks("1", "GetConfiguration", key=[
        "GetConfigurationMaxKeys"]).tool_answers("1", configurationKey=[
            {"key": "GetConfigurationMaxKeys", "readonly": True, "value": "2"}])
        .asks("2", "GetConfiguration", key=["a", "b"]))),
    of_csms(breaks("M10.7", "one more", log().asks("1", "GetConfiguration", key=[
        "GetConfigurationMaxKeys"]).tool_answers("1", configurationKey=[
            {"key": "GetConfigurationMaxKeys", "readonly": True, "value": "1"}])
        .asks("2", "GetConfiguration", key=["a", "b"]))),
    keeps("M10.8", "still there", log().write("x", "2").boot().read("x", "2")),
    breaks("M10.8", "gone", log().write("x", "2").boot().read("x", "1")),
]  # fmt: skip

COMMANDS: list[Row] = [
    keeps("M11.1", "running", log().told("RemoteStopTransaction", "Accepted", transactionId=7),
          before=RUNNING),
    keeps("M11.1", "crossing", log(0.3).start(1).stop(1).told("RemoteStopTransaction", "Accepted",
                                                           transactionId=1), before=SEEN),
    breaks("M11.1", "unknown", log().told("RemoteStopTransaction", "Accepted", transactionId=8),
           before=RUNNING),
    breaks("M11.1", "over", log().start(1).stop(1).wait(9).told(
        "RemoteStopTransaction", "Accepted", transactionId=1)),
    keeps("M11.2", "Available", log().report(1, "Available").wait(9).told(
        "RemoteStartTransaction", "Accepted", idTag="A", connectorId=1)),
    breaks("M11.2", "Unavailable", log().report(1, "Unavailable").wait(9).told(
        "RemoteStartTransaction", "Accepted", idTag="A", connectorId=1)),
    keeps("M11.2", "Unavailable, a moment ago", log(0.3).report(1, "Unavailable").told(
        "RemoteStartTransaction", "Accepted", idTag="A", connectorId=1)),
    breaks("M11.2", "charging", log().told("RemoteStartTransaction", "Accepted", idTag="A",
                                           connectorId=1), before=RUNNING),
    breaks("M11.2", "connector 0", log().told("RemoteStartTransaction", "Accepted", idTag="A",
                                              connectorId=0)),
    keeps("M11.2", "reserved for this card", log().told("ReserveNow", "Accepted", **RESERVED)
          .report(1, "Reserved").wait(9).told(
              "RemoteStartTransaction", "Accepted", idTag="04aa", connectorId=1)),
    breaks("M11.2", "reserved for another", log().told("ReserveNow", "Accepted", **RESERVED)
           .report(1, "Reserved").wait(9).told(
               "RemoteStartTransaction", "Accepted", idTag="B", connectorId=1)),
    keeps("M11.3", "Scheduled", log().told("ChangeAvailability", "Scheduled", connectorId=1,
                                           type="Inoperative"), before=RUNNING),
    breaks("M11.3", "not Scheduled", log().told(
        "ChangeAvailability", "Accepted", connectorId=1, type="Inoperative"), before=RUNNING),
    breaks("M11.3", "Scheduled for nothing", log().told(
        "ChangeAvailability", "Scheduled", connectorId=1, type="Inoperative"), before=SEEN),
    breaks("M11.3", "Scheduled although Available", log().report(1, "Available").wait(9).told(
        "ChangeAvailability", "Scheduled", connectorId=1, type="Inoperative")),
    breaks("M11.3", "unknown connector", log().told(
        "ChangeAvailability", "Accepted", connectorId=3, type="Inoperative")),
    keeps("M11.3", "obeyed", log().report(1, "Available").told(
        "ChangeAvailability", "Accepted", connectorId=1, type="Inoperative")
        .report(1, "Unavailable").wait(40)),
    breaks("M11.3", "not obeyed", log().report(1, "Available").told(
        "ChangeAvailability", "Accepted", connectorId=1, type="Inoperative").wait(40)),
    breaks("M11.3", "it is so already", log().told(
        "ChangeAvailability", "Accepted", connectorId=1, type="Operative").told(
        "ChangeAvailability", "Rejected", connectorId=1, type="Operative")),
    keeps("M11.4", "Rejected", log().read("AuthorizationCacheEnabled", None)
          .told("ClearCache", "Rejected")),
    keeps("M11.4", "there is one", log().read("AuthorizationCacheEnabled", "false")
          .told("ClearCache", "Accepted")),
    breaks("M11.4", "Accepted", log().read("AuthorizationCacheEnabled", None)
           .told("ClearCache", "Accepted")),
    keeps("M11.5", "Unlocked", log().told("UnlockConnector", "Unlocked", connectorId=1)),
    breaks("M11.5", "unknown connector", log().told("UnlockConnector", "Unlocked", connectorId=3)),
    breaks("M11.5", "fixed cable", log().told("UnlockConnector", "Unlocked", connectorId=1),
           fixed_cable=True),
    keeps("M11.5", "stops first", log().start(1).tool_asks("u", "UnlockConnector", connectorId=1)
          .wait(9).answers("u", status="Unlocked").stop(1, reason="UnlockCommand").wait(40)),
    breaks("M11.5", "goes on", log().start(1).told("UnlockConnector", "Unlocked", connectorId=1)
           .wait(40)),
    keeps("M11.6", "boots", log().told("Reset", "Accepted", type="Hard").reconnect(99).boot()
          .wait(400)),
    keeps("M11.6", "Rejected", log().told("Reset", "Rejected", type="Hard").wait(500)),
    breaks("M11.6", "does not boot", log().told("Reset", "Accepted", type="Hard").wait(500)),
    keeps("M11.7", "version", local_list(5).told("GetLocalListVersion", {"listVersion": 5})),
    breaks("M11.7", "another version", local_list(5).told(
        "GetLocalListVersion", {"listVersion": 4})),
    keeps("M11.7", "empty", log().told("SendLocalList", "Accepted", listVersion=5,
                                       updateType="Full").told(
        "GetLocalListVersion", {"listVersion": 0})),
    breaks("M11.7", "empty is not -1", log().told(
        "SendLocalList", "Accepted", listVersion=5, updateType="Full").told(
        "GetLocalListVersion", {"listVersion": -1})),
    breaks("M11.7", "no profile", log().read("SupportedFeatureProfiles", "Core").told(
        "GetLocalListVersion", {"listVersion": 0})),
    breaks("M11.7", "an old differential", local_list(5).told(
        "SendLocalList", "Accepted", listVersion=5, updateType="Differential")),
    keeps("M11.7", "the next differential", local_list(5).told(
        "SendLocalList", "Accepted", listVersion=6, updateType="Differential").told(
        "GetLocalListVersion", {"listVersion": 6})),
    of_csms(keeps("M11.7", "CSMS: 1", log().asks("1", "SendLocalList", listVersion=1,
                                                 updateType="Full"))),
    of_csms(breaks("M11.7", "CSMS: 0", log().asks("1", "SendLocalList", listVersion=0,
                                                  updateType="Full"))),
    keeps("M11.8", "free", log().report(1, "Available").wait(9).told("ReserveNow", "Accepted",
                                                                     **RESERVED)),
    breaks("M11.8", "occupied", log().report(1, "Preparing").wait(9).told(
        "ReserveNow", "Accepted", **RESERVED)),
    breaks("M11.8", "wrong word", log().report(1, "Faulted", errorCode="OtherError").wait(9).told(
        "ReserveNow", "Unavailable", **RESERVED)),
    breaks("M11.8", "cancelled twice", log().told("ReserveNow", "Accepted", **RESERVED).told(
        "CancelReservation", "Accepted", reservationId=4).told(
        "CancelReservation", "Accepted", reservationId=4)),
    breaks("M11.8", "never made", log().told("CancelReservation", "Accepted", reservationId=5)),
    keeps("M11.8", "a profile", log().told("SetChargingProfile", "Accepted", connectorId=1,
                                           csChargingProfiles=profile())),
    breaks("M11.8", "stack level", log().read("ChargeProfileMaxStackLevel", "3").told(
        "SetChargingProfile", "Accepted", connectorId=1, csChargingProfiles=profile(stackLevel=4))),
    breaks("M11.8", "ChargePointMaxProfile on a connector", log().told(
        "SetChargingProfile", "Accepted", connectorId=1,
        csChargingProfiles=profile("ChargePointMaxProfile"))),
    breaks("M11.8", "TxProfile without transaction", log().told(
        "SetChargingProfile", "Accepted", connectorId=1, csChargingProfiles=profile("TxProfile")),
        before=SEEN),
    breaks("M11.8", "TxProfile of another transaction", log().told(
        "SetChargingProfile", "Accepted", connectorId=1,
        csChargingProfiles=profile("TxProfile", transactionId=8)), before=RUNNING),
    breaks("M11.8", "composite of an unknown connector", log().told(
        "GetCompositeSchedule", "Accepted", connectorId=3, duration=9)),
    of_csms(keeps("M11.9", "connector 1", log().asks(
        "1", "RemoteStartTransaction", idTag="A", connectorId=1,
        chargingProfile=profile("TxProfile")))),
    of_csms(breaks("M11.9", "connector 0", log().asks(
        "1", "RemoteStartTransaction", idTag="A", connectorId=0))),
    of_csms(breaks("M11.9", "wrong profile", log().asks(
        "1", "RemoteStartTransaction", idTag="A", chargingProfile=profile(transactionId=4)),
        "fail", "fail")),
    keeps("M11.10", "an update", reports(F, "Downloading", "Downloaded", "Installing", "Installed",
                                         command="UpdateFirmware")),
    keeps("M11.10", "began before the log", reports(F, "Installed")),
    keeps("M11.10", "Idle, triggered", log().told(
        "TriggerMessage", "Accepted", requestedMessage=F).ask(F, {}, status="Idle")),
    breaks("M11.10", "Idle", reports(F, "Idle")),
    breaks("M11.10", "leaps", reports(F, "Downloading", "Installing", command="UpdateFirmware")),
    breaks("M11.10", "twice", reports(F, "Downloading", "Downloaded", "Downloaded",
                                      command="UpdateFirmware")),
    keeps("M11.10", "an upload", reports(D, "Uploading", "Uploaded", command="GetDiagnostics")),
    breaks("M11.10", "Uploaded at once", reports(D, "Uploaded", command="GetDiagnostics")),
    keeps("M11.10", "a log", log().told("GetLog", "Accepted", requestId=5)
          .ask("LogStatusNotification", {}, status="Uploading", requestId=5)),
    breaks("M11.10", "another requestId", log().told("GetLog", "Accepted", requestId=5)
           .ask("LogStatusNotification", {}, status="Uploading", requestId=6)),
    keeps("M11.11", "unknown", log().told("DataTransfer", "UnknownVendorId", vendorId="x")),
    keeps("M11.11", "Rejected", log().told("DataTransfer", "Rejected", vendorId="x")),
    breaks("M11.11", "Accepted", log().told("DataTransfer", "Accepted", vendorId="x")),
    breaks("M11.11", "data", log().told("DataTransfer", {"status": "UnknownVendorId", "data": "x"},
                                        vendorId="x")),
    keeps("M11.12", "regular", schedule((0, 6.0), (10, 16.1))),
    breaks("M11.12", "begins at 5", schedule((5, 6.0)), "warn"),
    breaks("M11.12", "not rising", schedule((0, 6.0), (0, 7.0)), "warn"),
    breaks("M11.12", "0.05", schedule((0, 6.05)), "warn"),
    of_csms(breaks("M11.12", "CSMS", log().asks("1", "SetChargingProfile", connectorId=1,
        csChargingProfiles=profile(chargingSchedule={
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 1, "limit": 6}]})), "warn")),
]  # fmt: skip

ROWS: list[Row] = [*CONFIGURATION, *COMMANDS]
