"""Default answers, and scripts on top of them."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.clock import Clock
from rig.csms.cards import CardRegistry, IdTagInfo
from rig.csms.replies import DEFAULT_INTERVAL_S, Answer, Confirm, Refuse, Replies, Silence
from rig.ocppj.endpoint import CallReceived
from rig.ocppj.frames import ErrorCode, Payload
from rig.ocppj.schemas import FROM_STATION, response_problems

CLOCK = Clock(epoch=1_800_000_000.0)
CARD: Payload = {"status": "Accepted", "parentIdTag": "GROUP"}
REQUESTS: dict[str, Payload] = {
    "Authorize": {"idTag": "04AA"},
    "StartTransaction": {"connectorId": 1, "idTag": "04AA", "meterStart": 0, "timestamp": "t"},
    "StopTransaction": {"transactionId": 1, "meterStop": 1, "timestamp": "t"},
}


def replies(first_transaction_id: int = 1) -> Replies:
    cards = CardRegistry()
    cards.put("04AA", IdTagInfo("Accepted", "GROUP"))
    return Replies(CLOCK, cards, first_transaction_id)


def ask(r: Replies, action: str, **fields: str | int) -> Payload | Refuse | Silence:
    return r.answer(CallReceived("1", action, {**REQUESTS.get(action, {}), **fields}))


def payload(r: Replies, action: str, **fields: str | int) -> Payload:
    answer = ask(r, action, **fields)
    assert isinstance(answer, dict)
    return answer


@pytest.mark.parametrize("action", sorted(FROM_STATION))
def test_default_answer_keeps_the_schema(action: str) -> None:
    assert response_problems(action, payload(replies(), action)) == ()


@pytest.mark.parametrize(
    ("action", "fields", "answer"),
    [
        ("Authorize", {}, {"idTagInfo": CARD}),
        ("Authorize", {"idTag": "04aa"}, {"idTagInfo": CARD}),
        ("Authorize", {"idTag": "04AB"}, {"idTagInfo": {"status": "Invalid"}}),
        ("DataTransfer", {"vendorId": "x"}, {"status": "UnknownVendorId"}),
        ("SignCertificate", {}, {"status": "Rejected"}),
        ("StartTransaction", {}, {"transactionId": 1, "idTagInfo": CARD}),
        ("StopTransaction", {}, {}),
        ("StopTransaction", {"idTag": "04AA"}, {"idTagInfo": CARD}),
        ("StatusNotification", {}, {}),
        ("MeterValues", {}, {}),
    ],
)
def test_default_answer(action: str, fields: dict[str, str | int], answer: Payload) -> None:
    assert payload(replies(), action, **fields) == answer


def test_transaction_of_a_card_that_is_not_accepted_gets_an_id_as_well() -> None:
    answer = payload(replies(), "StartTransaction", idTag="unknown")
    assert answer == {"transactionId": 1, "idTagInfo": {"status": "Invalid"}}


@given(first=st.integers(1, 10_000), number=st.integers(1, 30))
def test_transaction_ids_count_up_from_the_first(first: int, number: int) -> None:
    r = replies(first)
    given_ = [payload(r, "StartTransaction")["transactionId"] for _ in range(number)]
    assert given_ == list(range(first, first + number))


@pytest.mark.parametrize("action", ["BootNotification", "Heartbeat"])
def test_current_time_is_lab_time(action: str) -> None:
    before = CLOCK.utc()
    text = str(payload(replies(), action)["currentTime"])
    moment = datetime.fromisoformat(text)
    assert text.endswith("Z")
    assert -0.001 <= (moment - before).total_seconds() < 5


def test_boot_is_accepted_with_the_interval_that_was_set() -> None:
    r = replies()
    assert payload(r, "BootNotification")["interval"] == DEFAULT_INTERVAL_S
    r.heartbeat_interval_s = 30
    answer = payload(r, "BootNotification")
    assert (answer["status"], answer["interval"]) == ("Accepted", 30)


def test_script_is_used_up_in_order_then_the_default_counts() -> None:
    r = replies()
    with r.script("Heartbeat", Refuse(ErrorCode.INTERNAL_ERROR, "first"), Silence()):
        assert ask(r, "Heartbeat") == Refuse(ErrorCode.INTERNAL_ERROR, "first")
        assert ask(r, "Heartbeat") == Silence()
        assert set(payload(r, "Heartbeat")) == {"currentTime"}


def test_confirmed_fields_are_laid_over_the_default() -> None:
    r = replies()
    r.heartbeat_interval_s = 30
    with r.script("BootNotification", Confirm({"status": "Rejected"})):
        answer = payload(r, "BootNotification")
    assert (answer["status"], answer["interval"]) == ("Rejected", 30)
    assert "currentTime" in answer


def test_script_counts_for_its_action_only() -> None:
    r = replies()
    with r.script("Authorize", Silence()):
        assert set(payload(r, "Heartbeat")) == {"currentTime"}
        assert ask(r, "Authorize") == Silence()


def test_rest_of_a_script_is_dropped_after_the_block() -> None:
    r = replies()
    with r.script("Heartbeat", Silence(), Silence()):
        assert ask(r, "Heartbeat") == Silence()
    assert set(payload(r, "Heartbeat")) == {"currentTime"}


def test_script_ends_when_the_block_fails() -> None:
    r = replies()
    with pytest.raises(LookupError):
        with r.script("Heartbeat", Silence()):
            raise LookupError
    assert set(payload(r, "Heartbeat")) == {"currentTime"}


def test_nested_script_leaves_the_outer_one_where_it_was() -> None:
    r = replies()
    one, two, three = (Refuse(ErrorCode.GENERIC_ERROR, name) for name in "123")
    with r.script("Heartbeat", one, two):
        assert ask(r, "Heartbeat") == one
        with r.script("Heartbeat", three):
            assert ask(r, "Heartbeat") == three
            assert set(payload(r, "Heartbeat")) == {"currentTime"}
        assert ask(r, "Heartbeat") == two


answers = st.lists(
    st.builds(Confirm, st.just({"status": "Rejected"}))
    | st.builds(Refuse, st.sampled_from(ErrorCode))
    | st.just(Silence()),
    max_size=5,
)


@given(script=answers, calls=st.integers(0, 8))
def test_any_script_is_followed_to_its_end_and_no_further(script: list[Answer], calls: int) -> None:
    r = replies()
    with r.script("DataTransfer", *script):
        seen = [ask(r, "DataTransfer") for _ in range(calls)]
    default: Payload = {"status": "UnknownVendorId"}
    expected = [a.fields if isinstance(a, Confirm) else a for a in script]
    assert seen == [*expected, *[default] * calls][:calls]
