"""M6 to M9."""

from __future__ import annotations

from rig.conformance.rules.background import Background, Transaction
from rig.jsontypes import Json
from tests.unit.conformance.rules.story import (
    ENERGY,
    SEEN,
    Row,
    Story,
    at,
    breaks,
    info,
    keeps,
    log,
    of_csms,
)

NO_CACHE = Background(
    configuration={"authorizationcacheenabled": None, "localauthlistenabled": "false"},
    has_started=True,
)
RUNNING = Background(transactions=(Transaction(1, "04AA", 100, number=7),), has_started=True)
STOPS, GOES_ON = ("StopTransactionOnInvalidId", "true"), ("StopTransactionOnInvalidId", "false")


def remote(auth: str) -> Story:
    return (
        log()
        .wait(20)
        .write("AuthorizeRemoteTxRequests", auth)
        .told("RemoteStartTransaction", "Accepted", idTag="04AA", connectorId=1)
    )


def card(s: Story, tag: str) -> Story:
    return s.act("card", id_tag=tag, action="presented")


def listed(status: str = "Accepted", **more: Json) -> Story:
    entry: Json = {"idTag": "04AA", "idTagInfo": {"status": status, **more}}
    return (
        log().wait(20).write("LocalAuthListEnabled", "true").write("LocalPreAuthorize", "true")
        .told("SendLocalList", "Accepted", listVersion=1, updateType="Full",
              localAuthorizationList=[entry])
    )  # fmt: skip


def begins(id: str, number: int | None = None) -> Story:
    """A played station starts a transaction, as seen by the tool."""
    s = Story().tool_asks(id, "StartTransaction", connectorId=1, idTag="A", meterStart=0,
                          timestamp=at(0))  # fmt: skip
    return s if number is None else s.answers(id, transactionId=number, idTagInfo=info())


def sampled(interval: str, *pauses: float) -> Story:
    s = log().write("MeterValueSampleInterval", interval).wait(9).start(1)
    for pause in pauses:
        s.wait(pause - 2).values(1)
    return s


def energy(*values: str) -> Story:
    s = log().start(1)
    for value in values:
        s.values(1, {"value": value})
    return s


def failing(attempts: str, interval: str, *pauses: float, last_ok: bool = True) -> Story:
    """A StartTransaction that is refused again and again, with these pauses between."""
    s = log().write("TransactionMessageAttempts", attempts)
    s.write("TransactionMessageRetryInterval", interval)
    made = s.now
    s.refused("StartTransaction", connectorId=1, idTag="A", meterStart=0, timestamp=made)
    for i, pause in enumerate(pauses, 1):
        s.wait(pause - 1)
        if last_ok and i == len(pauses):
            s.start(1, tag="A", made=made)
        else:
            s.refused("StartTransaction", connectorId=1, idTag="A", meterStart=0, timestamp=made)
    return s


