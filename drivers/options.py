"""A device's section of the bench file, as plain values read by type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, cast

T = TypeVar("T")


class Options:
    """Typed access to a section. What is wrong is named with the device and the key.

    Args:
        device: name on the bench.
        values: the section.
    """

    def __init__(self, device: str, values: Mapping[str, object]) -> None:
        self._device = device
        self._values = values

    def text(self, key: str, default: str | None = None) -> str:
        """A string.

        Raises:
            ValueError: missing without a default, or of another type. So do all below.
        """
        return self._get(key, str, default)

    def integer(self, key: str, default: int | None = None) -> int:
        """A whole number."""
        return self._get(key, int, default)

    def number(self, key: str, default: float | None = None) -> float:
        """A number."""
        return float(self._get(key, (int, float), default))

    def flag(self, key: str, default: bool | None = None) -> bool:
        """True or false."""
        return self._get(key, bool, default)

    def integers(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers; empty where the key is missing."""
        found = self._values.get(key) or ()
        if not isinstance(found, (list, tuple, set, frozenset)):
            raise self._wrong(key, found)
        return tuple(cast("list[int]", list(found)))

    def section(self, key: str) -> Options:
        """A section below; empty where the key is missing."""
        found = self._values.get(key) or {}
        if not isinstance(found, Mapping):
            raise self._wrong(key, found)
        return Options(f"{self._device}.{key}", found)

    def mapping(self) -> dict[str, int]:
        """The whole section as names with whole numbers."""
        return {key: self.integer(key) for key in self._values}

    def terminals(self, board: str) -> dict[str, tuple[str, int]]:
        """The whole section as coils or inputs by role; what is empty is left out.

        A number is on `board`, the text `other:3` on another; a section below gives roles like
        "pp32A".

        Raises:
            ValueError: something else.
        """
        found: dict[str, tuple[str, int]] = {}
        for role, value in self._values.items():
            if isinstance(value, Mapping):
                below = self.section(role).terminals(board)
                found |= {f"{role}{key}": end for key, end in below.items()}
            elif value is not None:
                named, _, number = str(value).rpartition(":")
                if not number.isdecimal():
                    raise self._wrong(role, value)
                found[role] = named or board, int(number)
        return found

    def _get(self, key: str, kind: type[T] | tuple[type, ...], default: T | None) -> T:
        found = self._values.get(key)
        if found is None:
            if default is None:
                raise ValueError(f"{self._device}.{key}: missing")
            return default
        if not isinstance(found, kind):
            raise self._wrong(key, found)
        return cast("T", found)

    def _wrong(self, key: str, found: object) -> ValueError:
        return ValueError(f"{self._device}.{key}: {found!r} is of the wrong type")
