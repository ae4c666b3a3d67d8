"""What happens on a bench, as events of the time line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import cast

from drivers.ports import Scalar
from rig.bench.cards import Card
from rig.errors import BenchError
from rig.events import EventBus, Kind


class BenchRecord:
    """Publishes what drivers observe, and what becomes of the bench.

    Args:
        bench: its name.
        bus: takes the events.
        simulated: devices that are mocks.
        roles: what hangs on which coil of which board.
        cards: those of the bench file, by name.
        name_of: name of a card by its UID.
    """

    def __init__(
        self,
        bench: str,
        bus: EventBus,
        simulated: Collection[str],
        roles: Mapping[tuple[str, int], str],
        cards: Mapping[str, Card],
        name_of: Callable[[str], str],
    ) -> None:
        self._bench = bench
        self._bus = bus
        self._simulated = simulated
        self._roles = roles
        self._cards = cards
        self._name_of = name_of

    def observe(self, kind: str, source: str, data: Mapping[str, Scalar]) -> None:
        """Take what a driver has seen; it knows neither roles nor names, and not who is a mock."""
        values = dict(data)
        if kind == "relay":
            board, coil = str(values["board"]), cast("int", values["coil"])
            values["role"] = self._roles.get((board, coil), "")
        elif kind == "card":
            values["card"] = self._name_of(str(values["card"]))
            card = self._cards.get(str(values["card"]))
            values["id_tag"] = card.id_tag if card is not None else ""
        prefix = "mock+" if source in self._simulated else ""
        self._bus.publish(Kind(kind), prefix + source, **values)

    def state(self, state: str) -> None:
        """The bench is "open", "safe" or "closed" now."""
        self._bus.publish(Kind.BENCH, self._bench, state=state)

    def warning(self, device: str, cause: str) -> None:
        """A device cannot do something for safety."""
        self._bus.publish(Kind.BENCH, self._bench, state="warning", device=device, cause=cause)

    def unsafe(self, errors: list[BenchError]) -> None:
        """Devices could not be made safe; each is told of once."""
        for device, cause in {error.device: error.cause for error in errors}.items():
            self._bus.publish(Kind.BENCH, self._bench, state="unsafe", device=device, cause=cause)
