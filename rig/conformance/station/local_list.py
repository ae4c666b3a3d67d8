"""Rows of the local authorisation list: 008, 042_1, 042_2, 043, 043_1, 043_2, 043_3."""

from __future__ import annotations

from rig.bench import Card
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
    await _send(s, "NotSupported", "Full", 1, [_entry(s.cards.accepted)], error_ok=NOT_KNOWN)


@case("042_2", dut=Role.STATION, config=(LIST,))
async def version_of_empty_list(s: StationCase) -> None:
    """An empty list has version 0."""
    await s.command("SendLocalList", updateType="Full", listVersion=1)
    await _version(s, 0)


@case("043", dut=Role.STATION, config=(LIST,))
async def send_list(s: StationCase) -> None:
    """Full, then differential update."""
    limit = await s.read_key("SendLocalListMaxLength")
    most = min(MOST, int(limit) if limit and limit.isdecimal() else MOST)
    cards = s.cards.all
    await _send(s, "Accepted", "Full", 1, [_entry(card) for card in cards[:most]])
    changed: list[Json] = [
        {"idTag": "RIGADDED0001", "idTagInfo": {"status": "Accepted"}},
        _entry(cards[0], "Blocked"),
        {"idTag": cards[min(1, len(cards) - 1)].id_tag},
    ]
    await _send(s, "Accepted", "Differential", 2, changed[: max(1, most)])
    await _version(s, 2)


@case("043_2", dut=Role.STATION, config=(LIST,))
async def list_version_mismatch(s: StationCase) -> None:
    """An older differential is refused, gaps upwards are fine."""
    entry = [_entry(s.cards.accepted)]
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
        await _send(s, "Failed", "Full", 2, [_entry(s.cards.accepted)])
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
    await _send(s, "Accepted", "Full", following, [_entry(s.cards.accepted)])
    await start_without_authorize(s, "listed")


def _entry(card: Card, status: str = "Accepted") -> Json:
    return {"idTag": card.id_tag, "idTagInfo": {"status": status}}


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
