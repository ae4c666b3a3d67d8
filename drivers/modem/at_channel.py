"""One AT port: one command at a time, each with a deadline; reports go their own way."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable
from typing import Self, TypeVar

from drivers.errors import BadReply, DeviceGone, DeviceTimeout, NotSupported
from drivers.modem.at_codec import (
    AtParser,
    Exchange,
    Role,
    is_unknown_command,
    refusal_code,
    refusal_text,
)
from drivers.serial_link import SerialLink, SerialSettings

T = TypeVar("T")
BAUDRATE = 115200
TRIES = 3
SHARED_HINT = (
    "stop ModemManager or let it ignore the stick (configs/udev/70-evse-rig.rules); "
    "find the program with: fuser -v PORT"
)
_IMEI = re.compile(r"\d{14,16}")
_MODEL = re.compile(r"[A-Za-z].*\d.*")


class CommandRefused(BadReply):
    """The modem said no. `code` is that of `+CME ERROR`, None where it gave none."""

    def __init__(self, device: str, command: str, final: str) -> None:
        self.code = refusal_code(final)
        super().__init__(device, f"{command}: {refusal_text(final)}")


class CommandUnknown(NotSupported):
    """The modem's firmware does not know the command."""


class AtChannel:
    """Commands to and reports from one port.

    A command that was given up (deadline, cancelled) may still be answered later. Before the
    next one is sent, the channel asks for the IMEI and skips everything before the answer, so
    that a late reply is never taken for another's.

    Args:
        device: name for errors.
        port: path of the command port.
        on_urc: told of every unsolicited line. Must not raise.
        open_s, reply_s: deadlines in real seconds, see `ModemTimings`.
    """

    def __init__(
        self,
        device: str,
        port: str,
        on_urc: Callable[[str], None],
        *,
        open_s: float = 1.0,
        reply_s: float = 3.0,
    ) -> None:
        self._device = device
        self._port = port
        self._on_urc = on_urc
        self._open_s = open_s
        self._reply_s = reply_s
        self._link = SerialLink(device, SerialSettings(port, BAUDRATE))
        self._turn = asyncio.Lock()
        self._pending: Exchange | None = None
        self._done: asyncio.Future[None] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._gone: DeviceGone | None = None
        self._forgotten: str | None = None
        self._sent: deque[str] = deque(maxlen=8)

    async def __aenter__(self) -> Self:
        await self._link.__aenter__()
        self._gone = None
        self._forgotten = ""  # somebody else's replies may be on their way
        self._reader = asyncio.create_task(self._read(), name=f"at {self._port}")
        return self

    async def __aexit__(self, *_exc: object) -> None:
        reader, self._reader = self._reader, None
        try:
            if reader is not None:
                reader.cancel()
                await asyncio.wait({reader})
        finally:
            self._lose(DeviceGone(self._device, f"port {self._port}: not open"))
            await self._link.__aexit__()

    async def ask(
        self,
        command: str,
        timeout_s: float | None = None,
        *,
        shown: str | None = None,
        marker: re.Pattern[str] | None = None,
    ) -> tuple[str, ...]:
        """Send a command; returns the lines of its reply, without its name.

        Args:
            command: without CR.
            timeout_s: real seconds; None for `reply_s`.
            marker: what the line of a reply in free text looks like; others are left over.
            shown: what errors say instead of the command, where it carries a secret.

        Raises:
            CommandRefused: ERROR, +CME ERROR and the like.
            CommandUnknown: the firmware does not know it.
            DeviceTimeout: nothing came in time.
            BadReply: something came in time, but not understood; or another program
                uses the port.
            DeviceGone: unplugged, at once.
        """
        async with self._turn:
            if self._forgotten is not None:
                await self._catch_up(self._forgotten)
            exchange = Exchange(command, marker)
            await self._run(exchange, self._reply_s if timeout_s is None else timeout_s, shown)
        final = exchange.final or ""
        if final.upper() == "OK":
            return tuple(exchange.lines)
        if is_unknown_command(final):
            raise CommandUnknown(self._device, f"the firmware has no command {shown or command}")
        raise CommandRefused(self._device, shown or command, final)

    async def value(self, command: str, parse: Callable[[str], T]) -> T:
        """Ask, and understand the last line of the reply: those before it may be reports.

        A line with the right name that is not understood may be a doubled reply to an earlier
        form of the command (`^X?`, then `^X=?`): we find our place and ask once more.

        Args:
            command: without CR.
            parse: of one line without the command's name; raises ValueError.

        Raises:
            BadReply: no line is understood. Else as `ask`.
        """
        wrong = ""
        for _attempt in range(2):
            for line in reversed(await self.ask(command)):
                try:
                    return parse(line)
                except (ValueError, IndexError) as error:
                    wrong = wrong or str(error)
            self._forgotten = command
        raise BadReply(self._device, f"{command}: answer not understood: {wrong or 'empty'}")

    async def optional(self, command: str, parse: Callable[[str], T]) -> T | None:
        """As `value`; None where the firmware does not know the command, or has no answer now."""
        try:
            return await self.value(command, parse)
        except (CommandUnknown, CommandRefused):
            return None

    async def _catch_up(self, forgotten: str) -> None:
        """Find our place: everything before the answer to this question is old."""
        by_model = forgotten.upper().startswith("AT+CGSN")
        command, marker = ("AT+CGMM", _MODEL) if by_model else ("AT+CGSN", _IMEI)
        for attempt in range(TRIES):
            try:
                await self._run(Exchange(command, marker), self._open_s, None)
            except (DeviceTimeout, BadReply) as error:
                if attempt == TRIES - 1 or isinstance(error, PortShared):
                    raise
            else:
                self._forgotten = None
                return

    async def _run(self, exchange: Exchange, timeout_s: float, shown: str | None) -> None:
        if self._gone is not None:
            raise self._gone
        self._pending = exchange
        self._done = asyncio.get_running_loop().create_future()
        before, self._forgotten = self._forgotten, exchange.command
        self._sent.append("".join(exchange.command.split()).upper())
        try:
            self._link.write(exchange.command.encode("ascii") + b"\r")
            async with asyncio.timeout(timeout_s):
                await self._done
        except TimeoutError:
            raise self._overdue(exchange, timeout_s, shown) from None
        else:
            self._forgotten = before
        finally:
            if self._done.done() and not self._done.cancelled():
                self._done.exception()  # looked at, also when the deadline came first
            self._pending = self._done = None

    def _overdue(self, exchange: Exchange, timeout_s: float, shown: str | None) -> Exception:
        command = shown or exchange.command
        heard = [*exchange.lines, *exchange.strays]
        if heard:
            said = ", ".join(repr(line[:40]) for line in heard[:3])
            return BadReply(
                self._device,
                f"{command}: answer not understood within {timeout_s:g} s: {said}",
                hint=f"check that {self._port} is the command port of the modem",
            )
        return DeviceTimeout(
            self._device,
            f"{command}: no answer on {self._port} within {timeout_s:g} s",
            hint="check that the port is the modem's command port; then replug the modem",
        )

    async def _read(self) -> None:
        parser = AtParser()
        try:
            while True:
                for line in parser.feed(await self._link.read()):
                    self._take(line)
        except DeviceGone as error:
            self._lose(DeviceGone(self._device, error.what, hint="plug the modem in again"))

    def _take(self, line: str) -> None:
        if self._pending is None:
            if line.startswith(("^", "+")):
                self._on_urc(line)
            return
        role = self._pending.take(line)
        if role is Role.URC:
            self._on_urc(line)
        elif role is Role.FOREIGN_ECHO and self._forgotten_by_us(line):
            pass  # a late echo, or what somebody said before we took the port
        elif role is Role.FOREIGN_ECHO:
            self._finish(PortShared(self._device, self._port, line))
        elif role is Role.FINAL:
            self._finish(None)

    def _forgotten_by_us(self, line: str) -> bool:
        searching = self._pending is not None and self._pending.has_marker
        return searching or "".join(line.split()).upper() in self._sent

    def _finish(self, error: Exception | None) -> None:
        if self._done is None or self._done.done():
            return
        if error is None:
            self._done.set_result(None)
        else:
            self._done.set_exception(error)

    def _lose(self, error: DeviceGone) -> None:
        self._gone = self._gone or error
        self._finish(self._gone)


class PortShared(BadReply):
    """The port echoes a command that we did not send."""

    def __init__(self, device: str, port: str, line: str) -> None:
        super().__init__(
            device,
            f"another program sends commands on {port}: {line[:40]!r}",
            hint=SHARED_HINT.replace("PORT", port),
        )
