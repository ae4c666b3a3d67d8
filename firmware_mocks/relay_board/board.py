"""Relay boards in service: one or more on a line, reached by RTU on a pty and by TCP."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from firmware_mocks.control import Control
from firmware_mocks.faults import Faults
from firmware_mocks.ports import PtyPort, Receiver, TcpPort, Write
from firmware_mocks.relay_board.firmware import Firmware
from firmware_mocks.relay_board.frames import Request, RtuParser, TcpParser, rtu, tcp
from firmware_mocks.relay_board.silence import SilenceWatch
from firmware_mocks.relay_board.unit import DIALECTS, BoardUnit, ModbusUnit, firmware

__all__ = ["DIALECTS", "ModbusLineMock", "RelayBoardMock", "RelayLineMock", "firmware"]

SPLIT_S = 0.02
NOISE = b"\xff"


class ModbusLineMock:
    """Devices on one line, which has two faces: a pty, and TCP on loopback.

    Args:
        units: by address.
        rtu, tcp: which faces the line has.
        rtu_over_tcp: the TCP face carries RTU frames, as transparent converters do.
        bind: of the TCP face.
        link: stable name of the pty; it is gone while the line is unplugged.
    """

    def __init__(
        self,
        units: Mapping[int, ModbusUnit],
        *,
        rtu: bool = True,
        tcp: bool = True,
        rtu_over_tcp: bool = False,
        bind: tuple[str, int] = ("127.0.0.1", 0),
        link: Path | None = None,
    ) -> None:
        self.units = dict(units)
        self.silence = SilenceWatch()
        self.requests = 0
        self.pty: PtyPort | None = None
        self.tcp: TcpPort | None = None
        self._faces = (rtu, tcp, rtu_over_tcp)
        self._bind = bind
        self._link = link
        self._hang_up_at: int | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self.plug_in()
        return self

    async def __aexit__(self, *exc: object) -> None:
        for unit in self.units.values():
            unit.stop()
        self._unlink()
        await self._stack.aclose()

    async def plug_in(self) -> None:
        """Plug the line in (again): a new pty, TCP at the port it had."""
        await self._stack.aclose()
        self._hang_up_at = None
        has_rtu, has_tcp, rtu_over_tcp = self._faces
        if has_rtu:
            self.pty = await self._stack.enter_async_context(
                PtyPort(lambda: _RtuFace(self, self._pty_speed))
            )
            if self._link is not None:
                self._unlink()
                os.symlink(self.pty.path, self._link)
        if has_tcp:
            face: Callable[[], Receiver] = lambda: _TcpFace(self)  # noqa: E731
            if rtu_over_tcp:
                face = lambda: _RtuFace(self, None)  # noqa: E731
            self.tcp = await self._stack.enter_async_context(TcpPort(face, *self._bind))
            self._bind = self._bind[0], int(str(self.tcp.address["port"]))

    @property
    def addresses(self) -> dict[str, object]:
        """Where the line is reached, as in the ready line."""
        found: dict[str, object] = {}
        if self.pty is not None:
            found["rtu"] = {"path": self.pty.path if self._link is None else str(self._link)}
        if self.tcp is not None:
            found["tcp"] = self.tcp.address
        return found

    def hang_up(self) -> None:
        """Pull the plug of both faces."""
        self._unlink()
        for port in (self.pty, self.tcp):
            if port is not None:
                port.hang_up()

    def register(self, control: Control, prefix: str = "") -> None:
        """Offer faults and the plug on the control channel; without `unit`, of the first.

        Args:
            control: of the process.
            prefix: of the commands' names, where several lines share a channel.
        """

        def fault(name: str, value: object = True, unit: int = self._first) -> None:
            self._of(unit).fault(name, value)

        def clear() -> None:
            for unit in self.units.values():
                unit.clear()

        control.register(f"{prefix}fault", fault)
        control.register(f"{prefix}clear", clear)
        control.register(f"{prefix}hang_up", self.hang_up)
        control.register(f"{prefix}hang_up_at", self.hang_up_at)
        control.register(f"{prefix}plug_in", self.plug_in)
        control.register(f"{prefix}requests", lambda: self.requests)
        control.register(f"{prefix}silence", self.silence.report)

    @property
    def _first(self) -> int:
        return next(iter(self.units))

    def _of(self, unit: int) -> ModbusUnit:
        if unit not in self.units:
            raise ValueError(f"no unit {unit}; there are {', '.join(map(str, self.units))}")
        return self.units[unit]

    def hang_up_at(self, request: int) -> None:
        """Pull the plug when so many requests (from 1) have come, instead of answering the last."""
        self._hang_up_at = request

    def takes(self) -> bool:
        """Whether a request that has come is to be looked at; counts it."""
        self.requests += 1
        if self._hang_up_at is not None:
            self._hang_up_at -= 1
            if self._hang_up_at <= 0:
                self._hang_up_at = None
                self.hang_up()
                return False
        return True

    def answer(self, request: Request) -> tuple[int, bytes, Faults] | None:
        """Unit and PDU of the answer, and what is wrong with who sends it; None is silence."""
        board = self.units.get(request.unit)
        said = None if board is None else board.response(request)
        return None if board is None or said is None else (*said, board.faults)

    def _pty_speed(self) -> int | None:
        return None if self.pty is None else self.pty.baudrate()

    def _unlink(self) -> None:
        if self._link is not None:
            self._link.unlink(missing_ok=True)


class RelayLineMock(ModbusLineMock):
    """Boards of any makes on one line.

    Args:
        boards: dialect by unit.
        on_coil: told of the unit and of a relay of it that has moved.
        rtu, tcp, rtu_over_tcp, bind, link: as of `ModbusLineMock`.
    """

    def __init__(
        self,
        boards: Mapping[int, str],
        on_coil: Callable[[int, int, bool], None] = lambda *_: None,
        *,
        rtu: bool = True,
        tcp: bool = True,
        rtu_over_tcp: bool = False,
        bind: tuple[str, int] = ("127.0.0.1", 0),
        link: Path | None = None,
    ) -> None:
        def make(unit: int, dialect: str) -> BoardUnit:
            return BoardUnit(dialect, unit, lambda coil, closed: on_coil(unit, coil, closed))

        units = {unit: make(unit, dialect) for unit, dialect in boards.items()}
        super().__init__(units, rtu=rtu, tcp=tcp, rtu_over_tcp=rtu_over_tcp, bind=bind, link=link)

    def register(self, control: Control, prefix: str = "") -> None:
        """Offer coils and inputs too."""
        super().register(control, prefix)
        first = self._first

        def set_input(number: int, closed: bool, unit: int = first) -> None:
            self._of(unit).firmware.inputs[number] = closed

        control.register(f"{prefix}coils", lambda unit=first: list(self._of(unit).firmware.coils))
        control.register(f"{prefix}inputs", lambda unit=first: list(self._of(unit).firmware.inputs))
        control.register(f"{prefix}set_input", set_input)


class RelayBoardMock(RelayLineMock):
    """A line with one board.

    Args:
        unit: address.
        on_coil: told when a relay has moved.
        dialect: one of `DIALECTS`.
        rtu, tcp, rtu_over_tcp, bind: as of `RelayLineMock`.
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
        super().__init__(
            {unit: dialect},
            lambda _unit, coil, closed: on_coil(coil, closed),
            rtu=rtu,
            tcp=tcp,
            rtu_over_tcp=rtu_over_tcp,
            bind=bind,
        )
        self._only = self.units[unit]
        self.firmware: Firmware = self._only.firmware
        self.faults = self._only.faults
        self.response = self._only.response


