"""Firmware of a tester with its own controller: Modbus holding registers. Pure.

Written from docs/reference/evse-tester.md, as a maker of such a tester would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firmware_mocks.electrical import UNPOWERED, ConnectorOutputs, Generator
from firmware_mocks.evse_tester.circuit import (
    CABLE_OHM,
    LOAD_A,
    Switches,
    latch_v,
    measure,
)
from firmware_mocks.relay_board.firmware import Firmware
from firmware_mocks.relay_board.pdu import (
    ILLEGAL_ADDRESS,
    ILLEGAL_VALUE,
    ModbusException,
    two_words,
)

DEVICE_FAILURE = 4
"""Exception for an order that the controller refuses as unsafe."""
MAGIC, VERSION = 0x4556, 1
ORDERS, WATCHDOG, STATE, INSTRUMENTS = 0x0010, 0x0015, 0x0020, 0x0030
EV, CABLE, FAULT, LOAD, BUTTON = range(5)
MOST = (3, 63, 7, 3, 1)
NONE = 0xFFFF
MAINS_V = 230
E_HARD, E_SOFT, DIODE, PE_OPEN, CP_OPEN, PP_OPEN, PP_SHORT = range(1, 8)


@dataclass(slots=True)
class TesterInputs:
    """What a person or a trouble does to the tester."""

    lid_open: bool = False
    emergency_stop: bool = False
    too_hot: bool = False


@dataclass(frozen=True, slots=True)
class TesterKind:
    """What a tester is and can do.

    Attributes:
        plug_type: 1 or 2.
        faults: bit n for fault n + 1.
        loads: number of phases.
        cables: bits for 13, 20, 32 and 63 A.
        features: 1 state D, 2 button, 4 instruments, 8 voltage input, 16 lock feedback.
    """

    plug_type: int = 2
    faults: int = 0b1111111
    loads: int = 3
    cables: int = 0b1111
    features: int = 0b11101


class TesterFirmware(Firmware):
    """Registers, contacts and the controller's own interlocks.

    Args:
        kind: of the tester.
        unit: Modbus unit.
        moved: told when a contact has moved.

    Attributes:
        tester: lid, emergency stop, temperature.
        outputs: of the station's connector, as the cable shows them.
        stuck: order register, from 0, whose contacts do not follow; None for none.
    """

    def __init__(
        self,
        kind: TesterKind,
        unit: int = 1,
        moved: Callable[[], None] = lambda: None,
        noise: Callable[[], float] = lambda: 0.0,
    ) -> None:
        super().__init__(0, 0, unit)
        self.kind = kind
        self.tester = TesterInputs()
        self.outputs: ConnectorOutputs = UNPOWERED
        self.contacts = [0] * 5
        self._moved = moved
        self._noise = noise
        self._orders = [0] * 5
        self._fired = False
        self.handlers = {3: self._read, 6: self._write}

    @property
    def switches(self) -> Switches:
        """Position of the contacts."""
        ev, cable, fault, load, button = self.contacts
        pp = CABLE_OHM.get(cable)
        if fault in (PP_OPEN, PP_SHORT):
            pp = None if fault == PP_OPEN else 0.0
        return Switches(
            cp=ev > 0 and fault != CP_OPEN,
            s2=ev == 2,
            s2d=ev == 3,
            pp_ohm=pp,
            e_hard=fault == E_HARD,
            e_soft=fault == E_SOFT,
            diode=fault == DIODE,
            pe=fault == PE_OPEN,
            load_phases=load,
            button=bool(button),
        )

    def release(self) -> None:
        """Everything open: the watchdog has fired, or the emergency stop was pressed."""
        self._orders = [0] * 5
        self._follow(force=True)

    def fall_silent(self) -> None:
        """Nobody has spoken to us for too long."""
        self._fired = True
        self.release()

    def _follow(self, *, force: bool = False) -> None:
        before = list(self.contacts)
        for number, value in enumerate(self._orders):
            if number != self.stuck or force:
                self.contacts[number] = value
        if self.contacts != before:
            self._moved()

    def _write(self, body: bytes) -> bytes:
        address, value = two_words(body)
        if address == WATCHDOG:
            self.watchdog_s = value / 10
            return body
        number = address - ORDERS
        if not 0 <= number < len(MOST):
            raise ModbusException(ILLEGAL_ADDRESS)
        if value > MOST[number] or not self._has(number, value):
            raise ModbusException(ILLEGAL_VALUE)
        if self._is_unsafe(number, value):
            raise ModbusException(DEVICE_FAILURE)
        self._orders[number] = value
        self._fired = False
        self._follow()
        return body

    def _has(self, number: int, value: int) -> bool:
        kind = self.kind
        if number == CABLE and value:
            codes = list(CABLE_OHM)
            return value in codes and bool(kind.cables >> codes.index(value) & 1)
        if number == FAULT and value:
            return bool(kind.faults >> (value - 1) & 1)
        if number == EV and value == 3:
            return bool(kind.features & 1)
        if number == LOAD:
            return value <= kind.loads
        return number != BUTTON or not value or bool(kind.features & 2)

    def _is_unsafe(self, number: int, value: int) -> bool:
        """The controller's own view; it trusts no driver."""
        ev, load = self.contacts[EV], self.contacts[LOAD]
        blocked = self.tester.lid_open or self.tester.emergency_stop or self.tester.too_hot
        if number == LOAD and value:
            return ev < 2 or not self.outputs.contactor_closed or blocked
        if number == EV:
            return (abs(value - ev) > 1 and {value, ev} != {1, 3}) or (load > 0 and value != ev)
        if number == CABLE:
            return ev > 0 or bool(value and self.contacts[CABLE] and value != self.contacts[CABLE])
        return number == FAULT and bool(value) and load > 0

    def _read(self, body: bytes) -> bytes:
        address, count = two_words(body)
        memory = self._memory()
        if not count or any(address + n not in memory for n in range(count)):
            raise ModbusException(ILLEGAL_ADDRESS)
        words = [memory[address + n] & 0xFFFF for n in range(count)]
        return bytes([2 * count]) + b"".join(word.to_bytes(2) for word in words)

    def _memory(self) -> dict[int, int]:
        kind = self.kind
        blocks = {
            0: [MAGIC, VERSION, kind.plug_type, kind.faults, kind.loads, kind.cables,
                kind.features],
            ORDERS: self._orders,
            WATCHDOG: [round(self.watchdog_s * 10)],
            STATE: [*self.contacts, self._status()],
        }  # fmt: skip
        if kind.features & 4:
            blocks[INSTRUMENTS] = self._instruments()
        return {start + n: word for start, words in blocks.items() for n, word in enumerate(words)}

    def _status(self) -> int:
        seen = (
            self.outputs.contactor_closed,
            self.outputs.plug_locked,
            self.tester.lid_open,
            self.tester.emergency_stop,
            self.tester.too_hot,
            self._fired,
        )
        return sum(bit << n for n, bit in enumerate(seen))

    def _instruments(self) -> list[int]:
        outputs, switches = self.outputs, self.switches
        line = measure(switches, outputs.pilot)
        pwm = outputs.pilot.generator is Generator.PWM
        duty = outputs.pilot.duty_percent or 0.0
        volts = [10 * MAINS_V * (outputs.contactor_closed and n < outputs.phases) for n in range(3)]
        load = switches.load_phases or 0
        amperes = [round(100 * LOAD_A) * bool(volts[n] and n < load) for n in range(3)]
        return [
            round(1000 * (line.cp_high_v + self._noise())),
            round(1000 * (line.cp_low_v + self._noise())),
            round(10 * duty) if pwm else NONE,
            1000 if pwm else NONE,
            round(1000 * latch_v(switches)) if self.kind.plug_type == 1 else NONE,
            *volts,
            *amperes,
        ]
