"""A person at the screen of the CSMS under test."""

from __future__ import annotations

from drivers.ports import Operator, PromptKind
from rig.ocppj.frames import Payload


class ManualOperator:
    """Asks the operator of the bench to click.

    Args:
        operator: answers prompts.
        identity: of the played station, for the questions.
        timeout_s: real seconds for an answer.
    """

    def __init__(self, operator: Operator, identity: str, timeout_s: float) -> None:
        self._operator = operator
        self._identity = identity
        self._timeout_s = timeout_s

    async def command(self, action: str, payload: Payload) -> None:
        """Ask for a click."""
        fields = ", ".join(f"{name} {value}" for name, value in payload.items())
        question = f"At the CSMS, send {action} to {self._identity}: {fields}. Done?"
        await self._operator.ask(question, ("done",), self._timeout_s, kind=PromptKind.PHYSICAL)

    async def shows_transaction(self, transaction_id: int) -> bool:
        """Ask what the screen shows."""
        question = f"Does the CSMS show transaction {transaction_id} of {self._identity} running?"
        answer = await self._operator.ask(
            question, ("yes", "no"), self._timeout_s, kind=PromptKind.LOOK
        )
        return answer == "yes"
