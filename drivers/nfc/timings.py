"""How long a writer may take, in real seconds: radio does not keep to a lab clock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NfcTimings:
    """Deadlines.

    Attributes:
        job_s: one order to the reader and its card. A whole NTAG216 takes about 3 s on a real
            line.
        poll_s: pause between two looks for a card.
    """

    job_s: float = 15.0
    poll_s: float = 0.2
