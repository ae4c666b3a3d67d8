"""Pulses that a board is timing: coils that will move without an order of ours. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class LivePulse:
    """One of them.

    Attributes:
        until: loop time at which the coil is open for sure.
        cut: an order opened the coil before its time.
    """

    until: float
    cut: bool = False


class Pulses:
    """The pulses of one board, by coil.

    A pulse stays here until its time is over, also when the coil was opened before: the board's
    timer may still run, and would open a coil that was closed meanwhile.
    """

    def __init__(self) -> None:
        self._live: dict[int, LivePulse] = {}

    def begin(self, coil: int, until: float) -> LivePulse:
        """A board is told to close `coil` and open it by itself."""
        pulse = self._live[coil] = LivePulse(until)
        return pulse

    def forget(self) -> None:
        """Whatever the board times is no longer ours to know: it was lost or entered anew."""
        self._live = {}

    def live(self, now: float) -> set[int]:
        """Coils whose pulse may still be going on."""
        return {coil for coil, pulse in self._live.items() if now < pulse.until}

    def cut(self, coil: int) -> None:
        """An order opens `coil`."""
        if coil in self._live:
            self._live[coil].cut = True

    def expect(
        self, known: Sequence[bool], got: Sequence[bool], asked_at: float
    ) -> tuple[bool, ...]:
        """What the coils must read, given what was known before.

        A coil whose pulse is live may be open or closed; one whose pulse was over before the
        board was asked must be open.
        """
        expected = list(known)
        for coil, pulse in tuple(self._live.items()):
            if asked_at < pulse.until:
                expected[coil] = got[coil] and not pulse.cut
            else:
                expected[coil] = False
                del self._live[coil]
        return tuple(expected)