class _RtuFace:
    def __init__(self, line: ModbusLineMock, speed: Callable[[], int | None] | None) -> None:
        self._line = line
        self._speed = speed
        self._parser = RtuParser()

    async def __call__(self, data: bytes, write: Write) -> None:
        watch, clock = self._line.silence, asyncio.get_running_loop().time
        requests = self._parser.feed(data)
        if self._speed is not None:
            watch.heard(clock(), len(requests), self._speed())
        for request in requests:
            if not self._line.takes():
                return
            answer = self._line.answer(request)
            if answer is None:
                continue
            unit, pdu, faults = answer
            frame = rtu(unit, pdu)
            if faults.garble:
                frame = frame[:-1] + bytes([frame[-1] ^ 0xFF])
            if faults.noise:
                frame = NOISE + frame

            def send(part: bytes) -> None:
                if self._speed is not None:
                    watch.answered(clock())  # before: being slow here must not look like haste
                write(part)

            _send(frame, faults, send)


class _TcpFace:
    def __init__(self, line: ModbusLineMock) -> None:
        self._line = line
        self._parser = TcpParser()

    async def __call__(self, data: bytes, write: Write) -> None:
        for request in self._parser.feed(data):
            if not self._line.takes():
                return
            answer = self._line.answer(request)
            if answer is None:
                continue
            unit, pdu, faults = answer
            frame = tcp(request, unit, pdu)
            if faults.garble:
                frame = bytes([frame[0] ^ 0xFF]) + frame[1:]  # another transaction
            if faults.noise:
                frame = NOISE + frame
            _send(frame, faults, write)


def _send(frame: bytes, faults: Faults, write: Callable[[bytes], None]) -> None:
    """Answer, now or later; a unit that is late does not keep the others from answering."""
    half = len(frame) // 2 if faults.split else 0
    rest = frame[half:] + (frame if faults.double else b"")
    if not faults.late_s and not half:
        write(rest)
        return
    loop = asyncio.get_running_loop()
    if half:
        loop.call_later(faults.late_s, write, frame[:half])
    loop.call_later(faults.late_s + (SPLIT_S if half else 0.0), write, rest)
