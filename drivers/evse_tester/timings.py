"""How long a tester plug waits, and how long it took, in real seconds."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Self

from drivers.ports import PlugTiming, Spread

KEPT = 100
"""Moves that the numbers are of: a plug that grows slow shows."""

BUS_TIME = frozenset({"poll_s", "break_s", "pilot_s"})
"""Waits for relays and wires, which no lab time makes faster."""


@dataclass(frozen=True, slots=True)
class PlugTimings:
    """Waits of a tester plug. The defaults suit a real station.

    Attributes:
        pp_to_cp_s: from proximity to pilot while plugging; a hand needs 200 to 500 ms.
        cp_to_pp_s: from pilot to proximity while unplugging.
        hold_s: least time in a pilot state; stations debounce 20 to 200 ms.
        contactor_s: time for the station's contactor to open after S2 did. IEC 61851-1 asks
            for 100 ms; after this time the contactor counts as welded.
        unlock_s: time for the station's socket to release the plug once the EV side is out.
        energise_s: time for the station's contactor to close after S2 did.
        button_s: from the release button of a Type 1 connector to pulling it out.
        poll_s: pause between two looks at an input.
        break_s: between the opening of one resistor's relay and the closing of another's.
        pilot_s: for the pilot to show a new state; measured, never waited for in vain.
    """

    pp_to_cp_s: float = 0.3
    cp_to_pp_s: float = 0.2
    hold_s: float = 0.5
    contactor_s: float = 1.0
    unlock_s: float = 5.0
    energise_s: float = 3.0
    button_s: float = 0.3
    poll_s: float = 0.02
    break_s: float = 0.02
    pilot_s: float = 0.3

    def scaled(self, real: Callable[[float], float]) -> Self:
        """The same waits on a bench whose lab time runs faster; bus time stays as it is."""
        waits = {f.name: getattr(self, f.name) for f in fields(self)}
        return type(self)(**{n: s if n in BUS_TIME else real(s) for n, s in waits.items()})


class MoveTimes:
    """Times of the last moves of a plug."""

    def __init__(self) -> None:
        self._readback_s: deque[float] = deque(maxlen=KEPT)
        self._pilot_s: deque[float] = deque(maxlen=KEPT)

    def add(self, readback_s: float, pilot_s: float | None) -> None:
        """One move: from the request to the read-back, and to the pilot if it was seen."""
        self._readback_s.append(readback_s)
        if pilot_s is not None:
            self._pilot_s.append(pilot_s)

    def summary(self) -> PlugTiming | None:
        """What they were; None before the first."""
        if not self._readback_s:
            return None
        pilot = _spread(self._pilot_s) if self._pilot_s else None
        return PlugTiming(len(self._readback_s), _spread(self._readback_s), pilot)


def _spread(times_s: Sequence[float]) -> Spread:
    ms = [1000 * time_s for time_s in times_s]
    values = (ms[-1], min(ms), statistics.median(ms), max(ms))
    return Spread(*(round(value, 1) for value in values))
