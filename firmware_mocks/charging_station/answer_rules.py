"""Answers that a test author has put in place of the station's own. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from rig.jsontypes import Json

Payload: TypeAlias = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Replacement:
    """A CALLERROR in place of the answer."""

    code: str
    description: str = ""
    details: Payload = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """What to answer to an action.

    Attributes:
        action: that is answered.
        match: fields that the request must have, at any depth.
        payload, error, raw, nothing: what takes the place of the station's own answer; with none
            of them that goes out. In `raw`, {id} stands for the message id.
        delay_s: lab seconds that the answer is late.
        obey: the station does what it was told although its answer is replaced.
        times: so often, None until it is cleared.
        number: of the rule.
    """

    action: str
    match: Payload | None = None
    payload: Payload | None = None
    error: Replacement | None = None
    raw: str | None = None
    nothing: bool = False
    delay_s: float = 0.0
    obey: bool = False
    times: int | None = 1
    number: int = 0

    @property
    def replaces(self) -> bool:
        """Whether the station's own answer does not go out."""
        return self.nothing or not (self.payload is None and self.error is None and not self.raw)


class AnswerRules:
    """The rules that are in force; the oldest that fits counts."""

    __slots__ = ("_numbers", "_rules")

    def __init__(self) -> None:
        self._rules: list[AnswerRule] = []
        self._numbers = itertools.count(1)

    def add(self, rule: AnswerRule) -> int:
        """Put a rule into force; its number."""
        number = next(self._numbers)
        self._rules.append(replace(rule, number=number))
        return number

    def clear(self, number: int | None = None) -> int:
        """Remove one rule, or all; how many."""
        rest = [rule for rule in self._rules if number is not None and rule.number != number]
        gone = len(self._rules) - len(rest)
        self._rules = rest
        return gone

    def listed(self) -> list[AnswerRule]:
        """The rules, the oldest first."""
        return list(self._rules)

    def take(self, action: str, payload: Mapping[str, Json]) -> AnswerRule | None:
        """The rule for a request, which is used up by one."""
        for place, rule in enumerate(self._rules):
            if rule.action == action and contains(payload, rule.match):
                if rule.times is not None and rule.times <= 1:
                    del self._rules[place]
                elif rule.times is not None:
                    self._rules[place] = replace(rule, times=rule.times - 1)
                return rule
        return None


def contains(value: object, wanted: object) -> bool:
    """Whether a JSON value has everything that another one has; None wants nothing of a payload."""
    if isinstance(wanted, Mapping):
        return isinstance(value, Mapping) and all(
            name in value
            and (value[name] == one or (one is not None and contains(value[name], one)))
            for name, one in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(value, list)
            and len(value) == len(wanted)
            and all(contains(a, b) for a, b in zip(value, wanted, strict=True))
        )
    return wanted is None or value == wanted
