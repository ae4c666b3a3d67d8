"""M2 to M4."""

from __future__ import annotations

from tests.unit.conformance.rules.story import BOOT, Row, breaks, keeps, log, of_csms

ASK = '[2,"1","Heartbeat",{}]'

ROWS: list[Row] = [
    keeps("M2.1", "text", log().raw("in", ASK)),
    breaks("M2.1", "binary", log().raw("in", b"\x02")),
    keeps("M2.2", "three kinds", log().raw("in", ASK).raw("in", '[3,"x",{}]')),
    breaks("M2.2", "no array", log().raw("in", "{}")),
    breaks("M2.2", "three elements of a CALL", log().raw("in", '[2,"1","Heartbeat"]')),
    keeps("M2.3", "36 characters", log().asks("x" * 36, "Heartbeat")),
    breaks("M2.3", "37 characters", log().raw("in", f'[2,"{"x" * 37}","Heartbeat",{{}}]')),
    breaks("M2.3", "a number", log().raw("in", '[2,7,"Heartbeat",{}]')),
    keeps("M2.4", "retransmission", log().asks("1", "Heartbeat").wait(30).asks("1", "Heartbeat")),
    keeps("M2.4", "ids differ", log().asks("1", "Heartbeat").asks("2", "Authorize", idTag="A")),
    breaks("M2.4", "again on the connection",
           log().asks("1", "Heartbeat").asks("1", "Authorize", idTag="A")),
    breaks("M2.4", "again on another connection",
           log().asks("1", "Heartbeat").reconnect().asks("1", "Authorize", idTag="A"), "warn"),
    keeps("M2.5", "one answer", log().told("ClearCache", "Accepted")),
    keeps("M2.5", "in time, just",
          log().tool_asks("1", "ClearCache").wait(29).answers("1", status="Accepted")),
    breaks("M2.5", "late", log().tool_asks("1", "ClearCache").wait(30).answers("1", status="x"),
           "info"),
    breaks("M2.5", "late, to a CALL before the log",
           log().answers("1", status="Accepted").transport("late-answer", id="1"), "info"),
    breaks("M2.5", "to nothing", log().answers("x", status="Accepted")),
    breaks("M2.5", "twice", log().tool_asks("1", "ClearCache").answers("1", status="Accepted")
           .answers("1", status="Accepted")),
    breaks("M2.5", "on another connection", log().tool_asks("1", "ClearCache").on(2)
           .answers("1", status="Accepted")),
    keeps("M2.6", "an object", log().raw("in", ASK)),
    breaks("M2.6", "null", log().raw("in", '[2,"1","Heartbeat",null]'), "warn"),
    breaks("M2.6", "null as answer",
           log().tool_asks("1", "ClearCache").raw("in", '[3,"1",null]'), "warn"),
    breaks("M2.6", "a list", log().raw("in", '[2,"1","Heartbeat",[]]')),
    keeps("M2.7", "empty", log().told_error("ClearCache", "NotSupported")),
    breaks("M2.7", "no text", log().raw("in", '[4,"1","GenericError",null,{}]')),
    breaks("M2.7", "details are a list", log().raw("in", '[4,"1","GenericError","",[]]')),
    keeps("M2.8", "ignored", log().raw("out", '[5,"1"]').wait(60).transport("close", by="peer")),
    keeps("M2.8", "closed by the tool", log().raw("out", '[5,"1"]').transport("close", by="self")),
    breaks("M2.8", "sent", log().raw("in", '[5,"1"]')),
    breaks("M2.8", "closes at it", log().raw("out", '[5,"1"]').transport("close", by="peer")),
    keeps("M2.9", "JSON", log().raw("in", ASK)),
    breaks("M2.9", "no JSON", log().raw("in", "hello"), "warn"),
    keeps("M2.10", "in a text for people", log().report(1, "Available", info="Tür offen")),
    breaks("M2.10", "in an idTag", log().authorize("0Ä"), "info"),
    keeps("M2.11", "as in the standard", log().asks("1", "Heartbeat")),
    keeps("M2.11", "another action", log().asks("1", "Nonsense")),
    breaks("M2.11", "another case", log().asks("1", "heartbeat")),
    # --- M3
    keeps("M3.1", "one after the other",
          log().ask("Heartbeat", {}).ask("Authorize", {}, idTag="A")),
    keeps("M3.1", "timed out", log().asks("1", "Heartbeat").wait(29).asks("2", "Heartbeat")),
    keeps("M3.1", "another connection", log().asks("1", "Heartbeat").reconnect()
          .asks("2", "Heartbeat")),
    breaks("M3.1", "just before the time-out",
           log().asks("1", "Heartbeat").wait(28.5).asks("2", "Heartbeat")),
    breaks("M3.1", "second CALL", log().asks("1", "Heartbeat").asks("2", "Authorize", idTag="A")
           .tool_answers("1")),
    keeps("M3.2", "CALLs cross", log().asks("1", "Heartbeat").told("ClearCache", "Accepted")
          .tool_answers("1")),
    keeps("M3.2", "never answers, but nothing is open",
          log().tool_asks("1", "ClearCache").wait(40).asks("2", "Heartbeat")),
    breaks("M3.2", "waits for its own", log().asks("1", "Heartbeat").tool_asks("2", "ClearCache")
           .wait(40).asks("3", "Authorize", idTag="A")),
    keeps("M3.3", "connection lost", log().tool_asks("1", "ClearCache").wait(27)
          .transport("close").wait(60).on(2).transport("connect")),
    keeps("M3.3", "log cut off", log().tool_asks("1", "ClearCache").wait(29)),
    keeps("M3.3", "Rejected", log().boot("Rejected").tool_asks("1", "ClearCache").wait(60)
          .transport("close")),
    keeps("M3.3", "without mains", log().tool_asks("1", "ClearCache").act("mains", on=False)
          .wait(60).transport("close")),
    breaks("M3.3", "mains back before", log().act("mains", on=False).act("mains", on=True)
           .tool_asks("1", "ClearCache").wait(60).transport("close")),
    breaks("M3.3", "no answer", log().tool_asks("1", "ClearCache").wait(29).transport("close")),
    keeps("M3.4", "another card", log().tool_asks("1", "RemoteStartTransaction", idTag="04AA")
          .asks("2", "Authorize", idTag="04BB").answers("1", status="Accepted")),
    keeps("M3.4", "a heartbeat of its own, by chance",
          log().tool_asks("1", "TriggerMessage", requestedMessage="Heartbeat")
          .ask("Heartbeat", {}).answers("1", status="Accepted").ask("Heartbeat", {})),
    keeps("M3.4", "answer first", log().told("Reset", "Accepted", type="Hard").boot()),
    breaks("M3.4", "RemoteStartTransaction",
           log().tool_asks("1", "RemoteStartTransaction", idTag="04aa")
           .asks("2", "Authorize", idTag="04AA").answers("1", status="Accepted")),
    breaks("M3.4", "Reset", log().tool_asks("1", "Reset", type="Hard")
           .asks("2", "BootNotification", **BOOT).answers("1", status="Accepted")),
    breaks("M3.4", "ChangeAvailability",
           log().tool_asks("1", "ChangeAvailability", connectorId=1, type="Inoperative")
           .report(1, "Unavailable").answers("1", status="Accepted")),
    breaks("M3.4", "TriggerMessage",
           log().tool_asks("1", "TriggerMessage", requestedMessage="Heartbeat")
           .asks("2", "Heartbeat").answers("1", status="Accepted")),
    breaks("M3.4", "UpdateFirmware", log().tool_asks("1", "UpdateFirmware", location="x")
           .ask("FirmwareStatusNotification", {}, status="Downloading").answers("1")),
    keeps("M3.5", "goes on", log().asks("1", "Heartbeat").wait(40).asks("2", "Heartbeat")),
    keeps("M3.5", "lost", log().asks("1", "Heartbeat").wait(40)
          .transport("close", code=1006, by="peer")),
    keeps("M3.5", "the tool hangs up", log().asks("1", "Heartbeat").wait(40)
          .transport("close", code=1000, by="self")),
    keeps("M3.5", "at once: for another reason", log().asks("1", "Heartbeat").wait(3.5)
          .transport("close", code=1000, by="peer")),
    breaks("M3.5", "hangs up", log().asks("1", "Heartbeat").wait(40)
           .transport("close", code=1000, by="peer"), "warn"),
    # --- M4
    keeps("M4.1", "good", log().authorize("04AA").told("ClearCache", "Accepted")),
    breaks("M4.1", "unknown action", log().asks("1", "Nonsense")),
    breaks("M4.1", "extra field", log().asks("1", "Heartbeat", now=1)),
    breaks("M4.1", "answer", log().told("ClearCache", "Done")),
    of_csms(breaks("M4.1", "command", log().asks("1", "Reset", type="Warm"))),
    keeps("M4.2", "known", log().told_error("ClearCache", "GenericError")),
    breaks("M4.2", "unknown", log().told_error("ClearCache", "FormatViolation")),
    keeps("M4.3", "missing field", log().told_error("Reset", "OccurenceConstraintViolation")),
    keeps("M4.3", "unknown action", log().told_error("Nonsense", "NotImplemented")),
    keeps("M4.3", "too many keys", log().told_error(
        "GetConfiguration", "OccurenceConstraintViolation", key=["a", "b"])),
    breaks("M4.3", "unknown action", log().told_error("Nonsense", "GenericError"), "warn"),
    breaks("M4.3", "missing field", log().told_error("Reset", "NotSupported"), "warn"),
    breaks("M4.3", "nothing is wrong", log().told_error("ClearCache", "FormationViolation"),
           "warn"),
    keeps("M4.4", "Rejected", log().told("ClearCache", "Rejected")),
    keeps("M4.4", "wrong CALL", log().told_error("Reset", "ProtocolError")),
    keeps("M4.4", "profile not there", log().told_error(
        "SetChargingProfile", "NotSupported", connectorId=0, csChargingProfiles={})),
    keeps("M4.4", "no reservations", log().told_error(
        "CancelReservation", "NotSupported", reservationId=1)),
    breaks("M4.4", "no reservations, for the reference tool", log().told_error(
        "CancelReservation", "NotSupported", reservationId=1), "warn", octt=True),
    breaks("M4.4", "no local list", log().told_error("GetLocalListVersion", "NotSupported"),
           "warn"),
    breaks("M4.4", "a value that is refused", log().told_error(
        "ChangeConfiguration", "PropertyConstraintViolation", key="x", value="-1"), "warn"),
    breaks("M4.4", "a trigger for an unknown connector", log().told_error(
        "TriggerMessage", "FormationViolation", requestedMessage="MeterValues", connectorId=3),
        "warn"),
    keeps("M4.4", "before the boot after a crash", log().boot().reconnect()
          .told_error("ClearCache", "SecurityError").boot()),
    breaks("M4.4", "SecurityError although registered", log().boot()
           .told_error("ClearCache", "SecurityError")),
    breaks("M4.4", "Core", log().told_error("ClearCache", "NotSupported")),
    breaks("M4.4", "GenericError", log().told_error("ClearCache", "GenericError")),
    of_csms(keeps("M4.4", "CSMS: DataTransfer", log().tool_asks("1", "DataTransfer", vendorId="x")
                  .refuses("1", "NotSupported"))),
    of_csms(breaks("M4.4", "CSMS: Heartbeat", log().tool_asks("1", "Heartbeat")
                   .refuses("1", "InternalError"))),
    keeps("M4.5", "20 characters", log().authorize("x" * 20)),
    breaks("M4.5", "21 characters", log().authorize("x" * 21)),
    keeps("M4.6", "goes on", log().refused("Heartbeat").wait(9).ask("Heartbeat", {})),
    keeps("M4.6", "boots much later", log().refused("Heartbeat").wait(5).boot()),
    breaks("M4.6", "hangs up", log().refused("Heartbeat").transport("close", by="peer")),
    breaks("M4.6", "boots", log().refused("Heartbeat").boot()),
]  # fmt: skip
