"""Control pilot and proximity as numbers: levels, duty cycle, currents. Pure.

Source: IEC 61851-1 annex A, tables A.4 (levels), A.7 and A.8 (duty cycle); SAE J1772 for the
proximity of Type 1.
"""

from __future__ import annotations

from drivers.ports import CpState, Latch

WINDOW_V = 1.0
_LEVELS = (
    (12.0, CpState.A),
    (9.0, CpState.B),
    (6.0, CpState.C),
    (3.0, CpState.D),
    (0.0, CpState.E),
    (-12.0, CpState.F),
)
# 5 V through 330 Ohm, 2.7 kOhm to PE in the vehicle; 150 Ohm latched, 480 Ohm with S3 open:
# 4.46 V, 1.51 V and 2.76 V. Limits halfway between.
_PRESSED_V = 2.1
_ABSENT_V = 3.6


def cp_state(high_v: float) -> CpState | None:
    """State for the upper level of the pilot; None between two windows."""
    for level, state in _LEVELS:
        if abs(high_v - level) <= WINDOW_V:
            return state
    return None


def offered_current_a(duty_percent: float) -> float:
    """Current that the station offers per phase, A.

    0 where the duty cycle allows none: reserved values, no PWM, or 5 %, which asks for digital
    communication (ISO 15118).
    """
    if not 8.0 <= duty_percent <= 97.0:
        return 0.0
    if duty_percent < 10.0:
        return 6.0
    if duty_percent <= 85.0:
        return duty_percent * 0.6
    if duty_percent <= 96.0:
        return (duty_percent - 64.0) * 2.5
    return 80.0


def duty_percent(current_a: float) -> float:
    """Duty cycle for a current, the inverse of `offered_current_a`.

    The tables have a gap between 51 and 52.5 A; what lies in it is offered as 51 A.

    Args:
        current_a: 6 to 80.

    Raises:
        ValueError: no duty cycle means this current.
    """
    if not 6.0 <= current_a <= 80.0:
        raise ValueError(f"{current_a:g} A cannot be offered by a duty cycle, only 6 to 80 A")
    if current_a <= 52.5:
        return min(current_a / 0.6, 85.0)
    return current_a / 2.5 + 64.0


def latch(pp_v: float) -> Latch:
    """What the proximity voltage at a Type 1 vehicle inlet means."""
    if pp_v >= _ABSENT_V:
        return Latch.ABSENT
    return Latch.PRESSED if pp_v >= _PRESSED_V else Latch.LATCHED
