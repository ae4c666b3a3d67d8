"""Rows 068, 069 and 006: which card stops which transaction."""

from __future__ import annotations

from rig.bench import Card
from rig.conformance.cases import case
from rig.conformance.catalogue import Role
from rig.conformance.inbox import ALWAYS_FREE, Expectation
from rig.conformance.states import authorize_of, charging, free_connector
from rig.conformance.steps import QUIET_S, StationCase
from rig.csms.cards import IdTagInfo


@case("068", dut=Role.STATION, prepare=("AloneAtReader",))
async def stop_with_the_same_card(s: StationCase) -> None:
    """Only the card that started the transaction stops it when no group is involved."""
    card = s.cards.accepted
    with (
        s.csms.cards.instead(card.id_tag, IdTagInfo("Accepted")),
        s.lend_card(s.csms.cards, card) as other,
    ):
        with s.preparing():
            await charging(s)
            await s.confirm_energy_flows()
        mark = s.mark()
        await s.present(other)
        await s.nothing(
            "StopTransaction",
            during=QUIET_S,
            why="rule M6.4: the other card is of no group",
            free=ALWAYS_FREE | {"Authorize"},
        )
        # Legal by the text of OCPP 1.6, but of no use: no group of the starting card is known.
        s.none_since(
            mark,
            "Authorize",
            what="for a card that cannot stop it",
            why="step 3 of the case",
            severity="error" if s.edition.strict else "warn",
        )
        await s.confirm_energy_flows()
        mark = s.mark()
        await s.present(card)
        await s.stopped("", "Local", id_tag=card.id_tag)
    s.none_since(mark, "Authorize", what="for the card that started", why="rule M6.3")
    await s.confirm_unlocked()
    await free_connector(s)


@case("069", dut=Role.STATION, prepare=("AloneAtReader",))
async def stop_with_a_card_of_the_group(s: StationCase) -> None:
    """A second card of the same group stops the transaction after an Authorize."""
    card, group = s.cards.accepted, s.parameters.parent_id_tag
    with (
        s.csms.cards.instead(card.id_tag, IdTagInfo("Accepted", group)),
        s.lend_card(s.csms.cards, card, parent=group) as other,
    ):
        with s.preparing():
            await charging(s)
            await s.confirm_energy_flows()
        await s.present(other)
        await s.expect("Authorize", idTag=other.id_tag)
        await s.stopped("", "Local", id_tag=other.id_tag)
        await s.confirm_unlocked()
        await free_connector(s)


@case("006", dut=Role.STATION)
async def one_reader_for_several_connectors(s: StationCase) -> None:
    """The shared reader assigns each card to the right connector for start and stop."""
    first, second = s.connector_id, s.parameters.connector_id_2
    card = s.cards.accepted
    with s.lend_card(s.csms.cards, card) as other:
        one = await _start(s, card, first)
        two = await _start(s, other, second)
        mark = s.mark()
        await _stop(s, card, first, one)
        with s.at(second):
            await s.confirm_energy_flows()
        still = [r for r in s.calls_since(mark) if r["transactionId"] == two]
        s.check(
            "the other transaction goes on until its own card is shown",
            not any(r.action == "StopTransaction" for r in still),
            "step 16 of the case; rule M6.4",
            expected="no StopTransaction",
            seen=f"{len(still)} messages of transaction {two}",
        )
        await _stop(s, other, second, two)


async def _start(s: StationCase, card: Card, connector_id: int) -> int:
    with s.at(connector_id):
        preparing = s.status_of("Preparing", optional=True)
        # Which connector shows the card before there is a cable is the station's choice.
        in_use = {t.connector_id for t in s.csms.station.transactions.values()}
        for other in set(range(1, s.connectors + 1)) - in_use - {connector_id}:
            s.inbox.tolerate(
                s.status_of("Preparing", connector_id=other),
                s.status_of("Available", connector_id=other),
            )
        await s.present(card)
        await s.expect_all(authorize_of(card), preparing)
        await s.insert()
        await s.request_energy()
        await s.started(card.id_tag, *([s.status_of("Preparing")] if not preparing.found else []))
        await s.confirm_energy_flows()
        return s.transaction_id


async def _stop(s: StationCase, card: Card, connector_id: int, transaction_id: int) -> None:
    with s.at(connector_id):
        await s.present(card)
        stop = Expectation("StopTransaction")
        await s.expect_all(stop, s.status_of("Finishing"))
        s.check_fields(stop.received, transactionId=transaction_id, idTag=card.id_tag)
        await s.confirm_energy_flows(False)
        await s.unplug()
        await s.status("Available")
