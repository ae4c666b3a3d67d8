"""Control commands for what happens around a reader: cards come and go, plugs are pulled."""

from __future__ import annotations

from firmware_mocks.control import Control
from firmware_mocks.pn532.port import NfcFaults, Pn532Port
from firmware_mocks.pn532.stock import AnyCard, make_card


class CardTable:
    """The cards on the table beside a reader, by name; a card keeps what was written on it."""

    def __init__(self, port: Pn532Port) -> None:
        self._port = port
        self._cards: dict[str, AnyCard] = {}

    def register(self, control: Control) -> None:
        """Serve nfc_card, nfc_lay, nfc_take, nfc_state, nfc_fault, nfc_clear, nfc_(un|re)plug."""
        control.register("nfc_card", self.put)
        control.register("nfc_lay", self.lay)
        control.register("nfc_take", self.take)
        control.register("nfc_leave_after", self.leave_after)
        control.register("nfc_state", self.state)
        control.register("nfc_fault", lambda name, value: self._port.faults.set(name, value))
        control.register("nfc_clear", self.clear)
        control.register("nfc_unplug", self._port.unplug)
        control.register("nfc_replug", self._port.plug_in)

    def put(self, name: str, card: str, keep: bool = False) -> None:
        """Put a new card `MODEL:UID` on the table; `keep` leaves one of that name as it is."""
        if not (keep and name in self._cards):
            self._cards[name] = make_card(card)

    def lay(self, name: str, alone: bool = True) -> None:
        """Lay a card on the reader, all others are taken away unless not `alone`."""
        if name not in self._cards:
            raise ValueError(f"no card {name!r} on the table")
        if alone:
            self._port.chip.take()
        self._port.chip.lay(self._cards[name])

    def take(self, name: str | None = None) -> None:
        """Take a card off the reader, or all of them."""
        self._port.chip.take(None if name is None else self._cards[name])

    def leave_after(self, writes: int | None) -> None:
        """A hand takes the card away after so many writes."""
        self._port.chip.leave_after = writes

    def clear(self) -> None:
        """Nothing is wrong any more."""
        self._port.faults = NfcFaults()
        self._port.chip.leave_after = None

    def state(self) -> dict[str, object]:
        """Every card, seen without a reader."""
        chip = self._port.chip
        return {
            "baudrate": chip.baudrate,
            "heard": [f"{code:02x}" for code in self._port.heard[-50:]],
            "cards": {
                name: {
                    "model": card.model,
                    "uid": None if card.uid is None else card.uid.hex(),
                    "laid": card in chip.field,
                    "writes": card.writes,
                    "content": card.content(),
                }
                for name, card in self._cards.items()
            },
        }
