"""Rows of the local authorisation list: 008, 042_1, 042_2, 043, 043_1, 043_2, 043_3."""

from __future__ import annotations

from rig.conformance.cases import Setting, case
from rig.conformance.catalogue import Role
from rig.conformance.station.cache import (
    PRE_AUTHORIZE,
    REMOTE_LIKE_A_CARD,
    start_without_authorize,
)
from rig.conformance.steps import StationCase
from rig.jsontypes import Json

LIST = Setting("LocalAuthListEnabled", "true")
NOT_KNOWN = ("NotSupported", "NotImplemented")
MOST = 5
"""Entries of a list: so many identifiers must fit (remark of row 58)."""


@case("042_1", dut=Role.STATION, config=(
    Setting("LocalAuthListEnabled", "false", if_supported=True),
))  # fmt: skip
async def version_not_supported(s: StationCase) -> None:
    """Version -1 tells that lists are not supported."""
    conf = await s.call("GetLocalListVersion", error_ok=NOT_KNOWN)
    if conf.get("status") not in NOT_KNOWN:
        _check_version(s, conf, -1)


@case("043_1", dut=Role.STATION)
async def list_not_supported(s: StationCase) -> None:
    """An update of a list that is not supported is refused properly."""
    await _send(s, "NotSupported", "Full", 1, [_entry(s.cards.accepted.id_tag)], error_ok=NOT_KNOWN)


@case("042_2", dut=Role.STATION, config=(LIST,))
async def version_of_empty_list(s: StationCase) -> None:
    """An empty list has version 0."""
    await s.command("SendLocalList", updateType="Full", listVersion=1)
    await _version(s, 0)


@case("043", dut=Role.STATION, config=(LIST,))
async def send_list(s: StationCase) -> None:
    """Full, then differential update: one entry is removed, one changed, one added."""
    most = min(await _longest_update(s), MOST)
    cards = [card.id_tag for card in s.cards.all if card.status == "Accepted"]
    spares = (f"RIGLISTED{number:04}" for number in range(MOST))
    kept, *others = [*cards, *spares][:most]
    await _send(s, "Accepted", "Full", 1, [_entry(tag) for tag in (kept, *others)])
    # The removal comes first: a list that is full has room for the new entry then.
    changed: list[Json] = [
        *map(_removal, others[:1]),
        _entry(kept, "Blocked"),
        _entry("RIGADDED0001"),
    ]
    await _send(s, "Accepted", "Differential", 2, changed[-most:])
    await _version(s, 2)


@case("043_2", dut=Role.STATION, config=(LIST,))
async def list_version_mismatch(s: StationCase) -> None:
    """An older differential is refused, gaps upwards are fine."""
    entry = [_entry(s.cards.accepted.id_tag)]
    await _send(s, "Accepted", "Full", 2, entry)
    await _version(s, 2)
    await _send(s, "Accepted", "Differential", 5, entry)
    await _version(s, 5)
    await _send(s, "VersionMismatch", "Differential", 4, entry)
    await _version(s, 5)


@case("043_3", dut=Role.STATION, config=(LIST,))
async def list_failed(s: StationCase) -> None:
    """A failing update is reported as Failed."""
    before = await s.call("GetLocalListVersion")
    async with s.full_storage():
        await _send(s, "Failed", "Full", 2, [_entry(s.cards.accepted.id_tag)])
    await _version(s, before.get("listVersion"))


@case(
    "008",
    dut=Role.STATION,
    config=(
        PRE_AUTHORIZE,
        Setting("AuthorizationCacheEnabled", "false", if_supported=True),
        LIST,
        REMOTE_LIKE_A_CARD,
    ),
)
async def start_with_a_listed_card(s: StationCase) -> None:
    """A listed card starts without an Authorize."""
    conf = await s.call("GetLocalListVersion")
    version = conf.get("listVersion")
    following = max(version + 1, 1) if isinstance(version, int) else 1
    await _send(s, "Accepted", "Full", following, [_entry(s.cards.accepted.id_tag)])
    await start_without_authorize(s, "listed")


async def _longest_update(s: StationCase) -> int:
    """Entries that one SendLocalList may have."""
    limit = await s.read_key("SendLocalListMaxLength")
    s.check(
        "SendLocalListMaxLength is a number above 0",
        limit is not None and limit.isdecimal() and int(limit) > 0,
        "rule M10.3; OCPP 1.6, 9.2.3",
        expected="a number above 0",
        seen=limit,
    )
    return int(limit) if limit and limit.isdecimal() and int(limit) > 0 else MOST


def _removal(id_tag: str) -> Json:
    return {"idTag": id_tag}


def _entry(id_tag: str, status: str = "Accepted") -> Json:
    return {"idTag": id_tag, "idTagInfo": {"status": status}}


async def _send(
    s: StationCase,
    wanted: str,
    update: str,
    version: int,
    entries: list[Json],
    *,
    error_ok: tuple[str, ...] = (),
) -> None:
    await s.command(
        "SendLocalList",
        wanted,
        error_ok=error_ok,
        updateType=update,
        listVersion=version,
        localAuthorizationList=entries,
    )


async def _version(s: StationCase, wanted: Json) -> None:
    _check_version(s, await s.call("GetLocalListVersion"), wanted)


def _check_version(s: StationCase, conf: dict[str, Json], wanted: Json) -> None:
    s.check(
        f"listVersion is {wanted}",
        conf.get("listVersion") == wanted,
        "rule M11.7",
        expected=wanted,
        seen=conf.get("listVersion"),
    )
