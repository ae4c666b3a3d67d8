"""Rules for answers: which one counts, how often, and for which requests."""

from __future__ import annotations

import pytest

from firmware_mocks.charging_station.answer_control import AnswerControl
from firmware_mocks.charging_station.answer_rules import AnswerRule, AnswerRules
from firmware_mocks.charging_station.spoilt_payload import changed
from firmware_mocks.operations import BadArguments, NoSuch
from rig.jsontypes import Json

HARD: dict[str, Json] = {"type": "Hard"}


def taken(rules: AnswerRules, action: str = "Reset", **payload: Json) -> int | None:
    rule = rules.take(action, payload)
    return None if rule is None else rule.number


def test_a_rule_is_used_up_after_its_times() -> None:
    rules = AnswerRules()
    assert rules.add(AnswerRule("Reset", nothing=True, times=2)) == 1
    assert rules.add(AnswerRule("Reset", nothing=True)) == 2
    assert rules.add(AnswerRule("Reset", nothing=True, times=None)) == 3
    assert [taken(rules) for _ in range(6)] == [1, 1, 2, 3, 3, 3]
    assert [rule.number for rule in rules.listed()] == [3]


def test_only_what_matches_uses_a_rule() -> None:
    rules = AnswerRules()
    rules.add(AnswerRule("Reset", nothing=True, match=HARD))
    assert taken(rules, type="Soft") is None
    assert taken(rules, "ClearCache", type="Hard") is None
    assert taken(rules, type="Hard", more=1) == 1
    assert taken(rules, type="Hard") is None


def test_rules_are_cleared_one_by_one_or_all() -> None:
    rules = AnswerRules()
    numbers = [rules.add(AnswerRule("Reset", nothing=True)) for _ in range(3)]
    assert rules.clear(numbers[1]) == 1
    assert rules.clear(numbers[1]) == 0
    assert rules.clear() == 2
    assert rules.listed() == []


@pytest.mark.parametrize(
    ("rule", "replaces"),
    [
        (AnswerRule("Reset", delay_s=1), False),
        (AnswerRule("Reset", nothing=True), True),
        (AnswerRule("Reset", payload={}), True),
        (AnswerRule("Reset", raw="[]"), True),
    ],
)
def test_a_delay_alone_replaces_nothing(rule: AnswerRule, replaces: bool) -> None:
    assert rule.replaces is replaces


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "want payload, error, raw, nothing or delay_s"),
        ({"payload": {}, "nothing": True}, "only one of"),
        ({"error": {"description": "x"}}, "at least a code"),
        ({"nothing": True, "times": 0}, "times: want 1 or more"),
    ],
)
def test_a_rule_that_says_nothing_is_refused(arguments: dict[str, Json], words: str) -> None:
    rules = AnswerRules()
    add = next(one for one in AnswerControl(rules).operations() if one.name == "answer")
    with pytest.raises(BadArguments, match=words):
        add(action="Reset", **arguments)
    assert rules.listed() == []


def test_a_rule_that_is_not_there_cannot_be_cleared() -> None:
    with pytest.raises(NoSuch, match="no rule 7"):
        AnswerControl(AnswerRules()).clear_answer(7)


@pytest.mark.parametrize(
    ("path", "drop", "after"),
    [
        ("a", False, {"a": 9, "b": [{"c": 2}]}),
        ("new", False, {"a": 1, "b": [{"c": 2}], "new": 9}),
        ("b.0.c", False, {"a": 1, "b": [{"c": 9}]}),
        ("b.0", False, {"a": 1, "b": [9]}),
        ("b.0", True, {"a": 1, "b": []}),
        ("b.0.c", True, {"a": 1, "b": [{}]}),
        ("x.y", False, {"a": 1, "b": [{"c": 2}]}),
        ("b.5", False, {"a": 1, "b": [{"c": 2}]}),
        ("b.5.c", False, {"a": 1, "b": [{"c": 2}]}),
        ("a.z", False, {"a": 1, "b": [{"c": 2}]}),
        ("nothing", True, {"a": 1, "b": [{"c": 2}]}),
    ],
)
def test_a_field_is_changed_by_its_path(path: str, drop: bool, after: Json) -> None:
    before: dict[str, Json] = {"a": 1, "b": [{"c": 2}]}
    assert changed(before, path.split("."), 9, drop=drop) == after
    assert before == {"a": 1, "b": [{"c": 2}]}
