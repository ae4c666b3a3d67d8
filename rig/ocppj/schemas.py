"""OCPP 1.6 message schemas, compiled once, and what a violation of them is called.

The schemas come with the `ocpp` package; the corrections of errata v4.0 are applied here.
Validation of a good message costs a few microseconds; only a bad one pays for the search.

Source: OCPP 1.6 JSON schemas (draft 4), errata v4.0; rules M4.1, M4.3, M4.5.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import jsonschema_rs
import orjson

from rig.jsontypes import Json
from rig.ocppj.frames import ErrorCode, Payload

FROM_STATION = frozenset(
    {
        "Authorize", "BootNotification", "DataTransfer", "DiagnosticsStatusNotification",
        "FirmwareStatusNotification", "Heartbeat", "LogStatusNotification", "MeterValues",
        "SecurityEventNotification", "SignCertificate", "SignedFirmwareStatusNotification",
        "StartTransaction", "StatusNotification", "StopTransaction",
    }
)  # fmt: skip
PROFILES: Mapping[str, tuple[str, ...]] = {
    "Core": (
        "ChangeAvailability", "ChangeConfiguration", "ClearCache", "DataTransfer",
        "GetConfiguration", "RemoteStartTransaction", "RemoteStopTransaction", "Reset",
        "UnlockConnector",
    ),
    "FirmwareManagement": ("GetDiagnostics", "UpdateFirmware"),
    "LocalAuthListManagement": ("GetLocalListVersion", "SendLocalList"),
    "Reservation": ("CancelReservation", "ReserveNow"),
    "SmartCharging": ("ClearChargingProfile", "GetCompositeSchedule", "SetChargingProfile"),
    "RemoteTrigger": ("TriggerMessage",),
    "Security": (
        "CertificateSigned", "DeleteCertificate", "ExtendedTriggerMessage",
        "GetInstalledCertificateIds", "GetLog", "InstallCertificate", "SignedUpdateFirmware",
    ),
}  # fmt: skip
"""Requests of a Central System by feature profile (OCPP 1.6, 3.1; security white paper)."""
FROM_CENTRAL_SYSTEM = frozenset(name for names in PROFILES.values() for name in names)
KNOWN_ACTIONS = FROM_STATION | FROM_CENTRAL_SYSTEM

_CODES = {
    "Required": ErrorCode.PROTOCOL_ERROR,
    "AdditionalProperties": ErrorCode.FORMATION_VIOLATION,
    "Type": ErrorCode.TYPE_CONSTRAINT_VIOLATION,
    "MinItems": ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION,
    "MaxItems": ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One violation of a schema.

    Attributes:
        code: of the CALLERROR for it.
        path: in the payload.
        message: a sentence.
        is_length: a text is longer than its type permits (M4.5).
    """

    code: ErrorCode
    path: str
    message: str
    is_length: bool = False

    def __str__(self) -> str:
        return f"{self.path or 'payload'}: {self.message}"


def request_problems(action: str, payload: Payload) -> tuple[Problem, ...]:
    """What is wrong with the payload of a CALL; () when nothing is.

    Raises:
        KeyError: OCPP 1.6 has no such action.
    """
    return _problems(_validator(action, ""), payload)


def response_problems(action: str, payload: Payload) -> tuple[Problem, ...]:
    """What is wrong with the payload of a CALLRESULT to `action`; () when nothing is."""
    return _problems(_validator(action, "Response"), payload)


def _problems(validator: jsonschema_rs.Draft4Validator, payload: Payload) -> tuple[Problem, ...]:
    if validator.is_valid(payload):
        return ()
    return tuple(_problem(error) for error in validator.iter_errors(payload))


def _problem(error: jsonschema_rs.ValidationError) -> Problem:
    kind = type(error.kind).__name__
    code = _CODES.get(kind, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION)
    return Problem(code, _path(error.instance_path), error.message, kind == "MaxLength")


def _path(parts: list[str | int]) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


@cache
def _folder() -> Path:
    """Where the `ocpp` package keeps its schemas, found without importing it: that takes 70 ms."""
    spec = importlib.util.find_spec("ocpp")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the package ocpp, which has the schemas, is not installed")
    return Path(spec.origin).parent / "v16" / "schemas"


@cache
def _validator(action: str, suffix: str) -> jsonschema_rs.Draft4Validator:
    return jsonschema_rs.Draft4Validator(_schema(action, suffix), validate_formats=False)


def request_schema(action: str) -> dict[str, Json]:
    """The corrected schema that the payload of a CALL is held against.

    Raises:
        KeyError: OCPP 1.6 has no such action.
    """
    return _schema(action, "")


def _schema(action: str, suffix: str) -> dict[str, Json]:
    if action not in KNOWN_ACTIONS:
        raise KeyError(action)
    name = f"{action}{suffix}"
    schema = cast("dict[str, Json]", orjson.loads((_folder() / f"{name}.json").read_bytes()))
    for node in list(_objects(schema)):
        if "properties" in node:
            node["additionalProperties"] = False
    correct = _CORRECTIONS.get(name)
    if correct is not None:
        correct(schema)
    return schema


def _objects(node: Json) -> Iterator[dict[str, Json]]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from _objects(child)
    elif isinstance(node, list):
        for child in node:
            yield from _objects(child)


def _optional(*names: str) -> Callable[[dict[str, Json]], None]:
    def correct(schema: dict[str, Json]) -> None:
        required = schema.get("required")
        if isinstance(required, list):
            left: list[Json] = [name for name in required if name not in names]
            schema["required"] = left
            if not left:
                del schema["required"]  # draft 4 forbids an empty list

    return correct


def _integers(*names: str) -> Callable[[dict[str, Json]], None]:
    def correct(schema: dict[str, Json]) -> None:
        properties = schema["properties"]
        for name in names:
            if isinstance(properties, dict) and isinstance(rule := properties.get(name), dict):
                rule["type"] = "integer"

    return correct


def _both_spellings_of_celsius(schema: dict[str, Json]) -> None:
    for node in _objects(schema):
        words = node.get("enum")
        if isinstance(words, list) and ("Celsius" in words or "Celcius" in words):
            node["enum"] = [*words, *({"Celsius", "Celcius"} - {str(w) for w in words})]


def _stop_transaction(schema: dict[str, Json]) -> None:
    _optional("reason")(schema)
    _both_spellings_of_celsius(schema)


_CORRECTIONS: Mapping[str, Callable[[dict[str, Json]], None]] = {
    "StopTransaction": _stop_transaction,
    "MeterValues": _both_spellings_of_celsius,
    "BootNotificationResponse": _integers("interval"),
    "GetDiagnostics": _integers("retries", "retryInterval"),
    "UpdateFirmware": _integers("retries", "retryInterval"),
}
