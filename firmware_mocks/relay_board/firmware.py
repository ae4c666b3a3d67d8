"""What the firmware of every relay board has: relays, inputs, registers, and a dispatcher. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firmware_mocks.relay_board.pdu import ILLEGAL_FUNCTION, ModbusException


@dataclass(frozen=True, slots=True)
class Flash:
    """Relay `coil` goes to `closed` after `delay_s`."""

    coil: int
    closed: bool
    delay_s: float


class Firmware:
    """State and behaviour of a board; it has no clock, the caller runs its timers.

    Args:
        coil_count, input_count: of the board.
        unit: address on the bus.
        on_coil: told when a relay moves.
        on_flash: told to run a timer.

    Attributes:
        stuck: relay that does not follow.
        handlers: by function code; each takes the body of a request and returns that of the
            answer.
        watchdog_s: seconds of silence after which all relays open; 0 is never.
    """

    def __init__(
        self,
        coil_count: int,
        input_count: int,
        unit: int = 1,
        on_coil: Callable[[int, bool], None] = lambda *_: None,
        on_flash: Callable[[Flash], None] = lambda *_: None,
    ) -> None:
        self.unit = unit
        self.coils = [False] * coil_count  # power-up: all open
        self.inputs = [False] * input_count
        self.stuck: int | None = None
        self.handlers: dict[int, Callable[[bytes], bytes]] = {}
        self.watchdog_s = 0.0
        self.flash = on_flash
        self._on_coil = on_coil

    def move(self, coil: int, closed: bool) -> None:
        """Drive a relay; a stuck one does not follow."""
        if self.stuck != coil and self.coils[coil] != closed:
            self.coils[coil] = closed
            self._on_coil(coil, closed)

    def fall_silent(self) -> None:
        """Nobody has spoken for `watchdog_s`: all relays open."""
        for coil in range(len(self.coils)):
            self.move(coil, False)

    def answer(self, pdu: bytes) -> bytes:
        """Response to a request to this unit, without unit and check sum."""
        function = pdu[0]
        handler = self.handlers.get(function)
        try:
            if handler is None:
                raise ModbusException(ILLEGAL_FUNCTION)
            return bytes([function]) + handler(pdu[1:])
        except ModbusException as error:
            return bytes([function | 0x80, error.code])
