"""Rows 13 and 14 (007, 061): the authorisation cache."""

from __future__ import annotations

from rig.conformance.cases import Setting, case
from rig.conformance.catalogue import Role
from rig.conformance.inbox import Expectation
from rig.conformance.states import (
    authorize_of,
    authorized,
    close_session_local,
    close_session_remote,
)
from rig.conformance.station.local_session import CONNECTION_TIMEOUT
from rig.conformance.steps import StationCase

PRE_AUTHORIZE = Setting("LocalPreAuthorize", "true")
CACHE = Setting("AuthorizationCacheEnabled", "true")
REMOTE_LIKE_A_CARD = Setting(
    "AuthorizeRemoteTxRequests", "true", if_supported=True, unless="local_start"
)
"""Where a card cannot be shown, a remote start takes its place."""


@case(
    "007",
    dut=Role.STATION,
    config=(CACHE, PRE_AUTHORIZE, REMOTE_LIKE_A_CARD),
    prepare=("IdTagCached(accepted)",),
)
async def start_with_a_cached_card(s: StationCase) -> None:
    """A cached card starts a transaction without an Authorize."""
    await start_without_authorize(s, "cached")


async def start_without_authorize(s: StationCase, how: str) -> None:
    """A card that the station knows starts at once: presented, or by a remote start."""
    card = s.cards.accepted
    await s.insert()
    await s.status("Preparing")
    mark = s.mark()
    if s.facts.get("local_start") and s.edition.cached_start == "card":
        await s.present(card)
    else:
        await s.command("RemoteStartTransaction", connectorId=s.connector_id, idTag=card.id_tag)
    await s.request_energy()
    await s.started(card.id_tag, Expectation("Authorize", optional=True))
    s.none_since(mark, "Authorize", what=f"for a {how} card", why="rule M6.5; step 5 of the case")
    await s.confirm_energy_flows()
    if s.edition.session_tail:
        if s.facts.get("local_stop"):
            await close_session_local(s, card)
        else:
            await close_session_remote(s)


@case(
    "061",
    dut=Role.STATION,
    config=(CACHE, PRE_AUTHORIZE, CONNECTION_TIMEOUT),
)
async def clear_cache(s: StationCase) -> None:
    """ClearCache empties the cache: the card has to be authorised online again."""
    card = s.cards.accepted
    over_s = s.parameters.connection_timeout + s.parameters.max_time_deviation
    await authorized(s, card)
    await s.status("Available", within=over_s)
    await s.command("ClearCache")
    await s.present(card)
    # The card is what counts; how the connector waits and gives up is that of 004_2.
    preparing = s.status_of("Preparing", optional=True)
    await s.expect_all(authorize_of(card), preparing)
    available = s.status_of("Available", optional=True)
    await s.expect_all(available, preparing, within=over_s, patient=True)
