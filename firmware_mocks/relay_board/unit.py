"""One device on a line: its firmware, its timers, and what is wrong with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from firmware_mocks.faults import Faults
from firmware_mocks.relay_board.coil_board import MAKES, CoilBoard
from firmware_mocks.relay_board.command_board import CommandBoard
from firmware_mocks.relay_board.firmware import Firmware, Flash
from firmware_mocks.relay_board.frames import Request
from firmware_mocks.relay_board.waveshare import WaveshareRelay

OnCoil = Callable[[int, bool], None]
OnFlash = Callable[[Flash], None]
DIALECTS = ("waveshare-8", "waveshare-16", "waveshare-32", "r4d8a08", *MAKES)


def firmware(dialect: str, unit: int, on_coil: OnCoil, on_flash: OnFlash) -> Firmware:
    """The firmware of a board.

    Raises:
        ValueError: no such board.
    """
    if dialect not in DIALECTS:
        raise ValueError(f"no dialect {dialect!r}; there are {', '.join(DIALECTS)}")
    if dialect in MAKES:
        return CoilBoard(MAKES[dialect], unit, on_coil, on_flash)
    if dialect == "r4d8a08":
        return CommandBoard(unit, on_coil, on_flash)
    return WaveshareRelay(unit, on_coil, on_flash, int(dialect.rpartition("-")[2]))


class ModbusUnit:
    """A device in service.

    Args:
        make: its firmware, given what runs its timers.
    """

    def __init__(self, make: Callable[[OnFlash], Firmware]) -> None:
        self.firmware = make(self._start_flash)
        self.faults = Faults()
        self._silence: asyncio.TimerHandle | None = None
        self._timers: dict[int, asyncio.TimerHandle] = {}

    def stop(self) -> None:
        """End all timers."""
        for timer in (*self._timers.values(), self._silence):
            if timer is not None:
                timer.cancel()

    def fault(self, name: str, value: object = True) -> None:
        """Set a fault by name."""
        self.faults.set(name, value)
        self.firmware.stuck = self.faults.stuck

    def fault_text(self, text: str) -> None:
        """Set a fault from "NAME" or "NAME=VALUE"."""
        name, has_value, value = text.partition("=")
        self.fault(name, json.loads(value) if has_value else True)

    def clear(self) -> None:
        """Nothing is wrong any more."""
        self.faults.clear()
        self.firmware.stuck = None

    def response(self, request: Request) -> tuple[int, bytes] | None:
        """Unit and PDU of the answer; None where a real board stays silent."""
        if self.faults.mute or request.unit != self.firmware.unit or not request.pdu:
            return None  # also broadcasts: obeyed by none of our boards' orders, never answered
        self._hear()
        unit = request.unit + 1 if self.faults.foreign_unit else request.unit
        if self.faults.exception is not None:
            return unit, bytes([request.pdu[0] | 0x80, self.faults.exception])
        answer = unit, self.firmware.answer(request.pdu)
        self._hear()  # the request may have set the watchdog
        return answer

    def _start_flash(self, flash: Flash) -> None:
        if (running := self._timers.pop(flash.coil, None)) is not None:
            running.cancel()
        self._timers[flash.coil] = asyncio.get_running_loop().call_later(
            flash.delay_s, self.firmware.move, flash.coil, flash.closed
        )

    def _hear(self) -> None:
        """Somebody speaks to us: the watchdog begins anew."""
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
        if self.firmware.watchdog_s:
            self._silence = asyncio.get_running_loop().call_later(
                self.firmware.watchdog_s, self.firmware.fall_silent
            )


class BoardUnit(ModbusUnit):
    """A relay board in service.

    Args:
        dialect: one of `DIALECTS`.
        unit: address.
        on_coil: told when a relay has moved.
    """

    def __init__(self, dialect: str, unit: int, on_coil: OnCoil) -> None:
        super().__init__(lambda on_flash: firmware(dialect, unit, on_coil, on_flash))
