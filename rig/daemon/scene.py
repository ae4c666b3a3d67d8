"""Where a run is and what has been seen so far: what a person must know who is asked something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rig.events import Event, Kind
from rig.report import timeline
from rig.report.messages import Messages

LINES = 6
"""What a person reads before an answer."""
SEEN = frozenset(
    {Kind.PILOT, Kind.INPUT, Kind.CARD, Kind.MAINS, Kind.NETWORK, Kind.TRANSPORT, Kind.FRAME}
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A moment of a run.

    Attributes:
        octt_id: of the case in progress, "" without one.
        step: what the case is doing now.
        evidence: what was seen in it, the last few lines, newest last.
    """

    octt_id: str = ""
    step: str = ""
    evidence: tuple[str, ...] = ()


def scene(events: Sequence[Event]) -> Scene:
    """The present moment, from what happened until now."""
    begin = _beginning(events)
    if begin is None:
        return Scene()
    case = events[begin:]
    steps: list[str] = []
    for event in case:
        if event.kind == Kind.STEP:
            text = str(event.data.get("text"))
            if event.data.get("state") == "waiting":
                steps.append(text)
            elif text in steps:
                steps.remove(text)
    return Scene(
        str(case[0].data["octt_id"]), steps[-1] if steps else "", tuple(_lines(case)[-LINES:])
    )


def _beginning(events: Sequence[Event]) -> int | None:
    """Where the case in progress began."""
    for index in range(len(events) - 1, -1, -1):
        event = events[index]
        if event.kind == Kind.RUN:
            return None
        if event.kind == Kind.CASE and (event.data.get("verdict") or "index" in event.data):
            return None if event.data.get("verdict") else index
    return None


def _lines(case: Sequence[Event]) -> list[str]:
    start_s = case[0].t_s
    messages = Messages(1, *timeline.sides("station"))
    frames = {
        event.seq: messages.view(event, start_s, (), False)
        for event in case
        if event.kind == Kind.FRAME
    }
    seen = [event for event in case if event.kind in SEEN]
    found = []
    for row in timeline.rows(seen, frames, (), start_s, "station"):
        lanes = "→".join(lane.value for lane in (row.source, row.target) if lane is not None)
        found.append(f"{row.at_s:.1f} s  {lanes}: {row.full}")
    return found
