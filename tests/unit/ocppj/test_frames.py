"""Frames: every malformed shape has its rule, every good one survives the round trip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.ocppj.frames import Call, CallError, CallResult, Malformed, parse, serialise

ids = st.text(min_size=1, max_size=36).filter(lambda s: s.isprintable())
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
payloads = st.dictionaries(st.text(), json_values, max_size=4)
frames = (
    st.builds(Call, ids, st.text(min_size=1), payloads, st.just(False))
    | st.builds(CallResult, ids, payloads, st.just(False))
    | st.builds(CallError, ids, st.text(), st.text(), payloads)
)


@given(frames)
def test_serialise_then_parse_is_the_identity(frame: Call | CallResult | CallError) -> None:
    assert parse(serialise(frame)) == frame


@given(st.text() | st.binary())
def test_any_message_is_a_frame_or_malformed(message: str | bytes) -> None:
    assert isinstance(parse(message), Call | CallResult | CallError | Malformed)


@given(json_values)
def test_any_json_is_a_frame_or_malformed(value: object) -> None:
    import orjson

    assert isinstance(
        parse(orjson.dumps(value).decode()), Call | CallResult | CallError | Malformed
    )


@pytest.mark.parametrize(
    ("text", "rule", "id_", "type_"),
    [
        (b"[2]", "M2.1", None, None),
        ("", "M2.9", None, None),
        ("hello", "M2.9", None, None),
        ('[2,"abc","Heartbeat",{', "M2.9", "abc", 2),
        ('[3, "abc", {"a":', "M2.9", "abc", 3),
        ("{}", "M2.2", None, None),
        ("[]", "M2.2", None, None),
        ('["2","abc","Heartbeat",{}]', "M2.8", None, None),
        ("[true]", "M2.8", None, None),
        ("[2.0]", "M2.8", None, None),
        ('[9,"abc"]', "M2.8", None, 9),
        ('[2,"abc","Heartbeat"]', "M2.2", "abc", 2),
        ('[2,"abc","Heartbeat",{},1]', "M2.2", "abc", 2),
        ('[3,"abc"]', "M2.2", "abc", 3),
        ('[4,"abc","GenericError",""]', "M2.2", "abc", 4),
        ('[2,7,"Heartbeat",{}]', "M2.3", None, 2),
        ('[2,"","Heartbeat",{}]', "M2.3", None, 2),
        (f'[2,"{"x" * 37}","Heartbeat",{{}}]', "M2.3", "x" * 37, 2),
        ('[2,"abc",5,{}]', "M2.2", "abc", 2),
        ('[2,"abc","Heartbeat",[]]', "M2.6", "abc", 2),
        ('[3,"abc","text"]', "M2.6", "abc", 3),
        ('[4,"abc",1,"",{}]', "M2.2", "abc", 4),
        ('[4,"abc","GenericError",null,{}]', "M2.7", "abc", 4),
        ('[4,"abc","GenericError","",null]', "M2.7", "abc", 4),
    ],
)
def test_malformed_message_breaks_its_rule(
    text: str | bytes, rule: str, id_: str | None, type_: int | None
) -> None:
    bad = parse(text)
    assert isinstance(bad, Malformed)
    assert (bad.rule, bad.id, bad.type) == (rule, id_, type_)


def test_null_payload_is_read_as_empty_and_noted() -> None:
    assert parse('[2,"a","Heartbeat",null]') == Call("a", "Heartbeat", {}, null_payload=True)
    assert parse('[3,"a",null]') == CallResult("a", {}, null_payload=True)


def test_duplicate_of_a_long_value_is_shortened_in_the_reason() -> None:
    bad = parse(f'["{"x" * 100}"]')
    assert isinstance(bad, Malformed)
    assert len(bad.reason) < 90