AUTHORISATION: list[Row] = [
    keeps("M6.1", "authorised", log().wait(20).authorize("04AA").start(1), before=NO_CACHE),
    keeps("M6.1", "cache not known", log().wait(20).start(1)),
    keeps("M6.1", "remote", remote("false").start(1), before=NO_CACHE),
    keeps("M6.1", "offline", log().reconnect(60).start(1, made=at(40)), before=NO_CACHE),
    breaks("M6.1", "not authorised", log().wait(20).start(1), before=NO_CACHE),
    breaks("M6.1", "authorised for the session before",
           log().wait(20).authorize("04AA").start(1).stop(1).wait(20).start(2), before=NO_CACHE),
    keeps("M6.2", "accepted at last", log().wait(20).authorize("04AA", "Invalid")
          .authorize("04AA").start(1)),
    keeps("M6.2", "no answer: as if offline", log().wait(20).ask("Authorize", idTag="04AA")
          .wait(30).start(1)),
    breaks("M6.2", "refused", log().wait(20).authorize("04AA", "Blocked").start(1)),
    breaks("M6.2", "concurrent", log().wait(20).authorize("04AA", "ConcurrentTx").start(1)),
    keeps("M6.3", "silent", log().authorize("04AA").start(1).stop(1, idTag="04AA")),
    keeps("M6.3", "for a second connector", log().authorize("04AA").start(1).authorize("04AA")
          .start(2, connector=2).stop(1, idTag="04AA")),
    breaks("M6.3", "asks", log().authorize("04AA").start(1).authorize("04AA")
           .stop(1, idTag="04AA")),
    keeps("M6.4", "same group", log().authorize("04AA", parent="G").start(1)
          .authorize("04BB", parent="G").stop(1, idTag="04BB")),
    breaks("M6.4", "no group", log().authorize("04AA").start(1).authorize("04BB")
           .stop(1, idTag="04BB")),
    breaks("M6.4", "another group", log().authorize("04AA", parent="G").start(1, parent="G")
           .authorize("04BB", parent="H").stop(1, idTag="04BB")),
    keeps("M6.4", "nothing known of the other", log().start(1).stop(1, idTag="04BB")),
    breaks("M6.4", "the parent itself", log().authorize("04AA", parent="G").authorize("G")),
    keeps("M6.5", "at once", listed().wait(9).start(1)),
    keeps("M6.5", "not in the list", listed().wait(9).authorize("04BB").start(1, tag="04BB")),
    keeps("M6.5", "not valid", listed("Blocked").wait(9).authorize("04AA").start(1)),
    keeps("M6.5", "expired", listed(expiryDate=at(-9)).wait(9).authorize("04AA").start(1)),
    breaks("M6.5", "asks", listed().wait(9).authorize("04AA").start(1), "warn"),
    breaks("M6.5", "asks, for the reference tool", listed().wait(9).authorize("04AA").start(1),
           "fail", octt=True),
    keeps("M6.7", "valid", listed().reconnect(60).start(1, made=at(60))),
    keeps("M6.7", "online", listed("Blocked").wait(60).start(1)),
    breaks("M6.7", "Blocked", listed("Blocked").reconnect(60).start(1, made=at(60))),
    breaks("M6.7", "expired", listed(expiryDate=at(30)).reconnect(60).start(1, made=at(60))),
    of_csms(keeps("M6.9", "complete", begins("1", 5))),
    of_csms(breaks("M6.9", "no idTagInfo", begins("1").answers("1", transactionId=1))),
    of_csms(breaks("M6.9", "nothing", begins("1").answers("1"), "fail", "fail")),
    keeps("M6.10", "as read", card(log(), "04aa").authorize("04AA")),
    keeps("M6.10", "from far", card(log(), "04BB").told(
        "RemoteStartTransaction", "Accepted", idTag="04AA").authorize("04AA")),
    keeps("M6.10", "no cards on this bench", log().authorize("04AA")),
    breaks("M6.10", "the other way round", card(log(), "04AA").authorize("AA04")),
    breaks("M6.10", "21 characters", log().authorize("x" * 21)),
    keeps("M6.11", "true", remote("true").authorize("04AA").start(1), before=NO_CACHE),
    keeps("M6.11", "false", remote("false").start(1), before=NO_CACHE),
    keeps("M6.11", "false, but the card was shown", card(remote("false"), "04AA")
          .authorize("04AA").start(1), before=NO_CACHE),
    breaks("M6.11", "true without", remote("true").start(1), before=NO_CACHE),
    breaks("M6.11", "false with", remote("false").authorize("04AA").start(1), before=NO_CACHE),
]  # fmt: skip

