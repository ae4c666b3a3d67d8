"""What this Central System knows about identifiers: the lab's card registry.

A card is only a number; what it is worth is decided here.
Source: OCPP 1.6, 7.8 IdTagInfo, 7.2 AuthorizationStatus; idTags compare without case.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rig.ocppj.frames import Payload


@dataclass(frozen=True, slots=True)
class IdTagInfo:
    """Status of an identifier, and its group."""

    status: str
    parent_id_tag: str | None = None

    def payload(self) -> Payload:
        """As on the wire."""
        info: Payload = {"status": self.status}
        if self.parent_id_tag is not None:
            info["parentIdTag"] = self.parent_id_tag
        return info


UNKNOWN = IdTagInfo("Invalid")


class CardRegistry:
    """Identifiers and their status; unknown ones are Invalid."""

    def __init__(self) -> None:
        self._cards: dict[str, IdTagInfo] = {}

    def put(self, id_tag: str, info: IdTagInfo) -> None:
        """Make `id_tag` known."""
        self._cards[id_tag.casefold()] = info

    def info(self, id_tag: str) -> IdTagInfo:
        """What this Central System answers about `id_tag`."""
        return self._cards.get(id_tag.casefold(), UNKNOWN)

    @contextmanager
    def instead(self, id_tag: str, info: IdTagInfo) -> Iterator[None]:
        """Answer `info` for `id_tag` inside the block."""
        key = id_tag.casefold()
        before = self._cards.get(key)
        self._cards[key] = info
        try:
            yield
        finally:
            if before is None:
                del self._cards[key]
            else:
                self._cards[key] = before
