"""What can be done with a mock, as data: name, sentence, typed parameters.

The table of operations is the one source of the JSON-lines channel, of the HTTP interface and of
its OpenAPI description. An operation is made of a function with annotations and a docstring.
"""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Union, get_args, get_origin, get_type_hints

import jsonschema_rs

from rig.jsontypes import Json

Schema = dict[str, Json]

_SIMPLE: dict[object, str] = {
    bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Length:
    """Annotates a text of so many characters."""

    least: int
    most: int

    def schema(self) -> Schema:
        """As JSON Schema has it."""
        return {"minLength": self.least, "maxLength": self.most}


@dataclass(frozen=True, slots=True)
class Range:
    """Annotates a number; None for no limit."""

    least: int
    most: int | None = None

    def schema(self) -> Schema:
        """As JSON Schema has it."""
        return {"minimum": self.least, **({} if self.most is None else {"maximum": self.most})}


class BadArguments(ValueError):
    """The arguments of an operation are not what it takes; `problems` has a sentence for each."""

    def __init__(self, operation: str, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__(f"{operation}: {'; '.join(problems)}")


class NoSuch(ValueError):
    """What an operation is about does not exist."""


class NotNow(RuntimeError):
    """The state forbids the operation; the sentence says what to do first."""


class Operation:
    """Something that a mock does when it is told.

    Args:
        name: on the JSON-lines channel, and operationId.
        handler: does it; annotations and docstring are part of the interface.
        route: method and path of the HTTP interface, e.g. "POST /connectors/{connector}/card".

    Attributes:
        summary: first line of the docstring.
        description: the rest of it, without sections.
        parameters: JSON Schema of each, with its description.
        required: names of those without default.
        result: JSON Schema of what it returns.
    """

    def __init__(self, name: str, handler: Callable[..., object], route: str = "") -> None:
        self.name = name
        self.method, _, self.path = route.partition(" ")
        self._handler = handler
        self.__signature__ = inspect.signature(handler)
        hints = get_type_hints(handler, include_extras=True)
        self.summary, self.description, told = _docstring(inspect.getdoc(handler) or "")
        self.parameters: dict[str, Schema] = {}
        self.required: list[str] = []
        for parameter in self.__signature__.parameters.values():
            schema = schema_of(hints[parameter.name])
            if parameter.default is inspect.Parameter.empty:
                self.required.append(parameter.name)
            elif parameter.default is not None:
                schema["default"] = parameter.default
            if parameter.name in told:
                schema["description"] = told[parameter.name]
            self.parameters[parameter.name] = schema
        self.result = schema_of(hints.get("return", object))
        self._validator = jsonschema_rs.validator_for(
            {
                "type": "object",
                "properties": self.parameters,
                "required": self.required,
                "additionalProperties": False,
            }
        )

    @property
    def in_path(self) -> list[str]:
        """Parameters that are part of the path."""
        return re.findall(r"{(\w+)}", self.path)

    def __call__(self, **arguments: object) -> object:
        """Do it; the result may have to be awaited.

        Raises:
            BadArguments: with every problem.
        """
        if problems := self.problems(arguments):
            raise BadArguments(self.name, problems)
        return self._handler(**arguments)

    def problems(self, arguments: Mapping[str, object]) -> tuple[str, ...]:
        """What is wrong with these arguments."""
        unknown = [
            f"no parameter {name!r}; there are {', '.join(self.parameters) or 'none'}"
            for name in arguments
            if name not in self.parameters
        ]
        known = {name: value for name, value in arguments.items() if name in self.parameters}
        missing = [f"{name} is missing" for name in self.required if name not in known]
        wrong = [
            self._sentence(error.instance_path, error.message)
            for error in self._validator.iter_errors(known)
            if error.instance_path
        ]
        return (*unknown, *missing, *wrong)

    def _sentence(self, path: Sequence[str | int], message: str) -> str:
        choices = self.parameters[str(path[0])].get("enum")
        if isinstance(choices, list):  # the validator names only some of them
            message = f"want one of {', '.join('null' if c is None else str(c) for c in choices)}"
        return f"{'.'.join(map(str, path))}: {message}"


def schema_of(hint: object) -> Schema:
    """JSON Schema of an annotation; `Annotated` has the limits of a value.

    Raises:
        TypeError: the annotation has none.
    """
    if hint in _SIMPLE:
        return {"type": _SIMPLE[hint]}
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        limits: Length | Range = arguments[1]
        return schema_of(arguments[0]) | limits.schema()
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (list, tuple):
        return {"type": "array", "items": schema_of(arguments[0])}
    if origin is dict:
        inner = _SIMPLE.get(arguments[1])
        more: Schema = {"additionalProperties": {"type": inner}} if inner else {}
        return {"type": "object", **more}
    if hint is object or {list, dict} <= {get_origin(one) for one in arguments}:
        return {}  # anything that JSON can carry
    if origin in (Union, types.UnionType):
        if len(arguments) == 2 and arguments[1] is type(None):
            return _or_null(schema_of(arguments[0]))
        choices = [schema_of(one) for one in arguments]
        if all(set(one) == {"type"} for one in choices):
            return {"type": [one["type"] for one in choices]}
        return {"anyOf": list(choices)}
    raise TypeError(f"{hint!r} has no JSON Schema")


def _or_null(schema: Schema) -> Schema:
    """Limits are of values of their own type only: null passes them."""
    if isinstance(choices := schema.get("enum"), list):
        return {**schema, "enum": [*choices, None]}
    if "type" in schema and "additionalProperties" not in schema and "items" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def _docstring(text: str) -> tuple[str, str, dict[str, str]]:
    """First line, the paragraphs that follow, and what the section Args says of each."""
    summary, _, rest = text.partition("\n")
    body, *sections = re.split(r"^(Args|Returns|Raises):\n", rest, flags=re.MULTILINE)
    told: dict[str, str] = {}
    for title, section in zip(sections[::2], sections[1::2], strict=True):
        if title == "Args":
            for name, line in re.findall(
                r"^    (\w+): (.+(?:\n     +.+)*)", section, flags=re.MULTILINE
            ):
                told[name] = " ".join(line.split())
    return summary, " ".join(body.split()), told
