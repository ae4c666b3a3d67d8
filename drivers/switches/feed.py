"""What a switch takes from the station: mains or network, in the words of record and operator."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Feed:
    """One of the things that a station is fed with.

    Attributes:
        event: kind of the observation, also its name.
        key: of the observation, true while the station has it.
        off, on: words for the two states.
        ask_off, ask_on: what an operator is told to do.
    """

    event: str
    key: str
    off: str
    on: str
    ask_off: str
    ask_on: str

    def word(self, on: bool) -> str:
        """The word for a state."""
        return self.on if on else self.off

    def ask(self, on: bool) -> str:
        """What an operator is told to do for a state."""
        return self.ask_on if on else self.ask_off


MAINS = Feed(
    "mains",
    "on",
    "off",
    "on",
    "switch the mains of the charging station off",
    "switch the mains of the charging station on",
)
NETWORK = Feed(
    "network",
    "up",
    "down",
    "up",
    "disconnect the network of the charging station (cable out, or mobile modem off)",
    "connect the network of the charging station again",
)
