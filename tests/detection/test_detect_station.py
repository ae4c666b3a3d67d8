"""Each case fails on a station that is wrong in one respect, and says in which.

In virtual time, but for the last tests: they show that the way that is shipped finds the same.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.config.bench_file import default_bench
from rig.conformance.cases import implemented
from rig.conformance.catalogue import Role
from rig.events import Kind
from tests.detection import found_rows, lab
from tests.detection.rows import WRONG

TOLERATED = [
    # case, defect, the rule that is broken without failing the case
    ("003", "malformed-json", "M2.9"),
    ("003", "timestamp-without-zone", "M5.12"),
    ("003", "timestamp-wrong-minutes", "M5.11"),
]


REALLY = [
    # case, defect, the first check that fails or the rule that is broken, setup
    ("003", "wrong-transaction-id", "StopTransaction.transactionId is", ""),
    ("070", "slow-meter-values", "the first sample is taken one interval after the start", ""),
    ("038", "contactor-stays-closed", "no energy flows at the plug", ""),
    ("044_1", "no-reboot-after-update", "BootNotification received", ""),
    ("050_3", 'answer-field:ReserveNow.status="Rejected"', "ReserveNow(", "two-plugs"),
    ("018_2", 'answer-field:UnlockConnector.status="Unlocked"', "UnlockConnector(", "fixed"),
    ("074", "csr-old-key", "the key is a new one", "profile-3"),
]
"""What is found in real time, too: one row of each laboratory and each kind of wire."""


FOUND = {(row.case, row.defects, row.setup): row.validation for row in found_rows.load_all()}
ROWS = [
    row
    for row in WRONG
    if not FOUND.get((row[0], row[1].replace("+", " + "), row[3]), "").startswith(row[2])
]
"""Without those that are rows of the matrix as well, which `test_matrix` runs."""


@pytest.mark.parametrize(("case", "defect", "where", "setup"), ROWS, ids=lambda v: v[:40])
def test_a_wrong_station_fails(
    case: str, defect: str, where: str, setup: str, tmp_path: Path
) -> None:
    ran = lab.run_station(lab.bench(setup, tmp_path, *defect.split("+")), tmp_path, case)
    assert_caught(ran, case, where)


def assert_caught(ran: lab.Ran, case: str, where: str) -> None:
    record = ran.case(case)
    assert (record.verdict, ran.outcome.exit_code) == ("FAIL", 1), record.cause
    assert record.cause
    lab.assert_found(record, where)


@pytest.mark.parametrize(("case", "defect", "rule"), TOLERATED)
def test_what_is_only_worth_a_warning_does_not_fail(
    case: str, defect: str, rule: str, tmp_path: Path
) -> None:
    ran = lab.run_station(lab.config(defect, **lab.FAST), tmp_path, case)
    record = ran.case(case)
    assert record.verdict == "PASS", record.cause
    assert {(f.rule, f.severity) for f in record.findings} == {(rule, "warn")}


@pytest.mark.parametrize("setup", lab.SETUPS)
def test_a_correct_station_passes_with_no_finding(setup: str, tmp_path: Path) -> None:
    only = sorted({case for case, _, _, where in WRONG if where == setup})
    ran = lab.run_station(lab.bench(setup, tmp_path), tmp_path, *only)
    lab.assert_clean(ran)


OUTAGES = ("036", "037_1", "037_2", "037_3", "038", "039")
"""Cases that cut the network: `two-plugs` is a bench with a relay for that."""


def test_outages_by_a_relay_of_the_bench_leave_a_correct_station_clean(tmp_path: Path) -> None:
    ran = lab.run_station(lab.bench("two-plugs", tmp_path), tmp_path, *OUTAGES)
    lab.assert_clean(ran)
    moves = [e.data["up"] for e in ran.events if e.kind == Kind.NETWORK]
    assert moves == [False, True] * len(OUTAGES)


@pytest.mark.parametrize("outage", OUTAGES)
def test_a_wrong_station_fails_when_a_relay_cuts_its_network(outage: str, tmp_path: Path) -> None:
    _, defect, where, _ = next(row for row in WRONG if row[0] == outage)
    ran = lab.run_station(lab.bench("two-plugs", tmp_path, defect), tmp_path, outage)
    assert_caught(ran, outage, where)


def test_every_case_is_shown_to_catch_something() -> None:
    assert {row[0] for row in WRONG} == implemented(Role.STATION)


def test_a_station_that_gives_up_waiting_early_is_no_wrong_station(tmp_path: Path) -> None:
    """Its ConnectionTimeOut of 60 s would end in the middle of the wait of the case."""
    spans = lab.FAST | {"transaction_duration": 62}
    ran = lab.run_station(lab.config(**spans), tmp_path, "023")
    lab.assert_clean(ran)


PATIENCE = [
    # what a station may be, and cases that have to bear with it
    ('answer-field:ChangeConfiguration.status="RebootRequired"', ("003", "004_2", "070")),
    ("delay:StartTransaction=3+delay:StopTransaction=3", ("003", "012", "016", "038")),
    ("delay:Authorize=3+delay:BootNotification=3", ("001", "004_1", "011_2", "013", "069")),
    ("answer-late:RemoteStartTransaction=3+answer-late:Reset=3", ("010", "015", "026")),
]


@pytest.mark.parametrize(("kind", "cases"), PATIENCE, ids=lambda v: str(v)[:40])
def test_a_slow_station_is_no_wrong_station(
    kind: str, cases: tuple[str, ...], tmp_path: Path
) -> None:
    ran = lab.run_station(lab.bench("", tmp_path, *kind.split("+")), tmp_path, *cases)
    assert {c.octt_id: c.verdict for c in ran.cases.values()} == dict.fromkeys(cases, "PASS")


@pytest.mark.parametrize("file", ["virtual.yaml", "virtual-tcp.yaml"])
async def test_a_plug_case_runs_unchanged_on_rtu_and_tcp(file: str, tmp_path: Path) -> None:
    bench = lab.config(file=default_bench().with_name(file), **lab.FAST)
    ran = await lab.run_station_really(bench, tmp_path, "003")
    lab.assert_clean(ran)


@pytest.mark.parametrize(("case", "defect", "where", "setup"), REALLY, ids=lambda v: v[:40])
async def test_the_same_is_found_by_processes_in_real_time(
    case: str, defect: str, where: str, setup: str, tmp_path: Path
) -> None:
    bench = lab.bench(setup, tmp_path, defect)
    assert_caught(await lab.run_station_really(bench, tmp_path, case), case, where)
