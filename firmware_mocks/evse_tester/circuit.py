"""Resistor network of a tester plug: switches in, volts, ohms and amperes out. Pure.

The pilot source has 1 kOhm; the EV side has a diode and 2.74 kOhm, with 1.3 kOhm (C) or 270 Ohm
(D) in parallel when S2 is closed. What a real plug adds and this one lacks: cable capacitance,
rise times, contact bounce.

Source: IEC 61851-1 annex A, tables A.2 and A.3; annex B (cable coding); SAE J1772 (Type 1).
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware_mocks.electrical import Generator, Load, PilotSignal, PlugInputs

SOURCE_V = 12.0
SOURCE_OHM = 1000.0
DIODE_V = 0.7
R2_OHM = 2740.0
R3_OHM = 1300.0
R3_VENTILATION_OHM = 270.0
CABLE_OHM = {13: 1500.0, 20: 680.0, 32: 220.0, 63: 100.0}
"""Proximity resistor by the current that the cable carries."""
LOAD_A = 8.0
"""Of the load resistor in each phase, at 230 V."""
SOC_PERCENT = 50.0
"""What the tester says of the battery that it plays, to a station that asks by data."""

# Vehicle inlet of Type 1: 5 V through 330 Ohm, 2.7 kOhm to PE; the connector adds 150 Ohm when
# latched, 480 Ohm while its button is pressed.
TYPE1_ABSENT_V, TYPE1_PRESSED_V, TYPE1_LATCHED_V = 4.46, 2.76, 1.51


@dataclass(frozen=True, slots=True)
class Switches:
    """Position of the plug's contacts, True is away from rest.

    Attributes:
        cp: pilot line connected to the EV network.
        s2, s2d: 1.3 kOhm, 270 Ohm.
        pp_ohm: proximity resistor, None for none.
        e_hard, e_soft: CP to PE before and behind the diode.
        diode: bypassed.
        pe: PE of pilot and proximity is open.
        load_phases: load resistors in service; None for a car that takes what is offered.
        button: of a Type 1 connector.
    """

    cp: bool = False
    s2: bool = False
    s2d: bool = False
    pp_ohm: float | None = None
    e_hard: bool = False
    e_soft: bool = False
    diode: bool = False
    pe: bool = False
    load_phases: int | None = None
    button: bool = False


def load_ohm(switches: Switches) -> float | None:
    """Resistance behind the diode; None when the pilot line is open."""
    if not switches.cp:
        return None
    if switches.e_soft:
        return 0.0
    siemens = 1 / R2_OHM
    siemens += 1 / R3_OHM if switches.s2 else 0.0
    siemens += 1 / R3_VENTILATION_OHM if switches.s2d else 0.0
    return 1 / siemens


def measure(switches: Switches, pilot: PilotSignal) -> PlugInputs:
    """What the station's connector measures with its own generator on the line."""
    pp = None if switches.pe else switches.pp_ohm
    high, low = _levels(switches, pilot.generator)
    phases = switches.load_phases
    load = None if phases is None else Load(LOAD_A, phases, SOC_PERCENT)
    return PlugInputs(round(high, 3), round(low, 3), pp, load)


def latch_v(switches: Switches) -> float:
    """Proximity voltage at the vehicle inlet of a Type 1 tester."""
    if not switches.cp:
        return TYPE1_ABSENT_V
    return TYPE1_PRESSED_V if switches.button else TYPE1_LATCHED_V


def _levels(switches: Switches, generator: Generator) -> tuple[float, float]:
    if generator is Generator.OFF or (switches.e_hard and not switches.pe):
        return 0.0, 0.0
    if generator is Generator.FAULT:
        low = _divided(switches, -SOURCE_V)
        return low, low
    high = _divided(switches, SOURCE_V)
    return high, _divided(switches, -SOURCE_V) if generator is Generator.PWM else high


def _divided(switches: Switches, source_v: float) -> float:
    """Level of the line for one half wave of the source; the diode blocks the negative one."""
    ohm = None if switches.pe else load_ohm(switches)
    blocked = source_v < 0 and not switches.diode
    if ohm is None or blocked:
        return source_v
    drop_v = 0.0 if switches.diode else DIODE_V
    return drop_v + (source_v - drop_v) * ohm / (ohm + SOURCE_OHM)
