"""A relay board in service: its firmware on an RTU line and on TCP, timers and faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Self

from firmware_mocks.control import Control
from firmware_mocks.faults import Faults
from firmware_mocks.ports import PtyPort, TcpPort, Write
from firmware_mocks.relay_board.coil_board import MAKES, CoilBoard
from firmware_mocks.relay_board.command_board import CommandBoard
from firmware_mocks.relay_board.firmware import Firmware, Flash
from firmware_mocks.relay_board.frames import Request, RtuParser, TcpParser, rtu, tcp
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


class RelayBoardMock:
    """One board with two faces: RTU on a pty, Modbus TCP on loopback.

    Args:
        unit: address.
        on_coil: told when a relay has moved.
        dialect: one of `DIALECTS`.
        rtu, tcp: which faces it has.
        rtu_over_tcp: the TCP face carries RTU frames, as transparent converters do.
    """

    def __init__(
        self,
        unit: int = 1,
        on_coil: Callable[[int, bool], None] = lambda *_: None,
        *,
        dialect: str = "waveshare-8",
        rtu: bool = True,
        tcp: bool = True,
        rtu_over_tcp: bool = False,
        bind: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        self.firmware = firmware(dialect, unit, on_coil, self._start_flash)
        self.faults = Faults()
        self.pty = PtyPort(lambda: _RtuFace(self)) if rtu else None
        face = _RtuFace if rtu_over_tcp else _TcpFace
        self.tcp = TcpPort(lambda: face(self), *bind) if tcp else None
        self._silence: asyncio.TimerHandle | None = None
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for port in (self.pty, self.tcp):
            if port is not None:
                await self._stack.enter_async_context(port)
        return self

    async def __aexit__(self, *exc: object) -> None:
        for timer in (*self._timers.values(), self._silence):
            if timer is not None:
                timer.cancel()
        await self._stack.aclose()

    @property
    def addresses(self) -> dict[str, object]:
        """Where the board is reached, as in the ready line."""
        found: dict[str, object] = {}
        if self.pty is not None:
            found["rtu"] = {"path": self.pty.path}
        if self.tcp is not None:
            found["tcp"] = self.tcp.address
        return found

    def hang_up(self) -> None:
        """Pull the plug of both faces."""
        for port in (self.pty, self.tcp):
            if port is not None:
                port.hang_up()

    def register(self, control: Control) -> None:
        """Offer coils, inputs and faults on the control channel."""
        control.register("coils", lambda: list(self.firmware.coils))
        control.register("inputs", lambda: list(self.firmware.inputs))
        control.register("set_input", self._set_input)
        control.register("fault", self._fault)
        control.register("clear", self._clear)
        control.register("hang_up", self.hang_up)

    def _set_input(self, number: int, closed: bool) -> None:
        self.firmware.inputs[number] = closed

    def _fault(self, name: str, value: object = True) -> None:
        self.faults.set(name, value)
        self.firmware.stuck = self.faults.stuck

    def _clear(self) -> None:
        self.faults.clear()
        self.firmware.stuck = None

    def _start_flash(self, flash: Flash) -> None:
        if (running := self._timers.pop(flash.coil, None)) is not None:
            running.cancel()
        self._timers[flash.coil] = asyncio.get_running_loop().call_later(
            flash.delay_s, self.firmware.move, flash.coil, flash.closed
        )

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

    def _hear(self) -> None:
        """Somebody speaks to us: the watchdog begins anew."""
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
        if self.firmware.watchdog_s:
            self._silence = asyncio.get_running_loop().call_later(
                self.firmware.watchdog_s, self._open_all
            )

    def _open_all(self) -> None:
        for coil in range(len(self.firmware.coils)):
            self.firmware.move(coil, False)


class _RtuFace:
    def __init__(self, board: RelayBoardMock) -> None:
        self._board = board
        self._parser = RtuParser()

    async def __call__(self, data: bytes, write: Write) -> None:
        for request in self._parser.feed(data):
            answer = self._board.response(request)
            if answer is not None:
                frame = rtu(*answer)
                if self._board.faults.garble:
                    frame = frame[:-1] + bytes([frame[-1] ^ 0xFF])
                await _later(self._board.faults)
                write(frame)


class _TcpFace:
    def __init__(self, board: RelayBoardMock) -> None:
        self._board = board
        self._parser = TcpParser()

    async def __call__(self, data: bytes, write: Write) -> None:
        for request in self._parser.feed(data):
            answer = self._board.response(request)
            if answer is not None:
                frame = tcp(request, *answer)
                if self._board.faults.garble:
                    frame = bytes([frame[0] ^ 0xFF]) + frame[1:]  # another transaction
                await _later(self._board.faults)
                write(frame)


async def _later(faults: Faults) -> None:
    if faults.late_s:
        await asyncio.sleep(faults.late_s)
