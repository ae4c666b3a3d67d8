"""The sans-I/O endpoint: one open CALL, deadlines, answers to whatever a peer sends."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.ocppj.endpoint import (
    BadAnswer,
    CallReceived,
    Endpoint,
    Error,
    InvalidMessage,
    LateAnswer,
    Lost,
    PeerViolation,
    Result,
    Side,
    TimedOut,
)


def csms() -> Endpoint:
    return Endpoint(Side.CENTRAL_SYSTEM, "t")


def station() -> Endpoint:
    return Endpoint(Side.STATION, "s")


def sent(endpoint: Endpoint) -> list[list[object]]:
    return [orjson.loads(text) for text in endpoint.data_to_send()]


def rules(events: Sequence[object]) -> list[str]:
    return [e.rule for e in events if isinstance(e, PeerViolation)]


def test_call_is_sent_with_a_new_id_each_time() -> None:
    e = station()
    e.call("Heartbeat", {}, 0, 10)
    e.receive('[3,"s-1",{"currentTime":"2026-01-01T00:00:00Z"}]', 1)
    e.call("Heartbeat", {}, 2, 10)
    assert [f[1] for f in sent(e)] == ["s-1", "s-2"]


def test_second_call_waits_until_the_first_is_answered() -> None:
    e = station()
    first = e.call("Heartbeat", {}, 0, 10)
    second = e.call("Authorize", {"idTag": "A"}, 0, 10)
    assert [f[1] for f in sent(e)] == [first]
    events = e.receive('[3,"s-1",{"currentTime":"2026-01-01T00:00:00Z"}]', 3)
    assert isinstance(events[0], Result)
    assert [f[1] for f in sent(e)] == [second]
    assert e.next_deadline() == 13, "the time-out counts from the sending"


def test_second_call_is_sent_when_the_first_times_out() -> None:
    e = station()
    e.call("Heartbeat", {}, 0, 10)
    e.call("Authorize", {"idTag": "A"}, 0, 10)
    e.data_to_send()
    assert e.expire(9.9) == []
    (event,) = e.expire(10)
    assert isinstance(event, TimedOut)
    assert event.call.action == "Heartbeat"
    assert [f[2] for f in sent(e)] == ["Authorize"]


def test_answer_after_the_time_out_is_late_not_foreign() -> None:
    e = station()
    e.call("Heartbeat", {}, 0, 10)
    e.expire(10)
    answer = '[3,"s-1",{"currentTime":"2026-01-01T00:00:00Z"}]'
    assert isinstance(e.receive(answer, 11)[0], LateAnswer)
    assert rules(e.receive(answer, 12)) == ["M2.5"], "only once"


@pytest.mark.parametrize("text", ['[3,"nope",{}]', '[4,"nope","GenericError","",{}]'])
def test_answer_to_nothing_is_a_violation(text: str) -> None:
    assert rules(csms().receive(text, 0)) == ["M2.5"]


def test_result_that_breaks_the_schema_is_delivered_with_its_problems() -> None:
    e = csms()
    e.call("Reset", {"type": "Hard"}, 0, 10)
    violation, result = e.receive('[3,"t-1",{"status":"Perhaps"}]', 1)
    assert isinstance(violation, PeerViolation)
    assert violation.rule == "M4.1"
    assert isinstance(result, Result)
    assert result.problems[0].path == "status"


def test_error_code_that_does_not_exist_is_a_violation() -> None:
    e = csms()
    e.call("Reset", {"type": "Hard"}, 0, 10)
    events = e.receive('[4,"t-1","FormatViolation","",{}]', 1)
    assert rules(events) == ["M4.2"]
    assert isinstance(events[1], Error)


@pytest.mark.parametrize(
    "text", ['[3,"t-1"]', '[3,"t-1",[]]', '[4,"t-1","GenericError"]', '[3,"t-1",{"a']
)
def test_malformed_answer_ends_the_call(text: str) -> None:
    e = csms()
    e.call("ClearCache", {}, 0, 10)
    e.data_to_send()
    events = e.receive(text, 1)
    assert isinstance(events[-1], BadAnswer)
    assert e.open_call is None
    assert e.data_to_send() == [], "an answer is never answered"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ('{"connectorId":1,"errorCode":"NoError"}', "ProtocolError"),
        ('{"connectorId":"1","errorCode":"NoError","status":"Available"}',
         "TypeConstraintViolation"),
        ('{"connectorId":1,"errorCode":"NoError","status":"Idle"}',
         "PropertyConstraintViolation"),
        ('{"connectorId":1,"errorCode":"NoError","status":"Available","x":1}',
         "FormationViolation"),
    ],
)  # fmt: skip
def test_call_that_breaks_the_schema_is_refused_with_the_code_for_it(
    payload: str, code: str
) -> None:
    e = csms()
    events = e.receive(f'[2,"a","StatusNotification",{payload}]', 0)
    assert rules(events) == ["M4.1"]
    assert [f[:3] for f in sent(e)] == [[4, "a", code]]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('[2,"a","heartbeat",{}]', "NotImplemented"),
        ('[2,"a","Reset",{"type":"Hard"}]', "NotSupported"),
        ('[2,"a","Heartbeat",[]]', "FormationViolation"),
        ('[2,"a","Heartbeat"]', "FormationViolation"),
        ('[2,"a","Heartbeat",{', "FormationViolation"),
    ],
)
def test_bad_call_is_answered_with_the_code_for_it(text: str, code: str) -> None:
    e = csms()
    assert len(rules(e.receive(text, 0))) == 1
    assert [f[:3] for f in sent(e)] == [[4, "a", code]]


@pytest.mark.parametrize("text", ['[5,"a"]', "no json", "{}", '["x"]', b"\x00"])
def test_what_has_no_id_gets_no_answer(text: str | bytes) -> None:
    e = csms()
    assert rules(e.receive(text, 0))
    assert e.data_to_send() == []


def test_regular_call_is_delivered_and_answered_once() -> None:
    e = csms()
    (event,) = e.receive('[2,"a","Heartbeat",{}]', 0)
    assert event == CallReceived("a", "Heartbeat", {})
    assert e.unanswered() == ("a",)
    e.reply("a", {"currentTime": "2026-01-01T00:00:00Z"})
    assert sent(e) == [[3, "a", {"currentTime": "2026-01-01T00:00:00Z"}]]
    with pytest.raises(KeyError):
        e.reply("a", {"currentTime": "2026-01-01T00:00:00Z"})


def test_our_own_wrong_message_is_an_exception() -> None:
    e = csms()
    e.receive('[2,"a","Heartbeat",{}]', 0)
    with pytest.raises(InvalidMessage, match=r"Heartbeat\.conf"):
        e.reply("a", {})
    with pytest.raises(InvalidMessage, match=r"Reset\.req: type"):
        e.call("Reset", {"type": "Medium"}, 0, 10)
    e.call("Reset", {"type": "Medium"}, 0, 10, validate=False)
    assert sent(e)[0][2] == "Reset"


def test_second_call_of_the_peer_before_our_answer_is_a_violation_but_served() -> None:
    e = csms()
    e.receive('[2,"a","Heartbeat",{}]', 0)
    events = e.receive('[2,"b","Heartbeat",{}]', 1)
    assert rules(events) == ["M3.1"]
    assert isinstance(events[-1], CallReceived)


def test_second_call_of_the_peer_after_it_gave_up_is_regular() -> None:
    e = csms()
    e.receive('[2,"a","Heartbeat",{}]', 0)
    assert rules(e.receive('[2,"b","Heartbeat",{}]', 30)) == []


def test_message_id_used_twice_is_a_violation() -> None:
    e = csms()
    e.receive('[2,"a","Heartbeat",{}]', 0)
    e.reply("a", {"currentTime": "2026-01-01T00:00:00Z"})
    assert rules(e.receive('[2,"a","Heartbeat",{}]', 1)) == ["M2.4"]


def test_calls_of_both_sides_may_cross() -> None:
    e = csms()
    e.call("ClearCache", {}, 0, 10)
    e.data_to_send()
    (event,) = e.receive('[2,"x","Heartbeat",{}]', 1)
    assert isinstance(event, CallReceived)
    e.reply("x", {"currentTime": "2026-01-01T00:00:00Z"})
    assert len(e.data_to_send()) == 1


def test_lost_connection_ends_every_call() -> None:
    e = station()
    e.call("Heartbeat", {}, 0, 10)
    e.call("Authorize", {"idTag": "A"}, 0, 10)
    events = e.lost()
    assert [type(event) for event in events] == [Lost, Lost]
    assert e.next_deadline() is None


def test_null_payload_is_a_violation_but_served() -> None:
    e = csms()
    events = e.receive('[2,"a","Heartbeat",null]', 0)
    assert rules(events) == ["M2.6"]
    assert isinstance(events[-1], CallReceived)
    e = csms()
    e.call("UnlockConnector", {"connectorId": 1}, 0, 10)
    assert rules(e.receive('[3,"t-1",null]', 0)) == ["M2.6", "M4.1"]


def test_ignored_call_is_never_answered() -> None:
    e = csms()
    e.receive('[2,"a","Heartbeat",{}]', 0)
    e.ignore("a")
    assert e.unanswered() == ()
    assert e.data_to_send() == []


def test_memory_of_message_ids_is_bounded() -> None:
    e = csms()
    for n in range(1500):
        e.receive(f'[2,"id-{n}","Heartbeat",{{}}]', n)
        e.reply(f"id-{n}", {"currentTime": "2026-01-01T00:00:00Z"})
    assert len(e._peer_ids) + len(e._older_peer_ids) == 1500
    for n in range(1500, 5000):
        e.receive(f'[2,"id-{n}","Heartbeat",{{}}]', n)
        e.reply(f"id-{n}", {"currentTime": "2026-01-01T00:00:00Z"})
    assert 1024 <= len(e._peer_ids) + len(e._older_peer_ids) <= 2048


@given(st.lists(st.text() | st.binary(max_size=8), max_size=20))
def test_foreign_bytes_never_raise(messages: list[str | bytes]) -> None:
    e = csms()
    for n, message in enumerate(messages):
        e.receive(message, n)
    for text in e.data_to_send():
        assert orjson.loads(text)[0] == 4
