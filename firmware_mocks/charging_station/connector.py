"""What a connector reports, as a function of what it sees and has been told. Pure.

Source: OCPP 1.6, 4.9 (status machine), with IEC 61851-1 for the pilot states.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    """

    cp: str = "A"
    cable: bool = False
    authorised: bool = False
    transaction: bool = False
    offering: bool = False
    used: bool = False
    operative: bool = True
    error_code: str | None = None


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
    if facts.authorised or facts.cable:
        return "Preparing"
    return "Available"
