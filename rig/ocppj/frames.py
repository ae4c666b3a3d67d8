"""OCPP-J frames: text to values and back. Pure.

Source: OCPP-J 1.6, section 4. Rule ids (M2.x) name what a malformed frame breaks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import NamedTuple, TypeAlias

import orjson

from rig.jsontypes import Json

Payload: TypeAlias = dict[str, Json]

MAX_ID_LENGTH = 36


class MessageType(IntEnum):
    """First element of a frame."""

    CALL = 2
    CALLRESULT = 3
    CALLERROR = 4


class ErrorCode(StrEnum):
    """Codes of a CALLERROR, spelled as on the wire."""

    NOT_IMPLEMENTED = "NotImplemented"
    NOT_SUPPORTED = "NotSupported"
    INTERNAL_ERROR = "InternalError"
    PROTOCOL_ERROR = "ProtocolError"
    SECURITY_ERROR = "SecurityError"
    FORMATION_VIOLATION = "FormationViolation"  # sic: 1.6 has no "FormatViolation"
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    OCCURENCE_CONSTRAINT_VIOLATION = "OccurenceConstraintViolation"  # sic, one r
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"
    GENERIC_ERROR = "GenericError"


class Call(NamedTuple):
    """`[2, id, action, payload]`. `null_payload`: the peer wrote null for `{}` (M2.6)."""

    id: str
    action: str
    payload: Payload
    null_payload: bool = False


class CallResult(NamedTuple):
    """`[3, id, payload]`."""

    id: str
    payload: Payload
    null_payload: bool = False


@dataclass(frozen=True, slots=True)
class CallError:
    """`[4, id, code, description, details]`; `code` may be a word 1.6-J does not have (M4.2)."""

    id: str
    code: str
    description: str = ""
    details: Payload = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Malformed:
    """Text that is no frame.

    Attributes:
        reason: what is wrong, for a person.
        rule: the rule it breaks, M2.1 to M2.9.
        id: message id where one could be recovered.
        type: message type where one could be recovered.
        action: action name where one could be recovered.
    """

    reason: str
    rule: str
    id: str | None = None
    type: int | None = None
    action: str | None = None


Frame: TypeAlias = "Call | CallResult | CallError"

_KINDS = {int(kind): kind for kind in MessageType}
_LENGTH = {MessageType.CALL: 4, MessageType.CALLRESULT: 3, MessageType.CALLERROR: 5}
_HEAD = re.compile(r'\s*\[\s*([234])\s*,\s*"([^"\\]{1,36})"')


def parse(text: str | bytes) -> Frame | Malformed:
    """Read one WebSocket message.

    Never raises: whatever a peer sends is a frame or a `Malformed` that says why not.
    `bytes` is a binary message, which is a violation by itself (M2.1).
    """
    if isinstance(text, bytes):
        return Malformed("binary message; OCPP-J frames are text", "M2.1")
    try:
        value = orjson.loads(text)
    except ValueError as error:
        head = _HEAD.match(text)
        kind, id_ = (int(head[1]), head[2]) if head else (None, None)
        return Malformed(f"not JSON: {error}", "M2.9", id_, kind)
    return _good(value) or _odd(value)


def _good(value: Json) -> Frame | None:
    """A CALL or CALLRESULT as it should be; it is by far the most of what comes."""
    if type(value) is not list or not 3 <= len(value) <= 4 or type(value[0]) is not int:
        return None
    id_, payload = value[1], value[-1]
    if type(id_) is not str or not 0 < len(id_) <= MAX_ID_LENGTH or type(payload) is not dict:
        return None
    if len(value) == 3:
        return CallResult(id_, payload) if value[0] == 3 else None
    action = value[2]
    return Call(id_, action, payload) if value[0] == 2 and type(action) is str else None


def _odd(value: Json) -> Frame | Malformed:
    """Anything else: a CALLERROR, a payload that is null, or what is wrong."""
    if not isinstance(value, list) or not value:
        return Malformed("not a JSON array with elements", "M2.2")
    kind = value[0]
    if type(kind) is not int or kind not in _KINDS:
        number = kind if type(kind) is int else None
        return Malformed(f"message type {_short(kind)} is not 2, 3 or 4", "M2.8", None, number)
    return _of_kind(_KINDS[kind], value)


def _of_kind(kind: MessageType, value: list[Json]) -> Frame | Malformed:
    id_ = value[1] if len(value) > 1 else None
    text_id = id_ if isinstance(id_, str) and id_ else None
    action = value[2] if kind is MessageType.CALL and len(value) > 2 else None
    name = action if isinstance(action, str) else None

    def wrong(reason: str, rule: str) -> Malformed:
        return Malformed(reason, rule, text_id, int(kind), name)

    if len(value) != _LENGTH[kind]:
        return wrong(f"{kind.name} has {len(value)} elements, not {_LENGTH[kind]}", "M2.2")
    if text_id is None or len(text_id) > MAX_ID_LENGTH:
        return wrong(f"message id {_short(id_)} is not a string of 1..36 characters", "M2.3")
    if kind is MessageType.CALLERROR:
        _, _, code, description, details = value
        if not isinstance(code, str):
            return wrong("error code is not a string", "M2.2")
        if not isinstance(description, str) or not isinstance(details, dict):
            return wrong("description is not a string or details is not an object", "M2.7")
        return CallError(text_id, code, description, details)
    payload = value[-1]
    null = payload is None
    if null:
        payload = {}
    if not isinstance(payload, dict):
        return wrong(f"payload is {_short(payload)}, not an object", "M2.6")
    if kind is MessageType.CALLRESULT:
        return CallResult(text_id, payload, null)
    if name is None:
        return wrong(f"action {_short(action)} is not a string", "M2.2")
    return Call(text_id, name, payload, null)


def serialise(frame: Frame) -> str:
    """Write a frame as compact JSON text."""
    if isinstance(frame, Call):
        return call_text(frame.id, frame.action, frame.payload)
    if isinstance(frame, CallResult):
        return result_text(frame.id, frame.payload)
    parts = (4, frame.id, frame.code, frame.description, frame.details)
    return orjson.dumps(parts).decode()


def call_text(id: str, action: str, payload: Payload) -> str:
    """Write a CALL as compact JSON text."""
    return orjson.dumps((2, id, action, payload)).decode()


def result_text(id: str, payload: Payload) -> str:
    """Write a CALLRESULT as compact JSON text."""
    return orjson.dumps((3, id, payload)).decode()


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
