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


LINE = 60
"""Characters of JSON that stay on one line."""


def pretty(raw: str) -> str:
    """A message over several lines, its head on one; a text that is no JSON as it is."""
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    if not isinstance(said, list) or not isinstance(said[-1] if said else None, dict | list):
        return indented(said)
    head = ", ".join(indented(part) for part in said[:-1])
    return f"[{head},\n{indented(said[-1])}]" if head else f"[{indented(said[-1])}]"


def indented(said: Json, depth: int = 0) -> str:
    """JSON with indents; what is short stays on one line."""
    line = json.dumps(said, ensure_ascii=False)
    if not isinstance(said, dict | list) or len(line) + 2 * depth <= LINE:
        return line
    if isinstance(said, dict):
        parts = [f"{json.dumps(k, ensure_ascii=False)}: {indented(v, depth + 1)}"
                 for k, v in said.items()]  # fmt: skip
    else:
        parts = [indented(item, depth + 1) for item in said]
    pad = "  " * (depth + 1)
    body = ",\n".join(pad + part for part in parts)
    first, last = ("{", "}") if isinstance(said, dict) else ("[", "]")
    return f"{first}\n{body}\n{'  ' * depth}{last}"
