"""Rows 87 and 88 (054, 055): TriggerMessage."""

from __future__ import annotations

from rig.conformance.cases import Setting, case
from rig.conformance.catalogue import Role
from rig.conformance.inbox import Received
from rig.conformance.samples import measurands, samples
from rig.conformance.steps import QUIET_S, StationCase
from rig.ocppj.endpoint import ERROR_CODES
from rig.ocppj.frames import Payload

TRIGGER = "Trigger"
RARE_HEARTBEATS = Setting("HeartbeatInterval", "$interval_longer_than_any_wait")
"""So that a Heartbeat that was due anyhow is not taken for the one that was asked for."""


@case("054", dut=Role.STATION, config=(RARE_HEARTBEATS,))
async def trigger_message(s: StationCase) -> None:
    """Each triggerable message is delivered after the answer."""
    number = s.connector_id
    # The state of charge is that of a vehicle (OCPP 1.6, 7.31), and there is none.
    wanted = [m for m in measurands(await s.read_key("MeterValuesSampledData")) if m != "SoC"]
    values = await _trigger(s, "MeterValues", connector_id=number)
    if values is not None:
        s.check_fields(values, connectorId=number)
        _check_values(s, values, wanted)
    await _trigger(s, "Heartbeat")
    report = await _trigger(s, "StatusNotification", connector_id=number)
    if report is not None:
        s.check_fields(report, connectorId=number, status="Available")
    for action in ("DiagnosticsStatusNotification", "FirmwareStatusNotification"):
        told = await _trigger(s, action, may_lack=not s.facts.get("profile_firmware"))
        if told is not None:
            s.check_fields(told, status="Idle")


async def _trigger(
    s: StationCase, action: str, *, connector_id: int | None = None, may_lack: bool = False
) -> Received | None:
    """Ask for a message and wait for it; None where the station does not know it."""
    lacks = ("NotImplemented",) if may_lack or action == "FirmwareStatusNotification" else ()
    s.inbox.drain()  # what came before is no answer to this
    where: Payload = {} if connector_id is None else {"connectorId": connector_id}
    conf = await s.command(
        "TriggerMessage", "Accepted", *lacks, payload=where, requestedMessage=action
    )
    if conf.get("status") != "Accepted":
        return None
    received = await s.expect(action)
    s.inbox.triggered.add(received.seq)
    return received


def _check_values(s: StationCase, message: Received, wanted: list[str]) -> None:
    found = samples(message["meterValue"])
    s.check(
        "the triggered MeterValues has values",
        any(sample.values for sample in found),
        "rule M8.9",
        expected="one sample or more",
        seen=f"{len(found)} samples",
        seqs=(message.seq,),
    )
    for sample in found:
        missing = sample.missing(wanted)
        s.check(
            "each measurand of MeterValuesSampledData is there",
            not missing,
            "rule M8.9",
            expected=", ".join(wanted),
            seen=f"missing: {', '.join(missing)}" if missing else "all",
            seqs=(message.seq,),
        )
        s.check(
            "the context is Trigger",
            sample.contexts() == {TRIGGER},
            "rule M8.9",
            expected=TRIGGER,
            seen=", ".join(sorted(sample.contexts())),
            seqs=(message.seq,),
            severity="warn",
        )


@case("055", dut=Role.STATION)
async def trigger_rejected(s: StationCase) -> None:
    """An impossible connector is refused."""
    await s.command(
        "TriggerMessage",
        "Rejected",
        error_ok=sorted(ERROR_CODES),  # the published case takes any of them
        requestedMessage="MeterValues",
        connectorId=s.unknown_connector,
    )
    await s.nothing("MeterValues", during=QUIET_S, why="step 2 of the case")
