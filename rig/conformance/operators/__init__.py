"""How a CSMS under test is told to act, and asked what it shows."""

from __future__ import annotations

from typing import Protocol

from rig.ocppj.frames import Payload


class CsmsOperator(Protocol):
    """Whoever sits at the screen of the CSMS."""

    async def command(self, action: str, payload: Payload) -> None:
        """Have the CSMS send this request to the played station."""

    async def shows_transaction(self, transaction_id: int) -> bool:
        """Whether the CSMS shows this transaction as running."""
        ...
