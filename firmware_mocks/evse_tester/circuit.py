"""Resistor network of a Type 2 tester plug: switches in, volts and ohms out. Pure.

The pilot source has 1 kOhm; the EV side has a diode and 2.74 kOhm, with 1.3 kOhm in parallel
when S2 is closed. What a real plug adds and this one lacks: noise, cable capacitance, rise
times, contact bounce.

Source: IEC 61851-1 annex A, tables A.2 and A.3; annex B (cable coding).
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware_mocks.electrical import Generator, PilotSignal, PlugInputs

SOURCE_V = 12.0
SOURCE_OHM = 1000.0
DIODE_V = 0.7
R2_OHM = 2740.0
R3_OHM = 1300.0
PP_32_A_OHM = 220.0


@dataclass(frozen=True, slots=True)
class Switches:
    """Position of the plug's relays, True is closed."""

    cp: bool = False
    s2: bool = False
    pp: bool = False


def load_ohm(switches: Switches) -> float | None:
    """Resistance behind the diode; None when the pilot line is open."""
    if not switches.cp:
        return None
    if switches.s2:
        return R2_OHM * R3_OHM / (R2_OHM + R3_OHM)
    return R2_OHM


def measure(switches: Switches, pilot: PilotSignal) -> PlugInputs:
    """What the station's connector measures with its own generator on the line."""
    pp = PP_32_A_OHM if switches.pp else None
    if pilot.generator is Generator.OFF:
        return PlugInputs(0.0, 0.0, pp)
    if pilot.generator is Generator.FAULT:
        return PlugInputs(-SOURCE_V, -SOURCE_V, pp)
    ohm = load_ohm(switches)
    high = SOURCE_V
    if ohm is not None:
        high = DIODE_V + (SOURCE_V - DIODE_V) * ohm / (ohm + SOURCE_OHM)
    low = -SOURCE_V if pilot.generator is Generator.PWM else high  # the diode blocks below zero
    return PlugInputs(round(high, 3), round(low, 3), pp)
