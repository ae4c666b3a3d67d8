"""What an OCPP-J message of the time line says, in a few words. Pure.

Report, daemon and front ends say it in the same words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from rig.jsontypes import Json

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


class Actions:
    """Knows which CALL an answer is for, by connection and message id; takes frames in order.

    Args:
        limit: CALLs that are remembered.
    """

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._calls: dict[tuple[str, int, str], str] = {}

    def of(self, data: Mapping[str, Json]) -> str:
        """Action of the frame with this data; "" where it is not known."""
        direction = "in" if data.get("direction") == "in" else "out"
        connection, message_id = number(data.get("connection")), str(data.get("id") or "")
        action, kind = str(data.get("action") or ""), data.get("type")
        if kind == "CALL":
            self._calls[direction, connection, message_id] = action
            if len(self._calls) > self._limit:
                del self._calls[next(iter(self._calls))]
        elif kind in ("CALLRESULT", "CALLERROR"):
            other = "out" if direction == "in" else "in"
            return self._calls.get((other, connection, message_id), "")
        return action


def number(value: Json) -> int:
    """A number from a record, 0 where it is none."""
    return value if isinstance(value, int) else 0


def problem(data: Mapping[str, Json]) -> str:
    """What is wrong with a malformed frame; "" with another."""
    if (data.get("type") or "malformed") != "malformed":
        return ""
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
