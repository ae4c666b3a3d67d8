"""The test cards of a bench and what presents them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from drivers.ports import CardPresenter, Device
from rig.bench.faults import FaultDesk
from rig.clock import Clock
from rig.errors import BenchError

HOLD_S = 1.0

# Word of the test procedures -> AuthorizationStatus (OCPP 1.6, 7.2).
ROLES = {
    "accepted": "Accepted",
    "invalid": "Invalid",
    "blocked": "Blocked",
    "expired": "Expired",
    "concurrent": "ConcurrentTx",
}


@dataclass(frozen=True, slots=True)
class Card:
    """One test card.

    Attributes:
        name: on the bench.
        id_tag: what the station reads from it.
        status: what the Central System is to say about it.
        parent: parentIdTag, if any.
    """

    name: str
    id_tag: str
    status: str
    parent: str | None = None


def presenters(
    sections: Sequence[tuple[str, Mapping[str, object]]], devices: Mapping[str, Device]
) -> tuple[dict[str, CardPresenter], CardPresenter | None]:
    """Who presents which card, and who presents all others.

    Args:
        sections: name and section of each card presenter.
        devices: those that could be made.
    """
    named: dict[str, CardPresenter] = {}
    fallback: CardPresenter | None = None
    for name, section in sections:
        presenter = cast("CardPresenter | None", devices.get(name))
        if presenter is None:
            continue
        if section["kind"] == "card_presenter":
            cards = cast("dict[str, int]", section["cards"])
            named.update(dict.fromkeys(cards, presenter))
        else:
            fallback = presenter
    return named, fallback


class Cards:
    """All cards, by name or by role.

    Args:
        bench: its name, for errors.
        cards: all cards of the bench file, in its order.
        desk, clock: of the bench.
    """

    def __init__(
        self, bench: str, cards: Mapping[str, Card], desk: FaultDesk, clock: Clock
    ) -> None:
        self._bench = bench
        self._cards = dict(cards)
        self._desk = desk
        self._clock = clock
        self._presenters: dict[str, CardPresenter] = {}
        self._fallback: CardPresenter | None = None

    def attach(
        self, presenters: Mapping[str, CardPresenter], fallback: CardPresenter | None
    ) -> None:
        """Take the presenter of each card, and the one that can present any."""
        self._presenters = dict(presenters)
        self._fallback = fallback

    @property
    def all(self) -> tuple[Card, ...]:
        """Every card of the bench file."""
        return tuple(self._cards.values())

    @property
    def accepted(self) -> Card:
        """The first card that is to be accepted."""
        return self.find("accepted")

    @property
    def invalid(self) -> Card:
        """The first card that is to be refused as invalid."""
        return self.find("invalid")

    @property
    def blocked(self) -> Card:
        """The first card that is to be refused as blocked."""
        return self.find("blocked")

    @property
    def expired(self) -> Card:
        """The first card that is to be refused as expired."""
        return self.find("expired")

    def find(self, role_or_name: str) -> Card:
        """A card by name, or the first one of a role ("accepted" ...).

        Raises:
            BenchError: the bench has none.
        """
        found = self.known(role_or_name)
        if found is not None:
            return found
        known = ", ".join(self._cards) or "none"
        raise BenchError(
            self._bench,
            f"no card {role_or_name!r}; there are: {known}",
            "add it to the section cards of the bench file",
        )

    def known(self, role_or_name: str) -> Card | None:
        """The same; None if the bench has none."""
        if role_or_name in self._cards:
            return self._cards[role_or_name]
        status = ROLES.get(role_or_name.casefold())
        if status is None:
            return None
        return next((card for card in self._cards.values() if card.status == status), None)

    async def present(self, role_or_name: str, hold_s: float = HOLD_S) -> Card:
        """Hold a card to the reader for `hold_s` lab seconds and take it away.

        Raises:
            BenchError: no such card, nothing to present it with, or the device failed.
        """
        card = self.find(role_or_name)
        presenter = self._presenters.get(card.name, self._fallback)
        if presenter is None:
            self._desk.refuse_if_quarantined()
            raise BenchError(
                self._bench,
                f"nothing presents card {card.name!r}",
                "give it a coil of a card_presenter, or add a manual_card_presenter",
            )
        async with self._desk.order(presenter.name):
            await presenter.present(card.name, self._clock.real(hold_s))
        return card
