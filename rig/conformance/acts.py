"""What the bench has done during a case, for the rules: plugs, cards, mains, inputs."""

from __future__ import annotations

from collections.abc import Mapping

from rig.conformance.rules.scope import Act
from rig.events import Event, Kind

KINDS = (Kind.PILOT, Kind.CARD, Kind.MAINS, Kind.INPUT)


class ActLog:
    """Listens to the time line during a case.

    Args:
        connectors: connector of each tester plug, by the plug's name.

    Attributes:
        acts: what was done, in order.
    """

    def __init__(self, connectors: Mapping[str, int]) -> None:
        self._connectors = connectors
        self.acts: list[Act] = []

    def hear(self, event: Event) -> None:
        """Take an event of the time line."""
        if event.kind not in KINDS or "job" in event.data:  # a job writes cards, far from a reader
            return
        connector = self._connectors.get(str(event.data.get("plug")), 0)
        self.acts.append(Act(event.seq, event.t_s, str(event.kind), connector, event.data))
