"""Each case fails on a station that is wrong in one respect, and says in which."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.config.bench_file import default_bench
from rig.conformance.cases import implemented
from rig.conformance.catalogue import Role
from tests.detection import lab

WRONG = [
    # case, defect of the station, the first check that fails or the rule that is broken
    ("001", "ignore-interval-when-rejected", "the next BootNotification comes after the interval"),
    ("001", "calls-while-rejected", "M5.4"),
    ("001", "skip-boot-status-zero", "connector 0 and every connector is Available"),
    ("001", "skip-boot-status", "connector 0 and every connector is Available"),
    ("001", "status-before-boot", "BootNotification is the first message on the connection"),
    ("001", "heartbeat-too-slow", "the first heartbeat comes no later than HeartbeatInterval"),
    ("001", "heartbeat-too-fast", "two heartbeats are HeartbeatInterval apart"),
    ("002", "chatter-while-pending", "M5.3"),
    ("002", "refuse-config-while-pending", "ChangeConfiguration(key MeterValueSampleInterval"),
    ("002", "drops-config-written-while-pending", "a key written while Pending has its value"),
    ("003", "start-without-authorize", "Authorize received"),
    ("003", "skip-status:Preparing", "StatusNotification(connectorId 1, status Preparing)"),
    ("003", "skip-status:Charging", "StatusNotification(connectorId 1, status Charging)"),
    ("003", "skip-status:Finishing", "StatusNotification(connectorId 1, status Finishing)"),
    ("003", "repeat-status:Charging", "D3"),
    ("003", "extra-status:Charging", "D2"),
    ("003", "no-meter-values", "MeterValues(connectorId 1) received"),
    ("003", "slow-meter-values", "MeterValues come every MeterValueSampleInterval"),
    ("003", "wrong-transaction-id", "StopTransaction.transactionId is"),
    ("003", "wrong-id-tag", "StatusNotification(connectorId 1, status Charging) received"),
    ("003", "contactor-never-closes", "energy flows at the plug"),
    ("003", "contactor-stays-closed", "no energy flows at the plug"),
    ("003", "meter-stop-below-start", "M7.3"),
    ("003", "second-call-while-open", "M3.1"),
    ("003", "reuse-message-id", "M2.4"),
    ("003", "unknown-field:StartTransaction", "M4.1"),
    ("003", "wrong-type:StartTransaction", "M4.1"),
    ("003", "crash-in-mid-test", "5.5"),
    ("004_1", "preparing-twice", "Preparing is not reported a second time"),
    ("004_1", "contactor-never-closes", "energy flows at the plug"),
    ("004_2", "never-times-out", "StatusNotification(connectorId 1, status Available) received"),
    ("004_2", "late-timeout", "Available follows Preparing after ConnectionTimeOut"),
    ("004_2", "session-outlives-timeout", "no StartTransaction, StatusNotification:Charging for"),
    ("005_1", "wrong-stop-reason:Local", "StopTransaction.reason is EVDisconnected"),
    ("005_1", "finishing-skipped-on-unplug", "D2"),
    ("005_1", "lock-stays-closed", "the socket lock opens by itself"),
    ("005_1", "no-stop-on-ev-disconnect", "StopTransaction received"),
    ("010", "ignores-remote-start", "StartTransaction received"),
    ("010", "consequence-before-answer", "M3.4"),
    ("010", "remote-authorize-missing", "Authorize received"),
    ("010", "contactor-never-closes", "energy flows at the plug"),
    ("010", "no-answer:RemoteStartTransaction", "RemoteStartTransaction(connectorId 1, idTag"),
    ("011_1", "remote-start-needs-cable", "RemoteStartTransaction(connectorId 1, idTag"),
    ("011_1", "wrong-stop-reason:Local", "StopTransaction.reason is Remote"),
    ("012", "wrong-transaction-id", "StopTransaction.transactionId is"),
    ("012", "rejects-remote-stop", "RemoteStopTransaction(transactionId"),
    ("012", "ignores-remote-stop", "StopTransaction received"),
    ("012", "contactor-stays-closed", "no energy flows at the plug"),
    ("012", "wrong-stop-reason:Local", "StopTransaction.reason is Remote"),
    ("013", "availability-forgotten-on-reset", "StatusNotification(connectorId 1, status Unavail"),
    ("013", "no-boot-after-reset", "BootNotification received"),
    ("015", "loses-transaction-on-reset", "StopTransaction received"),
    ("015", "resumes-after-reset", "StatusNotification(connectorId 1, status Finishing|Preparing)"),
    ("015", "wrong-stop-reason:Other", "StopTransaction.reason is HardReset"),
    ("021", "config-not-applied", "the key reads back the value that was written"),
    ("021", "config-lists-all", "GetConfiguration lists exactly the key asked for"),
    ("023", "start-for-refused-card", "[Invalid] no StartTransaction, StatusNotification:Charging"),
    ("023", "energy-without-authorization", "[Invalid] no energy flows at the plug"),
]

TOLERATED = [
    # case, defect, the rule that is broken without failing the case
    ("003", "malformed-json", "M2.9"),
    ("003", "timestamp-without-zone", "M5.12"),
    ("003", "timestamp-wrong-minutes", "M5.11"),
]


@pytest.mark.parametrize(("case", "defect", "where"), WRONG, ids=lambda v: v[:40])
async def test_a_wrong_station_fails(case: str, defect: str, where: str, tmp_path: Path) -> None:
    ran = await lab.run_station(lab.config(defect, **lab.FAST), tmp_path, case)
    record = ran.case(case)
    assert (record.verdict, ran.outcome.exit_code) == ("FAIL", 1), record.cause
    assert record.cause
    lab.assert_found(record, where)


@pytest.mark.parametrize(("case", "defect", "rule"), TOLERATED)
async def test_what_is_only_worth_a_warning_does_not_fail(
    case: str, defect: str, rule: str, tmp_path: Path
) -> None:
    ran = await lab.run_station(lab.config(defect, **lab.FAST), tmp_path, case)
    record = ran.case(case)
    assert record.verdict == "PASS", record.cause
    assert {(f.rule, f.severity) for f in record.findings} == {(rule, "warn")}


async def test_a_correct_station_passes_every_case_with_no_finding(tmp_path: Path) -> None:
    ran = await lab.run_station(lab.config(**lab.FAST), tmp_path)
    lab.assert_clean(ran)
    assert set(ran.cases) == implemented(Role.STATION)


def test_every_case_is_shown_to_catch_something() -> None:
    assert {case for case, _, _ in WRONG} == implemented(Role.STATION)


@pytest.mark.parametrize("file", ["virtual.yaml", "virtual-tcp.yaml"])
async def test_a_plug_case_runs_unchanged_on_rtu_and_tcp(file: str, tmp_path: Path) -> None:
    bench = lab.config(file=default_bench().with_name(file), **lab.FAST)
    ran = await lab.run_station(bench, tmp_path, "003")
    lab.assert_clean(ran)


async def test_a_station_that_gives_up_waiting_early_is_no_wrong_station(tmp_path: Path) -> None:
    """Its ConnectionTimeOut of 60 s would end in the middle of the wait of the case."""
    spans = lab.FAST | {"transaction_duration": 62}
    ran = await lab.run_station(lab.config(**spans), tmp_path, "023")
    lab.assert_clean(ran)
