"""OCPP-J messages as records: read from an event of the time line, filtered, printed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Protocol

from rig.client.evidence import FrameLine
from rig.jsontypes import Json
from rig.ocppj.gist import Actions, number, problem, summary

__all__ = ["Actions", "fits", "frame_line", "pretty"]

TYPES = {word.casefold(): word for word in ("CALL", "CALLRESULT", "CALLERROR", "malformed")}


class Noted(Protocol):
    """An event of the time line, of the bus or of the stream."""

    @property
    def seq(self) -> int:
        """Its number."""

    @property
    def t_s(self) -> float:
        """Lab time."""

    @property
    def utc(self) -> str:
        """The same as UTC."""

    @property
    def data(self) -> Mapping[str, Json]:
        """What it says."""


def frame_line(event: Noted, action: str, octt_id: str) -> FrameLine:
    """The frame of a FRAME event.

    Args:
        event: the event.
        action: as `rig.ocppj.gist.Actions` has it.
        octt_id: the case in progress, "" between cases.
    """
    data = event.data
    kind, raw = str(data.get("type") or "malformed"), str(data.get("raw", ""))
    return FrameLine(
        event.seq,
        event.t_s,
        event.utc,
        "in" if data.get("direction") == "in" else "out",
        kind,
        action,
        str(data.get("id") or ""),
        raw,
        number(data.get("connection")),
        octt_id,
        summary(kind, raw),
        problem(data),
    )


def fits(line: FrameLine, word: str) -> bool:
    """Whether a word of a filter, in lower case, fits a frame.

    "in" and "out" are the direction, the name of a message type is the type, any other word is
    something in action, id or text.
    """
    if word in ("in", "out"):
        return line.direction == word
    if word in TYPES:
        return line.type == TYPES[word]
    return any(word in text.casefold() for text in (line.action, line.id, line.raw))


def pretty(raw: str) -> str:
    """A message over several lines, its head on one; a text that is no JSON as it is."""
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    if not isinstance(said, list) or not isinstance(said[-1] if said else None, dict | list):
        return _indented(said)
    head = ", ".join(_indented(part) for part in said[:-1])
    return f"[{head},\n{_indented(said[-1])}]" if head else f"[{_indented(said[-1])}]"


def _indented(said: Json) -> str:
    return json.dumps(said, indent=2, ensure_ascii=False)
