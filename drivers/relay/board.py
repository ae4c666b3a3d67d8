"""Relay board on a Modbus line."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from drivers.errors import BadReply, NotSupported, ReadbackMismatch
from drivers.ports import Observer
from drivers.relay.dialects import Dialect, Setting
from drivers.relay.modbus_bus import ILLEGAL_DATA_ADDRESS, ModbusBus, ModbusExceptionReply

SAFE_STATE_TIMEOUT_S = 5.0
WATCHDOG_S = 5.0
"""The bench asks each board twice a second; a daemon that is silent for so long is dead."""


class RelayBoard:
    """Relay board with up to 32 coils (K1 is coil 0) on a bus that others may share.

    Entering proves that the board answers, speaks the dialect and lets no input move a relay.
    Leaving puts every coil into its safe state first, also when the body failed or was
    cancelled. A write is done when the board reads back the same. Coils are only ever set,
    never toggled or pulsed: a lost reply may then be answered by asking again.

    Args:
        name: of the board on the bench.
        bus: line to the board.
        unit: Modbus unit, 1..247.
        dialect: register map.
        safe_closed: coils that are closed in the safe state; all others are open.
        observe: told of every coil that changed.
    """

    def __init__(
        self,
        name: str,
        bus: ModbusBus,
        unit: int,
        dialect: Dialect,
        *,
        observe: Observer,
        safe_closed: Iterable[int] = (),
        watchdog_s: float = WATCHDOG_S,
    ) -> None:
        self.name = name
        self.unit = unit
        self.coil_count = dialect.coil_count
        self.input_count = dialect.input_count
        self._bus = bus
        self._dialect = dialect
        self._observe = observe
        self._watchdog_s = watchdog_s if dialect.watchdog is not None else 0.0
        self._safe = tuple(n in set(safe_closed) for n in range(dialect.coil_count))
        self._known: tuple[bool, ...] | None = None  # None while an order may be half done
        self._told = (False,) * dialect.coil_count  # what the observer has heard last
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self._bus.acquire(self.name)
        try:
            await self._identify()
            await self._silence_inputs()
            await self._force_settings()
            self._known = None
            await self.read_coils()
        except BaseException:
            await self._bus.release()
            raise
        return self

    async def __aexit__(self, *_exc: object) -> None:
        try:
            async with asyncio.timeout(SAFE_STATE_TIMEOUT_S):
                await self.safe()
        finally:
            await self._bus.release()

    async def set_coil(self, coil: int, closed: bool) -> None:
        """Switch one coil and return once the board reads back the same.

        Raises:
            NotSupported: the board has no such coil.
            ReadbackMismatch: the board acknowledged but the coil did not follow.
            DeviceGone: the bus vanished; the driver is usable again after replug.
        """
        await self.set_coils({coil: closed})

    async def set_coils(self, coils: Mapping[int, bool]) -> None:
        """Switch several coils with one frame (FC0F) and read them back.

        Coils in between that are not named keep the state they have.

        Raises:
            As `set_coil`.
        """
        if not coils:
            return
        first, last = min(coils), max(coils)
        if first < 0 or last >= self.coil_count:
            wrong = first if first < 0 else last
            raise NotSupported(
                self.name, f"no coil {wrong}: {self._dialect.model} has {self.coil_count}"
            )
        async with self._lock:
            wanted = [coils.get(n, False) for n in range(first, last + 1)]
            if len(coils) != len(wanted):
                now = await self._read()
                wanted = [coils.get(n, now[n]) for n in range(first, last + 1)]
            await self._write(first, wanted)

    async def read_coils(self) -> tuple[bool, ...]:
        """State of all coil drives. A welded contact cannot be seen here."""
        async with self._lock:
            return await self._read()

    async def read_inputs(self) -> tuple[bool, ...]:
        """State of all discrete inputs."""
        if not self.input_count:
            return ()
        async with self._lock:
            return tuple(
                await self._bus.read_inputs(
                    self.name, self.unit, self._dialect.input_base, self.input_count
                )
            )

    async def prove(self) -> str:
        """Read all coils and compare them with what was written last.

        Raises:
            ReadbackMismatch: a coil moved that nobody told to.
            DriverError: no sensible answer.
        """
        async with self._lock:
            known = self._known
            now = await self._read()
            if known is not None and now != known:
                raise ReadbackMismatch(
                    self.name, "coils moved by themselves", expected=_text(known), got=_text(now)
                )
        closed = [str(n) for n, is_closed in enumerate(now) if is_closed]
        watched = f"opens after {self._watchdog_s:g} s of silence" if self._watchdog_s \
            else "no watchdog in use"  # fmt: skip
        return (
            f"{self._dialect.model}, unit {self.unit} at {self._bus.address}, {watched}, "
            f"coils closed: {', '.join(closed) or 'none'}"
        )

    async def safe(self) -> None:
        """Put every coil into its safe state with one frame, and read it back."""
        async with self._lock:
            await self._write(0, self._safe)

    async def _write(self, first: int, wanted: Iterable[bool]) -> None:
        values = list(wanted)
        before = list(self._known) if self._known else list(await self._read())
        expected = [*before[:first], *values, *before[first + len(values) :]]
        self._known = None  # a cancelled order may have reached the board, or not
        await self._order(first, values)
        got = await self._read()
        wrong = [n for n, closed in enumerate(got) if closed != expected[n]]
        if wrong:
            raise ReadbackMismatch(
                self.name,
                f"coil {', '.join(map(str, wrong))} did not follow",
                expected=_text(expected),
                got=_text(got),
            )

    async def _order(self, first: int, values: Sequence[bool]) -> None:
        """Write coils; where the board takes them one by one, break comes before make."""
        dialect, base = self._dialect, self._dialect.coil_base
        if dialect.writes_several and dialect.commands is None:
            await self._bus.write_coils(self.name, self.unit, base + first, values)
            return
        for n, closed in sorted(enumerate(values, first), key=lambda pair: pair[1]):
            if (commands := dialect.commands) is None:
                await self._bus.write_coils(self.name, self.unit, base + n, [closed])
            else:
                command = commands.close if closed else commands.open
                await self._bus.write_register(self.name, self.unit, commands.first + n, command)

    async def _fetch(self) -> list[bool]:
        dialect = self._dialect
        if (commands := dialect.commands) is None:
            base = dialect.coil_base if dialect.read_base is None else dialect.read_base
            return await self._bus.read_coils(self.name, self.unit, base, self.coil_count)
        states = await self._bus.read_registers(
            self.name, self.unit, commands.first, self.coil_count
        )
        if strange := set(states) - {0, commands.closed}:
            raise BadReply(self.name, f"a relay reads {strange.pop()}, neither open nor closed")
        return [state == commands.closed for state in states]

    async def _read(self) -> tuple[bool, ...]:
        self._known = None
        got = tuple(await self._fetch())
        before, self._known, self._told = self._told, got, got
        for coil, closed in enumerate(got):
            if closed != before[coil]:
                self._observe(
                    "relay", self.name, {"board": self.name, "coil": coil, "closed": closed}
                )
        return got

    async def _identify(self) -> None:
        rule = self._dialect.version
        if rule is None:
            return
        try:
            (version,) = await self._bus.read_registers(self.name, self.unit, rule.register, 1)
        except ModbusExceptionReply as error:
            raise NotSupported(
                self.name,
                f"no firmware version at 0x{rule.register:04X} (exception {error.code}); "
                f"this is not a {self._dialect.model}, or {rule.refusal}",
                hint="check the dialect in the bench file against the board's label",
            ) from error
        if version < rule.minimum:
            raise NotSupported(
                self.name,
                f"firmware V{version / 100:.2f}: {rule.refusal}",
                hint="use a board with newer firmware",
            )

    async def _force_settings(self) -> None:
        """Have the board fall open by itself where it can: after power-up, and after silence."""
        wanted = list(self._dialect.settings)
        watchdog = self._dialect.watchdog
        if watchdog is not None and self._watchdog_s:
            units = max(1, round(self._watchdog_s / watchdog.unit_s))
            wanted.append(Setting(watchdog.register, units, "the relays must open in silence"))
        for setting in wanted:
            await self._force(setting)

    async def _force(self, setting: Setting) -> None:
        (now,) = await self._bus.read_registers(self.name, self.unit, setting.register, 1)
        if now == setting.value:
            return
        await self._bus.write_register(self.name, self.unit, setting.register, setting.value)
        (now,) = await self._bus.read_registers(self.name, self.unit, setting.register, 1)
        if now != setting.value:
            raise BadReply(
                self.name,
                f"holding register 0x{setting.register:04X} reads {now}, must be "
                f"{setting.value}: {setting.why}",
            )

    async def _silence_inputs(self) -> None:
        """Force the input linkage off: else a wire on an input moves relays behind our back."""
        base = self._dialect.linkage_base
        if base is None:
            return
        try:
            modes = await self._bus.read_registers(self.name, self.unit, base, self.input_count)
        except ModbusExceptionReply as error:
            if error.code == ILLEGAL_DATA_ADDRESS:
                return  # a model without inputs
            raise
        for n, mode in enumerate(modes):
            if mode:
                await self._bus.write_register(self.name, self.unit, base + n, 0)
        if any(modes) and any(
            await self._bus.read_registers(self.name, self.unit, base, self.input_count)
        ):
            raise BadReply(self.name, "the board does not let its input linkage be switched off")


def _text(coils: Iterable[bool]) -> str:
    """Coils as digits, coil 0 first: 1 is closed."""
    return "".join("1" if closed else "0" for closed in coils)
