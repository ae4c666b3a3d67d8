"""Rows 4 to 6 (003, 004_1, 004_2): sessions started by a card."""

from __future__ import annotations

from rig.conformance.cases import Setting, case
from rig.conformance.catalogue import Role
from rig.conformance.inbox import Expectation, Received
from rig.conformance.states import authorized, close_session_local, timed_out
from rig.conformance.steps import QUIET_S, StationCase

SAMPLE_INTERVAL = Setting("MeterValueSampleInterval", "$meter_value_sample_interval")
CONNECTION_TIMEOUT = Setting("ConnectionTimeOut", "$connection_timeout")


@case("003", dut=Role.STATION, config=(SAMPLE_INTERVAL,))
async def plugin_first(s: StationCase) -> None:
    """Cable first, then card: a transaction starts and energy flows."""
    card = s.cards.accepted
    await s.insert()
    await s.status("Preparing")
    await s.present(card)
    await s.expect("Authorize", idTag=card.id_tag)
    await s.request_energy()
    await s.started(card.id_tag)
    await s.confirm_energy_flows()
    await s.look("the station shows a session", "Does the station show a charging session?")
    if s.edition.session_tail:
        await _sampled_values(s)
        await close_session_local(s, card)


@case("004_1", dut=Role.STATION, config=(SAMPLE_INTERVAL, CONNECTION_TIMEOUT))
async def identification_first(s: StationCase) -> None:
    """Card first, then cable: Preparing is reported once, and no second card is needed."""
    card = s.cards.accepted
    preparing = await authorized(s, card)
    mark = s.mark()
    await s.insert_in_time(preparing)
    await s.request_energy()
    await s.started(card.id_tag)
    s.none_since(
        mark,
        "StatusNotification:Preparing",
        what="between plugging in and Charging",
        why="step 6 of the case",
    )
    await s.confirm_energy_flows()
    if s.edition.session_tail:
        await close_session_local(s, card)


@case("004_2", dut=Role.STATION, config=(CONNECTION_TIMEOUT,))
async def identification_first_connection_timeout(s: StationCase) -> None:
    """A connector that nobody plugs into becomes Available again after ConnectionTimeOut."""
    mark = s.mark()
    preparing = await authorized(s, s.cards.accepted)
    await timed_out(s, preparing)
    await s.insert()
    await s.status("Preparing")
    s.may_give_up_waiting()
    await s.nothing(
        "StartTransaction",
        "StatusNotification:Charging",
        during=QUIET_S,
        why="postcondition of the case: a cable put in afterwards needs a new authorisation",
    )
    await s.unplug()
    await s.status("Available")
    s.none_since(mark, "StartTransaction", what="in the whole case", why="step 4 of the case")


async def _sampled_values(s: StationCase) -> None:
    """Samples need not be sent here (the station may be configured so), but keep their rhythm."""
    interval_s = float(s.parameters.meter_value_sample_interval)
    before: Received | None = None
    for _ in range(2):
        values = Expectation("MeterValues", {"connectorId": s.connector_id}, optional=True)
        await s.expect_all(values, within=interval_s + s.parameters.message_timeout, patient=True)
        if values.found is None:
            return
        s.check_fields(values.found, transactionId=s.transaction_id)
        if before is not None:
            s.check_interval(
                "MeterValues come every MeterValueSampleInterval",
                values.found.t_s - before.t_s,
                interval_s,
                "rule M8.1",
                before.seq,
                values.found.seq,
            )
        before = values.found
