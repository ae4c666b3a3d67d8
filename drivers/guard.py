"""Safety process: opens the relays when its starter dies or stops.

`python -m drivers.guard` reads from stdin one JSON line with the boards, then any line as a sign
of life. End of file (the starter was killed) or silence (it was stopped, or hangs) makes it put
every coil of every board into its safe state, with read-back. The line `bye` ends it without
acting. It writes one JSON line per board to stderr, and to a file if told so.

    {"boards": [{"name", "dialect", "unit", "transport": {...}, "safe_closed": []}],
     "silence_s": 2.0, "log": "/path" | null}

It opens serial ports without lock: a starter that was stopped still holds it. It keeps every port
open from the start, so that the name cannot come to mean another device meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from drivers.errors import DriverError, ReadbackMismatch
from drivers.options import Options
from drivers.registry import bus_address, dialect_of
from drivers.relay.addresses import TcpAddress
from drivers.relay.coil_access import CoilAccess
from drivers.relay.dialects import Dialect
from drivers.relay.modbus_bus import ModbusBus, ModbusExceptionReply
from drivers.relay.setting_up import SettingUp
from drivers.serial_link import SerialSettings

SILENCE_S = 2.0
ATTEMPTS = 5
PAUSE_S = 0.3
BYE = b"bye"


@dataclass(frozen=True, slots=True)
class GuardedBoard:
    """What the guard must know of one relay board."""

    name: str
    address: SerialSettings | TcpAddress
    unit: int
    dialect: Dialect
    safe: tuple[bool, ...]
    timeout_s: float

    @classmethod
    def parse(cls, section: Mapping[str, object]) -> GuardedBoard:
        """Read a board from the order.

        Raises:
            ValueError, DriverError: the section does not describe a board.
        """
        options = Options("guard", section)
        name = options.text("name")
        transport = cast("Mapping[str, object]", section["transport"])
        dialect = dialect_of(name, section)
        closed = set(options.integers("safe_closed"))
        return cls(
            name,
            bus_address(name, transport),
            options.integer("unit", 1),
            dialect,
            tuple(n in closed for n in range(dialect.coil_count)),
            Options(name, transport).number("timeout_s", 0.5),
        )

    async def make_safe(self, bus: ModbusBus) -> None:
        """Write the safe state and read it back.

        Raises:
            DriverError: the board did not do it.
        """
        await bus.acquire(self.name)
        try:
            coils = CoilAccess(self.name, bus, self.unit, self.dialect)
            try:
                await coils.write(0, self.safe)
            except ModbusExceptionReply:
                if not await SettingUp(self.name, bus, self.unit, self.dialect, 0).end_expiry():
                    raise
                await coils.write(0, self.safe)
            got = await coils.read()
        finally:
            await bus.release()
        if got != self.safe:
            raise ReadbackMismatch(self.name, "safe state", expected=self.safe, got=got)


class Guard:
    """Waits for the starter to fall silent, then acts once.

    Args:
        boards: to be made safe.
        silence_s: real seconds without a sign of life that count as death.
        log: file that gets a copy of every line, or None.
    """

    def __init__(
        self, boards: Sequence[GuardedBoard], silence_s: float, log: Path | None = None
    ) -> None:
        self._boards = boards
        self._silence_s = silence_s
        self._log = log
        self._buses: dict[SerialSettings | TcpAddress, ModbusBus] = {}

    async def watch(self, life: asyncio.StreamReader) -> str | None:
        """Wait; returns why the guard must act, or None after `bye`."""
        while True:
            try:
                async with asyncio.timeout(self._silence_s):
                    line = await life.readline()
            except TimeoutError:
                return f"the daemon was silent for {self._silence_s:g} s"
            if not line:
                return "the daemon ended without saying goodbye"
            if line.strip() == BYE:
                return None

    async def act(self, why: str) -> bool:
        """Make every board safe; True if all of them are."""
        for board in self._boards:
            self._buses.setdefault(
                board.address,
                ModbusBus(board.address, timeout_s=board.timeout_s, exclusive=False),
            )
        done = await asyncio.gather(*(self._save(board, why) for board in self._boards))
        return all(done)

    async def _save(self, board: GuardedBoard, why: str) -> bool:
        failure = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(PAUSE_S)
            try:
                await board.make_safe(self._buses[board.address])
            except Exception as error:  # whatever it is, the other boards are made safe
                failure = str(error) if isinstance(error, DriverError) else repr(error)
                continue
            self._record(board.name, why, True, "all coils in the safe state, read back")
            return True
        self._record(board.name, why, False, failure)
        return False

    def _record(self, board: str, why: str, ok: bool, detail: str) -> None:
        utc = datetime.now(UTC).isoformat(timespec="milliseconds")
        entry = {"utc": utc, "board": board, "ok": ok, "why": why, "detail": detail}
        line = json.dumps(entry) + "\n"
        with suppress(OSError):  # stderr may have died with the starter; the file remains
            sys.stderr.write(line)
            sys.stderr.flush()
        if self._log is not None:
            with suppress(OSError), self._log.open("a") as file:
                file.write(line)


@contextmanager
def held(addresses: Iterable[SerialSettings | TcpAddress]) -> Iterator[None]:
    """Keep serial ports open without reading or setting anything; what is missing is left out."""
    ports: list[int] = []
    try:
        for address in addresses:
            if isinstance(address, SerialSettings):
                with suppress(OSError):
                    ports.append(os.open(address.port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))
        yield
    finally:
        for port in ports:
            os.close(port)


async def main() -> int:
    """Serve one order from stdin; 0 if nothing had to be done or all boards are safe."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Whoever stops the daemon stops us by closing our stdin; a signal to the whole group
        # must not take the guard away first.
        loop.add_signal_handler(number, lambda: None)
    life = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(life), sys.stdin
    )
    try:
        order = json.loads(await life.readline() or b"{}")
        boards = [GuardedBoard.parse(section) for section in order.get("boards", ())]
        log = order.get("log")
        silence_s = float(order.get("silence_s", SILENCE_S))
        guard = Guard(boards, silence_s, Path(log) if log else None)
        sys.stdout.write('{"ready": true, "kind": "guard"}\n')
        sys.stdout.flush()
        with held([board.address for board in boards]):
            why = await guard.watch(life)
            return 0 if why is None or await guard.act(why) else 1
    finally:
        transport.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
