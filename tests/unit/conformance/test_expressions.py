"""The condition language: values, reasons, and what is not of the language."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.conformance.expressions import ConfigKey, Configuration, Expression, Judged

FACTS: dict[str, object] = {
    "yes": True,
    "no": False,
    "mode": "resume",
    "profiles": frozenset({1, 2}),
    "groups": ((1, 2), (3,)),
    "nothing": (),
    "minus_1": -1,
}
READ: dict[str, ConfigKey] = {
    "fixed": ConfigKey("TRUE", readonly=True),
    "free": ConfigKey("false", readonly=False),
    "number": ConfigKey("3", readonly=True),
    "text": ConfigKey("many", readonly=True),
}


def judge(text: str, configuration: Configuration = READ) -> Judged:
    return Expression(text).judge(FACTS, configuration)


@pytest.mark.parametrize(
    "text",
    [
        "true", "yes", "not no", "not false", "yes and true", "no or yes", "not (no or false)",
        "mode == 'resume'", "mode != 'x'", "1 in profiles", "not 3 in profiles",
        "len(groups) == 2", "len(groups) >= 2", "len(groups) > 1", "len(groups) <= 2",
        "len(groups) < 3", "groups", "not nothing", "(yes or no) == true", "(not no) == yes",
        "cfg_readonly_with('Fixed', 'true')", "cfg_readonly_with('FIXED', 'True')",
        "not cfg_readonly_with('Fixed', 'false')", "not cfg_readonly_with('Free', 'false')",
        "not cfg_readonly_with('Absent', '')",
        "cfg_readwrite('Free')", "not cfg_readwrite('Fixed')", "not cfg_readwrite('Absent')",
        "cfg_int('Number') == 3", "cfg_int('Text') == minus_1", "cfg_int('Absent') == minus_1",
    ],
)  # fmt: skip
def test_condition_that_holds(text: str) -> None:
    assert judge(text) == Judged(True, "")
    assert judge(f"not ({text})").value is False


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("false", "false is false"),
        ("no", "no is false"),
        ("not yes", "yes is true"),
        ("not (yes and mode == 'resume')", "yes and mode == 'resume' is true"),
        ("yes and no", "no is false"),
        ("no and mode == 'x'", "no is false"),
        ("no or mode == 'x'", "no is false and mode is resume, not x"),
        ("3 in groups", "3 is not among groups"),
        ("len(groups) > 2", "len(groups) is 2, not more than 2"),
        ("cfg_readwrite('Fixed')", "Fixed is 'TRUE', read-only"),
        ("cfg_readwrite('Absent')", "the device has no key Absent"),
        ("cfg_int('Number') > 3", "Number is 3; it takes more than 3"),
        ("cfg_int('Absent') >= 5", "Absent is not known; it takes 5 or more"),
        ("0", ""),
    ],
)
def test_condition_that_does_not_hold_says_why(text: str, reason: str) -> None:
    assert judge(text) == Judged(False, reason)


@pytest.mark.parametrize(
    "text",
    [
        "cfg_readwrite('K')",
        "not cfg_readwrite('K')",
        "cfg_readonly_with('K', 'true')",
        "cfg_int('K') > 1",
        "yes and cfg_readwrite('K')",
        "no or cfg_readwrite('K') or cfg_readwrite('L')",
        "(yes and cfg_readwrite('K')) == true",
        "not (not cfg_readwrite('K') and yes)",
    ],
)
def test_condition_on_unread_configuration_is_undecided(text: str) -> None:
    assert judge(text, None) == Judged(None, "K has not been read from the device")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no and cfg_readwrite('K')", False),
        ("cfg_readwrite('K') and no", False),
        ("yes or cfg_readwrite('K')", True),
        ("cfg_readwrite('K') or yes", True),
    ],
)
def test_unread_configuration_does_not_matter_when_the_rest_decides(text: str, value: bool) -> None:
    assert judge(text, None).value is value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'': invalid syntax"),
        ("yes and", "'yes and': invalid syntax"),
        ("yes = no", "'yes = no': invalid syntax"),
        ("(yes", r"'\(yes': '\(' was never closed"),
    ],
)
def test_text_that_is_no_expression(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Expression(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("yess", "no fact 'yess'"),
        ("yes and yess", "no fact 'yess'"),
        ("1 + 1", "'1 \\+ 1' is not of the condition language"),
        ("0 < len(groups) < 3", "is not of the condition language"),
        ("mode is yes", "is not of the condition language"),
        ("1 not in profiles", "is not of the condition language"),
        ("open('x')", "is not of the condition language"),
        ("len(x=groups)", "is not of the condition language"),
        ("mode.upper()", "is not of the condition language"),
        ("groups[0]", "is not of the condition language"),
        ("-yes", "is not of the condition language"),
        ("yes == -1", "is not of the condition language"),
        ("lambda: yes", "is not of the condition language"),
        ("[yes]", "is not of the condition language"),
    ],
)
def test_construct_that_is_unknown(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        judge(text)


# --- three values ---------------------------------------------------------------------------------

LEAVES = ["yes", "no", "cfg_readwrite('A')", "cfg_readwrite('B')"]
conditions = st.recursive(
    st.sampled_from(LEAVES),
    lambda c: (
        c.map("not ({})".format)
        | st.lists(c, min_size=2, max_size=3).map(lambda p: f"({' and '.join(p)})")
        | st.lists(c, min_size=2, max_size=3).map(lambda p: f"({' or '.join(p)})")
    ),
    max_leaves=8,
)
CONFIGURATIONS = [
    {"a": ConfigKey("", not a), "b": ConfigKey("", not b)}
    for a, b in itertools.product((False, True), repeat=2)
]


def in_python(text: str, a: bool, b: bool) -> bool:
    """The value as Python itself sees it."""
    plain = text.replace("cfg_readwrite('A')", str(a)).replace("cfg_readwrite('B')", str(b))
    return bool(eval(plain, {"yes": True, "no": False}))  # noqa: S307  # made above, from LEAVES


@given(conditions)
def test_value_with_everything_read_is_that_of_logic(text: str) -> None:
    for read in CONFIGURATIONS:
        a, b = not read["a"].readonly, not read["b"].readonly
        assert judge(text, read).value is in_python(text, a, b)


@given(conditions)
def test_what_is_decided_before_reading_stays_so(text: str) -> None:
    before = judge(text, None).value
    assert before is None or {judge(text, read).value for read in CONFIGURATIONS} == {before}


@given(conditions)
def test_only_what_does_not_hold_has_a_reason(text: str) -> None:
    for configuration in (None, *CONFIGURATIONS):
        judged = judge(text, configuration)
        assert bool(judged.reason) is not bool(judged.value)


@given(conditions, conditions)
def test_de_morgan(one: str, other: str) -> None:
    for configuration in (None, *CONFIGURATIONS):
        neither = judge(f"not (({one}) or ({other}))", configuration)
        assert neither.value is judge(f"not ({one}) and not ({other})", configuration).value
