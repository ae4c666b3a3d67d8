"""Frames as records: filter words, and JSON that a person can read."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rig.client.evidence import FrameLine
from rig.client.frames import fits, indented, pretty

RAW = '[2,"m1","Authorize",{"idTag":"A1"}]'
LINE = FrameLine(1, 1.0, "t", "in", "CALL", "Authorize", "m1", RAW, 1, "", "idTag A1", "")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
)


@pytest.mark.parametrize(
    ("word", "fit"),
    [("in", True), ("out", False), ("call", True), ("callresult", False), ("authorize", True),
     ("a1", True), ("m1", True), ("b2", False)],
)  # fmt: skip
def test_a_word_of_the_filter(word: str, fit: bool) -> None:
    assert fits(LINE, word) is fit


def test_a_malformed_frame_is_found_by_its_type() -> None:
    assert fits(replace(LINE, type="malformed"), "malformed")


@settings(max_examples=40, deadline=None)
@given(VALUES)
def test_indents_change_nothing(value: object) -> None:
    assert json.loads(indented(value)) == value  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(st.lists(VALUES, min_size=1))
def test_a_frame_over_several_lines_is_the_same_frame(frame: list[object]) -> None:
    assert json.loads(pretty(json.dumps(frame))) == frame


def test_small_objects_stay_on_one_line() -> None:
    keys = [{"key": f"Key{n}", "readonly": False, "value": "1"} for n in range(2)]
    assert pretty(json.dumps([3, "m", {"configurationKey": keys}])) == (
        '[3, "m",\n'
        "{\n"
        '  "configurationKey": [\n'
        '    {"key": "Key0", "readonly": false, "value": "1"},\n'
        '    {"key": "Key1", "readonly": false, "value": "1"}\n'
        "  ]\n"
        "}]"
    )


@pytest.mark.parametrize("raw", ["no json", "{", "", '"text"', "[]"])
def test_what_is_no_frame_is_shown_as_it_is(raw: str) -> None:
    assert pretty(raw) == raw
