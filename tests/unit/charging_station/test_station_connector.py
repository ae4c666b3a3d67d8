"""The status of a connector as a function of what it sees and has been told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_mocks.charging_station.connector import (
    NOT_PLUGGED,
    Facts,
    bridge,
    cp_state,
    duty_percent,
    status,
)
from firmware_mocks.electrical import PlugInputs
from firmware_mocks.evse_tester.ev import offered_current_a
from rig.conformance.status_rules import STATUSES, TRANSITIONS

FACTS = st.builds(
    Facts,
    reserved=st.booleans(),
    cp=st.sampled_from("ABCDEF"),
    cable=st.booleans(),
    authorised=st.booleans(),
    transaction=st.booleans(),
    offering=st.booleans(),
    used=st.booleans(),
    operative=st.booleans(),
    error_code=st.sampled_from([None, "GroundFailure"]),
)
PLUGGED = Facts(cp="B", cable=True)
RUNNING = Facts(cp="C", cable=True, transaction=True, offering=True)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(), "Available"),
        (PLUGGED, "Preparing"),
        (Facts(cp="A", cable=True), "Preparing"),
        (Facts(authorised=True), "Preparing"),
        (replace(PLUGGED, authorised=True), "Preparing"),
        (RUNNING, "Charging"),
        (replace(RUNNING, cp="D"), "Charging"),
        (replace(RUNNING, cp="B"), "SuspendedEV"),
        (replace(RUNNING, cp="A", cable=False), "SuspendedEV"),
        (replace(RUNNING, offering=False), "SuspendedEVSE"),
        (replace(RUNNING, offering=False, cp="B"), "SuspendedEVSE"),
        (replace(PLUGGED, used=True), "Finishing"),
        (replace(PLUGGED, used=True, authorised=True), "Finishing"),
        (Facts(used=True), "Available"),
        (Facts(operative=False), "Unavailable"),
        (replace(PLUGGED, operative=False), "Unavailable"),
        (replace(RUNNING, operative=False), "Charging"),
        (replace(PLUGGED, used=True, operative=False), "Finishing"),
        (Facts(error_code="GroundFailure"), "Faulted"),
        (replace(RUNNING, error_code="GroundFailure"), "Faulted"),
        (Facts(operative=False, error_code="GroundFailure"), "Faulted"),
    ],
)
def test_status_for_facts(facts: Facts, expected: str) -> None:
    assert status(facts) == expected


@given(FACTS)
def test_faulted_means_a_fault_and_nothing_else_does(facts: Facts) -> None:
    assert (status(facts) == "Faulted") is (facts.error_code is not None)


@given(FACTS)
def test_only_a_transaction_charges_or_is_suspended(facts: Facts) -> None:
    busy = status(facts) in ("Charging", "SuspendedEV", "SuspendedEVSE")
    assert busy is (facts.transaction and facts.error_code is None)


@given(FACTS)
def test_nobody_is_sent_to_a_connector_out_of_service(facts: Facts) -> None:
    idle = replace(facts, operative=False, transaction=False)
    assert status(idle) in ("Unavailable", "Finishing", "Faulted")


@given(FACTS)
def test_finishing_needs_a_cable(facts: Facts) -> None:
    if status(facts) == "Finishing":
        assert facts.cable
        assert facts.used


@pytest.mark.parametrize(
    ("volts", "expected"),
    [
        (12.0, "A"), (13.0, "A"), (11.0, "A"),
        (9.0, "B"), (10.0, "B"), (8.0, "B"),
        (6.0, "C"), (7.0, "C"), (5.0, "C"),
        (3.0, "D"), (2.0, "D"), (4.0, "D"),
        (0.0, "E"), (-0.5, "E"), (1.5, "E"), (13.5, "E"),
        (-12.0, "F"), (-1.5, "F"),
    ],
)  # fmt: skip
def test_cp_state_for_the_windows_of_iec_61851(volts: float, expected: str) -> None:
    assert cp_state(PlugInputs(volts, volts, None)) == expected


def test_loose_connector_is_in_state_a() -> None:
    assert cp_state(NOT_PLUGGED) == "A"


@given(st.floats(-15, 15))
def test_every_voltage_has_a_state(volts: float) -> None:
    assert cp_state(PlugInputs(volts, -12.0, 220.0)) in "ABCDEF"


def test_a_bridge_makes_every_transition_a_permitted_one() -> None:
    for before, permitted in TRANSITIONS.items():
        for after in STATUSES:
            between = bridge(before, after)
            if between is not None:
                assert after not in permitted, "no detour where the way is free"
                assert between in permitted
                assert after in TRANSITIONS[between]


@given(st.integers(60, 800).map(lambda tenths: tenths / 10))
def test_the_pilot_offers_a_current_and_never_more(current_a: float) -> None:
    step_a = 0.06 if current_a <= 52.5 else 0.25  # of a tenth per cent of duty
    gap_a = 1.5 if 51.0 < current_a < 52.8 else 0.0  # between the two parts of table A.7
    offered_a = offered_current_a(duty_percent(current_a))
    assert current_a - step_a - gap_a - 1e-6 <= offered_a <= current_a + 1e-6
