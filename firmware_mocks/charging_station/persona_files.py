"""Personas in YAML files: found by name, read without implicit types, every problem at once."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

import yaml

from firmware_mocks.charging_station.configuration import (
    OPTIONAL_KEYS,
    Access,
    Key,
    boolean,
    checked_value,
    keys_of,
)
from firmware_mocks.charging_station.defects import Defects
from firmware_mocks.charging_station.habits import HABITS
from firmware_mocks.charging_station.persona import (
    CIPHER_SUITES,
    POWER_FAILURE_MODES,
    PROFILES,
    Persona,
)

_FOLDER = Path("configs") / "personas"
_CHOICES = {
    "readers": ("per-connector", "shared"),
    "power_failure_mode": POWER_FAILURE_MODES,
    "cipher_suites": CIPHER_SUITES,
    "phases": (1, 3),
}
_LENGTHS = {
    "vendor": 20, "model": 20, "serial_number": 25, "firmware_version": 50, "iccid": 20,
    "imsi": 20, "meter_type": 25, "meter_serial_number": 25,
}  # fmt: skip
"""Of the fields of BootNotification."""
_RANGES = {
    "connectors": (1, 100), "cache_capacity": (1, 100_000), "max_current_a": (6, 1000),
    "queue_capacity": (1, 1_000_000),
    "certificate_store_max_length": (1, 1000), "boot_time_s": (0, 3600),
    "install_time_s": (0, 3600),
}  # fmt: skip


_SCALARS: dict[str, tuple[Callable[[str], object], str]] = {
    "bool": (lambda text: boolean(text) == "true", "true or false"),
    "int": (int, "a whole number"),
    "float": (float, "a number"),
}


class BadPersona(ValueError):
    """A persona file is wrong; `problems` has `file:line:column: key: problem; remedy` of each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


# --- where they are -----------------------------------------------------------------------------


def shipped() -> dict[str, Path]:
    """Files of the shipped personas by name."""
    here = Path(__file__).parents[2] / _FOLDER
    installed = Path(sys.prefix) / "share" / "evse-rig" / _FOLDER
    folder = here if here.is_dir() else installed
    return {file.stem: file for file in sorted(folder.glob("*.yaml"))}


def find(name: Path) -> Path:
    """The file that is meant: a path, or the name of a shipped persona.

    Raises:
        ValueError: there is neither.
    """
    known = shipped()
    if not name.is_file() and str(name) in known:
        return known[str(name)]
    if not name.is_file():
        raise ValueError(f"{name}: no such persona file; shipped ones are {', '.join(known)}")
    return name


def sentence(file: Path) -> str:
    """What a persona file says of itself: its first comment line."""
    first, *_ = file.read_text().splitlines() or [""]
    return first.removeprefix("#").strip()


# --- what they say ------------------------------------------------------------------------------


