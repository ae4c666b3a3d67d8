"""OCPP-J messages of the time line, and what they say in a few words. Pure."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import cast

from rig.client.stream import RigEvent
from rig.jsontypes import Json

CALLS_KEPT = 500
"""CALLs whose answers can still be named."""

QUIET = {"timestamp", "currentTime", "vendorErrorCode", "vendorId"}
"""Fields that a summary leaves out."""


@dataclass(frozen=True, slots=True)
class FrameLine:
    """One message.

    Attributes:
        direction: "in" from the device under test, "out" from the tool.
        type: CALL, CALLRESULT, CALLERROR or malformed.
        action: also of an answer, where its CALL is known.
        octt_id: case in which it came, "" outside.
    """

    seq: int
    t_s: float
    utc: str
    direction: str
    type: str
    action: str
    id: str
    connection: int
    raw: str
    octt_id: str = ""

    @property
    def arrow(self) -> str:
        """Direction as a sign: towards the tool, or away from it."""
        return "←" if self.direction == "in" else "→"

    @property
    def payload(self) -> Json:
        """What it carries; the whole text if it is not a proper message."""
        try:
            parts = json.loads(self.raw)
        except ValueError:
            return self.raw
        return cast("Json", parts[-1]) if isinstance(parts, list) and parts else parts

    @property
    def summary(self) -> str:
        """Fields that matter, e.g. "connectorId 1, status Charging"."""
        if self.type == "CALLERROR":
            parts = cast("list[Json]", json.loads(self.raw))
            return f"{parts[2]}: {parts[3]}" if len(parts) > 3 else self.raw
        if self.type == "malformed":
            return self.raw
        return ", ".join(_fields(self.payload))

    @property
    def pretty(self) -> str:
        """JSON over several lines; the raw text if it is none."""
        try:
            return json.dumps(json.loads(self.raw), indent=2, ensure_ascii=False)
        except ValueError:
            return self.raw


class FrameReader:
    """Turns events into frames and gives answers the name of their CALL."""

    def __init__(self) -> None:
        self._calls: OrderedDict[tuple[int, str, str], str] = OrderedDict()

    def read(self, event: RigEvent, octt_id: str = "") -> FrameLine:
        """The frame of a FRAME event."""
        direction, kind = event.text("direction"), event.text("type")
        connection, message_id = int(event.text("connection") or 0), event.text("id")
        action = event.text("action")
        if kind == "CALL":
            self._calls[connection, direction, message_id] = action
            if len(self._calls) > CALLS_KEPT:
                self._calls.popitem(last=False)
        elif not action:
            caller = "out" if direction == "in" else "in"
            action = self._calls.get((connection, caller, message_id), "")
        return FrameLine(
            event.seq, event.t_s, event.utc, direction, kind, action, message_id, connection,
            event.text("raw"), octt_id,
        )  # fmt: skip


def _fields(payload: Json) -> list[str]:
    if not isinstance(payload, dict):
        return [str(payload)] if payload else []
    told = []
    for key, value in payload.items():
        if key in QUIET or value in ("NoError", "", None):
            continue
        if isinstance(value, dict):
            inner = ", ".join(_fields(value))
            told.append(inner if key == "idTagInfo" else f"{key}: {inner}")
        elif isinstance(value, list):
            told.append(f"{key} ×{len(value)}")
        else:
            told.append(f"{key} {str(value).lower() if isinstance(value, bool) else value}")
    return told
