"""Boards whose relays are Modbus coils; what differs between makes is a table. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from firmware_mocks.relay_board.coupler import CouplerWatchdog
from firmware_mocks.relay_board.firmware import Firmware, Flash
from firmware_mocks.relay_board.pdu import (
    DEVICE_FAILURE,
    ILLEGAL_ADDRESS,
    ILLEGAL_VALUE,
    OFF,
    ON,
    ModbusException,
    bits_from,
    bits_written,
    two_words,
)


@dataclass(frozen=True, slots=True)
class Make:
    """A make of board.

    Attributes:
        coils, inputs: numbers of relays and inputs.
        write_base, read_base, input_base: first addresses.
        several: whether FC0F is understood.
        registers: holding registers with their value at power-up.
        writable: those that FC06 may change.
        watchdog: register with the seconds of silence after which all relays open.
        pulses: FC06 on register n closes relay n for so many tenths of a second.
        coupler: with the watchdog of a fieldbus coupler.
    """

    coils: int
    inputs: int = 0
    write_base: int = 0
    read_base: int = 0
    input_base: int = 0
    several: bool = True
    registers: dict[int, int] = field(default_factory=dict)
    writable: frozenset[int] = frozenset()
    watchdog: int | None = None
    pulses: bool = False
    coupler: bool = False


SCHEDULE = range(0x6200, 0x621E)
INPUT_MODES = range(9, 15)

# From the makers' manuals. The power-up registers begin with the unsafe value on purpose.
MAKES = {
    "kmtronic-8": Make(8, several=False),
    "denkovi-16": Make(
        16,
        registers={0x6800: 1, 0x6A00: 110, **dict.fromkeys(SCHEDULE, 1)},
        writable=frozenset({0x6800, *SCHEDULE}),
        pulses=True,
    ),
    "wirenboard-6": Make(
        6,
        7,
        registers={6: 1, 8: 0, **dict.fromkeys(INPUT_MODES, 1)},
        writable=frozenset({6, 8, *INPUT_MODES}),
        watchdog=8,
    ),
    "adam-6060": Make(6, 6, write_base=16, read_base=16),
    "adam-4068": Make(
        8, write_base=16, read_base=16, registers={214: 0, 215: 0}, writable=frozenset({214})
    ),
    "wago-750": Make(8, read_base=0x0200, coupler=True),
}


class CoilBoard(Firmware):
    """A board of a make."""

    def __init__(
        self,
        make: Make,
        unit: int = 1,
        on_coil: Callable[[int, bool], None] = lambda *_: None,
        on_flash: Callable[[Flash], None] = lambda *_: None,
    ) -> None:
        super().__init__(make.coils, make.inputs, unit, on_coil, on_flash)
        self._make = make
        self._registers = dict(make.registers)
        self._coupler = CouplerWatchdog() if make.coupler else None
        self.handlers = {
            1: lambda body: bits_from(self.coils, make.read_base, body),
            3: self._read_register,
            5: self._write_coil,
            6: self._write_register,
        }
        if make.inputs:
            self.handlers[2] = lambda body: bits_from(self.inputs, make.input_base, body)
        if make.several:
            self.handlers[15] = self._write_coils

    def _read_register(self, body: bytes) -> bytes:
        address, count = two_words(body)
        if self._coupler is not None and count == 1 and address in self._coupler.registers:
            return b"\x02" + self._coupler.registers[address].to_bytes(2)
        wanted = range(address, address + count)
        if not 1 <= count <= 125 or any(n not in self._registers for n in wanted):
            raise ModbusException(ILLEGAL_ADDRESS)
        return bytes([2 * count]) + b"".join(self._registers[n].to_bytes(2) for n in wanted)

    def _write_register(self, body: bytes) -> bytes:
        address, value = two_words(body)
        if self._coupler is not None and address in self._coupler.registers:
            self._coupler.write(address, value)
            self.watchdog_s = self._coupler.time_s
            return body
        if self._make.pulses and address < len(self.coils):
            return self._pulse(body, address, value)
        if address not in self._make.writable:
            raise ModbusException(ILLEGAL_ADDRESS)
        self._registers[address] = value
        if address == self._make.watchdog:
            self.watchdog_s = float(value)
        return body

    def fall_silent(self) -> None:
        """All relays open; a coupler takes no orders from now on."""
        if self._coupler is not None:
            self._coupler.expire()
            self.watchdog_s = 0.0
        super().fall_silent()

    def _pulse(self, body: bytes, coil: int, tenths: int) -> bytes:
        if not tenths:
            raise ModbusException(ILLEGAL_VALUE)
        self.move(coil, True)
        self.flash(Flash(coil, False, tenths / 10))
        return body

    def _must_take_orders(self) -> None:
        if self._coupler is not None and self._coupler.has_expired:
            raise ModbusException(DEVICE_FAILURE)

    def _write_coil(self, body: bytes) -> bytes:
        self._must_take_orders()
        address, value = two_words(body)
        coil = address - self._make.write_base
        if not 0 <= coil < len(self.coils):
            raise ModbusException(ILLEGAL_ADDRESS)
        if value not in (ON, OFF):
            raise ModbusException(ILLEGAL_VALUE)
        self.move(coil, value == ON)
        return body

    def _write_coils(self, body: bytes) -> bytes:
        self._must_take_orders()
        for coil, closed in bits_written(body, self._make.write_base, len(self.coils)):
            self.move(coil, closed)
        return body[:4]
