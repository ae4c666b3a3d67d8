"""Rows 1 and 2: cold boot."""

from __future__ import annotations

from rig.conformance.cases import case
from rig.conformance.catalogue import Role
from rig.conformance.inbox import Received, describe
from rig.conformance.required_keys import REQUIRED
from rig.conformance.steps import StationCase
from rig.csms.replies import Confirm


@case("001", dut=Role.STATION)
async def cold_boot(s: StationCase) -> None:
    """After power-up the station registers, obeys a refusal, reports and keeps its rhythm."""
    retry_s = s.parameters.boot_retry_interval
    rejected = Confirm({"status": "Rejected", "interval": retry_s})
    answers = [rejected] if s.edition.boot_rejected_leg else []
    with s.csms.replies.script("BootNotification", *answers):
        mark = s.mark()
        await s.power_cycle()
        first = await first_boot(s, mark)
        if s.edition.boot_rejected_leg:
            await _boot_again(s, mark, first, "Rejected", "rule M5.4")
    await statuses_after_boot(s)
    await s.look(
        "the station has booted without help and shows that it is available",
        "Did the station boot without help, and does it show that it is available?",
    )
    await heartbeat_rhythm(s, mark)


@case("002", dut=Role.STATION)
async def cold_boot_pending(s: StationCase) -> None:
    """While Pending the station serves configuration, starts nothing, and boots once accepted."""
    retry_s = s.parameters.boot_retry_interval
    value = str(s.parameters.meter_value_sample_interval)
    pending = Confirm({"status": "Pending", "interval": retry_s})
    with s.csms.replies.script("BootNotification", pending):
        mark = s.mark()
        await s.power_cycle()
        first = await first_boot(s, mark)
        conf = await s.call("GetConfiguration")
        check_core_keys(s, conf.get("configurationKey"))
        await s.command("ChangeConfiguration", key="MeterValueSampleInterval", value=value)
        if s.facts.get("local_start"):
            await s.present(s.cards.accepted)  # nobody is served before the registration
        again = await _boot_again(s, mark, first, "Pending", "rule M5.3")
    s.check(
        "the connection stays open while Pending",
        first.entry.connection == again.entry.connection,
        "rule M5.3",
        expected=f"connection {first.entry.connection}",
        seen=f"connection {again.entry.connection}",
        seqs=(first.seq, again.seq),
    )
    await statuses_after_boot(s)
    await heartbeat_rhythm(s, mark)
    read = await s.read_key("MeterValueSampleInterval")
    s.check(
        "a key written while Pending has its value after the boot",
        read == value,
        "postcondition of the case",
        expected=value,
        seen=read,
    )


async def first_boot(s: StationCase, mark: int) -> Received:
    """Wait for the BootNotification after power-up; nothing may come before it.

    Args:
        s: the case.
        mark: before the mains went.
    """
    boot = await next_boot(s, within=s.parameters.long_operation_timeout)
    first = next(r for r in s.calls_since(mark) if r.entry.connection == boot.entry.connection)
    s.check(
        "BootNotification is the first message on the connection",
        first.seq == boot.seq,
        "rule M5.1",
        expected="BootNotification",
        seen=first.action,
        seqs=(first.seq,),
    )
    # Attempts under another name are somebody else's.
    known = (None, s.csms.identity)
    refused = [
        e
        for e in s.csms.log.since(mark)
        if e.what == "refused" and e.detail.get("identity") in known
    ]
    s.check(
        "the station connects at once with its URL, ocpp1.6 and its credentials",
        not refused,
        "step 2 of the case; rules M1.1, M1.2, M1.9",
        expected="no attempt refused",
        seen=", ".join(str(e.detail.get("reason")) for e in refused) or "none refused",
        seqs=[e.seq for e in refused],
    )
    return boot


async def next_boot(s: StationCase, within: float | None = None) -> Received:
    """Wait for a BootNotification; until it comes no other CALL is allowed (M5.1, M5.3, M5.4)."""
    timeout_s = s.parameters.boot_retry_interval + s.parameters.message_timeout
    boot = await s.expect("BootNotification", within=within or timeout_s, free=frozenset())
    check_boot(s, boot)
    return boot


async def booted(s: StationCase) -> Received:
    """Wait for the BootNotification after a reset or a loss of power."""
    boot = await s.expect("BootNotification", within=s.parameters.long_operation_timeout)
    check_boot(s, boot)
    return boot


def check_boot(s: StationCase, boot: Received) -> None:
    """Check that a BootNotification says what kind of station it is."""
    s.check_fields(boot, chargePointVendor="*", chargePointModel="*")


async def _boot_again(
    s: StationCase, mark: int, first: Received, status: str, rule: str
) -> Received:
    """After an answer that is not Accepted: silence, and the next try when the interval is over.

    Args:
        s: the case.
        mark: before the boot.
        first: the BootNotification that was answered so.
        status: of the answer.
        rule: about the silence.
    """
    retry_s = float(s.parameters.boot_retry_interval)
    tolerance = s.parameters.max_time_deviation
    # A station that was refused may hang up, and has to come back first.
    may_hang_up = s.parameters.reconnect_timeout if status == "Rejected" else 0
    patience_s = retry_s + s.parameters.message_timeout + may_hang_up
    again = await next_boot(s, within=patience_s)
    between = [r for r in s.calls_since(mark) if first.seq < r.seq < again.seq]
    s.check(
        f"no CALL while the registration is {status}",
        not between,
        rule,
        expected="none",
        seen=", ".join(map(describe, between)) or "none",
        seqs=[r.seq for r in between],
    )
    hung_up = again.entry.connection != first.entry.connection
    latest_s = retry_s + tolerance + (may_hang_up if hung_up else 0)
    waited_s = again.t_s - first.t_s
    s.check(
        f"the next BootNotification comes after the interval of the {status} answer",
        retry_s - tolerance <= waited_s <= latest_s,
        "rule M5.2",
        expected=f"{retry_s - tolerance:g} to {latest_s:g} s",
        seen=f"{waited_s:.1f} s" + (", on another connection" if hung_up else ""),
        seqs=(first.seq, again.seq),
    )
    return again


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


async def heartbeat_rhythm(s: StationCase, mark: int) -> None:
    """Watch two heartbeats and compare their distance with the interval of the boot answer.

    Args:
        s: the case.
        mark: before the boot.
    """
    interval_s = float(s.csms.replies.heartbeat_interval_s)
    tolerance = s.parameters.max_time_deviation
    first, second = [await _heartbeat(s, interval_s) for _ in range(2)]
    for beat in (first, second):
        last = [r for r in s.calls_since(mark) if r.seq < beat.seq][-1]
        # A station may keep its rhythm in spite of traffic: then it comes early.
        s.check(
            "a heartbeat comes no later than HeartbeatInterval after the last message",
            beat.t_s - last.t_s <= interval_s + tolerance,
            "rule M5.8",
            expected=f"<= {interval_s:g} + {tolerance:g} s",
            seen=f"{beat.t_s - last.t_s:.1f} s",
            seqs=(last.seq, beat.seq),
        )
    if not any(first.seq < r.seq < second.seq for r in s.calls_since(mark)):
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


async def _heartbeat(s: StationCase, interval_s: float) -> Received:
    # Twice the interval: one that is merely late is to fail for that, not for being absent.
    return await s.expect("Heartbeat", within=2 * interval_s + s.parameters.message_timeout)


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
