"""Who may charge: cache and local rules, before the Central System is asked.

Source: OCPP 1.6, 3.4 and 3.5 (local authorisation); rules M6.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from firmware_mocks.charging_station.configuration import Configuration
from firmware_mocks.charging_station.storage import Json


class Decision(StrEnum):
    """What to do with a card."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    ASK = "ask the Central System"


class Cache:
    """Authorisation cache: idTag (without case) to idTagInfo."""

    def __init__(self, entries: dict[str, dict[str, Json]]) -> None:
        self.entries = entries

    def put(self, id_tag: str, info: dict[str, Json]) -> None:
        """Remember what the Central System said, good or bad."""
        self.entries[id_tag.casefold()] = info

    def get(self, id_tag: str) -> dict[str, Json] | None:
        """What is known of a card."""
        return self.entries.get(id_tag.casefold())

    def clear(self) -> None:
        """Forget everything."""
        self.entries.clear()


def is_valid(info: dict[str, Json], now: datetime) -> bool:
    """Whether an idTagInfo permits charging."""
    if info.get("status") != "Accepted":
        return False
    expiry = info.get("expiryDate")
    if not isinstance(expiry, str):
        return True
    moment = datetime.fromisoformat(expiry)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) > now


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
