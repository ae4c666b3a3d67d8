"""Firmware of the Waveshare Modbus RTU Relay family, protocol V3.

Written from the maker's protocol description: FC01/FC05/FC0F on relays, FC02 on inputs, all
relays at 0x00FF, flash on 0x0200+n and off 0x0400+n in units of 100 ms, version at 0x8000.
Pure: it has no clock, the caller runs its timers.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware_mocks.relay_board.firmware import Firmware, Flash
from firmware_mocks.relay_board.pdu import (
    ILLEGAL_ADDRESS,
    ILLEGAL_VALUE,
    OFF,
    ON,
    ModbusException,
    bits_from,
    bits_written,
    two_words,
)

COUNT = 8
ALL = 0x00FF
FLASH_ON, FLASH_OFF = 0x0200, 0x0400
VERSION_REGISTER, UNIT_REGISTER = 0x8000, 0x4000
VERSION = 200  # V2.00: relays are coils
TOGGLE = 0x5500


class WaveshareRelay(Firmware):
    """A board with 8 relays and 8 inputs, or with 16 or 32 relays and none.

    Args:
        unit: address on the bus.
        on_coil: told when a relay moves.
        on_flash: told to run a timer.
        coil_count: 8, 16 or 32.
    """

    def __init__(
        self,
        unit: int = 1,
        on_coil: Callable[[int, bool], None] = lambda *_: None,
        on_flash: Callable[[Flash], None] = lambda *_: None,
        coil_count: int = COUNT,
    ) -> None:
        super().__init__(coil_count, COUNT if coil_count == COUNT else 0, unit, on_coil, on_flash)
        self.handlers = {
            1: lambda body: bits_from(self.coils, 0, body),
            3: self._read_registers,
            5: self._write_coil,
            15: self._write_coils,
        }
        if self.inputs:
            self.handlers[2] = lambda body: bits_from(self.inputs, 0, body)

    def _read_registers(self, body: bytes) -> bytes:
        address, count = two_words(body)
        known = {VERSION_REGISTER: VERSION, UNIT_REGISTER: self.unit}
        if address not in known or count != 1:
            raise ModbusException(ILLEGAL_ADDRESS)
        return b"\x02" + known[address].to_bytes(2)

    def _write_coil(self, body: bytes) -> bytes:
        address, value = two_words(body)
        every = range(len(self.coils))
        if address in every or address == ALL:
            if value not in (ON, OFF, TOGGLE):
                raise ModbusException(ILLEGAL_VALUE)
            for coil in every if address == ALL else (address,):
                self.move(coil, not self.coils[coil] if value == TOGGLE else value == ON)
        elif (coil := address - FLASH_ON) in every:
            self._flash(coil, True, value)
        elif (coil := address - FLASH_OFF) in every:
            self._flash(coil, False, value)
        else:
            raise ModbusException(ILLEGAL_ADDRESS)
        return body

    def _flash(self, coil: int, closed: bool, tenths: int) -> None:
        if not 0 < tenths <= 0x7FFF:
            raise ModbusException(ILLEGAL_VALUE)
        self.move(coil, closed)
        self.flash(Flash(coil, not closed, tenths / 10))

    def _write_coils(self, body: bytes) -> bytes:
        for coil, closed in bits_written(body, 0, len(self.coils)):
            self.move(coil, closed)
        return body[:4]
