"""The serial line of a PN532 board, with everything that can go wrong on it.

A pseudo terminal knows the speed its other side set, so a host at the wrong speed is not
understood, as on a real line; parity and noise of a real line are not shown.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

from firmware_mocks.pn532.chip import Pn532Chip, SyntaxFault
from firmware_mocks.pn532.frames import ACK, ERROR, NACK, Bad, Command, FrameReader, Mark, response
from firmware_mocks.ports import PtyPort, Write


@dataclass(slots=True)
class NfcFaults:
    """What is wrong with the reader.

    Attributes:
        mute: takes everything, answers nothing.
        late_s: real seconds that every response is late.
        late_ack_s: real seconds that every ACK is late.
        garble: check sums of all responses are wrong.
        split: everything comes byte by byte.
        double: every ACK and every response comes twice.
        noise: line noise before every frame.
        nack: refuses every frame.
        error_frame: answers every command with the error frame.
        foreign: the chip is another one.
        pull: the plug is pulled as soon as a command has come.
        only: the commands that the faults are about, by code; empty for all.
    """

    mute: bool = False
    late_s: float = 0.0
    late_ack_s: float = 0.0
    garble: bool = False
    split: bool = False
    double: bool = False
    noise: bool = False
    nack: bool = False
    error_frame: bool = False
    foreign: bool = False
    pull: bool = False
    only: str = ""

    def set(self, name: str, value: object) -> None:
        """Set a fault by name.

        Raises:
            ValueError: no such fault.
        """
        names = [f.name for f in fields(self)]
        if name not in names:
            raise ValueError(f"no fault {name!r}; there are {', '.join(names)}")
        setattr(self, name, value)


class Pn532Port:
    """Where the driver plugs in.

    Args:
        chip: answers.
        link: stable name of the port; None makes one in a folder of our own.
    """

    def __init__(self, chip: Pn532Chip, link: Path | None = None) -> None:
        self.chip = chip
        self.faults = NfcFaults()
        self.heard: list[int] = []
        self._link = link
        self._stack = contextlib.AsyncExitStack()
        self._port: PtyPort | None = None
        self._frames = FrameReader()
        self._last = b""
        self._running: asyncio.Task[None] | None = None
        self._pulling: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._link is None:
            folder = tempfile.TemporaryDirectory(prefix="pn532-")
            self._link = Path(self._stack.enter_context(folder)) / "nfc"
        await self.plug_in()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.unplug()
        await self._stack.aclose()

    @property
    def path(self) -> str:
        """What the driver opens."""
        return str(self._link)

    async def plug_in(self) -> None:
        """Power up."""
        if self._port is not None or self._link is None:
            return
        self.chip.power_up()
        self._frames = FrameReader()
        self._port = await PtyPort(lambda: self._receive).__aenter__()
        self._link.unlink(missing_ok=True)
        os.symlink(self._port.path, self._link)

    async def unplug(self) -> None:
        """Pull it out: the port is gone, and with it its name."""
        await self._stop()
        port, self._port = self._port, None
        if port is not None and self._link is not None:
            self._link.unlink(missing_ok=True)
            await port.__aexit__()

    async def _receive(self, data: bytes, write: Write) -> None:
        port = self._port
        if port is None or not self.chip.understands(port.baudrate()):
            self._frames = FrameReader()  # at the wrong speed there is nothing but noise
            return
        for frame in self._frames.feed(data):
            if frame is not Mark.NACK:
                await self._stop()  # whatever the host sends ends the command in progress
            if frame is Mark.ACK:
                self.chip.acknowledged()
            elif frame is Mark.NACK:
                await self._send(self._last, write)
            elif isinstance(frame, Bad):
                await self._send(ERROR, write)
            elif isinstance(frame, Command) and self.faults.pull and self._about(frame):
                self.heard.append(frame.code)
                self._pulling = asyncio.create_task(self.unplug(), name="pn532 pulled")
                return
            elif isinstance(frame, Command):
                self._running = asyncio.create_task(self._obey(frame, write), name="pn532")

    async def _stop(self) -> None:
        task, self._running = self._running, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _obey(self, command: Command, write: Write) -> None:
        self.heard.append(command.code)
        faults = self.faults if self._about(command) else NfcFaults()
        if faults.mute:
            return
        await asyncio.sleep(faults.late_ack_s)
        times = 2 if faults.double else 1  # at once: nothing of the host comes in between
        await self._send((NACK if faults.nack else ACK) * times, write)
        if faults.nack:
            return
        self.chip.ic = 0x33 if faults.foreign else 0x32
        try:
            said = self.chip.execute(command.code, command.data)
        except SyntaxFault:
            said, frame = b"", ERROR
        else:
            frame = b"" if said is None else response(command.code, said)
        if said is None:
            return
        if faults.error_frame:
            frame = ERROR
        if faults.garble:
            frame = frame[:-2] + bytes([frame[-2] ^ 0x5A]) + frame[-1:]
        await asyncio.sleep(faults.late_s)
        self._last = frame
        await self._send(frame * times, write)

    def _about(self, command: Command) -> bool:
        return not self.faults.only or f"{command.code:02x}" in self.faults.only.lower()

    async def _send(self, data: bytes, write: Write) -> None:
        if self.faults.noise:
            data = b"\x55\xaa\x00" + data
        step = 1 if self.faults.split else max(1, len(data))
        for at in range(0, len(data), step):
            write(data[at : at + step])
            await asyncio.sleep(0)
