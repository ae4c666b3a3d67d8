"""The tester plug's resistors against the windows of IEC 61851-1, annex A and B."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_mocks.charging_station.connector import cp_state
from firmware_mocks.electrical import UNPOWERED, Generator, Load, PilotSignal
from firmware_mocks.evse_tester.circuit import (
    SOC_PERCENT,
    Switches,
    latch_v,
    load_ohm,
    measure,
)

STEADY, PWM = PilotSignal(Generator.STEADY), PilotSignal(Generator.PWM, 53.3)
OPEN, STATE_B, STATE_C = Switches(), Switches(cp=True), Switches(cp=True, s2=True)
STATE_D = Switches(cp=True, s2d=True)
SWITCHES = st.builds(
    Switches, st.booleans(), st.booleans(), st.booleans(), st.sampled_from([None, 220.0])
)


@pytest.mark.parametrize(
    ("switches", "low", "high", "state"),
    [
        (OPEN, 11, 13, "A"),
        (STATE_B, 8, 10, "B"),
        (STATE_C, 5, 7, "C"),
        (STATE_D, 2, 4, "D"),
        (replace(STATE_C, pe=True), 11, 13, "A"),
        (replace(STATE_C, e_hard=True), -1, 1, "E"),
        (replace(STATE_C, e_soft=True), 0.6, 1, "E"),
        (Switches(e_hard=True), -1, 1, "E"),
        (Switches(e_soft=True), 11, 13, "A"),
    ],
)
@pytest.mark.parametrize("pilot", [STEADY, PWM], ids=["X1", "X2"])
def test_upper_level_is_inside_the_window(
    switches: Switches, low: float, high: float, state: str, pilot: PilotSignal
) -> None:
    measured = measure(switches, pilot)
    assert low <= measured.cp_high_v <= high
    assert cp_state(measured) == state


@pytest.mark.parametrize(
    ("switches", "volts"), [(OPEN, 12.0), (STATE_B, 8.979), (STATE_C, 5.995), (STATE_D, 2.929)]
)
def test_upper_level_by_the_divider(switches: Switches, volts: float) -> None:
    # 0.7 V diode, 1 kOhm source, 2.74 kOhm, with S2 882 Ohm
    assert measure(switches, STEADY).cp_high_v == pytest.approx(volts, abs=0.001)


@given(SWITCHES)
def test_diode_blocks_the_lower_half(switches: Switches) -> None:
    assert measure(switches, PWM).cp_low_v == -12.0
    steady = measure(switches, STEADY)
    assert steady.cp_low_v == steady.cp_high_v


@given(SWITCHES)
def test_fault_and_no_supply_show_whatever_is_plugged(switches: Switches) -> None:
    fault = measure(switches, PilotSignal(Generator.FAULT))
    assert (fault.cp_high_v, cp_state(fault)) == (-12.0, "F")
    off = measure(switches, UNPOWERED.pilot)
    assert (off.cp_high_v, off.cp_low_v, cp_state(off)) == (0.0, 0.0, "E")


@given(SWITCHES, st.sampled_from([STEADY, PWM, UNPOWERED.pilot, PilotSignal(Generator.FAULT)]))
def test_proximity_is_that_of_the_cable(switches: Switches, pilot: PilotSignal) -> None:
    assert measure(switches, pilot).pp_ohm == switches.pp_ohm
    assert measure(replace(switches, pe=True), pilot).pp_ohm is None


@pytest.mark.parametrize(("switches", "volts"), [(STATE_B, 8.79), (STATE_C, 5.62), (STATE_D, 2.37)])
def test_without_the_diode_both_halves_are_loaded(switches: Switches, volts: float) -> None:
    seen = measure(replace(switches, diode=True), PWM)
    assert (seen.cp_high_v, seen.cp_low_v) == pytest.approx((volts, -volts), abs=0.01)


def test_a_hard_short_takes_both_halves_and_a_soft_one_only_the_upper() -> None:
    hard = measure(replace(STATE_B, e_hard=True), PWM)
    soft = measure(replace(STATE_B, e_soft=True), PWM)
    assert (hard.cp_high_v, hard.cp_low_v) == (0.0, 0.0)
    assert (soft.cp_high_v, soft.cp_low_v) == (0.7, -12.0)


def test_resistors_draw_what_they_draw_and_an_ev_what_it_is_offered() -> None:
    assert measure(STATE_C, PWM).load is None
    assert measure(replace(STATE_C, load_phases=2), PWM).load == Load(8.0, 2, SOC_PERCENT)


@pytest.mark.parametrize(
    ("switches", "volts"),
    [(OPEN, 4.46), (STATE_B, 1.51), (replace(STATE_B, button=True), 2.76)],
)
def test_latch_of_type_1(switches: Switches, volts: float) -> None:
    assert latch_v(switches) == volts


def test_s2_without_the_pilot_line_does_nothing() -> None:
    assert load_ohm(Switches(s2=True)) is None
    assert cp_state(measure(Switches(s2=True), STEADY)) == "A"


def test_load_of_state_c_is_both_resistors_in_parallel() -> None:
    assert load_ohm(STATE_B) == 2740
    assert load_ohm(STATE_C) == pytest.approx(1 / (1 / 2740 + 1 / 1300))