def load_persona(name: Path | None) -> Persona:
    """Read a persona, by the path of its file or the name of a shipped one; None: the default.

    Raises:
        BadPersona: with every problem of the file.
        ValueError: there is no such file.
    """
    if name is None:
        return Persona()
    file = find(name)
    reader = _Reader(file)
    try:
        root = yaml.compose(file.read_text(), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
        raise BadPersona((f"{file}:{place}: {error.problem or 'no YAML'}",)) from None
    if root is None:
        return Persona()
    persona = reader.read(root)
    if reader.problems:
        raise BadPersona(tuple(text for _, text in sorted(reader.problems)))
    return persona


@dataclass(frozen=True, slots=True)
class _Field:
    """Where a key stands and what is behind it."""

    at: yaml.Node
    node: yaml.Node


class _Reader:
    """Reads one file; `problems` are sorted by their place."""

    def __init__(self, file: Path) -> None:
        self.problems: list[tuple[tuple[int, int], str]] = []
        self._file = file
        self._types = {field.name: str(field.type) for field in fields(Persona)}

    def _problem(self, node: yaml.Node, key: str, what: str) -> None:
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        where = f"{key}: " if key else ""
        self.problems.append(((line, column), f"{self._file}:{line}:{column}: {where}{what}"))

    def read(self, root: yaml.Node) -> Persona:
        """The persona, as far as the file is right."""
        given: dict[str, _Field] = {}
        values: dict[str, object] = {}
        for name, field in self._members(root, ""):
            if name not in self._types:
                near = difflib.get_close_matches(name, self._types, 1)
                remedy = f"did you mean {near[0]!r}?" if near else "there are "
                there = "" if near else ", ".join(self._types)
                self._problem(field.at, name, f"unknown key; {remedy}{there}")
                continue
            given[name] = field
            value = self._value(name, field.node)
            if value is not None:
                values[name] = value
        for name, field in given.items():
            if name in values and (what := _wrong(name, values[name])) is not None:
                self._problem(field.node, name, what)
                del values[name]
        persona = replace(Persona(), **values)  # type: ignore[arg-type]  # checked above
        self._check_keys(persona, given)
        return persona

    def _members(self, node: yaml.Node, key: str) -> Iterator[tuple[str, _Field]]:
        if not isinstance(node, yaml.MappingNode):
            self._problem(node, key, "want keys with values")
            return
        seen = set()
        for at, inner in node.value:
            name = str(at.value)
            if name in seen:
                self._problem(at, name, "stands twice; remove one")
                continue
            seen.add(name)
            yield name, _Field(at, inner)

    def _value(self, name: str, node: yaml.Node) -> object:
        """A value by the type of its field; None after a problem."""
        kind = self._types[name]
        if kind == "tuple[tuple[str, str], ...]":
            members = self._members(node, name)
            pairs = ((key, self._text(f"{name}.{key}", one.node)) for key, one in members)
            return tuple((key, text) for key, text in pairs if text is not None)
        if kind == "tuple[str, ...]":
            if not isinstance(node, yaml.SequenceNode):
                self._problem(node, name, "want a list, e.g. [one, two]")
                return None
            texts = (self._text(name, item) for item in node.value)
            return tuple(text for text in texts if text is not None)
        text = self._text(name, node)
        if text is None or kind == "str":
            return text
        read, wanted = _SCALARS[kind]
        try:
            return read(text)
        except ValueError:
            self._problem(node, name, f"{text!r} is not {wanted}")
            return None

    def _text(self, name: str, node: yaml.Node) -> str | None:
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        self._problem(node, name, "want a single value")
        return None

    # --- configuration keys -----------------------------------------------------------------

    def _check_keys(self, persona: Persona, given: Mapping[str, _Field]) -> None:
        plain = replace(persona, limits=(), configuration=(), without_keys=())
        known = {key.name: key for key in keys_of(plain)}
        for section, fixed in (("limits", True), ("configuration", False)):
            if section in given and isinstance(given[section].node, yaml.MappingNode):
                for name, field in self._members(given[section].node, section):
                    what = _wrong_key(known, name, field.node, fixed=fixed)
                    if what is not None:
                        self._problem(field.at, f"{section}.{name}", what)
        if "without_keys" in given and isinstance(given["without_keys"].node, yaml.SequenceNode):
            for node in given["without_keys"].node.value:
                if str(node.value) not in OPTIONAL_KEYS:
                    what = f"{node.value} is no optional key; there are "
                    self._problem(node, "without_keys", what + ", ".join(sorted(OPTIONAL_KEYS)))
        if "defects" in given and isinstance(given["defects"].node, yaml.SequenceNode):
            for node in given["defects"].node.value:
                try:
                    Defects([str(node.value)])
                except ValueError as error:
                    self._problem(node, "defects", str(error))


def _wrong(name: str, value: object) -> str | None:
    """What is wrong with a value of the right type."""
    if name in _CHOICES and value not in _CHOICES[name]:
        return f"{value!r} is not one of {', '.join(map(str, _CHOICES[name]))}"
    if name in _LENGTHS and len(str(value)) > _LENGTHS[name]:
        return f"longer than {_LENGTHS[name]} characters"
    if name in ("vendor", "model") and not value:
        return "must not be empty"
    if name in _RANGES and isinstance(value, int | float):
        low, high = _RANGES[name]
        if not low <= value <= high:
            return f"{value:g} is not {low} to {high}"
    if name == "habits" and isinstance(value, tuple):
        if odd := [one for one in value if one not in HABITS]:
            near = difflib.get_close_matches(odd[0], HABITS, 1)
            remedy = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(HABITS)}"
            return f"{odd[0]!r} is no habit; {remedy}"
        return None
    if name == "profiles" and isinstance(value, tuple):
        if odd := [one for one in value if one not in PROFILES]:
            return f"{odd[0]!r} is not one of {', '.join(PROFILES)}"
        if "Core" not in value:
            return "without Core there is no station; add it"
    return None


def _wrong_key(known: Mapping[str, Key], name: str, node: yaml.Node, *, fixed: bool) -> str | None:
    """What is wrong with the value that a configuration key is delivered with."""
    key = known.get(name)
    if key is None:
        near = difflib.get_close_matches(name, known, 1)
        return "this station has no such key" + (f"; did you mean {near[0]!r}?" if near else "")
    if (key.access is Access.READ) is not fixed:
        return f"belongs into {'configuration' if fixed else 'limits'}"
    if name in ("NumberOfConnectors", "SupportedFeatureProfiles", "AuthorizationKey"):
        return "follows from the rest; remove it"
    try:
        checked_value(key, str(node.value))
    except ValueError:
        return f"{str(node.value)!r} is no value of this key; its default is {key.default!r}"
    return None
