"""Which messages a defect is about: `Action[field=value,...]#n`. Pure.

`StatusNotification` is every one, `StatusNotification[connectorId=1,status=Charging]` those that
say so, `...#2` the second of these alone, `...#2+` the second and all after it. Values are
compared as text, `field=` is one that is missing or empty, and a path goes by dots.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rig.jsontypes import Json

SELECTOR = r"[A-Za-z]\w*(\[[^\]]*\])?(#[1-9][0-9]*\+?)?"
_PARTS = re.compile(r"([A-Za-z]\w*)(?:\[([^\]]*)\])?(?:#([1-9][0-9]*)(\+?))?")


@dataclass(frozen=True, slots=True)
class Selector:
    """Messages of one action.

    Attributes:
        action: of the message.
        fields: path and text that it must have.
        number: of those that fit, from 1; None for all.
        onwards: all after that number as well.
    """

    action: str
    fields: tuple[tuple[str, str], ...] = ()
    number: int | None = None
    onwards: bool = False

    def fits(self, action: str, payload: Mapping[str, Json]) -> bool:
        """Whether a message is of this kind, whatever its number."""
        return action == self.action and all(
            _text(payload, path.split(".")) == text for path, text in self.fields
        )

    def takes(self, number: int) -> bool:
        """Whether it is about the message of that number among those that fit."""
        if self.number is None or number == self.number:
            return True
        return self.onwards and number > self.number


def parse(text: str) -> tuple[Selector, str]:
    """A selector at the beginning of a text, and the rest of it.

    Raises:
        ValueError: there is none, or what is in its brackets is no `field=value`.
    """
    found = _PARTS.match(text)
    if found is None:
        raise ValueError(f"{text!r} does not begin with the name of an action")
    action, fields, number, onwards = found.groups()
    pairs = tuple(_pair(field) for field in fields.split(",")) if fields else ()
    selector = Selector(action, pairs, None if number is None else int(number), bool(onwards))
    return selector, text[found.end() :]


def _pair(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not path or not equals:
        raise ValueError(f"[{text}]: want field=value")
    return path, value


def _text(payload: Mapping[str, Json], path: list[str]) -> str:
    place: object = payload
    for step in path:
        if isinstance(place, Mapping):
            place = place.get(step)
        elif isinstance(place, list) and step.isdecimal() and int(step) < len(place):
            place = place[int(step)]
        else:
            return ""
    if place is None or isinstance(place, str):
        return place or ""
    return json.dumps(place)


class Counters:
    """Counts the messages that fit each selector."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: dict[Selector, int] = {}

    def passing(
        self, selectors: Iterable[Selector], action: str, payload: Mapping[str, Json]
    ) -> set[Selector]:
        """Those selectors that are about a message which passes now."""
        taken = set()
        for selector in set(selectors):
            if selector.fits(action, payload):
                number = self._seen[selector] = self._seen.get(selector, 0) + 1
                if selector.takes(number):
                    taken.add(selector)
        return taken
