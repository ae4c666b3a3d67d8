"""A form from a JSON schema, and a payload from what was filled in. Pure.

Objects become fields with dotted names; lists of objects are written as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from rig.jsontypes import Json

Schema = Mapping[str, Json]

EXAMPLES = {"date-time": "2026-01-31T12:00:00Z", "uri": "ftp://host/path"}
"""By the format of a string."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form.

    Attributes:
        path: of the value in the payload.
        kind: "text", "integer", "number", "boolean", "choice", "words" (a list of texts) or "json".
        required: must be given, if anything of its object is.
        choices: of a "choice".
        hint: what is expected, in a few words.
    """

    path: tuple[str, ...]
    kind: str
    required: bool
    choices: tuple[str, ...] = ()
    hint: str = ""

    @property
    def name(self) -> str:
        """Dotted path."""
        return ".".join(self.path)


class FormProblem(Exception):
    """Something that was filled in does not fit its field: `name` says which."""

    def __init__(self, name: str, problem: str) -> None:
        self.name = name
        super().__init__(f"{name}: {problem}")


def fields_of(schema: Schema) -> tuple[Field, ...]:
    """The fields of a schema, required ones first."""
    return tuple(_object(schema, schema, (), needed=True))


def _object(schema: Schema, root: Schema, path: tuple[str, ...], *, needed: bool) -> list[Field]:
    properties = cast("dict[str, Schema]", schema.get("properties") or {})
    required = cast("list[str]", schema.get("required") or [])
    names = sorted(properties, key=lambda name: name not in required)
    fields: list[Field] = []
    for name in names:
        inner = _resolved(properties[name], root)
        here, must = (*path, name), needed and name in required
        if inner.get("type") == "object" and inner.get("properties"):
            fields += _object(inner, root, here, needed=must)
        else:
            fields.append(_field(inner, root, here, must))
    return fields


def _field(schema: Schema, root: Schema, path: tuple[str, ...], required: bool) -> Field:
    kind = schema.get("type")
    if choices := schema.get("enum"):
        return Field(path, "choice", required, tuple(map(str, cast("list[Json]", choices))))
    if kind == "array":
        items = _resolved(cast("Schema", schema.get("items") or {}), root)
        if items.get("type") == "string":
            return Field(path, "words", required, hint="separated by commas")
        return Field(path, "json", required, hint="JSON, e.g. " + _example(items, root))
    if kind in ("integer", "number", "boolean"):
        hint = {"integer": "a whole number", "number": "a number", "boolean": ""}[str(kind)]
        choices_of = ("true", "false") if kind == "boolean" else ()
        return Field(path, str(kind), required, choices_of, hint)
    if kind == "string":
        return Field(path, "text", required, hint=_text_hint(schema))
    return Field(path, "json", required, hint="JSON")


def _text_hint(schema: Schema) -> str:
    if example := EXAMPLES.get(str(schema.get("format"))):
        return f"e.g. {example}"
    limit = schema.get("maxLength")
    return f"≤ {limit} characters" if limit else "text"


def _example(items: Schema, root: Schema) -> str:
    """A list with one element in which everything required is there."""
    return json.dumps([_sample(items, root)])


def _sample(schema: Schema, root: Schema) -> Json:
    schema = _resolved(schema, root)
    if choices := schema.get("enum"):
        return cast("list[Json]", choices)[0]
    kind = schema.get("type")
    if kind == "object":
        properties = cast("dict[str, Schema]", schema.get("properties") or {})
        required = cast("list[str]", schema.get("required") or [])
        return {name: _sample(properties[name], root) for name in required if name in properties}
    if kind == "array":
        return [_sample(cast("Schema", schema.get("items") or {}), root)]
    if kind == "string":
        return EXAMPLES.get(str(schema.get("format")), "")
    plain: dict[object, Json] = {"integer": 0, "number": 0, "boolean": True}
    return plain.get(kind)


def _resolved(schema: Schema, root: Schema) -> Schema:
    ref = schema.get("$ref")
    while isinstance(ref, str) and ref.startswith("#/"):
        found: Json = cast("Json", root)
        for part in ref[2:].split("/"):
            found = cast("dict[str, Json]", found)[part]
        schema = cast("Schema", found)
        ref = schema.get("$ref")
    return schema


def payload_of(fields: tuple[Field, ...], values: Mapping[str, str]) -> dict[str, Json]:
    """The payload; what is empty is left out, whatever the schema says of it.

    Args:
        fields: of the form.
        values: what was filled in, by dotted name.

    Raises:
        FormProblem: a value is not of its kind.
    """
    payload: dict[str, Json] = {}
    for field in fields:
        text = values.get(field.name, "").strip()
        if text:
            place = payload
            for part in field.path[:-1]:
                place = cast("dict[str, Json]", place.setdefault(part, {}))
            place[field.path[-1]] = _value(field, text)
    return payload


def _value(field: Field, text: str) -> Json:
    try:
        if field.kind == "integer":
            return int(text)
        if field.kind == "number":
            return int(text) if text.lstrip("-").isdigit() else float(text)
        if field.kind == "json":
            return cast("Json", json.loads(text))
    except ValueError:
        raise FormProblem(field.name, f"{text!r} is not {field.hint.split(',')[0]}") from None
    if field.kind == "boolean":
        return text == "true"
    if field.kind == "words":
        return [word.strip() for word in text.split(",") if word.strip()]
    return text
