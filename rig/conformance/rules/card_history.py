"""What was said of cards: answers, local list, cache. Pure."""

from __future__ import annotations

from rig.conformance.exchanges import Exchange
from rig.conformance.rules.background import Background, IdTagInfo
from rig.conformance.rules.changes import Changes
from rig.conformance.rules.fields import id_tag_info, integer, objects


class CardHistory:
    """Cards over time.

    Args:
        before: where the log begins.

    Attributes:
        infos: what was said of cards, by lower-case idTag.
        local_list: over time; None: not known.
        list_version: over time; None: not known.
        cache_cleared: places of accepted ClearCache.
    """

    def __init__(self, before: Background) -> None:
        self.infos: dict[str, Changes[IdTagInfo]] = {}
        self.local_list: Changes[dict[str, IdTagInfo] | None] = Changes()
        self.list_version: Changes[int | None] = Changes()
        self.cache_cleared: list[int] = []
        self._known = before.cache_known
        for tag, info in before.infos.items():
            self.infos.setdefault(tag, Changes()).add(0, info)
        self.local_list.add(0, before.local_list)
        self.list_version.add(0, before.list_version)

    def informed(self, x: Exchange) -> None:
        """Take an answer that says something of a card."""
        info = x.conf.get("idTagInfo")
        if isinstance(info, dict) and "idTag" in x.req:
            tag = str(x.req["idTag"]).casefold()
            self.infos.setdefault(tag, Changes()).add(x.end_seq, id_tag_info(info))

    def cleared(self, x: Exchange) -> None:
        """Take an answer to ClearCache."""
        if x.is_accepted:
            self.cache_cleared.append(x.end_seq)

    def cached(self, tag: str, seq: int) -> IdTagInfo | None:
        """What the cache can know of a card before event `seq`."""
        changes = self.infos.get(tag.casefold())
        if changes is None:
            return None
        since = max((at for at in self.cache_cleared if at < seq), default=-1)
        known = [info for at, info in changes.items() if since < at < seq]
        return known[-1] if known else None

    def knows_cache(self, seq: int) -> bool:
        """Whether the cache was cleared once before event `seq`."""
        return self._known or any(at < seq for at in self.cache_cleared)

    def written(self, x: Exchange) -> None:
        """Take an answer to SendLocalList."""
        if not x.is_accepted:
            if x.status not in ("NotSupported", "VersionMismatch"):
                self.local_list.add(x.end_seq, None)
                self.list_version.add(x.end_seq, None)
            return
        full = x.req.get("updateType") == "Full"
        known = {} if full else self.local_list.last()
        entries = None if known is None else dict(known)
        for item in objects(x.req.get("localAuthorizationList")) if entries is not None else []:
            tag, info = str(item.get("idTag")).casefold(), item.get("idTagInfo")
            if isinstance(info, dict):
                entries[tag] = id_tag_info(info)  # type: ignore[index]  # it is no None here
            else:
                entries.pop(tag, None)  # type: ignore[union-attr]  # as above
        self.local_list.add(x.end_seq, entries)
        version = integer(x.req.get("listVersion"))
        self.list_version.add(x.end_seq, 0 if full and not entries else version)

    def remembered(self) -> dict[str, IdTagInfo]:
        """What the cache can have at the end of the log."""
        since = max(self.cache_cleared, default=-1)
        newest = {tag: c.items()[-1] for tag, c in self.infos.items()}
        return {tag: info for tag, (at, info) in newest.items() if at > since}
