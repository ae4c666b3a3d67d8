"""From a YAML document to a model; errors as `file:line:column: key: problem; remedy`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from rig.config.nodes import Document, KeyPath, Plain
from rig.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)

_SECRET_KEYS = frozenset({"password"})


class Strict(BaseModel):
    """Base of every configuration model: frozen, unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def validate(model: type[Model], document: Document) -> Model:
    """Check a document against a model.

    Raises:
        ConfigError: every problem of the document.
    """
    value = document.value if document.value is not None else {}
    if not isinstance(value, dict):
        raise ConfigError(document.problem((), "must be keys with values, like `bench: name`"))
    try:
        return model.model_validate(_without_nulls(value))
    except ValidationError as error:
        names = set(_field_names(model))
        problems = [_problem(document, details, names) for details in error.errors()]
        raise ConfigError(*in_order(problems)) from None


def in_order(problems: Iterable[str]) -> list[str]:
    """Problems as they stand in the file, each once."""

    def place(problem: str) -> tuple[int, ...]:
        return tuple(int(n) for n in problem.split(": ")[0].rsplit(":", 2)[1:])

    return sorted(dict.fromkeys(problems), key=place)


def _without_nulls(value: Plain) -> Plain:
    """An empty value is as good as none: its default counts."""
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_nulls(v) for v in value]
    return value


def _problem(document: Document, details: ErrorDetails, names: set[str]) -> str:
    path = _real_path(document.value, details["loc"])
    kind, message = details["type"], details["msg"]
    if kind == "extra_forbidden":
        near = _nearest(str(path[-1]), names)
        remedy = f"did you mean {near[0]!r}?" if near else "remove it"
        return document.problem(path, f"unknown key; {remedy}", at_key=True)
    if kind == "missing":
        return document.problem(path, "missing; add it")
    got = _got(document.value, path)
    if kind == "union_tag_not_found":
        return document.problem(path, "`kind` is missing; add it")
    if kind == "union_tag_invalid":
        expected = details["ctx"]["expected_tags"]
        path = (*path, "kind")
        got = _got(document.value, path)
        return document.problem(path, f"{got!r} is no known kind; use one of {expected}")
    if kind == "value_error":
        message = message.removeprefix("Value error, ")
        return document.problem(path, message)
    if path and path[-1] in _SECRET_KEYS:
        return document.problem(path, "not usable; give it as text")
    text = message[0].lower() + message[1:]
    shown = f"{got!r}: " if isinstance(got, str) else ""
    return document.problem(path, f"{shown}{text}")


def _nearest(word: str, names: set[str]) -> list[str]:
    longer = sorted(n for n in names if n.startswith(word))  # baud -> baudrate
    return longer[:1] or difflib.get_close_matches(word, sorted(names), 1, 0.6)


def _real_path(value: Plain, loc: tuple[int | str, ...]) -> KeyPath:
    """The keys of `loc` that are in the file; pydantic puts the tags of unions in between."""
    path: list[int | str] = []
    here: Plain = value
    for index, part in enumerate(loc):
        if isinstance(here, dict) and part in here:
            here = here[str(part)]
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
        elif index < len(loc) - 1:
            continue  # the tag of a union
        path.append(part)
    return tuple(path)


def _got(value: Plain, path: KeyPath) -> Plain:
    for part in path:
        if isinstance(value, dict):
            value = value.get(str(part))
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def _field_names(model: type[BaseModel], seen: set[type] | None = None) -> Iterator[str]:
    seen = set() if seen is None else seen
    if model in seen:
        return
    seen.add(model)
    for name, info in model.model_fields.items():
        yield name
        stack: list[object] = [info.annotation]
        while stack:
            kind = stack.pop()
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _field_names(kind, seen)
            stack.extend(get_args(kind))
