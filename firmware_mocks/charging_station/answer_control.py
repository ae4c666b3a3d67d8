"""Operations by which a test author answers in place of the station."""

from __future__ import annotations

import difflib
from dataclasses import asdict
from typing import Annotated

from firmware_mocks.charging_station.answer_rules import AnswerRule, AnswerRules, Replacement
from firmware_mocks.operations import BadArguments, NoSuch, Operation, Range
from rig.jsontypes import Json
from rig.ocppj.schemas import FROM_CENTRAL_SYSTEM


class AnswerControl:
    """The operations.

    Args:
        rules: of the station.
    """

    def __init__(self, rules: AnswerRules) -> None:
        self._rules = rules

    def operations(self) -> list[Operation]:
        """The operations."""
        return [
            Operation("answers", self.answers, "GET /answers"),
            Operation("answer", self.answer, "POST /answers"),
            Operation("clear_answers", self.clear_answers, "DELETE /answers"),
            Operation("clear_answer", self.clear_answer, "DELETE /answers/{number}"),
        ]

    def answers(self) -> list[dict[str, object]]:
        """The rules for answers that are in force, the oldest first; the first that fits counts."""
        return [asdict(rule) for rule in self._rules.listed()]

    def answer(
        self,
        action: str,
        payload: dict[str, Json] | None = None,
        error: dict[str, Json] | str | None = None,
        raw: str | None = None,
        nothing: bool = False,
        delay_s: Annotated[float, Range(0)] = 0.0,
        match: dict[str, Json] | None = None,
        times: int | None = 1,
        obey: bool = False,
    ) -> int:
        """Answer in place of the station; returns the number of the rule.

        One of payload, error, raw and nothing says what takes the place of the station's own
        answer; with delay_s alone its own answer comes late.

        Args:
            action: of the CALLs that are answered.
            payload: of a CALLRESULT; is sent as it is, right or wrong.
            error: code of a CALLERROR, or code, and description and details if you like.
            raw: text of a whole message, {id} stands for the message id.
            nothing: never answer.
            delay_s: lab seconds that the answer is late.
            match: fields that the request must have, at any depth.
            times: so often; null until it is cleared.
            obey: the station does what it was told although its answer is replaced.
        """
        problems = []
        if action not in FROM_CENTRAL_SYSTEM:
            problems.append(_no_command(action))
        replacement = None
        ways = [payload is not None, error is not None, raw is not None, nothing]
        if sum(ways) > 1:
            problems.append("want only one of payload, error, raw and nothing")
        if not any(ways) and delay_s <= 0:
            problems.append("want payload, error, raw, nothing or delay_s")
        if isinstance(error, str):
            error = {"code": error}
        if error is not None and not isinstance(error.get("code"), str):
            problems.append("error: want at least a code, e.g. InternalError")
        elif error is not None:
            details = error.get("details")
            description = str(error.get("description", ""))
            replacement = Replacement(
                str(error["code"]), description, details if isinstance(details, dict) else {}
            )
        if times is not None and times < 1:
            problems.append("times: want 1 or more, or null")
        if problems:
            raise BadArguments("answer", tuple(problems))
        rule = AnswerRule(action, match, payload, replacement, raw, nothing, delay_s, obey, times)
        return self._rules.add(rule)

    def clear_answers(self) -> int:
        """Have the station answer by itself again; returns how many rules there were."""
        return self._rules.clear()

    def clear_answer(self, number: int) -> None:
        """Remove one rule.

        Args:
            number: of the rule.
        """
        if not self._rules.clear(number):
            raise NoSuch(f"no rule {number} for answers is in force")


def _no_command(action: str) -> str:
    """What is wrong with an action that no station is ever asked for: it would never match."""
    near = difflib.get_close_matches(action, FROM_CENTRAL_SYSTEM, 1)
    known = f"did you mean {near[0]!r}?" if near else ", ".join(sorted(FROM_CENTRAL_SYSTEM))
    return (
        f"action: a Central System sends no {action!r}; {known if near else f'there are {known}'}"
    )
