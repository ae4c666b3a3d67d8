"""The AT port of the dongle: a pty behind a stable link, with everything that can go wrong."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

from firmware_mocks.clock import MockClock
from firmware_mocks.control import Control
from firmware_mocks.modem.at_firmware import AtFirmware
from firmware_mocks.ports import PtyPort, Write

REPORT_S = 2.0
"""Lab seconds between two unsolicited reports of the level."""
STORM = 20
"""Lines of one burst of reports."""
_NEVER_BUSY = ("ATE", "ATI", "AT+CGM", "AT+CGSN", "AT+CMEE")


@dataclass(slots=True)
class AtFaults:
    """What is wrong with the port.

    Attributes:
        mute: takes everything, answers nothing.
        mute_on: is mute to commands that begin like this; "" for none.
        late_s: real seconds that every answer is late.
        garble: letters of every answer are damaged.
        split: every answer comes byte by byte.
        double: every answer comes twice.
        echo: the echo cannot be switched off.
        storm: a burst of reports before every line.
        foreign: the answers are those of another make.
        busy: everything about SIM and network is refused for now.
    """

    mute: bool = False
    mute_on: str = ""
    late_s: float = 0.0
    garble: bool = False
    split: bool = False
    double: bool = False
    echo: bool = False
    storm: bool = False
    foreign: bool = False
    busy: bool = False

    def set(self, name: str, value: object) -> None:
        """Set a fault by name.

        Raises:
            ValueError: no such fault.
        """
        names = [f.name for f in fields(self)]
        if name not in names:
            raise ValueError(f"no fault {name!r}; there are {', '.join(names)}")
        setattr(self, name, value)


class AtPort:
    """Where the driver plugs in.

    Args:
        firmware: answers.
        clock: lab time of the reports.
        link: stable name of the port; None makes one in a folder of our own.
    """

    def __init__(self, firmware: AtFirmware, clock: MockClock, link: Path | None = None) -> None:
        self.faults = AtFaults()
        self.heard = 0
        self._firmware = firmware
        self._clock = clock
        self._link = link
        self._stack = contextlib.AsyncExitStack()
        self._port: PtyPort | None = None
        self._write: Write | None = None
        self._buffer = b""
        self._line = asyncio.Lock()  # one line at a time: a report never cuts an answer's line
        self._reports: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._link is None:
            folder = tempfile.TemporaryDirectory(prefix="e3372h-")
            self._link = Path(self._stack.enter_context(folder)) / "modem-at"
        await self.plug_in()
        self._reports = asyncio.create_task(self._report(), name="at reports")
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._reports is not None:
            self._reports.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reports
        await self.unplug()
        await self._stack.aclose()

    @property
    def path(self) -> str:
        """What the driver opens."""
        return str(self._link)

    async def plug_in(self) -> None:
        """Power up: settings are kept, echo is on, the SIM asks for its PIN again."""
        if self._port is not None:
            return
        self._firmware.echo = True
        self._firmware.reports = True
        self._firmware.dongle.power_up()
        self._buffer = b""
        self._port = await PtyPort(lambda: self._receive).__aenter__()
        assert self._link is not None  # noqa: S101  # entered
        self._link.unlink(missing_ok=True)
        os.symlink(self._port.path, self._link)

    async def unplug(self) -> None:
        """Pull it out: the port is gone, and with it its name."""
        port, self._port = self._port, None
        self._write = None
        if port is not None:
            assert self._link is not None  # noqa: S101  # entered
            self._link.unlink(missing_ok=True)
            await port.__aexit__()

    def say(self, text: str) -> None:
        """Put something on the line as it is, line ends included."""
        if self._write is not None:
            self._write(text.encode("latin-1"))

    def register(self, control: Control) -> None:
        """Serve modem_fault, modem_clear, unplug_modem, replug_modem, say and forbidden."""
        control.register("modem_fault", lambda name, value: self.faults.set(name, value))
        control.register("modem_clear", lambda: setattr(self, "faults", AtFaults()))
        control.register("unplug_modem", self.unplug)
        control.register("replug_modem", self.plug_in)
        control.register("modem_says", lambda text: self.say(text))
        control.register("modem_heard", lambda: self.heard)
        control.register("modem_forbidden", lambda: list(self._firmware.forbidden))

    async def _receive(self, data: bytes, write: Write) -> None:
        self._write = write
        self._buffer += data
        while b"\r" in self._buffer:
            command, _, self._buffer = self._buffer.partition(b"\r")
            await self._obey(command.decode("latin-1").strip("\n\0 "), write)

    async def _obey(self, command: str, write: Write) -> None:
        self.heard += 1
        deaf = self.faults.mute_on
        if not command or self.faults.mute or (deaf and command.upper().startswith(deaf)):
            return
        if self._firmware.echo or self.faults.echo:
            await self._send(f"{command}\r", write)
        lines = self._firmware.answer(command)
        if self.faults.foreign and command.upper() == "AT+CGMI":
            lines = ["Quectel", "OK"]
        if self.faults.busy and not command.upper().startswith(_NEVER_BUSY):
            lines = ["+CME ERROR: 14"]
        if self.faults.late_s:
            await asyncio.sleep(self.faults.late_s)
        for _ in range(2 if self.faults.double else 1):
            for line in lines:
                if self.faults.storm:
                    await self._send("".join(self._burst()), write)
                await self._send(f"\r\n{self._damaged(line)}\r\n", write)

    def _damaged(self, line: str) -> str:
        if not self.faults.garble:
            return line
        return "".join(chr(ord(c) ^ 0x03) if n % 2 else c for n, c in enumerate(line))

    def _burst(self) -> list[str]:
        end = self._firmware.dialect.line_end
        kinds = (
            self._firmware.hcsq(),
            f"^RSSI:{self._firmware.csq()}",
            "^BOOT:1,0,0,0,0",
            '+CREG: 1,"792D","04947221"',
            "^DSFLOWRPT:0000000A,00000000,00000000",
        )
        return [f"\r\n{kinds[n % len(kinds)]}{end}" for n in range(STORM)]

    async def _send(self, text: str, write: Write) -> None:
        data = text.encode("latin-1")
        step = 1 if self.faults.split else len(data)
        async with self._line:
            for at in range(0, len(data), step):
                write(data[at : at + step])
                await asyncio.sleep(0)

    async def _report(self) -> None:
        """Reports come by the clock of the modem, whoever listens."""
        before: tuple[object, ...] = ()
        while True:
            await self._clock.sleep(REPORT_S)
            if self._write is None or not self._firmware.reports or self.faults.mute:
                continue
            radio, end = self._firmware.dongle.radio, self._firmware.dialect.line_end
            self._firmware.dongle.sim_state()
            lines = [f"^RSSI:{self._firmware.csq()}", self._firmware.hcsq()]
            now = (radio.serving, radio.stat, radio.data)
            if now != before:
                lines += [f"^SRVST:{2 if radio.serving else 0}", f"^NDISSTAT:{radio.data},,,"]
            before = now
            write = self._write
            await self._send("".join(f"\r\n{line}{end}" for line in lines), write)
