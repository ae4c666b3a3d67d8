"""Firmware of the Waveshare Modbus RTU Relay (D), 8 relays and 8 inputs, protocol V3.

Written from the maker's protocol description: FC01/FC05/FC0F on relays, FC02 on inputs, all
relays at 0x00FF, flash on 0x0200+n and off 0x0400+n in units of 100 ms, version at 0x8000.
Pure: it has no clock, the caller runs its timers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

COUNT = 8
ALL = 0x00FF
FLASH_ON, FLASH_OFF = 0x0200, 0x0400
VERSION_REGISTER, UNIT_REGISTER = 0x8000, 0x4000
VERSION = 200  # V2.00: relays are coils
ON, OFF, TOGGLE = 0xFF00, 0x0000, 0x5500

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3


class ModbusException(Exception):
    """Answer with an exception response."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Flash:
    """Relay `coil` goes back to `closed` after `delay_s`."""

    coil: int
    closed: bool
    delay_s: float


class WaveshareRelay8:
    """State and behaviour of the board.

    Args:
        unit: address on the bus.
        on_coil: told when a relay moves.
        on_flash: told to run a timer.
    """

    def __init__(
        self,
        unit: int = 1,
        on_coil: Callable[[int, bool], None] = lambda *_: None,
        on_flash: Callable[[Flash], None] = lambda *_: None,
    ) -> None:
        self.unit = unit
        self.coils = [False] * COUNT  # power-up: all open
        self.inputs = [False] * COUNT
        self.stuck: int | None = None
        self._on_coil = on_coil
        self._on_flash = on_flash

    def move(self, coil: int, closed: bool) -> None:
        """Drive a relay; a stuck one does not follow."""
        if self.stuck != coil and self.coils[coil] != closed:
            self.coils[coil] = closed
            self._on_coil(coil, closed)

    def answer(self, pdu: bytes) -> bytes:
        """Response to a request to this unit, without unit and check sum."""
        function = pdu[0]
        handler = {
            1: self._read_coils,
            2: self._read_inputs,
            3: self._read_registers,
            5: self._write_coil,
            15: self._write_coils,
        }.get(function)
        try:
            if handler is None:
                raise ModbusException(ILLEGAL_FUNCTION)
            return bytes([function]) + handler(pdu[1:])
        except ModbusException as error:
            return bytes([function | 0x80, error.code])

    def _read_coils(self, body: bytes) -> bytes:
        return _read_bits(self.coils, body)

    def _read_inputs(self, body: bytes) -> bytes:
        return _read_bits(self.inputs, body)

    def _read_registers(self, body: bytes) -> bytes:
        address, count = _two(body)
        known = {VERSION_REGISTER: VERSION, UNIT_REGISTER: self.unit}
        if address not in known or count != 1:
            raise ModbusException(ILLEGAL_ADDRESS)
        return b"\x02" + known[address].to_bytes(2)

    def _write_coil(self, body: bytes) -> bytes:
        address, value = _two(body)
        if address < COUNT or address == ALL:
            if value not in (ON, OFF, TOGGLE):
                raise ModbusException(ILLEGAL_VALUE)
            for coil in range(COUNT) if address == ALL else (address,):
                self.move(coil, not self.coils[coil] if value == TOGGLE else value == ON)
        elif (coil := address - FLASH_ON) in range(COUNT):
            self._flash(coil, True, value)
        elif (coil := address - FLASH_OFF) in range(COUNT):
            self._flash(coil, False, value)
        else:
            raise ModbusException(ILLEGAL_ADDRESS)
        return body

    def _flash(self, coil: int, closed: bool, tenths: int) -> None:
        if not 0 < tenths <= 0x7FFF:
            raise ModbusException(ILLEGAL_VALUE)
        self.move(coil, closed)
        self._on_flash(Flash(coil, not closed, tenths / 10))

    def _write_coils(self, body: bytes) -> bytes:
        address, count = _two(body[:4])
        if count == 0 or address + count > COUNT:
            raise ModbusException(ILLEGAL_ADDRESS)
        if len(body) < 6 or body[4] != (count + 7) // 8 or len(body) != 5 + body[4]:
            raise ModbusException(ILLEGAL_VALUE)
        bits = int.from_bytes(body[5:], "little")
        for n in range(count):
            self.move(address + n, bool(bits >> n & 1))
        return body[:4]


def _two(body: bytes) -> tuple[int, int]:
    if len(body) != 4:
        raise ModbusException(ILLEGAL_VALUE)
    return int.from_bytes(body[:2]), int.from_bytes(body[2:])


def _read_bits(bits: list[bool], body: bytes) -> bytes:
    address, count = _two(body)
    if count == 0 or address + count > len(bits):
        raise ModbusException(ILLEGAL_ADDRESS)
    value = sum(bit << n for n, bit in enumerate(bits[address : address + count]))
    size = (count + 7) // 8
    return bytes([size]) + value.to_bytes(size, "little")
