"""What a frame says in a few words: the same for report, daemon and front ends."""

from __future__ import annotations

from rig.jsontypes import Json
from rig.ocppj.gist import Actions, summary


def call(number: int, action: str = "Heartbeat") -> dict[str, Json]:
    return {
        "direction": "in",
        "connection": 1,
        "type": "CALL",
        "id": f"m{number}",
        "action": action,
    }


def answer(number: int) -> dict[str, Json]:
    return {"direction": "out", "connection": 1, "type": "CALLRESULT", "id": f"m{number}"}


def test_an_answer_is_named_after_its_call() -> None:
    actions = Actions()
    assert actions.of(call(1, "Authorize")) == "Authorize"
    assert actions.of(answer(1)) == "Authorize"
    assert actions.of(answer(2)) == ""
    assert actions.of(answer(1) | {"connection": 2}) == ""


def test_the_oldest_calls_are_forgotten() -> None:
    actions = Actions(limit=2)
    for number in range(3):
        actions.of(call(number))
    assert [actions.of(answer(number)) for number in range(3)] == ["", "Heartbeat", "Heartbeat"]


def test_summaries_leave_out_what_goes_without_saying() -> None:
    raw = '[2,"1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Charging"}]'
    assert summary("CALL", raw) == "connectorId 1 · Charging"
    assert summary("CALLERROR", '[4,"1","NotSupported","no",{}]') == "NotSupported · no"
    assert summary("malformed", "{") == ""
