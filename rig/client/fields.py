"""`KEY=VALUE` words as a payload, typed by the schema of the message."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import cast

from rig.client.errors import UsageProblem
from rig.jsontypes import Json


def build_payload(fields: Sequence[str], schema: dict[str, Json]) -> dict[str, Json]:
    """An object from `KEY=VALUE` words, typed by a JSON schema.

    Raises:
        UsageProblem: every word that does not fit, at once.
    """
    payload: dict[str, Json] = {}
    problems = []
    for field in fields:
        key, equals, text = field.partition("=")
        if not equals or not key:
            problems.append(f"{field!r} is not KEY=VALUE")
            continue
        try:
            _put(payload, key.split("."), _typed(text, _rule(schema, key.split("."))))
        except ValueError as error:
            problems.append(f"{key}: {error}")
    if problems:
        raise UsageProblem("; ".join(problems))
    return payload


def _rule(schema: dict[str, Json], path: list[str]) -> str:
    """The JSON type that the schema asks for at `path`; "" where it does not say."""
    rule: Json = schema
    for name in path:
        properties = rule.get("properties") if isinstance(rule, dict) else None
        rule = properties.get(name) if isinstance(properties, dict) else None
    return str(rule.get("type", "")) if isinstance(rule, dict) else ""


def _typed(text: str, kind: str) -> Json:
    if kind == "string":
        return text
    try:
        value = cast("Json", json.loads(text))
    except ValueError:
        if kind:
            raise ValueError(f"{text!r} is not {kind}") from None
        return text
    return value


def _put(target: dict[str, Json], path: list[str], value: Json) -> None:
    *outer, last = path
    for name in outer:
        inner = target.setdefault(name, {})
        if not isinstance(inner, dict):
            raise ValueError(f"{name} has a value already")
        target = inner
    target[last] = value
