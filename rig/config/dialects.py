"""What the configuration needs to know of a relay board: how many coils and inputs it has.

The drivers know the rest; a test holds the two tables together.
"""

from __future__ import annotations

from typing import NamedTuple


class Size(NamedTuple):
    """Number of coils and of discrete inputs."""

    coils: int
    inputs: int


DIALECTS: dict[str, Size] = {"waveshare-8": Size(8, 8)}
