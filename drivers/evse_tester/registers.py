"""Register map of a tester with a controller of its own, Modbus holding registers. Pure.

The map is ours: no maker of hand testers publishes one. docs/reference/evse-tester.md describes
it for those who build such a tester; the simulated one is written from that description.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum, IntFlag

from drivers.evse_tester.circuit import S2, Positions, Senses
from drivers.evse_tester.pilot import latch
from drivers.ports import CableCode, PilotMeasurement, PlugFault

MAGIC = 0x4556
"""ASCII "EV"."""
VERSION = 1
IDENTITY = 0x0000
IDENTITY_COUNT = 7
ORDERS = 0x0010
WATCHDOG = 0x0015
STATE = 0x0020
STATE_COUNT = 6
INSTRUMENTS = 0x0030
INSTRUMENT_COUNT = 11
ABSENT = 0xFFFF

FAULTS = (
    PlugFault.CP_PE_SHORT,
    PlugFault.CP_PE_SHORT_AFTER_DIODE,
    PlugFault.DIODE_SHORT,
    PlugFault.PE_OPEN,
    PlugFault.CP_OPEN,
    PlugFault.PP_OPEN,
    PlugFault.PP_SHORT,
)
"""Fault n is number n + 1 in the registers, and bit n of the abilities."""

_EV = {(False, S2.OPEN): 0, (True, S2.OPEN): 1, (True, S2.CHARGE): 2, (True, S2.VENTILATE): 3}
_OF_EV = {number: positions for positions, number in _EV.items()}


class Order(IntEnum):
    """Order registers, counted from `ORDERS`; the state has the same order from `STATE`."""

    EV = 0
    CABLE = 1
    FAULT = 2
    LOAD = 3
    BUTTON = 4


class Feature(IntFlag):
    """What a tester can do besides A, B and C; identity register 6."""

    VENTILATION = 1
    BUTTON = 2
    INSTRUMENTS = 4
    VOLTAGE = 8
    LOCK = 16


class Status(IntFlag):
    """Inputs, state register 5."""

    VOLTAGE = 1
    LOCKED = 2
    LID_OPEN = 4
    EMERGENCY_STOP = 8
    TOO_HOT = 16
    WATCHDOG_FIRED = 32


def orders(positions: Positions) -> list[int]:
    """Order registers for positions.

    Raises:
        ValueError: S2 closed with the pilot open; no register says so.
    """
    try:
        ev = _EV[positions.cp, positions.s2]
    except KeyError:
        raise ValueError("S2 is closed while the pilot is open") from None
    cable = 0 if positions.cable is None else int(positions.cable[:-1])
    fault = 0 if positions.fault is None else FAULTS.index(positions.fault) + 1
    return [ev, cable, fault, positions.load_phases, int(positions.button)]


def positions(state: Sequence[int]) -> Positions:
    """Positions from the first five state registers.

    Raises:
        ValueError: a number that the map does not have.
    """
    ev, cable, fault, load, button = state[:5]
    if ev not in _OF_EV or fault > len(FAULTS) or load > 3 or button > 1:
        raise ValueError(f"state registers {list(state[:5])} are none of the map")
    cp, s2 = _OF_EV[ev]
    code = None if not cable else CableCode(f"{cable}A")
    return Positions(cp, s2, code, FAULTS[fault - 1] if fault else None, load, bool(button))


def senses(
    status: int, features: Feature, instruments: Sequence[int] | None, *, type1: bool
) -> Senses:
    """What the inputs see.

    Args:
        status: state register 5.
        features: of the tester.
        instruments: their registers, None where it has none.
        type1: the proximity voltage tells the latch.
    """
    seen = Status(status)
    measured = None if instruments is None else measurement(instruments)
    pp_v = None if measured is None else measured.pp_v
    return Senses(
        voltage=Status.VOLTAGE in seen if Feature.VOLTAGE in features else None,
        locked=Status.LOCKED in seen if Feature.LOCK in features else None,
        lid_open=Status.LID_OPEN in seen,
        emergency_stop=Status.EMERGENCY_STOP in seen,
        too_hot=Status.TOO_HOT in seen,
        latch=latch(pp_v) if type1 and pp_v is not None else None,
        measured=measured,
    )


def measurement(registers: Sequence[int]) -> PilotMeasurement:
    """Values of the instruments in volts, amperes, percent and hertz."""
    high, low, duty, frequency, pp = registers[:5]
    return PilotMeasurement(
        _signed(high) / 1000,
        _signed(low) / 1000,
        None if duty == ABSENT else duty / 10,
        None if frequency == ABSENT else float(frequency),
        None if pp == ABSENT else pp / 1000,
        tuple(value / 10 for value in registers[5:8]),
        tuple(value / 100 for value in registers[8:11]),
    )


def _signed(value: int) -> int:
    return value - 0x10000 if value >= 0x8000 else value