TRANSACTIONS: list[Row] = [
    keeps("M7.1", "one after the other", log().start(1).stop(1).start(2)),
    keeps("M7.1", "two connectors", log().start(1).start(2, connector=2)),
    keeps("M7.1", "sent again", log().refused("StartTransaction", connectorId=1, idTag="04AA",
                                              meterStart=0, timestamp=at(2)).start(1, made=at(2))),
    breaks("M7.1", "two on one", log().start(1).start(2, tag="04BB")),
    breaks("M7.1", "one from before the log", log().start(8, tag="04BB"), before=RUNNING),
    breaks("M7.1", "connector 0", log().start(1, connector=0)),
    keeps("M7.2", "once", log().start(1).stop(1)),
    keeps("M7.2", "again because the answer was lost",
          log().start(1).stop(1, made=at(9)).reconnect().stop(1, made=at(9))),
    breaks("M7.2", "twice", log().start(1).stop(1).stop(1)),
    keeps("M7.2", "soon after Available", log().start(1).report(1, "Available").wait(9).stop(1)
          .wait(30)),
    breaks("M7.2", "never", log().start(1).report(1, "Available").wait(40)),
    keeps("M7.2", "it waits behind another", log().start(1).refused("MeterValues")
          .report(1, "Available").wait(40)),
    keeps("M7.3", "equal", log().start(1, 100).stop(1, 100).start(2, 100)),
    keeps("M7.3", "another connector", log().start(1, 100).start(2, 50, connector=2)),
    breaks("M7.3", "stop below start", log().start(1, 100).stop(1, 99)),
    breaks("M7.3", "start below the stop before", log().start(1, 100).stop(1, 150).start(2, 149)),
    breaks("M7.3", "below the register before the log", log().start(1, 99),
           before=Background(registers={1: 100})),
    breaks("M7.3", "stop below a start before the log", log().stop(7, 99), before=RUNNING),
    keeps("M7.3", "Transaction.Begin within 1 Wh", log().start(1, 100).stop(
        1, 150, transactionData=[
        {"timestamp": at(3), "sampledValue": [{"context": "Transaction.Begin", "value": "101"}]}])),
    breaks("M7.3", "Transaction.End 2 Wh away", log().start(1, 100).stop(1, 150, transactionData=[
        {"timestamp": at(3), "sampledValue": [{"context": "Transaction.End", "value": "148"}]}])),
    keeps("M7.4", "forward", log().start(1).values(1).values(1).stop(1)),
    keeps("M7.4", "1 s back: no fractions", log().start(1, made=at(9)).values(1, made=at(8.1))),
    keeps("M7.4", "triggered", log().start(1).values(1).told(
        "TriggerMessage", "Accepted", requestedMessage="MeterValues", connectorId=1)
          .values(1, made=at(0), context="Trigger")),
    breaks("M7.4", "sample before the start", log().start(1, made=at(9)).values(1, made=at(7))),
    breaks("M7.4", "stop before a sample", log().start(1).wait(9).values(1).stop(1, made=at(5))),
    breaks("M7.4", "transactionData before the start", log().start(1, made=at(9)).stop(
        1, made=at(10), transactionData=[{"timestamp": at(5), "sampledValue": [{"value": "1"}]}])),
    keeps("M7.5", "none", log().start(1)),
    keeps("M7.5", "used", log().told("ReserveNow", "Accepted", connectorId=1, reservationId=4,
                                     idTag="04AA", expiryDate=at(99)).start(1, reservationId=4)),
    keeps("M7.5", "expired", log().told("ReserveNow", "Accepted", connectorId=1, reservationId=4,
                                        idTag="04AA", expiryDate=at(9)).wait(9).start(1)),
    keeps("M7.5", "another card", log().told(
        "ReserveNow", "Accepted", connectorId=1, reservationId=4, idTag="04BB",
        expiryDate=at(99)).start(1)),
    breaks("M7.5", "not named", log().told("ReserveNow", "Accepted", connectorId=1, reservationId=4,
                                           idTag="04AA", expiryDate=at(99)).start(1)),
    breaks("M7.5", "cancelled", log().told(
        "ReserveNow", "Accepted", connectorId=1, reservationId=4, idTag="04AA", expiryDate=at(99))
        .told("CancelReservation", "Accepted", reservationId=4).start(1, reservationId=4)),
    breaks("M7.5", "used twice", log().told(
        "ReserveNow", "Accepted", connectorId=1, reservationId=4, idTag="04AA", expiryDate=at(99))
        .start(1, reservationId=4).stop(1).start(2, reservationId=4)),
    keeps("M7.6", "as given", log().start(1).values(1).stop(1)),
    keeps("M7.6", "-1 after no answer", log().start(None).wait(30).stop(-1)),
    keeps("M7.6", "from before the log", log().values(7).stop(7, 100), before=RUNNING),
    keeps("M7.6", "a station that was there before the tool", log().stop(4711)),
    breaks("M7.6", "never given", log().stop(4711), before=SEEN),
    breaks("M7.6", "another in MeterValues", log().start(1).values(2)),
    breaks("M7.6", "-1 although answered", log().start(1).stop(-1)),
    of_csms(keeps("M7.7", "two", begins("1", 5).tool_asks(
        "2", "StartTransaction", connectorId=2, idTag="A", meterStart=0, timestamp=at(0))
        .answers("2", transactionId=6, idTagInfo=info()))),
    of_csms(breaks("M7.7", "twice", begins("1", 5).tool_asks(
        "2", "StartTransaction", connectorId=2, idTag="A", meterStart=0, timestamp=at(0))
        .answers("2", transactionId=5, idTagInfo=info()))),
    of_csms(breaks("M7.7", "0", begins("1", 0), "warn")),
    of_csms(keeps("M7.8", "served", begins("1", 5))),
    of_csms(breaks("M7.8", "refused", begins("1").refuses("1", "GenericError"))),
    of_csms(breaks("M7.8", "MeterValues refused", log().tool_asks(
        "1", "MeterValues", connectorId=1, meterValue=[]).refuses("1", "GenericError"))),
    keeps("M7.9", "Remote", log().start(1).told("RemoteStopTransaction", "Accepted",
                                                transactionId=1).stop(1, reason="Remote")),
    keeps("M7.9", "absent: a card", card(log().start(1), "04AA").stop(1)),
    keeps("M7.9", "a card right after a remote stop", card(log().start(1).told(
        "RemoteStopTransaction", "Accepted", transactionId=1), "04AA").stop(1, reason="Local")),
    keeps("M7.9", "unplugged", log().start(1).act("pilot", 1, cp_state="A")
          .stop(1, reason="EVDisconnected")),
    keeps("M7.9", "emergency button", log().start(1).stop(1, reason="EmergencyStop")),
    keeps("M7.9", "power loss", log().start(1).act("mains", on=False)
          .stop(1, reason="PowerLoss")),
    breaks("M7.9", "Remote without command", log().start(1).stop(1, reason="Remote")),
    breaks("M7.9", "Local after a remote stop", log().start(1).told(
        "RemoteStopTransaction", "Accepted", transactionId=1).stop(1, reason="Local")),
    breaks("M7.9", "absent after a Reset", log().start(1).told("Reset", "Accepted", type="Soft")
           .stop(1)),
    breaks("M7.9", "HardReset after a soft one", log().start(1).told(
        "Reset", "Accepted", type="Soft").stop(1, reason="HardReset"), "fail", "fail"),
    keeps("M7.9", "unlocked", log().start(1).told("UnlockConnector", "Unlocked", connectorId=1)
          .stop(1, reason="UnlockCommand")),
    keeps("M7.10", "stops", log().write(*STOPS).start(1, status="Invalid")
          .stop(1, reason="DeAuthorized").wait(60)),
    breaks("M7.10", "goes on", log().write(*STOPS).start(1, status="Invalid").wait(60)),
    keeps("M7.10", "log ends too soon", log().write(*STOPS).start(1, status="Invalid").wait(25)),
    keeps("M7.10", "suspended", log().write(*GOES_ON).start(1, status="Invalid")
          .report(1, "SuspendedEVSE").wait(60)),
    breaks("M7.10", "not suspended", log().write(*GOES_ON).start(1, status="Invalid")
           .report(1, "Charging").wait(60)),
    keeps("M7.10", "some energy is allowed", log().write(*GOES_ON)
          .write("MaxEnergyOnInvalidId", "50").start(1, status="Invalid").wait(60)),
    breaks("M7.10", "stops all the same", log().write(*GOES_ON).start(1, status="Invalid")
           .stop(1, reason="DeAuthorized")),
    keeps("M7.11", "released at the end", log().start(1).act("input", 1, name="locked", value=False)
          .wait(20).stop(1).wait(30)),
    breaks("M7.11", "released while it runs", log().start(1)
           .act("input", 1, name="locked", value=False).wait(40)),
    keeps("M7.11", "another connector", log().start(1)
          .act("input", 2, name="locked", value=False).wait(40)),
    keeps("M7.12", "named", card(log().start(1), "04AA").stop(1, idTag="04aa", reason="Local")),
    keeps("M7.12", "nobody", log().start(1).stop(1, reason="PowerLoss")),
    breaks("M7.12", "not named", card(log().start(1), "04AA").stop(1, reason="Local"), "warn"),
    breaks("M7.12", "another", card(log().start(1), "04AA").stop(1, idTag="04BB"), "warn"),
    breaks("M7.12", "named by the station", log().start(1).stop(
        1, idTag="04AA", reason="PowerLoss"),
           "warn"),
]  # fmt: skip

