"""Fields of payloads that may be anything, read with care. Pure."""

from __future__ import annotations

from rig.conformance.instants import instant
from rig.conformance.rules.background import IdTagInfo
from rig.jsontypes import Json
from rig.ocppj.frames import Payload


def id_tag_info(info: Payload) -> IdTagInfo:
    """An idTagInfo as a value."""
    expiry = info.get("expiryDate")
    return IdTagInfo(
        str(info.get("status")), str(info.get("parentIdTag", "")),
        None if expiry is None else instant(expiry),
    )  # fmt: skip


def objects(value: Json) -> list[Payload]:
    """The objects in a list; [] when it is none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def integer(value: Json) -> int | None:
    """An integer, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
