"""Row 33 (023): refused cards."""

from __future__ import annotations

from rig.conformance.cases import Setting, case
from rig.conformance.catalogue import Role
from rig.conformance.evidence import Unprepared
from rig.conformance.station.cache import PRE_AUTHORIZE, REMOTE_LIKE_A_CARD
from rig.conformance.steps import StationCase


@case(
    "023",
    dut=Role.STATION,
    variants=("Invalid", "Blocked", "Expired"),
    config=(
        Setting("MinimumStatusDuration", "$edition.invalid_status_duration", if_supported=True),
        PRE_AUTHORIZE,
        REMOTE_LIKE_A_CARD,
    ),
)
async def authorize_refused(s: StationCase) -> None:
    """A refused card never starts a transaction, whatever the reason."""
    cards = {"Invalid": s.cards.invalid, "Blocked": s.cards.blocked, "Expired": s.cards.expired}
    card = cards[s.variant]
    if card.status != s.variant:
        raise Unprepared(f"card {card.name} is {card.status}, the case needs one {s.variant}")
    await s.insert()
    await s.status("Preparing")
    s.may_give_up_waiting()
    if s.facts.get("local_start"):
        await s.present(card)
    else:
        await s.command("RemoteStartTransaction", connectorId=s.connector_id, idTag=card.id_tag)
    await s.expect("Authorize", idTag=card.id_tag)
    await s.request_energy()
    await s.nothing(
        "StartTransaction",
        "StatusNotification:Charging",
        during=s.parameters.transaction_duration,
        why="OCPP 1.6, 3.3; rule M6.2",
    )
    await s.confirm_energy_flows(False)
    if s.facts.get("local_start"):
        await s.look("the station shows that it refuses", "Does the station show a refusal?")
    await s.unplug()
    await s.status("Available")
