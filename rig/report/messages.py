"""Frames of the time line as the report shows them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from rig.events import Event
from rig.jsontypes import Json
from rig.report.model import FrameView, Lane, Mark

_KEY_FIELDS = (
    "connectorId",
    "status",
    "errorCode",
    "info",
    "idTag",
    "transactionId",
    "reservationId",
    "reason",
    "meterStart",
    "meterStop",
    "type",
    "key",
    "value",
    "requestedMessage",
    "messageId",
    "interval",
    "listVersion",
    "updateType",
    "location",
    "chargePointVendor",
    "chargePointModel",
    "firmwareVersion",
    "currentTime",
)
_BARE = frozenset({"status", "reason", "errorCode", "type"})
"""Their values speak for themselves."""


class Messages:
    """Turns FRAME events of one run into views, in order.

    Args:
        run: number of the run in the report, for the anchors.
        dut, tool: lanes of the two sides.
    """

    def __init__(self, run: int, dut: Lane, tool: Lane) -> None:
        self._run = run
        self._sides = {"in": (dut, tool), "out": (tool, dut)}
        self._actions: dict[tuple[str, int, str], str] = {}

    def anchor(self, seq: int) -> str:
        """Where the frame with this sequence number is in the HTML report."""
        return f"r{self._run}-e{seq}"

    def view(self, event: Event, start_s: float, marks: tuple[Mark, ...], cited: bool) -> FrameView:
        """The view of one frame."""
        data = event.data
        direction = "in" if data.get("direction") == "in" else "out"
        connection = data["connection"] if isinstance(data.get("connection"), int) else 0
        raw = str(data.get("raw", ""))
        kind = str(data.get("type") or "malformed")
        message_id = str(data.get("id") or "")
        action = str(data.get("action") or "")
        key = (direction, int(str(connection)), message_id)
        if kind == "CALL":
            self._actions[key] = action
        elif kind in ("CALLRESULT", "CALLERROR"):
            other = "out" if direction == "in" else "in"
            action = self._actions.get((other, *key[1:]), "")
        sender, receiver = self._sides[direction]
        return FrameView(
            self.anchor(event.seq),
            event.seq,
            event.t_s - start_s,
            event.utc,
            sender,
            receiver,
            key[1],
            kind,
            message_id,
            action,
            summary(kind, raw),
            raw,
            _problem(data) if kind == "malformed" else "",
            cited,
            marks,
        )


def _problem(data: Mapping[str, Json]) -> str:
    reason = str(data.get("reason") or "no OCPP-J frame")
    rule = data.get("rule")
    return f"{reason} (rule {rule})" if rule else reason


def summary(kind: str, raw: str) -> str:
    """The fields of a frame that matter to a reader, on one line."""
    try:
        return _summary(kind, json.loads(raw))
    except (ValueError, RecursionError):
        return ""


def _summary(kind: str, frame: object) -> str:
    if not isinstance(frame, list):
        return ""
    if kind == "CALLERROR":
        return " · ".join(str(part) for part in frame[2:4] if part)
    place = 3 if kind == "CALL" else 2
    payload = frame[place] if len(frame) > place and kind != "malformed" else None
    return fields(payload) if isinstance(payload, dict) else ""


def fields(payload: Mapping[str, Json]) -> str:
    """Key fields of a payload; the names of some when it has no key field."""
    parts: list[str] = []
    info = payload.get("idTagInfo")
    if isinstance(info, dict):
        parts.append(f"idTagInfo {info.get('status', '?')}")
    for name in _KEY_FIELDS:
        value = payload.get(name)
        if value is None or isinstance(value, dict) or value == "NoError":
            continue
        text = ", ".join(map(str, value)) if isinstance(value, list) else _plain(value)
        parts.append(text if name in _BARE else f"{name} {text}")
    for name, word in (("meterValue", "sample"), ("configurationKey", "key")):
        value = payload.get(name)
        if isinstance(value, list):
            parts.append(f"{len(value)} {word}{'' if len(value) == 1 else 's'}")
    return " · ".join(parts) or ", ".join(list(payload)[:4])


def _plain(value: Json) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


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
