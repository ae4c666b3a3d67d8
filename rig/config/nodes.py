"""YAML without implicit types: text stays text until a schema says otherwise.

So `uid: 04E12345` is an identifier and `on` is not a boolean by accident. Positions are kept,
duplicate keys and aliases that lead nowhere are problems, and all problems come at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import yaml

from rig.errors import ConfigError

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain] | None"
KeyPath: TypeAlias = tuple[str | int, ...]

MAX_DEPTH = 20
MAX_VALUES = 20_000  # a few nested aliases stand for millions of values


@dataclass(frozen=True, slots=True)
class Position:
    """Place in a file, counted from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Document:
    """A YAML file as text values, with the position of everything in it.

    Attributes:
        problems: what is wrong in it whatever it is about, e.g. a key that stands twice; the
            first one counts meanwhile, so that everything else can be checked as well.
    """

    file: str
    value: Plain
    keys: dict[KeyPath, Position] = field(default_factory=dict)
    values: dict[KeyPath, Position] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def problem(self, path: Sequence[str | int], what: str, *, at_key: bool = False) -> str:
        """`file:line:column: key: problem`, at the nearest place that exists."""
        places = (self.keys, self.values) if at_key else (self.values, self.keys)
        for length in range(len(path), -1, -1):
            prefix = tuple(path[:length])
            for table in places:
                if prefix in table:
                    return _sentence(self.file, table[prefix], path, what)
        return _sentence(self.file, Position(1, 1), path, what)


def read_document(file: Path) -> Document:
    """Read a YAML file.

    Raises:
        ConfigError: it cannot be read, is no YAML or too large.
    """
    name = str(file)
    try:
        text = file.read_bytes().decode()
    except FileNotFoundError:
        raise ConfigError(f"{name}: no such file; check the path") from None
    except IsADirectoryError:
        raise ConfigError(f"{name}: is a folder; name a .yaml file in it") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name}: not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{name}: cannot be read: {error.strerror}") from None
    return parse_document(text, name)


def parse_document(text: str, name: str) -> Document:
    """Read YAML text; `name` stands for it in problems.

    Raises:
        ConfigError: as `read_document`.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
        what = error.problem or error.context or "not understood"
        raise ConfigError(_sentence(name, place, (), f"not YAML: {what}")) from None
    except (yaml.YAMLError, ValueError) as error:
        what = " ".join(str(error).split())
        raise ConfigError(f"{name}:1:1: not YAML: {what}") from None
    except RecursionError:
        raise ConfigError(f"{name}:1:1: not YAML: nested too deeply") from None
    document = Document(name, None)
    if root is not None:
        document.value = _plain(root, (), document)
    return document


def _plain(node: yaml.Node, path: KeyPath, document: Document) -> Plain:
    problems = document.problems
    place = Position(node.start_mark.line + 1, node.start_mark.column + 1)
    document.values[path] = place
    if len(document.values) > MAX_VALUES:
        raise ConfigError(_sentence(document.file, place, path[:3], "too many values"))
    if len(path) > MAX_DEPTH:
        problems.append(_sentence(document.file, place, path[:3], "nested too deeply"))
        return None
    if isinstance(node, yaml.ScalarNode):
        if not _is_text(node.value):
            problems.append(_sentence(document.file, place, path, "no Unicode text"))
        return None if node.value == "" and node.style is None else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(n, (*path, i), document) for i, n in enumerate(node.value)]
    result: dict[str, Plain] = {}
    for key_node, value_node in node.value:
        at = Position(key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(_sentence(document.file, at, path, "a key must be text"))
            continue
        key = str(key_node.value)
        if not _is_text(key):
            problems.append(_sentence(document.file, at, path, "a key is no Unicode text"))
            continue
        if key in result:
            first = document.keys[*path, key]
            what = f"key stands twice, first in line {first.line}; remove one"
            problems.append(_sentence(document.file, at, (*path, key), what))
            continue
        document.keys[*path, key] = at
        result[key] = _plain(value_node, (*path, key), document)
    return result


def _is_text(value: str) -> bool:
    """Whether it can be written again: an escape of half a surrogate pair cannot."""
    return not any("\ud800" <= c <= "\udfff" for c in value)


def _sentence(file: str, place: Position, path: Sequence[str | int], what: str) -> str:
    key = ""
    for part in path:
        key += f"[{part}]" if isinstance(part, int) else f".{part}"
    prefix = f"{file}:{place.line}:{place.column}: "
    return f"{prefix}{key.removeprefix('.')}: {what}" if key else prefix + what
