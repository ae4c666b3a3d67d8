"""A relay board in service: its firmware on an RTU line and on TCP, timers and faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Self

from firmware_mocks.control import Control
from firmware_mocks.faults import Faults
from firmware_mocks.ports import PtyPort, TcpPort, Write
from firmware_mocks.relay_board.frames import Request, RtuParser, TcpParser, rtu, tcp
from firmware_mocks.relay_board.waveshare import Flash, WaveshareRelay8


class RelayBoardMock:
    """One board with two faces: RTU on a pty, Modbus TCP on loopback.

    Args:
        unit: address.
        on_coil: told when a relay has moved.
        rtu, tcp: which faces it has.
    """

    def __init__(
        self,
        unit: int = 1,
        on_coil: Callable[[int, bool], None] = lambda *_: None,
        *,
        rtu: bool = True,
        tcp: bool = True,
        bind: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        self.firmware = WaveshareRelay8(unit, on_coil, self._start_flash)
        self.faults = Faults()
        self.pty = PtyPort(lambda: _RtuFace(self)) if rtu else None
        self.tcp = TcpPort(lambda: _TcpFace(self), *bind) if tcp else None
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for port in (self.pty, self.tcp):
            if port is not None:
                await self._stack.enter_async_context(port)
        return self

    async def __aexit__(self, *exc: object) -> None:
        for timer in self._timers.values():
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
        unit = request.unit + 1 if self.faults.foreign_unit else request.unit
        if self.faults.exception is not None:
            return unit, bytes([request.pdu[0] | 0x80, self.faults.exception])
        return unit, self.firmware.answer(request.pdu)


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
