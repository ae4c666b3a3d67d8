"""Each case with a CSMS under test fails on a CSMS that is wrong in one respect.

In virtual time, but for the last test: the way that is shipped finds the same.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.conformance.cases import implemented
from rig.conformance.catalogue import Role
from tests.detection import lab

WRONG = [
    # case, defect of the CSMS, the first check that fails or the rule that is broken
    ("000_BOOT", "wrong-clock", "M5.14"),
    ("000_BOOT", "no-subprotocol", "the upgrade is answered with Sec-WebSocket-Protocol"),
    ("000_BOOT", "missing-interval", "M4.1"),
    ("000_BOOT", "negative-interval", "BootNotification.conf: interval is an integer, 0 or more"),
    ("000_BOOT", "boot-rejected", "BootNotification.conf: status is Accepted"),
    ("000_BOOT", "no-answer:Heartbeat", "Heartbeat is answered with a CALLRESULT"),
    ("000_BOOT", "callerror:StatusNotification", "StatusNotification(connectorId 0, status"),
    ("000_BOOT", "schema-violation:BootNotification", "M4.1"),
    ("003", "start-refused", "StartTransaction.conf: idTagInfo.status is Accepted"),
    ("003", "refuses-every-card", "Authorize.conf: idTagInfo.status is Accepted"),
    ("003", "no-answer:StopTransaction", "StopTransaction(reason Local) is answered"),
    ("010", "wrong-remote-start-tag", "RemoteStartTransaction.idTag is"),
    ("010", "wrong-remote-start-connector", "RemoteStartTransaction.connectorId is absent or"),
    ("010", "ignores-operator", "RemoteStartTransaction seen on the wire"),
    ("012", "wrong-remote-stop-id", "RemoteStopTransaction.transactionId is"),
    ("012", "ignores-operator", "RemoteStopTransaction seen on the wire"),
    ("023_1", "accepts-every-card", "Authorize.conf: idTagInfo.status is Invalid"),
]


@pytest.mark.parametrize(("case", "defect", "where"), WRONG, ids=lambda v: v[:40])
def test_a_wrong_csms_fails(case: str, defect: str, where: str, tmp_path: Path) -> None:
    ran = lab.run_csms(lab.config(defect, **lab.FAST), tmp_path, case)
    record = ran.case(case)
    assert (record.verdict, ran.outcome.exit_code) == ("FAIL", 1), record.cause
    assert record.cause
    lab.assert_found(record, where)


def test_a_transaction_id_given_twice_is_found_in_the_next_case(tmp_path: Path) -> None:
    bench = lab.config("repeated-transaction-id", **lab.FAST)
    ran = lab.run_csms(bench, tmp_path, "003", "010")
    assert (ran.case("003").verdict, ran.case("010").verdict) == ("PASS", "FAIL")
    lab.assert_found(ran.case("010"), "M7.7")


def test_a_correct_csms_passes_every_case_with_no_finding(tmp_path: Path) -> None:
    ran = lab.run_csms(lab.config(**lab.FAST), tmp_path)
    lab.assert_clean(ran)
    assert set(ran.cases) == implemented(Role.CSMS)


def test_every_case_is_shown_to_catch_something() -> None:
    assert {case for case, _, _ in WRONG} == implemented(Role.CSMS)


async def test_the_same_is_found_by_processes_in_real_time(tmp_path: Path) -> None:
    bench = lab.config("wrong-remote-stop-id", **lab.FAST)
    ran = await lab.run_csms_really(bench, tmp_path, "003", "012")
    assert (ran.case("003").verdict, ran.case("012").verdict) == ("PASS", "FAIL")
    lab.assert_found(ran.case("012"), "RemoteStopTransaction.transactionId is")
