"""What the configuration needs to know of a relay board: how many coils and inputs it has.

The drivers know the rest; a test holds the two tables together.
"""

from __future__ import annotations

from typing import NamedTuple


class Size(NamedTuple):
    """Number of coils and of inputs; `watchdog`: we can have it open its relays in silence."""

    coils: int
    inputs: int
    watchdog: bool = False


DIALECTS: dict[str, Size] = {
    "waveshare-8": Size(8, 8),
    "waveshare-16": Size(16, 0),
    "waveshare-32": Size(32, 0),
    "r4d8a08": Size(8, 0),
    "kmtronic-8": Size(8, 0),
    "denkovi-16": Size(16, 0),
    "wirenboard-6": Size(6, 7, watchdog=True),
    "adam-6060": Size(6, 6),
    "adam-4068": Size(8, 0),
    "wago-750": Size(8, 0, watchdog=True),
}
