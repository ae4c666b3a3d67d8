"""Frames of the time line as the report shows them."""

from __future__ import annotations

import json

from rig.events import Event
from rig.ocppj.gist import Actions, number, problem, summary
from rig.report.model import FrameView, Lane, Mark


class Messages:
    """Turns FRAME events of one run into views, in order.

    Args:
        run: number of the run in the report, for the anchors.
        dut, tool: lanes of the two sides.
    """

    def __init__(self, run: int, dut: Lane, tool: Lane) -> None:
        self._run = run
        self._sides = {"in": (dut, tool), "out": (tool, dut)}
        self._actions = Actions()

    def anchor(self, seq: int) -> str:
        """Where the frame with this sequence number is in the HTML report."""
        return f"r{self._run}-e{seq}"

    def view(self, event: Event, start_s: float, marks: tuple[Mark, ...], cited: bool) -> FrameView:
        """The view of one frame."""
        data = event.data
        direction = "in" if data.get("direction") == "in" else "out"
        raw = str(data.get("raw", ""))
        kind = str(data.get("type") or "malformed")
        sender, receiver = self._sides[direction]
        return FrameView(
            self.anchor(event.seq),
            event.seq,
            event.t_s - start_s,
            event.utc,
            sender,
            receiver,
            number(data.get("connection")),
            kind,
            str(data.get("id") or ""),
            self._actions.of(data),
            summary(kind, raw),
            raw,
            problem(data),
            cited,
            marks,
        )


PRETTY_LIMIT = 20_000
"""Characters of one frame that the HTML report shows."""


def pretty(frame: FrameView) -> str:
    """The frame with indents; malformed ones as they are."""
    text = frame.raw
    if frame.kind != "malformed":
        try:
            text = json.dumps(json.loads(frame.raw), indent=2, ensure_ascii=False)
        except (ValueError, RecursionError):
            text = frame.raw
    return _cut(text)


def as_sent(frame: FrameView) -> str:
    """The frame as it was on the wire."""
    return _cut(frame.raw)


def _cut(text: str) -> str:
    if len(text) <= PRETTY_LIMIT:
        return text
    more = len(text) - PRETTY_LIMIT
    return f"{text[:PRETTY_LIMIT]}\n… {more} more characters; wire.jsonl of the run has them"


def is_plain(frame: FrameView) -> bool:
    """Whether the pretty form says all that the raw form does: no spaces, no double keys."""
    try:
        value = json.loads(frame.raw)
        return frame.raw in (
            json.dumps(value, ensure_ascii=False, separators=(",", ":")),
            json.dumps(value, ensure_ascii=False),
        )
    except (ValueError, RecursionError):
        return False
