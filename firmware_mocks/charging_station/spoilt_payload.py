"""What is wrong with a payload: fields set or missing, too long, with another time. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from firmware_mocks.charging_station.answer_rules import Payload
from rig.jsontypes import Json

LOCAL_TIME = timedelta(hours=2)
LENGTHS = {
    "idTag": 20, "chargePointVendor": 20, "chargePointModel": 20, "info": 50, "vendorId": 255,
}  # fmt: skip
"""Greatest lengths of texts, OCPP 1.6 chapters 6 and 7."""


def with_field(payload: Payload, setting: str) -> Payload:
    """The payload with a field set, as `.path=value` says."""
    path, _, text = setting.partition("=")
    try:
        value: Json = json.loads(text)
    except ValueError:
        value = text
    return changed(payload, path.split(".")[1:], value)


def changed(payload: Payload, path: list[str], value: Json, *, drop: bool = False) -> Payload:
    """A copy in which the field at a path is another one, or missing; [] counts from 0.

    A path that leads nowhere changes nothing, but its last field may be new.
    """
    copy: Payload = json.loads(json.dumps(payload))
    place: Json = copy
    for step in path[:-1]:
        if isinstance(place, dict) and step in place:
            place = place[step]
        elif isinstance(place, list) and step.isdecimal() and int(step) < len(place):
            place = place[int(step)]
        else:
            return copy
    last = path[-1]
    if isinstance(place, dict):
        if drop:
            place.pop(last, None)
        else:
            place[last] = value
    elif isinstance(place, list) and last.isdecimal() and int(last) < len(place):
        if drop:
            del place[int(last)]
        else:
            place[int(last)] = value
    return copy


def too_long(payload: Payload) -> Payload:
    """A text that there is, or else `info`, with one character too many."""
    name = next((name for name in LENGTHS if name in payload), "info")
    return {name: str(payload.get(name, "")).ljust(LENGTHS[name] + 1, "X")}


def stamped(payload: Payload, change: Callable[[str], str]) -> Payload:
    """The payload with every time stamp changed."""
    return {name: _restamped(name, value, change) for name, value in payload.items()}


def _restamped(name: str, value: Json, change: Callable[[str], str]) -> Json:
    if isinstance(value, list):
        return [_restamped(name, item, change) for item in value]
    if isinstance(value, dict):
        return stamped(value, change)
    return change(value) if name == "timestamp" and isinstance(value, str) else value


def local_time(text: str) -> str:
    """A time stamp that tells local time as if it were UTC."""
    moment = datetime.fromisoformat(text) + LOCAL_TIME
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
