"""Every rule is broken once, by itself, and by nothing in a clean log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rig.conformance.catalogue import Role
from rig.conformance.log_rules import Scope, check, transaction_ids
from rig.jsontypes import Json
from tests.unit.conformance.wire_script import WireScript

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
NOW = "2026-01-01T00:00:00.000Z"
CARD: Json = {"status": "Accepted"}


def scope(role: Role, script: WireScript) -> Scope:
    return Scope(
        role,
        message_timeout_s=30,
        tolerance_s=4,
        end_s=script.t_s,
        utc=lambda t_s: EPOCH + timedelta(seconds=t_s),
    )


def judge(script: WireScript, role: Role = Role.STATION) -> list[tuple[str, str, tuple[int, ...]]]:
    """Rule, severity and place of each breach."""
    found = check(script.entries, scope(role, script))
    return [(b.rule, b.severity, b.seqs) for b in found]


def log() -> WireScript:
    return WireScript()


def start(script: WireScript, number: int, meter: int = 0, connector: int = 1) -> WireScript:
    """A station starts a transaction and gets this id."""
    script.asks(
        f"start-{number}", "StartTransaction",
        connectorId=connector, idTag="04AA", meterStart=meter, timestamp=NOW,
    )  # fmt: skip
    return script.tool_answers(f"start-{number}", transactionId=number, idTagInfo=CARD)


def stop(script: WireScript, number: int, meter: int, id: str = "") -> WireScript:
    id = id or f"stop-{number}"
    script.asks(id, "StopTransaction", transactionId=number, meterStop=meter, timestamp=NOW)
    return script.tool_answers(id)


def clean_station() -> WireScript:
    """A boot, a remote start, a session, an answer of each kind, a reconnect."""
    s = log().transport("connect")
    s.asks("1", "BootNotification", chargePointVendor="V", chargePointModel="M")
    s.tool_answers("1", status="Accepted", currentTime=NOW, interval=30)
    s.asks("2", "StatusNotification", connectorId=1, errorCode="NoError", status="Available")
    s.tool_answers("2")
    s.tool_asks("t1", "RemoteStartTransaction", idTag="04AA").answers("t1", status="Accepted")
    start(s, 1, 100)
    s.asks("3", "MeterValues", connectorId=1, meterValue=[
        {"timestamp": "2026-01-01T00:00:09.123456789+00:00", "sampledValue": [{"value": "1"}]}
    ])  # fmt: skip
    s.tool_answers("3")
    s.tool_asks("t2", "ClearCache").refuses("t2", "NotSupported")
    stop(s, 1, 150)
    s.transport("close").on(2).transport("connect")
    s.asks("1", "Heartbeat").tool_answers("1", currentTime=NOW)
    start(s, 2, 150)
    return stop(s, 2, 150)


def clean_csms() -> WireScript:
    """The same with the roles exchanged: the tool plays the station."""
    s = log().transport("connect")
    s.tool_asks("1", "BootNotification", chargePointVendor="V", chargePointModel="M")
    s.answers("1", status="Accepted", currentTime=NOW, interval=30)
    s.tool_asks("2", "Authorize", idTag="04AA")
    s.answers("2", idTagInfo={"status": "Accepted", "expiryDate": "2031-01-01T00:00:00Z"})
    begin: dict[str, Json] = {"connectorId": 1, "idTag": "04AA", "meterStart": 0, "timestamp": NOW}
    s.tool_asks("3", "StartTransaction", **begin).answers("3", transactionId=1, idTagInfo=CARD)
    s.tool_asks("4", "StartTransaction", **begin).answers("4", transactionId=2, idTagInfo=CARD)
    s.asks("t1", "RemoteStopTransaction", transactionId=1).tool_answers("t1", status="Accepted")
    s.tool_asks("5", "DataTransfer", vendorId="x").refuses("5", "NotSupported")
    return s


def test_clean_log_of_a_station_has_no_breach() -> None:
    assert judge(clean_station()) == []


def test_clean_log_of_a_csms_has_no_breach() -> None:
    assert judge(clean_csms(), Role.CSMS) == []


def test_empty_log_has_no_breach() -> None:
    assert judge(log()) == []


@pytest.mark.parametrize(
    ("script", "breach"),
    [
        # --- frames
        pytest.param(log().raw("in", b"\x02"), ("M2.1", "fail", (1,)), id="M2.1 binary"),
        pytest.param(log().raw("in", "{}"), ("M2.2", "fail", (1,)), id="M2.2 no array"),
        pytest.param(
            log().raw("in", '[2,7,"Heartbeat",{}]'), ("M2.3", "fail", (1,)), id="M2.3 number as id"
        ),
        pytest.param(
            log().asks("1", "Heartbeat").tool_answers("1", currentTime=NOW)
            .asks("1", "Authorize", idTag="A"),
            ("M2.4", "fail", (1, 3)), id="M2.4 id used again",
        ),
        pytest.param(
            log().answers("x", status="Accepted"),
            ("M2.5", "fail", (1,)), id="M2.5 answer to nothing",
        ),
        pytest.param(
            log().tool_asks("1", "ClearCache").answers("1", status="Accepted")
            .answers("1", status="Accepted"),
            ("M2.5", "fail", (1, 3)), id="M2.5 second answer",
        ),
        pytest.param(
            log().tool_asks("1", "ClearCache").answers("1", status="Accepted").on(2)
            .answers("1", status="Accepted"),
            ("M2.5", "fail", (3,)), id="M2.5 answer on another connection",
        ),
        pytest.param(
            log().tool_asks("1", "ClearCache").wait(30).answers("1", status="Accepted"),
            ("M2.5", "info", (1, 2)), id="M2.5 late answer",
        ),
        pytest.param(
            log().answers("1", status="Accepted").transport("late-answer", id="1"),
            ("M2.5", "info", (1,)), id="M2.5 late answer to a CALL before the log",
        ),
        pytest.param(
            log().raw("in", '[2,"1","Heartbeat",null]'), ("M2.6", "warn", (1,)), id="M2.6 null"
        ),
        pytest.param(
            log().raw("in", '[2,"1","Heartbeat",[]]'), ("M2.6", "fail", (1,)), id="M2.6 list"
        ),
        pytest.param(
            log().tool_asks("1", "ClearCache").raw("in", '[4,"1","GenericError",null,{}]'),
            ("M2.7", "fail", (2,)), id="M2.7 description",
        ),
        pytest.param(log().raw("in", '[5,"1"]'), ("M2.8", "fail", (1,)), id="M2.8 type"),
        pytest.param(log().raw("in", "hello"), ("M2.9", "warn", (1,)), id="M2.9 no JSON"),
        # --- call discipline
        pytest.param(
            log().asks("1", "Heartbeat").asks("2", "Authorize", idTag="A")
            .tool_answers("1", currentTime=NOW),
            ("M3.1", "fail", (1, 2)), id="M3.1 second CALL",
        ),
        pytest.param(
            log().tool_asks("1", "ClearCache").wait(30).transport("close"),
            ("M3.3", "fail", (1,)), id="M3.3 no answer while connected",
        ),
        pytest.param(
            log().tool_asks("1", "RemoteStartTransaction", idTag="04aa")
            .asks("2", "Authorize", idTag="04AA").answers("1", status="Accepted"),
            ("M3.4", "fail", (2, 3)), id="M3.4 RemoteStartTransaction",
        ),
        pytest.param(
            log().tool_asks("1", "Reset", type="Hard")
            .asks("2", "BootNotification", chargePointVendor="V", chargePointModel="M")
            .answers("1", status="Accepted"),
            ("M3.4", "fail", (2, 3)), id="M3.4 Reset",
        ),
        pytest.param(
            log().tool_asks("1", "ChangeAvailability", connectorId=1, type="Inoperative")
            .asks("2", "StatusNotification", connectorId=1, errorCode="NoError",
                  status="Unavailable")
            .answers("1", status="Accepted"),
            ("M3.4", "fail", (2, 3)), id="M3.4 ChangeAvailability",
        ),
        pytest.param(
            log().tool_asks("1", "TriggerMessage", requestedMessage="Heartbeat")
            .asks("2", "Heartbeat").answers("1", status="Accepted"),
            ("M3.4", "fail", (2, 3)), id="M3.4 TriggerMessage",
        ),
        # --- schema
        pytest.param(
            log().asks("1", "Nonsense"), ("M4.1", "fail", (1,)), id="M4.1 unknown action"
        ),
        pytest.param(
            log().asks("1", "heartbeat"), ("M4.1", "fail", (1,)), id="M4.1 action in another case"
        ),
        pytest.param(
            log().asks("1", "Heartbeat", now=1), ("M4.1", "fail", (1,)), id="M4.1 extra field"
        ),
        pytest.param(
            log().tool_asks("1", "ClearCache").answers("1", status="Done"),
            ("M4.1", "fail", (2,)), id="M4.1 answer",
        ),
        pytest.param(
            log().asks("1", "Authorize", idTag="x" * 21), ("M4.1", "fail", (1,)), id="M4.5 length"
        ),
        pytest.param(
            log().tool_asks("1", "ClearCache").refuses("1", "FormatViolation"),
            ("M4.2", "fail", (2,)), id="M4.2 error code",
        ),
        # --- boot and clock
        pytest.param(
            log().asks("1", "BootNotification", chargePointVendor="V", chargePointModel="M")
            .tool_answers("1", status="Pending", currentTime=NOW, interval=9)
            .asks("2", "Heartbeat"),
            ("M5.3", "fail", (2, 3)), id="M5.3 CALL while Pending",
        ),
        pytest.param(
            log().asks("1", "BootNotification", chargePointVendor="V", chargePointModel="M")
            .tool_answers("1", status="Rejected", currentTime=NOW, interval=9)
            .asks("2", "Heartbeat"),
            ("M5.4", "fail", (2, 3)), id="M5.4 CALL while Rejected",
        ),
        pytest.param(
            log().asks("1", "StatusNotification", connectorId=1, errorCode="NoError",
                       status="Available", timestamp="2026-01-01T00:00:12Z"),
            ("M5.11", "warn", (1,)), id="M5.11 clock ahead",
        ),
        # --- transactions
        pytest.param(
            stop(stop(start(log(), 1), 1, 5), 1, 5, "again"),
            ("M7.2", "fail", (5,)), id="M7.2 stopped twice",
        ),
        pytest.param(
            stop(start(log(), 1, 100), 1, 99), ("M7.3", "fail", (3,)), id="M7.3 stop below start"
        ),
        pytest.param(
            start(start(log(), 1, 100), 2, 99), ("M7.3", "fail", (3,)), id="M7.3 start below start"
        ),
        pytest.param(
            start(stop(start(log(), 1, 100), 1, 150), 2, 149),
            ("M7.3", "fail", (5,)), id="M7.3 start below the last stop",
        ),
        pytest.param(stop(log(), 7, 5), ("M7.6", "fail", (1,)), id="M7.6 unknown transaction"),
        pytest.param(
            stop(start(log(), 1), -1, 5), ("M7.6", "fail", (3,)),
            id="M7.6 minus 1 although every start was answered",
        ),
    ],
)  # fmt: skip
def test_station_breaks_one_rule(
    script: WireScript, breach: tuple[str, str, tuple[int, ...]]
) -> None:
    assert judge(script) == [breach]


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("2026-01-01", "fail"),
        ("2026-01-01 00:00:00Z", "fail"),
        ("01.01.2026 00:00", "fail"),
        ("2026-13-01T00:00:00Z", "fail"),
        ("", "fail"),
        ("2026-01-01T00:00:00", "warn"),
        ("2026-01-01T00:00:00.5", "warn"),
    ],
)
def test_time_stamp_that_is_none(text: str, severity: str) -> None:
    s = log().asks("1", "StatusNotification", connectorId=1, errorCode="NoError",
                   status="Available", timestamp=text)  # fmt: skip
    assert judge(s) == [("M5.12", severity, (1,))]


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.1Z", "2026-01-01T00:00:00.123456789Z",
        "2026-01-01T02:00:00+02:00", "2025-12-31T19:00:00-05:00", "2026-01-01T00:00:05Z",
        "2020-01-01T00:00:00Z",
    ],
)  # fmt: skip
def test_time_stamp_with_any_offset_and_fraction_is_good(text: str) -> None:
    s = log().asks("1", "StatusNotification", connectorId=1, errorCode="NoError",
                   status="Available", timestamp=text)  # fmt: skip
    assert judge(s) == []


def test_place_of_a_bad_time_stamp_is_named() -> None:
    value: Json = {"timestamp": "yesterday", "sampledValue": [{"value": "1"}]}
    s = log().asks("1", "MeterValues", connectorId=1, meterValue=[value])
    (breach,) = check(s.entries, scope(Role.STATION, s))
    assert breach.detail == "meterValue[0].timestamp 'yesterday' is no date-time"


# --- what is no breach ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(
            log().asks("1", "Heartbeat").wait(30).asks("1", "Heartbeat"), id="M2.4 retransmission"
        ),
        pytest.param(
            log().asks("1", "Heartbeat").transport("close").on(2).asks("1", "Authorize", idTag="A"),
            id="M2.4 other connection",
        ),
        pytest.param(
            log().asks("1", "Heartbeat").wait(29).asks("2", "Heartbeat"), id="M3.1 timed out"
        ),
        pytest.param(
            log().asks("1", "Heartbeat").tool_asks("t", "ClearCache")
            .answers("t", status="Accepted").tool_answers("1", currentTime=NOW),
            id="M3.2 CALLs cross",
        ),
        pytest.param(
            log().asks("1", "Heartbeat").on(2).asks("2", "Heartbeat"), id="M3.1 other connection"
        ),
        pytest.param(
            log().tool_asks("1", "ClearCache").wait(27).transport("close").wait(60).on(2)
            .transport("connect"),
            id="M3.3 connection lost",
        ),
        pytest.param(log().tool_asks("1", "ClearCache").wait(29), id="M3.3 log cut off"),
        pytest.param(
            log().tool_asks("1", "RemoteStartTransaction", idTag="04AA")
            .asks("2", "Authorize", idTag="04BB").answers("1", status="Accepted"),
            id="M3.4 another card",
        ),
        pytest.param(
            log().tool_asks("1", "RemoteStopTransaction", transactionId=2)
            .asks("2", "Heartbeat").answers("1", status="Accepted"),
            id="M3.4 no consequence",
        ),
        pytest.param(
            log().tool_asks("1", "ClearCache").asks("2", "Heartbeat")
            .answers("1", status="Accepted"),
            id="M3.4 command without consequence",
        ),
        pytest.param(
            log().asks("1", "BootNotification", chargePointVendor="V", chargePointModel="M")
            .tool_answers("1", status="Pending", currentTime=NOW, interval=9)
            .tool_asks("t", "TriggerMessage", requestedMessage="Heartbeat")
            .answers("t", status="Accepted").asks("2", "Heartbeat"),
            id="M5.3 triggered",
        ),
        pytest.param(
            log().asks("1", "BootNotification", chargePointVendor="V", chargePointModel="M")
            .tool_answers("1", status="Rejected", currentTime=NOW, interval=9)
            .asks("2", "BootNotification", chargePointVendor="V", chargePointModel="M")
            .tool_answers("2", status="Accepted", currentTime=NOW, interval=9)
            .asks("3", "Heartbeat"),
            id="M5.4 accepted at last",
        ),
        pytest.param(
            stop(log().asks("1", "StartTransaction", connectorId=1, idTag="04AA", meterStart=9,
                            timestamp=NOW).wait(30), -1, 5),
            id="M7.6 minus 1 after a start without answer",
        ),
        pytest.param(start(start(log(), 1, 100, 1), 2, 50, 2), id="M7.3 other connector"),
        pytest.param(
            log().asks("1", "StopTransaction", transactionId=7, meterStop=1, timestamp=NOW)
            .tool_refuses("1", "InternalError"),
            id="M7.6 refused by the tool",
        ),
    ],
)  # fmt: skip
def test_station_may_do_this(script: WireScript) -> None:
    assert judge(script) == []


def test_triggered_message_is_allowed_only_for_its_own_action_and_registration() -> None:
    s = log().asks("1", "BootNotification", chargePointVendor="V", chargePointModel="M")
    s.tool_answers("1", status="Pending", currentTime=NOW, interval=9)
    s.tool_asks("t", "TriggerMessage", requestedMessage="Heartbeat").answers("t", status="Rejected")
    s.asks("2", "Heartbeat")
    assert judge(s) == [("M5.3", "fail", (2, 5))]


def test_trigger_from_before_the_boot_is_used_up() -> None:
    s = log().tool_asks("t", "TriggerMessage", requestedMessage="Heartbeat")
    s.answers("t", status="Accepted")
    s.asks("1", "BootNotification", chargePointVendor="V", chargePointModel="M")
    s.tool_answers("1", status="Pending", currentTime=NOW, interval=9).asks("2", "Heartbeat")
    assert judge(s) == [("M5.3", "fail", (4, 5))]


def test_transaction_from_before_the_log_is_known() -> None:
    s = stop(log(), 7, 99)
    known = Scope(Role.STATION, 30, 4, s.t_s, lambda t_s: EPOCH, transactions={7: 100})
    (breach,) = check(s.entries, known)
    assert (breach.rule, breach.detail) == ("M7.3", "meterStop 99 is below meterStart 100")


# --- a CSMS under test ----------------------------------------------------------------------------


def begins(s: WireScript, id: str) -> WireScript:
    return s.tool_asks(id, "StartTransaction", connectorId=1, idTag="04AA", meterStart=0,
                       timestamp=NOW)  # fmt: skip


@pytest.mark.parametrize(
    ("script", "breach"),
    [
        pytest.param(
            log().tool_asks("1", "Heartbeat").answers("1", currentTime="2026-01-01T00:00:08Z"),
            ("M5.14", "fail", (2,)), id="M5.14 clock ahead",
        ),
        pytest.param(
            log().tool_asks("1", "Heartbeat").answers("1", currentTime="2025-12-31T23:59:56Z"),
            ("M5.14", "fail", (2,)), id="M5.14 clock behind",
        ),
        pytest.param(
            log().tool_asks("1", "Heartbeat").answers("1", currentTime="2026-01-01T00:00:00"),
            ("M5.12", "warn", (2,)), id="M5.12 no zone",
        ),
        pytest.param(
            begins(begins(log(), "1").answers("1", transactionId=5, idTagInfo=CARD), "2")
            .answers("2", transactionId=5, idTagInfo=CARD),
            ("M7.7", "fail", (2, 4)), id="M7.7 id given twice",
        ),
        pytest.param(
            begins(log(), "1").refuses("1", "GenericError"),
            ("M7.8", "fail", (2,)), id="M7.8 StartTransaction refused",
        ),
        pytest.param(
            log().tool_asks("1", "MeterValues", connectorId=1, meterValue=[])
            .refuses("1", "GenericError"),
            ("M7.8", "fail", (2,)), id="M7.8 MeterValues refused",
        ),
        pytest.param(
            log().asks("1", "Reset", type="Warm"), ("M4.1", "fail", (1,)), id="M4.1 command"
        ),
    ],
)  # fmt: skip
def test_csms_breaks_one_rule(script: WireScript, breach: tuple[str, str, tuple[int, ...]]) -> None:
    assert judge(script, Role.CSMS) == [breach]


def test_transaction_id_from_before_the_log_is_known() -> None:
    s = begins(log(), "1").answers("1", transactionId=5, idTagInfo=CARD)
    earlier = Scope(Role.CSMS, 30, 4, s.t_s, lambda t_s: EPOCH, given={5: -3})
    assert [(b.rule, b.seqs) for b in check(s.entries, earlier)] == [("M7.7", (-3, 2))]


def test_transaction_ids_are_read_off_the_answers() -> None:
    s = begins(log(), "1").answers("1", transactionId=5, idTagInfo=CARD)
    begins(s, "2").refuses("2", "GenericError")
    begins(begins(s, "3").answers("3", transactionId=6, idTagInfo=CARD), "4")
    assert transaction_ids(s.entries) == {5: 2, 6: 6}


def test_rules_of_one_role_do_not_bind_the_other() -> None:
    assert judge(stop(log(), 7, 5), Role.CSMS) == []
    s = begins(log(), "1").refuses("1", "GenericError")
    assert judge(s, Role.STATION) == []


def test_breaches_come_in_order_of_the_log() -> None:
    s = log().raw("in", "x").asks("1", "Nonsense").raw("in", "[]")
    assert [seqs for _, _, seqs in judge(s)] == [(1,), (2,), (3,)]
