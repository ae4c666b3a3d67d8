"""The local authorisation list: what the Central System has sent of it, and its version. Pure.

Source: OCPP 1.6, 3.5.2, 5.10 and 5.15; errata v4.0 3.52; station behaviour 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from firmware_mocks.charging_station.storage import Json

Info = dict[str, Json]


class UpdateStatus(StrEnum):
    """Answer to SendLocalList."""

    ACCEPTED = "Accepted"
    FAILED = "Failed"
    VERSION_MISMATCH = "VersionMismatch"


class LocalList:
    """Entries by idTag (without case).

    Args:
        version: 0 for an empty list.
        entries: idTagInfo by idTag in lower case.
    """

    __slots__ = ("entries", "version")

    def __init__(self, version: int, entries: dict[str, Info]) -> None:
        self.version = version
        self.entries = entries

    def get(self, id_tag: str) -> Info | None:
        """The idTagInfo of a listed card."""
        return self.entries.get(id_tag.casefold())

    def update(
        self,
        version: int,
        kind: str,
        sent: Sequence[tuple[str, Info | None]],
        room: int,
        most: int,
        *,
        any_version: bool = False,
    ) -> UpdateStatus:
        """What SendLocalList does; a list that is refused leaves everything as it was.

        Args:
            version: of the list after the update.
            kind: Full or Differential.
            sent: idTags with their idTagInfo, None to delete.
            room: entries that the list may have, LocalAuthListMaxLength.
            most: entries that one message may have, SendLocalListMaxLength.
            any_version: also a differential list of an old version (a defect).
        """
        if version < 1:  # a Central System may not send 0, but clean-up scripts of older tools do
            if kind != "Full" or sent:
                return UpdateStatus.FAILED
            version = 0
        if len(sent) > most:
            return UpdateStatus.FAILED
        if kind == "Full":
            return self._replace(version, sent, room)
        if version <= self.version and not any_version:
            return UpdateStatus.VERSION_MISMATCH
        return self._change(version, sent, room)

    def _replace(
        self, version: int, sent: Sequence[tuple[str, Info | None]], room: int
    ) -> UpdateStatus:
        entries = {id_tag.casefold(): info for id_tag, info in sent if info is not None}
        if len(entries) < len(sent) or len(entries) > room:
            return UpdateStatus.FAILED  # nothing to delete in a full list, nothing twice
        self.entries, self.version = entries, version if entries else 0
        return UpdateStatus.ACCEPTED

    def _change(
        self, version: int, sent: Sequence[tuple[str, Info | None]], room: int
    ) -> UpdateStatus:
        entries = dict(self.entries)
        for id_tag, info in sent:
            if info is None:
                entries.pop(id_tag.casefold(), None)
            else:
                entries[id_tag.casefold()] = info
        if len(entries) > room:
            return UpdateStatus.FAILED
        self.entries, self.version = entries, version
        return UpdateStatus.ACCEPTED
