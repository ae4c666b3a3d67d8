"""Relay board on a Modbus line."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Self

from drivers.errors import DeviceTimeout, InterlockError, NotSupported, ReadbackMismatch
from drivers.ports import Observer
from drivers.relay.coil_access import CoilAccess
from drivers.relay.dialects import Dialect
from drivers.relay.dialects import Pulse as PulseRule
from drivers.relay.modbus_bus import ModbusBus, ModbusExceptionReply
from drivers.relay.pulses import LivePulse, Pulses
from drivers.relay.setting_up import SettingUp, WatchdogExpired

SAFE_STATE_TIMEOUT_S = 5.0
WATCHDOG_S = 5.0
"""The bench asks each board twice a second; a daemon that is silent for so long is dead."""
PULSE_SLACK_S = 0.5
"""How much longer than ordered a board may take to end a pulse, beside one of its units."""
LOOK_S = 0.02


class RelayBoard:
    """Relay board with up to 32 coils (K1 is coil 0) on a bus that others may share.

    Entering proves that the board answers, speaks the dialect and lets no input move a relay.
    Leaving puts every coil into its safe state first, also when the body failed or was
    cancelled. A write is done when the board reads back the same. Coils are only ever set,
    never toggled: a lost reply may then be answered by asking again. A pulse is sent once.

    Args:
        name: of the board on the bench.
        bus: line to the board.
        unit: Modbus unit, 1..247.
        dialect: register map.
        safe_closed: coils that are closed in the safe state; all others are open.
        observe: told of every coil that changed.
        watchdog_s: silence after which the board is to open its relays, where it can; 0 leaves
            its watchdog alone.

    Attributes:
        warnings: what this board cannot do for safety, known once it was entered.
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
        self._coils = CoilAccess(name, bus, unit, dialect)
        self._setting_up = SettingUp(name, bus, unit, dialect, watchdog_s)
        self._pulses = Pulses()
        self.warnings: tuple[str, ...] = ()
        self._safe = tuple(n in set(safe_closed) for n in range(dialect.coil_count))
        self._known: tuple[bool, ...] | None = None  # None while an order may be half done
        self._told = (False,) * dialect.coil_count  # what the observer has heard last
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self._bus.acquire(self.name)
        try:
            self.warnings = await self._setting_up.run()
            self._pulses.forget()
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
                if any(self._safe):  # a watchdog knows no safe state but "all open"
                    await self._setting_up.stand_down()
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
        for coil in (min(coils), max(coils)):
            self._must_exist(coil)
        async with self._lock:
            live = self._pulses.live(self._now())
            if held := sorted(live & {coil for coil, closed in coils.items() if closed}):
                raise InterlockError(
                    self.name,
                    f"coil {held[0]} is in a pulse, whose end would open it again",
                    hint="wait for the end of the pulse",
                )
            for first, wanted in await self._frames(coils, live):
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

    async def pulse(self, coil: int, seconds: float) -> None:
        """Have the board close a coil and open it by its own clock; returns when it is open.

        Read back at both ends. The board opens the coil also when this program dies, or when
        the waiting for it is cancelled. Other coils can be switched meanwhile.

        Args:
            coil: open now, and open in the safe state.
            seconds: real, a multiple of what the board can resolve.

        Raises:
            NotSupported: the board has no pulse, or not such a one.
            InterlockError: the coil is closed, or was opened by another order meanwhile.
            DeviceTimeout: no answer in time; or the answer that should show the closed coil
                came after the end of the pulse.
            ReadbackMismatch: the coil did not close, or did not open in time.
            DeviceGone: the bus vanished; the board ends the pulse by itself.
        """
        rule, units = self._pulse_units(coil, seconds)
        async with self._lock:
            if (await self._read())[coil] or coil in self._pulses.live(self._now()):
                raise InterlockError(
                    self.name,
                    f"coil {coil} is closed or in a pulse already",
                    hint="open it first, or wait for the end of the pulse",
                )
            self._known = None
            began = self._now()
            pulse = self._pulses.begin(coil, began + seconds + rule.unit_s + PULSE_SLACK_S)
            await self._obeyed(self._coils.pulse(coil, units))
            if not (await self._read())[coil]:
                if self._now() - began >= seconds:
                    raise DeviceTimeout(
                        self.name,
                        f"pulse of coil {coil} over before it could be seen",
                        hint="order a longer pulse, or a faster line",
                    )
                raise ReadbackMismatch(
                    self.name, f"pulse: coil {coil} did not close", expected=True, got=False
                )
        await self._end_of_pulse(coil, pulse, began + seconds)

    async def prove(self) -> str:
        """Read all coils and compare them with what was written last.

        Raises:
            ReadbackMismatch: a coil moved that nobody told to.
            DriverError: no sensible answer.
        """
        async with self._lock:
            before, asked_at = self._known, self._now()
            now = await self._read()
            known = before and self._pulses.expect(before, now, asked_at)
            if known is not None and now != known:
                raise ReadbackMismatch(
                    self.name, "coils moved by themselves", expected=_text(known), got=_text(now)
                )
        closed = [str(n) for n, is_closed in enumerate(now) if is_closed]
        watchdog_s = self._setting_up.watchdog_s
        watched = f"opens after {watchdog_s:g} s of silence" if watchdog_s \
            else "no watchdog in use"  # fmt: skip
        return (
            f"{self._dialect.model}, unit {self.unit} at {self._bus.address}, {watched}, "
            f"coils closed: {', '.join(closed) or 'none'}"
        )

    async def safe(self) -> None:
        """Put every coil into its safe state with one frame, and read it back."""
        async with self._lock:
            try:
                await self._write(0, self._safe)
            except WatchdogExpired:
                await self._setting_up.end_expiry()
                await self._write(0, self._safe)

    async def _frames(
        self, coils: Mapping[int, bool], live: set[int]
    ) -> list[tuple[int, list[bool]]]:
        """The writes that switch `coils`: one, unless a coil in between is in a pulse.

        Writing that one again as it is could stop the board's timer and leave it closed. The
        writes are then single ones, those that open first.
        """
        first, last = min(coils), max(coils)
        between = set(range(first, last + 1)) - coils.keys()
        if between & live:
            ordered = sorted(coils.items(), key=lambda pair: pair[1])
            return [(coil, [closed]) for coil, closed in ordered]
        now: Sequence[bool] = await self._read() if between else ()
        return [(first, [coils[n] if n in coils else now[n] for n in range(first, last + 1)])]

    async def _write(self, first: int, wanted: Iterable[bool]) -> None:
        values = list(wanted)
        before = list(self._known) if self._known else list(await self._read())
        ordered = [*before[:first], *values, *before[first + len(values) :]]
        self._known = None  # a cancelled order may have reached the board, or not
        for coil, closed in enumerate(values, first):
            if not closed:
                self._pulses.cut(coil)
        await self._obeyed(self._coils.write(first, values))
        asked_at = self._now()
        got = await self._read()
        expected = self._pulses.expect(ordered, got, asked_at)
        wrong = [n for n, closed in enumerate(got) if closed != expected[n]]
        if wrong:
            raise ReadbackMismatch(
                self.name,
                f"coil {', '.join(map(str, wrong))} did not follow",
                expected=_text(expected),
                got=_text(got),
            )

    async def _obeyed(self, order: Awaitable[None]) -> None:
        """Await an order; one that is refused because the watchdog has expired says so."""
        try:
            await order
        except ModbusExceptionReply as error:
            if not await self._setting_up.has_expired():
                raise
            raise WatchdogExpired(
                self.name,
                f"{error.what}: the watchdog of the board has expired and opened its relays",
                hint="find out why nobody asked the board for so long, then recover the bench",
            ) from error

    async def _end_of_pulse(self, coil: int, pulse: LivePulse, due: float) -> None:
        """Wait for the board to open the coil."""
        await asyncio.sleep(max(0.0, due - self._now()))
        while True:
            asked_at = self._now()
            is_closed = (await self.read_coils())[coil]
            if pulse.cut:
                raise InterlockError(self.name, f"pulse of coil {coil} was cut short by an order")
            if not is_closed:
                return
            if asked_at >= pulse.until:
                raise ReadbackMismatch(
                    self.name, f"pulse: coil {coil} did not open", expected=False, got=True
                )
            await asyncio.sleep(LOOK_S)

    def _pulse_units(self, coil: int, seconds: float) -> tuple[PulseRule, int]:
        """How the board times, and the number of its units."""
        self._must_exist(coil)
        rule = self._dialect.pulse
        if rule is None:
            raise NotSupported(
                self.name,
                f"{self._dialect.model} cannot time a pulse",
                hint="close and open the coil with two orders; nothing ends it if the program "
                "dies in between, except a guard or a watchdog",
            )
        if self._safe[coil]:
            raise NotSupported(self.name, f"coil {coil} is closed in the safe state")
        units = round(seconds / rule.unit_s) if math.isfinite(seconds) else 0
        if not 1 <= units <= rule.longest or abs(units * rule.unit_s - seconds) > 1e-6:
            raise NotSupported(
                self.name,
                f"no pulse of {seconds:g} s: {self._dialect.model} times from {rule.unit_s:g} s "
                f"to {rule.longest * rule.unit_s:g} s, in steps of {rule.unit_s:g} s",
                hint="order one that it can time",
            )
        return rule, units

    def _must_exist(self, coil: int) -> None:
        if not 0 <= coil < self.coil_count:
            raise NotSupported(
                self.name, f"no coil {coil}: {self._dialect.model} has {self.coil_count}"
            )

    async def _read(self) -> tuple[bool, ...]:
        self._known = None
        got = await self._coils.read()
        before, self._known, self._told = self._told, got, got
        for coil, closed in enumerate(got):
            if closed != before[coil]:
                self._observe(
                    "relay", self.name, {"board": self.name, "coil": coil, "closed": closed}
                )
        return got

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _text(coils: Iterable[bool]) -> str:
    """Coils as digits, coil 0 first: 1 is closed."""
    return "".join("1" if closed else "0" for closed in coils)
