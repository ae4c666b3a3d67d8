"""Appendix D on logs of reports: each rule broken once, each exception used once."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.conformance import status_rules
from rig.conformance.status_rules import STATUSES, TRANSITIONS, Boot, Context, Record, Report, check

RULES = Path(status_rules.__file__).parents[3] / "shared" / "conformance" / "rules.md"
START = frozenset({"StartTransaction"})


def sequence(*records: Record) -> list[Record]:
    """Records with the place at which they stand here, from 1."""
    return [replace(record, seq=seq) for seq, record in enumerate(records, 1)]


def report(connector_id: int, status: str, **other: object) -> Report:
    return replace(Report(0, connector_id, status), **other)  # type: ignore[arg-type]  # fields


def surprise(connector_id: int, status: str, **other: object) -> Report:
    """A report that no step was waiting for."""
    return report(connector_id, status, expected=False, **other)


def judge(*records: Record, **context: object) -> list[tuple[str, str, int]]:
    found = check(sequence(*records), Context(connectors=2, **context))  # type: ignore[arg-type]  # fields
    return [(f.rule, f.severity, f.seq) for f in found]


BOOT = Boot(0)
SESSION = (
    BOOT,
    report(0, "Available"),
    report(1, "Available"),
    report(2, "Available"),
    report(1, "Preparing"),
    report(1, "Charging"),
    report(1, "SuspendedEV"),
    report(1, "SuspendedEVSE"),
    report(1, "Charging"),
    report(1, "Finishing"),
    report(1, "Available"),
    BOOT,
    report(0, "Available"),
    report(1, "Available"),
    report(2, "Available"),
)


def test_clean_sequence_has_no_finding() -> None:
    assert judge(*SESSION) == []


@pytest.mark.parametrize(
    ("records", "finding"),
    [
        pytest.param([surprise(1, "Preparing")], ("D2", "fail", 1), id="D2"),
        pytest.param([surprise(0, "Available")], ("D2", "fail", 1), id="D2 connector 0"),
        pytest.param([surprise(1, "Faulted", error_code="GroundFailure")], ("D2", "fail", 1),
                     id="D2 fault"),
        pytest.param([surprise(0, "Available", error_code="ReaderFailure")], ("D2-b", "info", 1),
                     id="D2-b error code"),
        pytest.param([surprise(0, "Available", info="door")], ("D2-b", "info", 1), id="D2-b info"),
        pytest.param([surprise(1, "SuspendedEV", waited_for=START)], ("D2-c", "info", 1),
                     id="D2-c"),
        pytest.param([BOOT, surprise(1, "Unavailable"), report(1, "Available")],
                     ("D2-d", "info", 2), id="D2-d"),
        pytest.param([BOOT, surprise(2, "Unavailable"), report(2, "Available")],
                     ("D2-e", "info", 2), id="D2-e"),
        pytest.param([BOOT, surprise(0, "Unavailable"), report(0, "Available")],
                     ("D2-e", "info", 2), id="D2-e on 0"),
        pytest.param([report(1, "Available"), report(1, "Available")], ("D3", "fail", 2), id="D3"),
        pytest.param([report(1, "Available"), report(2, "Available"), report(1, "Available")],
                     ("D3", "fail", 3), id="D3 per connector"),
        pytest.param([report(1, "Available", triggered=True), report(1, "Available")],
                     ("D3", "fail", 2), id="D3-b triggered is remembered"),
        pytest.param([report(1, "Available", judged=False), report(1, "Available")],
                     ("D3", "fail", 2), id="D3 preparation is remembered"),
        pytest.param([report(1, "Occupied")], ("S1", "fail", 1), id="S1 status"),
        pytest.param([report(1, "Available", error_code="Error")], ("S1", "fail", 1),
                     id="S1 errorCode"),
        pytest.param([report(0, "Charging")], ("S2", "fail", 1), id="S2"),
        pytest.param([report(0, "Reserved")], ("S2", "fail", 1), id="S2 reserved"),
        pytest.param([report(0, "Available"), report(0, "Finishing")], ("S2", "fail", 2),
                     id="S2 and no S4"),
        pytest.param([report(3, "Available")], ("S3", "fail", 1), id="S3 above"),
        pytest.param([report(-1, "Available")], ("S3", "fail", 1), id="S3 below"),
        pytest.param([report(1, "Available"), report(1, "Finishing")], ("S4", "warn", 2), id="S4"),
        pytest.param([report(1, "Charging"), report(1, "Preparing")], ("S4", "warn", 2),
                     id="S4 back"),
        pytest.param([report(1, "Charging", error_code="EVCommunicationError")],
                     ("S7", "warn", 1), id="S7"),
        pytest.param([report(1, "Faulted")], ("S8", "warn", 1), id="S8"),
    ],
)  # fmt: skip
def test_one_rule_is_broken(records: list[Record], finding: tuple[str, str, int]) -> None:
    assert judge(*records) == [finding]


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([surprise(1, "Preparing", judged=False)], id="D2 in preparation"),
        pytest.param([surprise(1, "Preparing", triggered=True)], id="D2 triggered"),
        pytest.param([report(1, "Available"), BOOT, report(1, "Available")], id="D3-a"),
        pytest.param([report(1, "Available"), report(1, "Available", triggered=True)], id="D3-b"),
        pytest.param([report(1, "Available", answered=False), report(1, "Available")], id="D3-c"),
        pytest.param([report(1, "Available"), report(1, "Available", info="note")], id="D3 info"),
        pytest.param(
            [report(1, "Available"), report(1, "Available", error_code="WeakSignal")],
            id="D3 error code",
        ),
        pytest.param(
            [report(1, "Available"), report(1, "Available", judged=False)], id="D3 in clean-up"
        ),
        pytest.param([report(0, "Faulted", error_code="OtherError")], id="S2 fault of the station"),
        pytest.param([report(2, "Available")], id="S3 last connector"),
        pytest.param([report(7, "Charging", judged=False)], id="S3 in preparation"),
        pytest.param([report(1, "Available"), BOOT, report(1, "Finishing")], id="S4 after a boot"),
        pytest.param([report(0, "Faulted", error_code="OtherError"), report(0, "Unavailable")],
                     id="S4 not on connector 0"),
        pytest.param([report(1, "Available"), report(1, "Finishing", judged=False)],
                     id="S4 in clean-up"),
        pytest.param([report(1, "Preparing", error_code="EVCommunicationError")], id="S7 allowed"),
        pytest.param([report(1, "Faulted", error_code="GroundFailure")], id="S8 with a code"),
    ],
)  # fmt: skip
def test_station_may_report_this(records: list[Record]) -> None:
    assert judge(*records) == []


# --- exceptions of D2 and their limits ------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "connector_id", "feature", "valid"),
    [
        ("Available", 2, "reservation", True),
        ("Reserved", 2, "reservation", True),
        ("Preparing", 2, "reservation", True),
        ("Unavailable", 1, "reservation", True),
        ("Charging", 2, "reservation", False),
        ("Reserved", 2, "core", False),
        ("Reserved", 3, "reservation", False),
    ],
)
def test_d2_a_connectors_of_one_evse(
    status: str, connector_id: int, feature: str, valid: bool
) -> None:
    context = Context(feature=feature, connectors=3, shared_evse=((1, 2), (3,)))
    found = check(sequence(surprise(connector_id, status)), context)
    expected = ("D2-a", "info") if valid else ("D2", "fail")
    assert [(f.rule, f.severity) for f in found] == [expected]


def test_d2_b_can_be_rescued_and_nothing_else() -> None:
    records = sequence(surprise(0, "Available", info="door"), surprise(1, "Charging"))
    found = check(records, Context(connectors=2))
    assert [(f.rule, f.rescuable) for f in found] == [("D2-b", True), ("D2", False)]


@pytest.mark.parametrize(
    ("connector_id", "status", "waited_for"),
    [
        (1, "SuspendedEV", frozenset({"StatusNotification"})),
        (1, "Charging", START),
        (2, "SuspendedEV", START),
    ],
)
def test_d2_c_needs_connector_status_and_message(
    connector_id: int, status: str, waited_for: frozenset[str]
) -> None:
    assert judge(surprise(connector_id, status, waited_for=waited_for)) == [("D2", "fail", 1)]


def test_d2_d_ends_with_available() -> None:
    late = judge(BOOT, report(1, "Available"), surprise(1, "Unavailable"))
    assert late == [("D2", "fail", 3)]
    never = judge(surprise(1, "Unavailable"))
    assert never == [("D2", "fail", 1)]


def test_d2_d_begins_anew_with_every_boot() -> None:
    records = (BOOT, report(1, "Available"), BOOT, surprise(1, "Unavailable"))
    assert judge(*records) == [("D2-d", "info", 4)]


@pytest.mark.parametrize(
    ("waiver", "flows", "finding"),
    [(True, True, "D2-f"), (True, False, "D2"), (False, True, "D2")],
)
def test_d2_f_needs_the_switch_and_energy(waiver: bool, flows: bool, finding: str) -> None:
    def energy_flows(connector_id: int, seq: int) -> bool:
        return flows and (connector_id, seq) == (1, 1)

    found = judge(surprise(1, "Charging"), waiver=waiver, energy_flows=energy_flows)
    severity = "warn" if finding == "D2-f" else "fail"
    assert found == [(finding, severity, 1)]


@pytest.mark.parametrize(
    ("status", "waits", "finding"),
    [("SuspendedEV", True, "D2-g"), ("SuspendedEV", False, "D2"), ("SuspendedEVSE", True, "D2")],
)
def test_d2_g_is_for_a_vehicle_that_has_not_asked(status: str, waits: bool, finding: str) -> None:
    def vehicle_waits(connector_id: int, seq: int) -> bool:
        return waits and (connector_id, seq) == (1, 1)

    found = judge(surprise(1, status), vehicle_waits=vehicle_waits)
    assert found == [(finding, "info" if finding == "D2-g" else "fail", 1)]


# --- order ----------------------------------------------------------------------------------------


def test_findings_come_in_order_of_the_log() -> None:
    found = judge(report(0, "Charging"), surprise(1, "Faulted"), report(9, "Available"))
    assert found == [
        ("S2", "fail", 1), ("D2", "fail", 2), ("S8", "warn", 2), ("S3", "fail", 3)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (surprise(0, "Available", info="door"), "the station itself has something to tell"),
        (
            surprise(1, "SuspendedEV", waited_for=START),
            "StartTransaction or StopTransaction is still to come",
        ),
    ],
)
def test_valid_report_is_told_with_its_reason(record: Report, reason: str) -> None:
    (found,) = check(sequence(record), Context(connectors=2))
    assert reason in found.detail


def test_finding_says_which_report() -> None:
    (found,) = check(
        sequence(surprise(1, "Faulted", error_code="GroundFailure")), Context(connectors=2)
    )
    assert found.detail == "unexpected report (connector 1: Faulted, GroundFailure)"


# --- transitions ----------------------------------------------------------------------------------


@pytest.mark.skipif(not RULES.exists(), reason=f"the conformance reference is not in {RULES}")
def test_transitions_are_those_of_the_reference() -> None:
    table = re.findall(r"^\| [A-I] (\w+) \|(.*)\|$", RULES.read_text(), re.MULTILINE)
    theirs = {
        name: {s for s, cell in zip(STATUSES, cells.split("|"), strict=True) if cell.strip(" -")}
        for name, cells in table
    }
    assert theirs == TRANSITIONS


@pytest.mark.parametrize("before", STATUSES)
@pytest.mark.parametrize("after", STATUSES)
def test_every_transition_is_judged_by_the_table(before: str, after: str) -> None:
    code = {"Faulted": "OtherError"}
    records = [report(1, s, error_code=code.get(s, "NoError")) for s in (before, after)]
    expected = [] if before == after or after in TRANSITIONS[before] else ["S4"]
    found = [rule for rule, *_ in judge(*records) if rule != "D3"]
    assert found == expected


def within(before: str, after: str, steps: int) -> bool:
    """Whether a path of so many transitions leads there, through statuses that may be skipped."""
    if after in TRANSITIONS[before]:
        return True
    passing = {"Preparing", "SuspendedEV", "SuspendedEVSE", "Charging"} & TRANSITIONS[before]
    return steps > 1 and any(within(via, after, steps - 1) for via in passing)


@pytest.mark.parametrize("before", STATUSES)
@pytest.mark.parametrize("after", STATUSES)
def test_short_statuses_may_be_skipped_with_a_minimum_duration(before: str, after: str) -> None:
    code = {"Faulted": "OtherError"}
    records = [report(1, s, error_code=code.get(s, "NoError")) for s in (before, after)]
    expected = [] if before == after or within(before, after, 3) else ["S4"]
    found = [rule for rule, *_ in judge(*records, minimum_duration=True) if rule != "D3"]
    assert found == expected


# --- whatever is reported -------------------------------------------------------------------------

reports = st.builds(
    Report,
    st.just(0),
    st.integers(-1, 3),
    st.sampled_from([*STATUSES, "Occupied"]),
    st.sampled_from(["NoError", "OtherError", "EVCommunicationError"]),
    st.sampled_from(["", "door"]),
    triggered=st.booleans(),
    expected=st.booleans(),
    answered=st.booleans(),
    waited_for=st.sampled_from([frozenset(), START]),
    judged=st.booleans(),
)
logs = st.lists(reports | st.just(BOOT), max_size=12)


@given(logs)
def test_what_is_not_judged_has_no_finding(records: list[Record]) -> None:
    muted = [r if isinstance(r, Boot) else replace(r, judged=False) for r in records]
    assert judge(*muted) == []


@given(logs)
def test_expected_reports_are_never_unexpected(records: list[Record]) -> None:
    expected = [r if isinstance(r, Boot) else replace(r, expected=True) for r in records]
    assert not {rule for rule, *_ in judge(*expected) if rule.startswith("D2")}


@given(logs, logs)
def test_what_comes_later_changes_no_finding(before: list[Record], after: list[Record]) -> None:
    both = [f for f in judge(*before, *after) if f[2] <= len(before)]
    assert both == judge(*before)
