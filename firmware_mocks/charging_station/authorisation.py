"""Who may charge: cache and local rules first, then the Central System.

Source: OCPP 1.6, 3.4 and 3.5 (local authorisation); rules M6.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from firmware_mocks.charging_station.board import Board
from firmware_mocks.charging_station.configuration import Configuration
from firmware_mocks.charging_station.date_times import moment, unreadable
from firmware_mocks.charging_station.local_list import LocalList
from firmware_mocks.charging_station.storage import Json
from firmware_mocks.charging_station.transaction import Session
from rig.ocppj.endpoint import Result


class Decision(StrEnum):
    """What to do with a card."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    ASK = "ask the Central System"


class Cache:
    """Authorisation cache: idTag (without case) to idTagInfo, the oldest first.

    Args:
        entries: from the disk.
        capacity: cards that there is room for.
    """

    __slots__ = ("_capacity", "entries")

    def __init__(self, entries: dict[str, dict[str, Json]], capacity: int = 500) -> None:
        self.entries = entries
        self._capacity = capacity

    def put(self, id_tag: str, info: dict[str, Json], now: datetime) -> None:
        """Remember what the Central System said, good or bad.

        In a full cache cards that are not valid make room first, those whose expiryDate is over
        among them, then the oldest valid one: OCPP 1.6, 3.5.1.
        """
        name = id_tag.casefold()
        self.entries.pop(name, None)
        if len(self.entries) >= self._capacity:
            self.drop([n for n, known in self.entries.items() if not is_valid(known, now)])
        while len(self.entries) >= self._capacity:
            del self.entries[next(iter(self.entries))]
        self.entries[name] = info

    def get(self, id_tag: str) -> dict[str, Json] | None:
        """What is known of a card."""
        return self.entries.get(id_tag.casefold())

    def drop(self, id_tags: Iterable[str]) -> None:
        """Forget some cards."""
        for id_tag in id_tags:
            self.entries.pop(id_tag.casefold(), None)

    def clear(self) -> None:
        """Forget everything."""
        self.entries.clear()


def is_valid(info: dict[str, Json], now: datetime) -> bool:
    """Whether an idTagInfo permits charging; one whose date cannot be read does not."""
    if info.get("status") != "Accepted" or any(unreadable(info)):
        return False
    expiry = info.get("expiryDate")
    return expiry is None or moment(expiry) > now


def decide(
    known: dict[str, Json] | None, configuration: Configuration, online: bool, now: datetime
) -> Decision:
    """What the local rules say about a card."""
    if online:
        trusted = known is not None and is_valid(known, now)
        if trusted and configuration.flag("LocalPreAuthorize"):
            return Decision.ACCEPT
        return Decision.ASK
    if known is not None:
        if is_valid(known, now) and configuration.flag("LocalAuthorizeOffline"):
            return Decision.ACCEPT
        return Decision.REFUSE
    return Decision.ACCEPT if configuration.flag("AllowOfflineTxForUnknownId") else Decision.REFUSE


class Authorisation:
    """Answers whether a card may charge, and remembers what was said of it.

    Args:
        board: of the station.
        cache: of what the Central System said.
        local_list: which goes before the cache.
    """

    __slots__ = ("_board", "cache", "local_list")

    def __init__(self, board: Board, cache: Cache, local_list: LocalList) -> None:
        self.cache = cache
        self.local_list = local_list
        self._board = board

    @property
    def _cache_in_use(self) -> bool:
        return self._board.configuration.flag("AuthorizationCacheEnabled")

    def known(self, id_tag: str) -> dict[str, Json] | None:
        """What the local list says of a card, else the cache, as far as they are in use."""
        if (listed := self.listed(id_tag)) is not None:
            return listed
        return self.cache.get(id_tag) if self._cache_in_use else None

    def valid_parent(self, id_tag: str) -> str | None:
        """The group of a card, as far as the station knows by itself that it may charge."""
        known = self.known(id_tag)
        valid = known is not None and is_valid(known, self._board.rtc.utc())
        return parent_of(known) if known is not None and valid else None

    def listed(self, id_tag: str) -> dict[str, Json] | None:
        """What the local list says of a card, if it is in use."""
        in_use = self._board.configuration.flag("LocalAuthListEnabled")
        return self.local_list.get(id_tag) if in_use else None

    def remember(self, id_tag: str, info: dict[str, Json]) -> None:
        """Keep an idTagInfo in the cache, if it is in use; listed cards are not cached."""
        if self._cache_in_use and self.local_list.get(id_tag) is None:
            self.cache.put(id_tag, info, self._board.rtc.utc())
            self._board.save()

    async def authorise(self, id_tag: str) -> Session | None:
        """Whether a card may charge; None when it may not."""
        known = self.known(id_tag)
        defects, online = self._board.defects, self._board.uplink.online.is_set()
        decision = self._decide(known, online)
        if online and defects.has("no-pre-authorization"):
            decision = Decision.ASK
        if not online and defects.has("refuses-offline"):
            return None
        if decision is Decision.ASK:
            outcome = await self._board.uplink.call("Authorize", {"idTag": id_tag})
            if isinstance(outcome, Result) and not outcome.problems:
                info = outcome.payload["idTagInfo"]
                if not isinstance(info, dict):
                    return None
                self.remember(id_tag, info)
                return Session(id_tag, parent_of(info)) if info["status"] == "Accepted" else None
            decision = self._decide(known, False)
        return None if decision is Decision.REFUSE else Session(id_tag, parent_of(known or {}))

    def _decide(self, known: dict[str, Json] | None, online: bool) -> Decision:
        return decide(known, self._board.configuration, online, self._board.rtc.utc())


def parent_of(info: dict[str, Json]) -> str | None:
    """The parentIdTag of an idTagInfo."""
    parent = info.get("parentIdTag")
    return parent if isinstance(parent, str) else None


def is_same(id_tag: str, other: str) -> bool:
    """Whether two idTags are the same: IdToken is a CiString."""
    return id_tag.casefold() == other.casefold()
