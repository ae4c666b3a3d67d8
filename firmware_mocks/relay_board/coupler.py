"""Watchdog of a WAGO 750 coupler, registers 0x1000 to 0x1008. Pure: the caller runs the timer.

Written from the register pages: time in 100 ms; time and mask cannot be changed while it runs;
any change of the trigger to a value other than 0 starts it; once expired the outputs are 0 and
cannot be written until it was stopped (AA55 or 55AA) or restarted (1). Not in the pages, and so
a guess: the exception that answers a write after the expiry (4). With an empty mask a real one
starts and only the trigger keeps it going; this one does not start.
"""

from __future__ import annotations

from firmware_mocks.relay_board.pdu import ILLEGAL_VALUE, ModbusException

TIME, MASK, TRIGGER, STATE, RESTART, STOP = 0x1000, 0x1001, 0x1003, 0x1006, 0x1007, 0x1008
OFF, RUNNING, EXPIRED = range(3)
STOP_WORDS = (0xAA55, 0x55AA)


class CouplerWatchdog:
    """Its registers and what writing them does."""

    def __init__(self) -> None:
        self.registers = {TIME: 0, MASK: 0, TRIGGER: 0, STATE: OFF, RESTART: 1, STOP: 0}

    @property
    def time_s(self) -> float:
        """Silence after which it expires; 0 while it does not run."""
        return self.registers[TIME] / 10 if self.registers[STATE] == RUNNING else 0.0

    @property
    def has_expired(self) -> bool:
        """Whether outputs are held at 0."""
        return self.registers[STATE] == EXPIRED

    def expire(self) -> None:
        """The time is over."""
        self.registers[STATE] = EXPIRED

    def write(self, register: int, value: int) -> None:
        """FC06 on one of the registers."""
        running = self.registers[STATE] == RUNNING
        if register == STATE or (register in (TIME, MASK) and running):
            raise ModbusException(ILLEGAL_VALUE)
        if register == TRIGGER and value not in (0, self.registers[TRIGGER]):
            self._run(may=not self.has_expired)
        elif register == RESTART and value == 1:
            self._run(may=self.has_expired)
        elif register == STOP and value in STOP_WORDS:
            self.registers[STATE] = OFF
        self.registers[register] = value

    def _run(self, *, may: bool) -> None:
        if may and self.registers[TIME] and self.registers[MASK]:
            self.registers[STATE] = RUNNING