METERING: list[Row] = [
    keeps("M8.1", "rhythm", sampled("10", 10, 10, 10)),
    keeps("M8.1", "13 s, tolerance 4 s", sampled("10", 10, 13)),
    breaks("M8.1", "15 s", sampled("10", 10, 15)),
    breaks("M8.1", "5 s", sampled("10", 10, 5)),
    breaks("M8.1", "none", sampled("10").wait(20)),
    keeps("M8.1", "0", sampled("0").wait(30)),
    breaks("M8.1", "0, still sent", sampled("0", 20)),
    keeps("M8.1", "connection lost", sampled("10", 10).reconnect(20).values(1)),
    keeps("M8.1", "interval not known", log().start(1).wait(99).values(1)),
    keeps("M8.2", "on the grid", log().write("ClockAlignedDataInterval", "10").wait(20)
          .values(None, context="Sample.Clock", made=at(20)).wait(8)
          .values(None, context="Sample.Clock", made=at(30.9))),
    breaks("M8.2", "2 s off", log().write("ClockAlignedDataInterval", "10").wait(20)
           .values(None, context="Sample.Clock", made=at(22))),
    breaks("M8.2", "one is missing", log().write("ClockAlignedDataInterval", "10").wait(20)
           .values(None, context="Sample.Clock", made=at(20)).wait(18)
           .values(None, context="Sample.Clock", made=at(40))),
    breaks("M8.2", "0", log().write("ClockAlignedDataInterval", "0").wait(20)
           .values(None, context="Sample.Clock", made=at(20))),
    keeps("M8.2", "0, one on its way", log().write("ClockAlignedDataInterval", "0")
          .values(None, context="Sample.Clock")),
    keeps("M8.3", "as configured", log().write("MeterValuesSampledData", f"{ENERGY},Voltage.L1")
          .wait(9).values(1, {"value": "1"}, {"value": "230", "measurand": "Voltage",
                                              "phase": "L1-N"})),
    breaks("M8.3", "one is missing", log().write("MeterValuesSampledData", f"{ENERGY},SoC").wait(9)
           .values(1, {"value": "1"})),
    breaks("M8.3", "one too many", log().write("MeterValuesSampledData", ENERGY).wait(9)
           .values(1, {"value": "1"}, {"value": "1", "measurand": "SoC"})),
    keeps("M8.3", "written a moment ago", log().write("MeterValuesSampledData", "SoC").values(1)),
    breaks("M8.3", "clock-aligned", log().write("MeterValuesAlignedData", "SoC").wait(9)
           .values(1, context="Sample.Clock"), "fail", "fail"),
    keeps("M8.4", "energy without unit", log().values(1, {"value": "1"})),
    keeps("M8.4", "frequency", log().values(1, {"value": "50", "measurand": "Frequency"})),
    breaks("M8.4", "no unit", log().values(1, {"value": "230", "measurand": "Voltage"}), "warn"),
    breaks("M8.4", "another unit", log().values(1, {"value": "1", "unit": "A"})),
    keeps("M8.5", "rising", energy("1", "1", "2.5")),
    breaks("M8.5", "falling", energy("2", "1")),
    keeps("M8.5", "power may fall", log().start(1)
          .values(1, {"value": "2", "measurand": "Power.Active.Import", "unit": "W"})
          .values(1, {"value": "1", "measurand": "Power.Active.Import", "unit": "W"})),
    keeps("M8.5", "kWh and Wh", log().start(1).values(1, {"value": "1", "unit": "kWh"})
          .values(1, {"value": "1001", "unit": "Wh"})),
    breaks("M8.5", "no number", energy("1,5")),
    breaks("M8.5", "nan", energy("nan")),
    keeps("M8.6", "with", log().start(1).wait(9).values(1)),
    keeps("M8.6", "just begun", log(0.5).start(1).values(None)),
    keeps("M8.6", "none runs", log().values(None)),
    breaks("M8.6", "without", log().start(1).wait(9).values(None)),
    breaks("M8.6", "it is over", log().start(1).stop(1).wait(9).values(1)),
    breaks("M8.6", "connector 0", log().values(1, connector=0), "warn"),
    keeps("M8.7", "nothing", log().write("StopTxnSampledData", "").write("StopTxnAlignedData", "")
          .start(1).stop(1)),
    breaks("M8.7", "unasked", log().write("StopTxnSampledData", "").write("StopTxnAlignedData", "")
           .start(1).stop(1, transactionData=[{"timestamp": at(9), "sampledValue": [
               {"value": "1"}]}])),
    breaks("M8.7", "missing", log().write("StopTxnSampledData", ENERGY)
           .write("StopTxnAlignedData", "").start(1).stop(1)),
    keeps("M8.7", "as configured", log().write("StopTxnSampledData", ENERGY)
          .write("StopTxnAlignedData", "").start(1).stop(1, transactionData=[
              {"timestamp": at(9), "sampledValue": [{"value": "1"}]}])),
    breaks("M8.7", "another", log().write("StopTxnSampledData", ENERGY)
           .write("StopTxnAlignedData", "").start(1).stop(1, transactionData=[
               {"timestamp": at(9), "sampledValue": [{"value": "1", "measurand": "SoC"}]}]),
           "fail", "fail"),
    keeps("M8.8", "rejected", log().write("MeterValuesSampledData", "Nonsense", "Rejected")),
    keeps("M8.8", "a phase", log().write("MeterValuesSampledData", "Voltage.L1,Current.Import")),
    breaks("M8.8", "unknown", log().write("MeterValuesSampledData", f"{ENERGY},Nonsense")),
    keeps("M8.8", "as many as permitted", log().read("StopTxnSampledDataMaxLength", "2")
          .write("StopTxnSampledData", f"{ENERGY},SoC")),
    breaks("M8.8", "one more", log().read("StopTxnSampledDataMaxLength", "1")
           .write("StopTxnSampledData", f"{ENERGY},SoC")),
    keeps("M8.9", "come", log().told("TriggerMessage", "Accepted", requestedMessage="MeterValues",
                                     connectorId=1).values(None, context="Trigger").wait(60)),
    breaks("M8.9", "another context", log().told(
        "TriggerMessage", "Accepted", requestedMessage="MeterValues", connectorId=1).values(None),
        "warn"),
    breaks("M8.9", "do not come", log().told(
        "TriggerMessage", "Accepted", requestedMessage="MeterValues", connectorId=1).wait(60)),
    keeps("M8.9", "rejected", log().told(
        "TriggerMessage", "Rejected", requestedMessage="MeterValues", connectorId=1).wait(60)),
]  # fmt: skip

