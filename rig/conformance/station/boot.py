"""Rows 1 and 2: cold boot."""

from __future__ import annotations

from rig.conformance.cases import case
from rig.conformance.catalogue import Role
from rig.conformance.inbox import Expectation, Received
from rig.conformance.required_keys import REQUIRED
from rig.conformance.steps import StationCase
from rig.csms.replies import Confirm


@case("001", dut=Role.STATION)
async def cold_boot(s: StationCase) -> None:
    """After power-up the station registers, obeys a refusal, reports and keeps its rhythm."""
    retry_s = s.parameters.boot_retry_interval
    answers = [Confirm({"status": "Rejected", "interval": retry_s})]
    if not s.edition.boot_rejected_leg:
        answers = []
    with s.csms.replies.script("BootNotification", *answers):
        await s.power_cycle()
        first = await first_boot(s)
        if s.edition.boot_rejected_leg:
            again = await next_boot(s)
            s.check_interval(
                "the next BootNotification comes after the interval of the refusal",
                again.t_s - first.t_s,
                retry_s,
                "rule M5.2",
                first.seq,
                again.seq,
            )
    await statuses_after_boot(s)
    await heartbeat_rhythm(s)


@case("002", dut=Role.STATION)
async def cold_boot_pending(s: StationCase) -> None:
    """While Pending the station serves configuration, starts nothing, and boots once accepted."""
    retry_s = s.parameters.boot_retry_interval
    value = str(s.parameters.meter_value_sample_interval)
    pending = Confirm({"status": "Pending", "interval": retry_s})
    with s.csms.replies.script("BootNotification", pending):
        await s.power_cycle()
        first = await first_boot(s)
        conf = await s.call("GetConfiguration")
        check_core_keys(s, conf.get("configurationKey"))
        await s.command("ChangeConfiguration", key="MeterValueSampleInterval", value=value)
        again = await next_boot(s)
    s.check_interval(
        "the next BootNotification comes after the interval of the Pending answer",
        again.t_s - first.t_s,
        retry_s,
        "rule M5.2",
        first.seq,
        again.seq,
    )
    s.check(
        "the connection stays open while Pending",
        first.entry.connection == again.entry.connection,
        "rule M5.3",
        expected=f"connection {first.entry.connection}",
        seen=f"connection {again.entry.connection}",
        seqs=(first.seq, again.seq),
    )
    await statuses_after_boot(s)
    await heartbeat_rhythm(s)
    read = await s.read_key("MeterValueSampleInterval")
    s.check(
        "a key written while Pending has its value after the boot",
        read == value,
        "postcondition of the case",
        expected=value,
        seen=read,
    )


async def first_boot(s: StationCase) -> Received:
    """Wait for the BootNotification after power-up; nothing may come before it."""
    boot = await next_boot(s, within=s.parameters.long_operation_timeout)
    before = next(
        e
        for e in s.csms.log.entries
        if e.connection == boot.entry.connection and e.call and e.direction == "in"
    )
    s.check(
        "BootNotification is the first message on the connection",
        before.seq == boot.seq,
        "rule M5.1",
        expected="BootNotification",
        seen=before.call.action if before.call else "",
        seqs=(before.seq,),
    )
    return boot


async def next_boot(s: StationCase, within: float | None = None) -> Received:
    """Wait for a BootNotification; until it comes no other CALL is allowed (M5.1, M5.3, M5.4)."""
    timeout_s = s.parameters.boot_retry_interval + s.parameters.message_timeout
    boot = await s.expect("BootNotification", within=within or timeout_s, free=frozenset())
    s.check_fields(boot, chargePointVendor="*", chargePointModel="*")
    return boot


async def statuses_after_boot(
    s: StationCase, *, but: dict[int, tuple[str, ...]] | None = None, within: float | None = None
) -> None:
    """Wait for one report of connector 0 and of each connector; Available if not in `but`."""
    wanted = dict.fromkeys(range(s.connectors + 1), ("Available",)) | (but or {})
    group = [s.status_of(*statuses, connector_id=n) for n, statuses in wanted.items()]
    await s.expect_all(*group, within=within)
    for report in group:
        if report.found is not None and report.found["status"] in ("Available", "Unavailable"):
            s.check_fields(report.found, errorCode="NoError")


async def heartbeat_rhythm(s: StationCase) -> None:
    """Watch two heartbeats and compare their distance with the interval of the boot answer."""
    interval_s = float(s.csms.replies.heartbeat_interval_s)
    within = interval_s + s.parameters.max_time_deviation + s.parameters.message_timeout
    tolerance = s.parameters.max_time_deviation
    last = s.inbox.expected[-1]
    first = await _heartbeat(s, within)
    # A station may keep its rhythm in spite of traffic: the first one may come early.
    s.check(
        "the first heartbeat comes no later than HeartbeatInterval after the last message",
        first.t_s - last.t_s <= interval_s + tolerance,
        "rule M5.8",
        expected=f"<= {interval_s:g} + {tolerance:g} s",
        seen=f"{first.t_s - last.t_s:.1f} s",
        seqs=(last.seq, first.seq),
    )
    second = await _heartbeat(s, within)
    s.check_interval(
        "two heartbeats are HeartbeatInterval apart",
        second.t_s - first.t_s,
        interval_s,
        "rule M5.8",
        first.seq,
        second.seq,
    )
    read = await s.read_key("HeartbeatInterval")
    s.check(
        "HeartbeatInterval is the interval of the boot answer",
        read == f"{interval_s:g}",
        "rule M5.7",
        expected=f"{interval_s:g}",
        seen=read,
    )


async def _heartbeat(s: StationCase, within: float) -> Received:
    beat = Expectation("Heartbeat")
    await s.expect_all(beat, within=within)
    return beat.received


def check_core_keys(s: StationCase, listed: object) -> None:
    """Check that every required key of the Core profile was listed."""
    entries = listed if isinstance(listed, list) else []
    names = {str(e.get("key")).casefold() for e in entries if isinstance(e, dict)}
    missing = [key for key in REQUIRED["Core"] if key.casefold() not in names]
    s.check(
        "every required Core key is listed",
        not missing,
        "rule M10.3; OCPP 1.6, 9.1",
        expected="all",
        seen=f"missing: {', '.join(missing)}" if missing else "all",
    )
