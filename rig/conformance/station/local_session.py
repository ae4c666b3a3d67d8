"""Rows 4 to 6 and 9: sessions started by a card, and the cable pulled at the EV."""

from __future__ import annotations

from rig.conformance.cases import Setting, case
from rig.conformance.catalogue import Role
from rig.conformance.inbox import Expectation
from rig.conformance.states import authorized, close_session_local
from rig.conformance.steps import StationCase

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
    if s.edition.session_tail:
        await _sampled_values(s)
        await close_session_local(s, card)


@case("004_1", dut=Role.STATION, config=(SAMPLE_INTERVAL, CONNECTION_TIMEOUT))
async def identification_first(s: StationCase) -> None:
    """Card first, then cable: Preparing is reported once, and no second card is needed."""
    card = s.cards.accepted
    await authorized(s, card)
    await s.insert()
    await s.request_energy()
    await s.started(card.id_tag)
    again = [
        u.received
        for u in s.inbox.unexpected
        if u.received.action == "StatusNotification" and u.received["status"] == "Preparing"
    ]
    s.check(
        "Preparing is not reported a second time",
        not again,
        "step 6 of the case",
        expected="none",
        seen=f"{len(again)} times" if again else "none",
        seqs=[r.seq for r in again],
    )
    await s.confirm_energy_flows()
    if s.edition.session_tail:
        await close_session_local(s, card)


@case("004_2", dut=Role.STATION, config=(CONNECTION_TIMEOUT,))
async def identification_first_connection_timeout(s: StationCase) -> None:
    """A connector that nobody plugs into becomes Available again after ConnectionTimeOut."""
    timeout_s = s.parameters.connection_timeout
    preparing = await authorized(s, s.cards.accepted)
    available = await s.status("Available", within=timeout_s + s.parameters.message_timeout)
    if preparing is not None:
        s.check_interval(
            "Available follows Preparing after ConnectionTimeOut",
            available.t_s - preparing.t_s,
            timeout_s,
            "OCPP 1.6, 9.1 ConnectionTimeOut; errata v4.0 3.77",
            preparing.seq,
            available.seq,
        )
    await s.insert()
    await s.status("Preparing")
    await s.nothing(
        "StartTransaction",
        "StatusNotification:Charging",
        during=s.parameters.max_time_deviation + 1,
        why="postcondition of the case: a cable put in afterwards needs a new authorisation",
    )
    await s.unplug()
    await s.status("Available")


@case(
    "005_1",
    dut=Role.STATION,
    config=(
        Setting("MinimumStatusDuration", "0", if_supported=True),
        Setting("StopTransactionOnEVSideDisconnect", "true", if_supported=True),
        Setting("UnlockConnectorOnEVSideDisconnect", "true"),
    ),
    prepare=("Charging",),
)
async def ev_side_disconnected(s: StationCase) -> None:
    """Unplugging at the vehicle ends the transaction and frees the plug at the station."""
    await s.unplug_ev()
    await s.stopped("EVDisconnected")
    await s.confirm_energy_flows(False)
    await s.confirm_unlocked()
    if s.edition.session_tail:
        await s.unplug()
        await s.status("Available")


async def _sampled_values(s: StationCase) -> None:
    interval_s = float(s.parameters.meter_value_sample_interval)
    last_s: float | None = None
    for _ in range(2):
        values = Expectation("MeterValues", {"connectorId": s.connector_id})
        await s.expect_all(values, within=interval_s + s.parameters.message_timeout)
        s.check_fields(values.received, transactionId=s.transaction_id)
        if last_s is not None:
            s.check_interval(
                "MeterValues come every MeterValueSampleInterval",
                values.received.t_s - last_s,
                interval_s,
                "rule M8.1",
                values.received.seq,
            )
        last_s = values.received.t_s
