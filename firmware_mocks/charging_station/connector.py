"""What a connector reports, as a function of what it sees and has been told. Pure.

Source: OCPP 1.6, 4.9 (status machine), with IEC 61851-1 for the pilot states.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from firmware_mocks.electrical import PlugInputs

NOT_PLUGGED = PlugInputs(12.0, 12.0, None)

# Upper pilot level and its window of +-1 V: IEC 61851-1, table A.4.
_LEVELS = (("A", 12.0), ("B", 9.0), ("C", 6.0), ("D", 3.0), ("E", 0.0))


def cp_state(inputs: PlugInputs) -> str:
    """Control pilot state for the measured levels; "E" when no window fits, "F" below zero."""
    if inputs.cp_high_v < -1.0:
        return "F"
    for state, level in _LEVELS:
        if abs(inputs.cp_high_v - level) <= 1.1:
            return state
    return "E"


# Proximity resistance up to which a cable carries so many amperes: the upper ends of the windows
# of IEC 61851-1, table B.2; between two windows the smaller current counts.
_CABLES = ((140.0, 63), (308.0, 32), (936.0, 20), (4500.0, 13))
PLUG_FAULT = "OtherError"
"""EVCommunicationError would be no fault: it goes with SuspendedEVSE (OCPP 1.6, 7.6; rule S7)."""
LEAST_CABLE_OHM = 60.0
"""Less is a short circuit, not a cable."""


@lru_cache(maxsize=64)
def cable_limit_a(pp_ohm: float) -> int:
    """Current that a cable carries by its proximity resistor; 0 for a short circuit."""
    if pp_ohm < LEAST_CABLE_OHM:
        return 0
    return next((current_a for ohm, current_a in _CABLES if pp_ohm <= ohm), 0)


def electrical_fault(inputs: PlugInputs, *, fixed_cable: bool) -> str | None:
    """Error code for what pilot and proximity show whether PWM runs or not; None for nothing."""
    if cp_state(inputs) == "E":
        return PLUG_FAULT
    shorted = inputs.pp_ohm is not None and inputs.pp_ohm < LEAST_CABLE_OHM
    return PLUG_FAULT if shorted and not fixed_cable else None


def lacks_diode(inputs: PlugInputs) -> bool:
    """While PWM runs: whether the negative half wave is loaded too."""
    return cp_state(inputs) in "BCD" and abs(inputs.cp_high_v + inputs.cp_low_v) < 1.1


def duty_percent(current_a: float) -> float:
    """PWM duty that offers a current from 6 A on, IEC 61851-1 table A.7; never more than it."""
    percent = min(current_a / 0.6, 85.0) if current_a <= 52.5 else current_a / 2.5 + 64.0
    return math.floor(percent * 10 + 1e-9) / 10


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the status depends on.

    Attributes:
        cp: control pilot state, A to F.
        cable: a cable is in the socket, or the fixed one is in a car.
        authorised: somebody may charge here.
        transaction: one is running.
        offering: energy is offered (PWM).
        used: a transaction ended, or nobody identified, and the cable is still in.
        operative: not taken out of service.
        error_code: of a fault that prevents charging, None without.
        reserved: kept for somebody.
    """

    cp: str = "A"
    cable: bool = False
    authorised: bool = False
    transaction: bool = False
    offering: bool = False
    used: bool = False
    operative: bool = True
    error_code: str | None = None
    reserved: bool = False


_BY_AVAILABLE = {("Preparing", "Reserved"), ("Preparing", "Unavailable"), ("Finishing", "Reserved")}
_RUNNING = frozenset({"Charging", "SuspendedEV", "SuspendedEVSE"})


def bridge(before: str, after: str) -> str | None:
    """Status to report between two that do not follow each other; None where none is needed.

    Source: OCPP 1.6, 4.9, table of status transitions (F2, G2, B1).
    """
    if before in ("Finishing", "Reserved") and after in _RUNNING:
        return "Preparing"
    if before in ("Available", "Reserved", "Unavailable") and after == "Finishing":
        return "Preparing"  # a transaction was over before anything of it was reported
    if (before, after) in _BY_AVAILABLE:
        return "Available"
    return None


def status(facts: Facts) -> str:
    """The status to report."""
    if facts.error_code is not None:
        return "Faulted"
    if facts.transaction:
        if not facts.offering:
            return "SuspendedEVSE"  # also when both sides pause (S10)
        return "Charging" if facts.cp in "CD" else "SuspendedEV"
    if facts.used and facts.cable:
        return "Finishing"
    if not facts.operative:
        return "Unavailable"
    if facts.reserved and not facts.authorised:
        return "Reserved"  # also with a cable in: the car may be that of the reserver (ours)
    if facts.authorised or facts.cable:
        return "Preparing"
    return "Available"
