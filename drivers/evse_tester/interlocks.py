"""The interlocks of a tester plug. Pure: every move passes here before a contact does.

Each rule has a number; the tests try to break each of them. Moves towards rest on a fault do not
pass here; `PlugCircuit.release` keeps their order.

Source: IEC 61851-1 annex A (sequences 1 to 10 of table A.6) for the order of states; the others
are what a person at the bench would do.
"""

from __future__ import annotations

from dataclasses import fields
from enum import StrEnum

from drivers.evse_tester.circuit import S2, Positions, Senses


class Rule(StrEnum):
    """Why a move is refused."""

    ONE_CHANGE = "I1"
    """One thing changes at a time."""
    BREAK_BEFORE_MAKE = "I2"
    """Between two resistors of one line there is none."""
    EV_BEFORE_S2 = "I3"
    """S2 closes only when the pilot is connected (B before C and D)."""
    S2_BEFORE_CP = "I4"
    """The pilot opens only when S2 is open (C to B before A)."""
    CONTACTOR_BEFORE_CP = "I5"
    """The pilot opens only when the station's contactor has."""
    CP_BEFORE_PP = "I6"
    """The proximity moves only while the pilot is open: plugs mate PP first, part CP first."""
    LOCK_BEFORE_PP = "I7"
    """The proximity opens only when the station has released the plug."""
    LOAD_NEEDS_CONTACTOR = "I8"
    """A load comes on only in C or D, with voltage seen, without a fault in the plug."""
    LOAD_BEFORE_S2 = "I9"
    """S2 moves only without a load: the station's contactor never breaks the tester's current."""
    TESTER_SAFE = "I10"
    """No load with an open lid, a pressed emergency stop, or a hot tester."""
    FAULT_WITHOUT_LOAD = "I11"
    """Faults go in one at a time, and without a load."""


REASONS = {
    Rule.ONE_CHANGE: "one thing changes at a time",
    Rule.BREAK_BEFORE_MAKE: "one resistor must be off before another comes on",
    Rule.EV_BEFORE_S2: "S2 cannot close while no EV is connected",
    Rule.S2_BEFORE_CP: "S2 must open before the pilot does",
    Rule.CONTACTOR_BEFORE_CP: "there is still voltage: the station's contactor is closed",
    Rule.CP_BEFORE_PP: "the proximity cannot move while the EV is connected",
    Rule.LOCK_BEFORE_PP: "the station holds the plug locked",
    Rule.LOAD_NEEDS_CONTACTOR: "a load needs state C or D, voltage at the plug and no fault",
    Rule.LOAD_BEFORE_S2: "the load must be off before S2 moves",
    Rule.TESTER_SAFE: "the tester forbids a load",
    Rule.FAULT_WITHOUT_LOAD: "a fault goes in one at a time and without a load",
}


def broken_rule(before: Positions, after: Positions, seen: Senses) -> Rule | None:
    """The rule that a move would break, or None if it is allowed.

    Args:
        before: positions now.
        after: positions wanted.
        seen: what the inputs see now.
    """
    changed = {f.name for f in fields(Positions)} - {
        f.name for f in fields(Positions) if getattr(before, f.name) == getattr(after, f.name)
    }
    if not changed:
        return None
    if len(changed) > 1:
        return Rule.ONE_CHANGE
    (what,) = changed
    check = {
        "cp": _cp,
        "s2": _s2,
        "cable": _cable,
        "fault": _fault,
        "load_phases": _load,
        "button": lambda *_: None,
    }[what]
    return check(before, after, seen)


def _cp(before: Positions, after: Positions, seen: Senses) -> Rule | None:
    if after.cp:
        return None
    if before.s2 is not S2.OPEN:
        return Rule.S2_BEFORE_CP
    return Rule.CONTACTOR_BEFORE_CP if seen.voltage else None


def _s2(before: Positions, after: Positions, seen: Senses) -> Rule | None:
    if before.load_phases:
        return Rule.LOAD_BEFORE_S2
    if S2.OPEN not in (before.s2, after.s2):
        return Rule.BREAK_BEFORE_MAKE
    return Rule.EV_BEFORE_S2 if after.s2 is not S2.OPEN and not before.cp else None


def _cable(before: Positions, after: Positions, seen: Senses) -> Rule | None:
    if before.cp:
        return Rule.CP_BEFORE_PP
    if None not in (before.cable, after.cable):
        return Rule.BREAK_BEFORE_MAKE
    return Rule.LOCK_BEFORE_PP if after.cable is None and seen.locked else None


def _fault(before: Positions, after: Positions, seen: Senses) -> Rule | None:
    if after.fault is None:
        return None
    if before.load_phases or before.fault is not None:
        return Rule.FAULT_WITHOUT_LOAD
    return None


def _load(before: Positions, after: Positions, seen: Senses) -> Rule | None:
    if after.load_phases < before.load_phases:
        return None
    if after.load_phases != before.load_phases + 1:
        return Rule.ONE_CHANGE
    charging = before.cp and before.s2 is not S2.OPEN and before.fault is None
    if not charging or seen.voltage is not True:
        return Rule.LOAD_NEEDS_CONTACTOR
    return Rule.TESTER_SAFE if seen.against_load else None
