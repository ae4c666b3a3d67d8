"""Cards in the operator's hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Self

from drivers.operator import Hands
from drivers.ports import Observer, Operator


class ManualCardPresenter:
    """Manual twin of the card presenter.

    Args:
        name: of the presenter on the bench.
        operator: who is asked; given up without an answer within `operator.ANSWER_TIMEOUT_S`.
        observe: told when a card comes and goes.
        id_tags: what the station reads from each card, by card name, as far as it is known.
    """

    def __init__(
        self,
        name: str,
        operator: Operator,
        *,
        observe: Observer,
        id_tags: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self._id_tags = dict(id_tags or {})
        self._hands = Hands(name, operator)
        self._observe = observe

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.safe()

    async def present(self, card: str, hold_s: float) -> None:
        """Have a card presented and removed again.

        The evidence is the operator's answer, so both events carry its time.

        Raises:
            OperatorRefused: the operator says that it cannot be done.
            OperatorUnavailable: nobody answered in time.
        """
        id_tag = self._id_tags.get(card, "")
        read_as = f" (idTag {id_tag})" if id_tag else ""
        await self._hands.do(
            f"hold the card labelled {card!r}{read_as} to the station's reader for "
            f"{max(1, math.ceil(hold_s))} s, take it away, then confirm"
        )
        self._observe("card", self.name, {"card": card, "action": "presented"})
        self._observe("card", self.name, {"card": card, "action": "removed"})

    async def prove(self) -> str:
        """Nothing to ask a device: the operator is the device."""
        return "cards by hand"

    async def safe(self) -> None:
        """Nothing stays in front of the reader: `present` ends with the card taken away."""
