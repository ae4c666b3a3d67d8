"""How long a tester plug waits, in real seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Self


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
        poll_s: pause between two looks at an input.
    """

    pp_to_cp_s: float = 0.3
    cp_to_pp_s: float = 0.2
    hold_s: float = 0.5
    contactor_s: float = 1.0
    unlock_s: float = 5.0
    poll_s: float = 0.02

    def scaled(self, real: Callable[[float], float]) -> Self:
        """The same waits on a bench whose lab time runs faster; `poll_s` is bus time."""
        waits = {f.name: real(getattr(self, f.name)) for f in fields(self) if f.name != "poll_s"}
        return type(self)(**waits, poll_s=self.poll_s)
