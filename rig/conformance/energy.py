"""What the bench saw at its plugs: energy, and a vehicle that waits; for rules D2-f and D2-g."""

from __future__ import annotations

import bisect
from collections.abc import Mapping

from rig.events import Event, Kind

Changes = dict[int, list[tuple[int, bool]]]
"""By connector: sequence number and what was so from then on."""


class EnergyLog:
    """Listens to the time line during a case.

    Args:
        connectors: connector of each tester plug, by the plug's name.
    """

    def __init__(self, connectors: Mapping[str, int]) -> None:
        self._connectors = connectors
        self._voltage: Changes = {}
        self._in_b: Changes = {}

    def hear(self, event: Event) -> None:
        """Take an event of the time line."""
        data = event.data
        connector = self._connectors.get(str(data.get("plug")))
        if connector is None:
            return
        if event.kind == Kind.INPUT and data.get("name") == "voltage":
            self._voltage.setdefault(connector, []).append((event.seq, data.get("value") is True))
        elif event.kind == Kind.PILOT:
            self._in_b.setdefault(connector, []).append((event.seq, data.get("cp_state") == "B"))

    def flows(self, connector: int, seq: int) -> bool:
        """Whether voltage was last seen present at a connector when event `seq` happened."""
        return _so_at(self._voltage, connector, seq)

    def vehicle_waits(self, connector: int, seq: int) -> bool:
        """Whether the bench held the pilot at B, and thus wanted no energy, at event `seq`."""
        return _so_at(self._in_b, connector, seq)


def _so_at(changes: Changes, connector: int, seq: int) -> bool:
    of_connector = changes.get(connector, [])
    place = bisect.bisect_left(of_connector, (seq, False))
    return place > 0 and of_connector[place - 1][1]
