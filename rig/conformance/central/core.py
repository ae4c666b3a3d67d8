"""Rows 3, 4, 15, 18 and 34 (000_BOOT, 003, 010, 012, 023_1) with a CSMS under test."""

from __future__ import annotations

from rig.conformance.cases import case
from rig.conformance.catalogue import Role
from rig.conformance.central_steps import CentralCase, Exchange
from rig.conformance.evidence import StepFailed


@case("000_BOOT", dut=Role.CSMS)
async def boot(s: CentralCase) -> None:
    """The CSMS registers the station, takes its reports and keeps its time."""
    await s.do("power", on=False)
    await s.do("power", on=True)
    await s.connected()
    booted = await s.sent("BootNotification")
    s.check_conf(booted, "status", "Accepted")
    s.check_conf(booted, "currentTime")
    interval = booted.field("interval")
    if not s.check(
        "BootNotification.conf: interval is an integer, 0 or more",
        isinstance(interval, int) and interval >= 0,
        "steps of the case",
        expected=">= 0",
        seen=interval,
        seqs=(booted.answer.seq,),
    ):
        raise StepFailed(f"no heartbeat rhythm follows from interval {interval}")
    for number in (0, 1, 2):
        await s.sent("StatusNotification", connectorId=number, status="Available")
    wait_s = float(interval) if isinstance(interval, int) and interval > 0 else 300.0
    for _ in range(2):
        beat = await s.sent("Heartbeat", within=wait_s + s.parameters.message_timeout)
        s.check_conf(beat, "currentTime")


@case("003", dut=Role.CSMS)
async def plugin_first(s: CentralCase) -> None:
    """Cable first, then card: the CSMS accepts the card and opens a transaction."""
    await s.do("plug_in", connector=1)
    await s.sent("StatusNotification", connectorId=1, status="Preparing")
    await s.do("card", id_tag=s.valid_id_tag)
    s.check_conf(await s.sent("Authorize"), "idTagInfo.status", "Accepted")
    await transaction_started(s)
    await s.do("ev_request", connector=1)
    await s.sent("StatusNotification", connectorId=1, status="Charging")
    shown = await s.operator.shows_transaction(s.transaction_id)
    s.check(
        "the CSMS shows the transaction running",
        shown,
        "manual check of the case",
        expected=True,
        seen=shown,
        kind="manual",
    )
    if s.edition.session_tail:
        await s.do("card", id_tag=s.valid_id_tag)
        await transaction_stopped(s, "Local")


@case("010", dut=Role.CSMS)
async def remote_start(s: CentralCase) -> None:
    """The CSMS starts a session remotely on a connector with a cable in it."""
    await s.do("configure", key="AuthorizeRemoteTxRequests", value="true")
    await s.do("plug_in", connector=1)
    await s.sent("StatusNotification", connectorId=1, status="Preparing")
    await s.command("RemoteStartTransaction", connectorId=1, idTag=s.valid_id_tag)
    request = await s.expect("RemoteStartTransaction", idTag=s.valid_id_tag)
    connector = request.req.get("connectorId")
    s.check(
        "RemoteStartTransaction.connectorId is absent or the connector",
        connector in (None, 1),
        "steps of the case; rule M11.9",
        expected="absent or 1",
        seen=connector,
        seqs=(request.call.seq,),
    )
    s.check_conf(request, "status", "Accepted")
    s.check_conf(await s.sent("Authorize"), "idTagInfo.status", "Accepted")
    await transaction_started(s)
    await s.do("ev_request", connector=1)
    await s.sent("StatusNotification", connectorId=1, status="Charging")


@case("012", dut=Role.CSMS, prepare=("Charging",))
async def remote_stop(s: CentralCase) -> None:
    """The CSMS stops a running transaction remotely."""
    await s.command("RemoteStopTransaction", transactionId=s.transaction_id)
    request = await s.expect("RemoteStopTransaction", transactionId=s.transaction_id)
    s.check_conf(request, "status", "Accepted")
    await transaction_stopped(s, "Remote")


@case("023_1", dut=Role.CSMS)
async def authorize_invalid(s: CentralCase) -> None:
    """The CSMS answers Invalid for a card it does not know."""
    await s.do("plug_in", connector=1)
    await s.sent("StatusNotification", connectorId=1, status="Preparing")
    await s.do("card", id_tag=s.invalid_id_tag)
    authorize = await s.sent("Authorize")
    s.check_conf(authorize, "idTagInfo.status", "Invalid")


async def transaction_started(s: CentralCase) -> Exchange:
    """The station starts a transaction; the CSMS accepts it and gives it an id."""
    start = await s.sent("StartTransaction")
    s.check_conf(start, "idTagInfo.status", "Accepted")
    number = start.field("transactionId")
    s.check(
        "StartTransaction.conf: transactionId is an integer",
        isinstance(number, int),
        "OCPP 1.6, StartTransaction.conf",
        expected="integer",
        seen=number,
        seqs=(start.answer.seq,),
    )
    s.transaction_id = number if isinstance(number, int) else 0
    return start


async def transaction_stopped(s: CentralCase, reason: str) -> None:
    """The station stops the transaction and becomes Available again."""
    stop = await s.sent("StopTransaction", reason=reason)
    if stop.field("idTagInfo.status") is not None:
        s.check_conf(stop, "idTagInfo.status", "Accepted")
    await s.sent("StatusNotification", connectorId=1, status="Finishing")
    await s.do("unplug", connector=1)
    await s.sent("StatusNotification", connectorId=1, status="Available")
