"""The configuration of a device under test as it came, kept so that it can be given back.

It is also what a continued run compares with: 5.5 of the test procedure permits no change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import cast

from rig.jsontypes import Json
from rig.runs.layout import read_whole, write_whole

SECRET = frozenset({"authorizationkey"})
"""Keys that a device may tell although it should not (security white paper, 2.3)."""


@dataclass(frozen=True, slots=True)
class Key:
    """A configuration key. `value` is None where the device does not tell it."""

    value: str | None
    readonly: bool


@dataclass(frozen=True, slots=True)
class Configuration:
    """Keys in the spelling of the device, and who the device is.

    Attributes:
        identity: the name by which it connects.
        keys: every key that it has told.
        restored_utc: when everything that the run had changed was given back; "" before.
    """

    identity: str
    keys: dict[str, Key] = field(default_factory=dict)
    restored_utc: str = ""

    def value(self, key: str) -> str | None:
        """Value of a key in any spelling."""
        wanted = key.casefold()
        return next((k.value for name, k in self.keys.items() if name.casefold() == wanted), None)

    @property
    def digest(self) -> str:
        """What two equal configurations have in common: order and spelling do not matter."""
        lines = sorted(f"{name.casefold()}={k.value}" for name, k in self.keys.items())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    def told(self, redact: Callable[[str], str]) -> Configuration:
        """The same without secrets: a value that is one counts as not told."""
        clean = {
            name: key
            if key.value is None or redact(key.value) == key.value
            else Key(None, key.readonly)
            for name, key in self.keys.items()
            if name.casefold() not in SECRET
        }
        return replace(self, keys=clean)

    def restored(self, utc: str) -> Configuration:
        """The same, with nothing left to give back."""
        return replace(self, restored_utc=utc)


def write_configuration(path: Path, configuration: Configuration) -> None:
    """Put it in place.

    Raises:
        RunError: the disk refuses.
    """
    write_whole(path, cast("dict[str, Json]", asdict(configuration)))


def read_configuration(path: Path) -> Configuration | None:
    """What `write_configuration` wrote; None where there is none.

    Raises:
        RunError: it is damaged.
    """
    try:
        data = read_whole(path)
    except FileNotFoundError:
        return None
    keys = data.get("keys")
    found = {name: _key(entry) for name, entry in cast("Mapping[str, Json]", keys or {}).items()}
    return Configuration(str(data.get("identity", "")), found, str(data.get("restored_utc", "")))


def _key(entry: Json) -> Key:
    said = entry if isinstance(entry, dict) else {}
    value = said.get("value")
    return Key(None if value is None else str(value), bool(said.get("readonly")))
