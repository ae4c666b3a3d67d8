"""OpenAPI 3.1 description of a table of operations."""

from __future__ import annotations

from collections.abc import Iterable

from firmware_mocks.operations import Operation
from rig.jsontypes import Json

BASE = "/v1"
_PROBLEM: dict[str, Json] = {"$ref": "#/components/responses/Problem"}


def description(operations: Iterable[Operation]) -> dict[str, Json]:
    """The description: every operation by its route, by `/do/NAME`, and the stream of events."""
    operations = list(operations)
    paths: dict[str, dict[str, Json]] = {}
    for operation in operations:
        paths.setdefault(BASE + operation.path, {})[operation.method.lower()] = _one(operation)
    paths[f"{BASE}/do/{{operation}}"] = {"post": _by_name(operations)}
    paths[f"{BASE}/events"] = {"get": _stream()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Charging station emulator",
            "version": "1",
            "summary": "What test authors do with an emulated OCPP 1.6 charging station.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "http://127.0.0.1"}],
        "security": [{"token": []}],
        "paths": {path: paths[path] for path in sorted(paths)},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {"Problem": _problem()},
        },
    }


def _one(operation: Operation) -> dict[str, Json]:
    in_path = operation.in_path
    parameters: list[Json] = [_parameter(operation, name, "path") for name in in_path]
    others = [name for name in operation.parameters if name not in in_path]
    told: dict[str, Json] = {"operationId": operation.name, "summary": operation.summary}
    if operation.description:
        told["description"] = operation.description
    if operation.method == "GET":
        parameters += [_parameter(operation, name, "query") for name in others]
    elif others:
        told["requestBody"] = _body(operation, others)
    if parameters:
        told["parameters"] = parameters
    told["responses"] = _responses(operation.result)
    return told


def _parameter(operation: Operation, name: str, where: str) -> dict[str, Json]:
    schema = dict(operation.parameters[name])
    described = schema.pop("description", "")
    required = where == "path" or name in operation.required
    return {
        "name": name, "in": where, "required": required, "description": described,
        "schema": schema,
    }  # fmt: skip


def _body(operation: Operation, names: list[str]) -> dict[str, Json]:
    required: list[Json] = [name for name in names if name in operation.required]
    properties: dict[str, Json] = {name: operation.parameters[name] for name in names}
    schema: dict[str, Json] = {
        "type": "object", "properties": properties, "additionalProperties": False,
    }  # fmt: skip
    if required:
        schema["required"] = required
    return {"required": bool(required), "content": {"application/json": {"schema": schema}}}


def _by_name(operations: list[Operation]) -> dict[str, Json]:
    names: list[Json] = [operation.name for operation in operations]
    parameter: Json = {
        "name": "operation", "in": "path", "required": True, "schema": {"enum": names},
    }  # fmt: skip
    return {
        "operationId": "do",
        "summary": "Do any operation, with all of its parameters in the body.",
        "parameters": [parameter],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": _responses({}),
    }


def _stream() -> dict[str, Json]:
    def number(name: str, where: str) -> Json:
        said = "Number of the event to go on after; from now on by default."
        return {"name": name, "in": where, "description": said, "schema": {"type": "integer"}}

    return {
        "operationId": "stream",
        "summary": "Events as they happen, as server-sent events.",
        "description": "A reader that is too slow gets an event `gap` with the number of events "
        "that it missed; the station never waits for it.",
        "parameters": [number("Last-Event-ID", "header"), number("after", "query")],
        "responses": {
            "200": {
                "description": "Events without end.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            "400": _PROBLEM,
            "401": _PROBLEM,
        },
    }


def _responses(result: dict[str, Json]) -> dict[str, Json]:
    schema: dict[str, Json] = {"type": "object", "properties": {"result": result}}
    good: dict[str, Json] = {
        "description": "Done.", "content": {"application/json": {"schema": schema}},
    }  # fmt: skip
    return {"200": good, **{str(code): _PROBLEM for code in (400, 401, 404, 408, 409)}}


def _problem() -> dict[str, Json]:
    text: Json = {"type": "string"}
    properties: dict[str, Json] = {
        "type": text, "title": text, "status": {"type": "integer"}, "detail": text,
        "instance": text, "problems": {"type": "array", "items": text},
    }  # fmt: skip
    schema: Json = {"type": "object", "properties": properties}
    return {
        "description": "What went wrong, where, what now (RFC 9457).",
        "content": {"application/problem+json": {"schema": schema}},
    }
