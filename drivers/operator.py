"""Asking a person to do what no hardware does."""

from __future__ import annotations

from drivers.errors import OperatorRefused
from drivers.ports import Operator

ANSWER_TIMEOUT_S = 600.0
DONE = "done"
CANNOT = "cannot"


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
        if await self.choose(instruction, (DONE, CANNOT)) == CANNOT:
            raise OperatorRefused(self._device, f"the operator could not do it: {instruction}")

    async def choose(self, question: str, choices: tuple[str, ...]) -> str:
        """Have something looked at; returns one of `choices`.

        Raises:
            OperatorUnavailable: nobody answered in time.
        """
        return await self._operator.ask(f"{self._device}: {question}", choices, self._timeout_s)
