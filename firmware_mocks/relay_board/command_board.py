"""Eletechsup R4D8A08: relays are holding registers 1 to 8 that take commands by FC06. Pure.

The command is the high byte: 01 on, 02 off, 03 toggle, 04 this one only, 05 on for a second,
06nn on for nn seconds, 07 all on, 08 all off. FC03 reads what the relays really do.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware_mocks.relay_board.firmware import Firmware, Flash
from firmware_mocks.relay_board.pdu import (
    ILLEGAL_ADDRESS,
    ILLEGAL_VALUE,
    ModbusException,
    two_words,
)

COUNT = 8
TURN_ON, TURN_OFF, TOGGLE, LATCH, MOMENTARY, DELAY, ALL_ON, ALL_OFF = range(1, 9)


class CommandBoard(Firmware):
    """The board."""

    def __init__(
        self,
        unit: int = 1,
        on_coil: Callable[[int, bool], None] = lambda *_: None,
        on_flash: Callable[[Flash], None] = lambda *_: None,
    ) -> None:
        super().__init__(COUNT, 0, unit, on_coil, on_flash)
        self.handlers = {3: self._read, 6: self._write}

    def _read(self, body: bytes) -> bytes:
        address, count = two_words(body)
        if address < 1 or count < 1 or address + count > COUNT + 1:
            raise ModbusException(ILLEGAL_ADDRESS)
        states = self.coils[address - 1 : address - 1 + count]
        return bytes([2 * count]) + b"".join(int(state).to_bytes(2) for state in states)

    def _write(self, body: bytes) -> bytes:
        address, value = two_words(body)
        command, argument = divmod(value, 256)
        if command in (ALL_ON, ALL_OFF) and address == 0:
            for coil in range(COUNT):
                self.move(coil, command == ALL_ON)
            return body
        if not 1 <= address <= COUNT:
            raise ModbusException(ILLEGAL_ADDRESS)
        coil = address - 1
        if command in (TURN_ON, TURN_OFF):
            self.move(coil, command == TURN_ON)
        elif command == TOGGLE:
            self.move(coil, not self.coils[coil])
        elif command == LATCH:
            for other in range(COUNT):
                self.move(other, other == coil)
        elif command in (MOMENTARY, DELAY):
            self.move(coil, True)
            self.flash(Flash(coil, False, 1.0 if command == MOMENTARY else float(argument)))
        else:
            raise ModbusException(ILLEGAL_VALUE)
        return body
