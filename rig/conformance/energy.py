"""When energy flowed at which connector, as the bench saw it: the data of rule D2-f."""

from __future__ import annotations

import bisect
from collections.abc import Mapping

from rig.events import Event, Kind


class EnergyLog:
    """Listens to the time line during a case.

    Args:
        connectors: connector of each tester plug, by the plug's name.
    """

    def __init__(self, connectors: Mapping[str, int]) -> None:
        self._connectors = connectors
        self._changes: dict[int, list[tuple[int, bool]]] = {}

    def hear(self, event: Event) -> None:
        """Take an event of the time line."""
        data = event.data
        connector = self._connectors.get(str(data.get("plug")))
        if event.kind == Kind.INPUT and data.get("name") == "voltage" and connector is not None:
            self._changes.setdefault(connector, []).append((event.seq, data.get("value") is True))

    def flows(self, connector: int, seq: int) -> bool:
        """Whether voltage was last seen present at a connector when event `seq` happened."""
        changes = self._changes.get(connector, [])
        place = bisect.bisect_left(changes, (seq, False))
        return place > 0 and changes[place - 1][1]
