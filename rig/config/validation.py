"""From a YAML document to a model; errors as `file:line:column: key: problem; remedy`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from rig.config.nodes import Document, KeyPath, Plain
from rig.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)

_SECRET_KEYS = frozenset({"password", "pin"})


class Strict(BaseModel):
    """Base of every configuration model: frozen, unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_default(cls, data: object) -> object:
        """A known key with nothing behind it is as good as none; an unknown one stays wrong."""
        if isinstance(data, dict):
            known = {info.alias or name for name, info in cls.model_fields.items()}
            return {k: v for k, v in data.items() if v is not None or k not in known}
        return data


def validate(model: type[Model], document: Document) -> Model:
    """Check a document against a model.

    Raises:
        ConfigError: every problem of the document.
    """
    value = document.value if document.value is not None else {}
    if not isinstance(value, dict):
        what = document.problem((), "must be keys with values, like `bench: name`")
        raise ConfigError(*in_order([*document.problems, what], document.file))
    problems = list(document.problems)
    try:
        valid = model.model_validate(value)
    except ValidationError as error:
        names = set(_field_names(model))
        problems += [_problem(document, details, names) for details in error.errors()]
    if problems:
        raise ConfigError(*in_order(problems, document.file))
    return valid


def in_order(problems: Iterable[str], file: str) -> list[str]:
    """Problems as they stand in the file, each once."""

    def place(problem: str) -> tuple[int, ...]:
        line, column, _ = problem.removeprefix(f"{file}:").split(":", 2)
        return int(line), int(column)

    return sorted(dict.fromkeys(problems), key=place)


def _problem(document: Document, details: ErrorDetails, names: set[str]) -> str:
    kind, message = details["type"], details["msg"]
    path = _real_path(document.value, details["loc"], missing=kind == "missing")
    if kind == "extra_forbidden":
        if path[-1] in names:
            return document.problem(path, "not a key of this place; move or remove it", at_key=True)
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
        what = "missing" if got is None else f"{got!r} is no known kind"
        return document.problem(path, f"{what}; use one of {expected}")
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return document.problem(path, "must be keys with values")
    if kind in ("tuple_type", "list_type"):
        return document.problem(path, "must be a list, like `[one, two]`")
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


def _real_path(value: Plain, loc: tuple[int | str, ...], *, missing: bool) -> KeyPath:
    """The keys of `loc` that are in the file, and the last one when it is the missing one.

    pydantic puts the tags of unions in between, and "[key]" after a key that is no name.
    """
    path: list[int | str] = []
    here: Plain = value
    for index, part in enumerate(loc):
        if isinstance(here, dict) and part in here:
            here = here[str(part)]
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
        elif not missing or index < len(loc) - 1:
            continue
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
        yield info.alias or name
        stack: list[object] = [info.annotation]
        while stack:
            kind = stack.pop()
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _field_names(kind, seen)
            stack.extend(get_args(kind))
