"""Asking a person to do what no hardware does."""

from __future__ import annotations

from drivers.errors import OperatorRefused
from drivers.ports import Operator, PromptKind

ANSWER_TIMEOUT_S = 600.0
DONE = "done"
CANNOT = "cannot"
IF_NOT = f"if it cannot be done, answer {CANNOT!r}: a case is then inconclusive, not failed"


class Hands:
    """The operator's hands, for one device.

    Args:
        device: name on the bench.
        operator: who is asked.
        timeout_s: real seconds until an unanswered request is given up.
    """

    def __init__(
        self, device: str, operator: Operator, timeout_s: float = ANSWER_TIMEOUT_S
    ) -> None:
        self._device = device
        self._operator = operator
        self._timeout_s = timeout_s

    async def do(self, instruction: str) -> None:
        """Have something done.

        Raises:
            OperatorRefused: the operator says that it cannot be done.
            OperatorUnavailable: nobody answered in time.
        """
        answer = await self._ask(instruction, (DONE, CANNOT), PromptKind.PHYSICAL, IF_NOT)
        if answer == CANNOT:
            raise OperatorRefused(self._device, f"the operator could not do it: {instruction}")

    async def choose(self, question: str, choices: tuple[str, ...]) -> str:
        """Have something looked at; returns one of `choices`.

        Raises:
            OperatorUnavailable: nobody answered in time.
        """
        return await self._ask(question, choices, PromptKind.LOOK, "")

    async def _ask(
        self, question: str, choices: tuple[str, ...], kind: PromptKind, remedy: str
    ) -> str:
        text = f"{self._device}: {question}"
        return await self._operator.ask(text, choices, self._timeout_s, kind=kind, remedy=remedy)