EVENT: dict[str, Json] = {"type": "TamperDetectionActivated", "timestamp": at(0)}
QUEUE: list[Row] = [
    keeps("M9.1", "in order", log().reconnect(60).start(1, made=at(10)).values(1, made=at(20))
          .stop(1, made=at(30))),
    keeps("M9.1", "1 s back", log().start(1, made=at(9)).values(1, made=at(8.1))),
    breaks("M9.1", "newest first", log().start(1, made=at(1)).reconnect(60).values(1, made=at(20))
           .values(1, made=at(10))),
    keeps("M9.1", "triggered ones may overtake", log().start(1).told(
        "TriggerMessage", "Accepted", requestedMessage="MeterValues", connectorId=1)
          .values(1, context="Trigger", made=at(99)).values(1)),
    keeps("M9.3", "at once", log().reconnect(60).start(1, made=at(40))),
    keeps("M9.3", "nothing was queued", log().reconnect(60).wait(99).start(1)),
    breaks("M9.3", "35 s later", log().reconnect(60).wait(34).start(1, made=at(40))),
    keeps("M9.3", "33 s later", log().reconnect(60).wait(32).start(1, made=at(40))),
    keeps("M9.4", "as configured", failing("3", "10", 10, 20)),
    keeps("M9.4", "within the tolerance", failing("3", "10", 6, 24)),
    breaks("M9.4", "too early", failing("3", "10", 5)),
    breaks("M9.4", "too late", failing("3", "10", 15)),
    breaks("M9.4", "the second pause is no longer", failing("3", "10", 10, 10)),
    breaks("M9.4", "given up", failing("3", "10", 10, last_ok=False).wait(60)),
    breaks("M9.4", "attempts 0", failing("0", "10").wait(9), "warn"),
    keeps("M9.4", "settings not known", log().refused(
        "StartTransaction", connectorId=1, idTag="A", meterStart=0, timestamp=at(0)).start(1)),
    keeps("M9.5", "as often as configured", failing("2", "10", 10, last_ok=False).wait(60)),
    breaks("M9.5", "once more", failing("2", "10", 10, 20, last_ok=False)),
    keeps("M9.5", "-1", log().refused("StartTransaction", connectorId=1, idTag="A", meterStart=0,
                                      timestamp=at(0)).wait(99).stop(-1)),
    breaks("M9.5", "an id of its own", log().refused(
        "StartTransaction", connectorId=1, idTag="A", meterStart=0, timestamp=at(0)).wait(99)
        .stop(5)),
    keeps("M9.6", "the same", failing("3", "10", 10)),
    breaks("M9.6", "another time stamp", log().refused(
        "StartTransaction", connectorId=1, idTag="A", meterStart=0, timestamp=at(0))
        .start(1, tag="A", made=at(9)), "warn"),
    keeps("M9.6", "another transaction", log().refused(
        "StartTransaction", connectorId=1, idTag="A", meterStart=0, timestamp=at(0))
        .start(1, 5, tag="A", made=at(9))),
    keeps("M9.7", "sent again", log().ask("StopTransaction", transactionId=1, meterStop=0,
                                          timestamp=at(0)).reconnect(9)
          .stop(1, made=at(0)).wait(99)),
    keeps("M9.7", "log ends too soon", log().ask(
        "StopTransaction", transactionId=1, meterStop=0, timestamp=at(0)).reconnect(9).wait(30)),
    breaks("M9.7", "lost for ever", log().ask(
        "StopTransaction", transactionId=1, meterStop=0, timestamp=at(0)).reconnect(9).wait(99)),
    breaks("M9.7", "the next one comes instead", log().ask(
        "StopTransaction", transactionId=1, meterStop=0, timestamp=at(0)).reconnect(9)
        .start(2, made=at(5))),
    keeps("M9.8", "sent again", log().ask("SecurityEventNotification", **EVENT).reconnect(9)
          .ask("SecurityEventNotification", {}, **EVENT).wait(99)),
    keeps("M9.8", "not critical", log().ask("SecurityEventNotification", **(
        EVENT | {"type": "InvalidMessages"})).reconnect(9).wait(99)),
    breaks("M9.8", "lost for ever", log().ask("SecurityEventNotification", **EVENT).reconnect(9)
           .wait(99)),
    of_csms(keeps("M9.9", "served", log().wait(99).tool_asks(
        "1", "StopTransaction", transactionId=1, meterStop=0, timestamp=at(9)).answers("1"))),
    of_csms(keeps("M9.9", "not late", log().tool_asks(
        "1", "StopTransaction", transactionId=1, meterStop=0, timestamp=at(0))
        .refuses("1", "GenericError"))),
    of_csms(breaks("M9.9", "refused", log().wait(99).tool_asks(
        "1", "StopTransaction", transactionId=1, meterStop=0, timestamp=at(9))
        .refuses("1", "GenericError"))),
]  # fmt: skip

ROWS: list[Row] = [*AUTHORISATION, *TRANSACTIONS, *METERING, *QUEUE]
