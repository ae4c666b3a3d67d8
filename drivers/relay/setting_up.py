"""What a relay board must be and have before it is used, and what it lacks, as warnings."""

from __future__ import annotations

from drivers.errors import BadReply, NotSupported
from drivers.relay.dialects import (
    CouplerWatchdog,
    Dialect,
    ForeignWatchdog,
    Setting,
    SilenceTimer,
)
from drivers.relay.modbus_bus import ILLEGAL_DATA_ADDRESS, ModbusBus, ModbusExceptionReply

STAYS = "its relays stay as they are if this machine dies"


class WatchdogExpired(BadReply):
    """The board's own watchdog has opened the relays, and it takes no orders."""


class SettingUp:
    """Registers of one board that are no coils.

    Args:
        name: of the board, for errors.
        bus: line to the board, open while this is used.
        unit: Modbus unit.
        dialect: register map.
        watchdog_s: silence after which the relays open; 0 leaves the watchdog alone.
    """

    def __init__(
        self, name: str, bus: ModbusBus, unit: int, dialect: Dialect, watchdog_s: float
    ) -> None:
        self._name = name
        self._bus = bus
        self._unit = unit
        self._dialect = dialect
        self._wanted_s = watchdog_s
        self.watchdog_s = 0.0
        """Silence after which the relays open by themselves; 0 where they do not, for all we
        know."""

    async def run(self) -> tuple[str, ...]:
        """Identify the board and have it fall open by itself; returns what it cannot do.

        Raises:
            NotSupported: not the board that the bench file says.
            BadReply: it refuses a safe setting.
        """
        await self._identify()
        await self._silence_inputs()
        for setting in self._dialect.settings:
            await self._force(setting)
        warnings = [self._dialect.power_on] if self._dialect.power_on else []
        if missing := await self._arm():
            warnings.append(missing)
        return tuple(warnings)

    async def end_expiry(self) -> bool:
        """Have a board whose watchdog has expired take orders again; True if it had expired."""
        watchdog = self._dialect.watchdog
        if not isinstance(watchdog, CouplerWatchdog) or not await self.has_expired():
            return False
        await self._write(watchdog.stop, watchdog.stop_word)
        return True

    async def has_expired(self) -> bool:
        """Whether the board's watchdog has opened the relays and holds them."""
        watchdog = self._dialect.watchdog
        if not isinstance(watchdog, CouplerWatchdog):
            return False
        try:
            return await self._read(watchdog.state) == watchdog.expired
        except ModbusExceptionReply:
            return False  # a model without one

    async def stand_down(self) -> None:
        """Take the watchdog out of service: nobody will speak to the board any more."""
        watchdog = self._dialect.watchdog
        if not self.watchdog_s:
            return
        if isinstance(watchdog, SilenceTimer):
            await self._force(Setting(watchdog.register, 0, "its coils are left closed"))
        elif isinstance(watchdog, CouplerWatchdog):
            await self._write(watchdog.stop, watchdog.stop_word)
        self.watchdog_s = 0.0

    async def _arm(self) -> str:
        """Start the watchdog; returns why there is none, or "" when it runs."""
        watchdog, seconds = self._dialect.watchdog, self._wanted_s
        self.watchdog_s = 0.0
        if watchdog is None:
            return f"no communication watchdog: {STAYS}"
        if isinstance(watchdog, ForeignWatchdog):
            return await self._look_at(watchdog)
        if not seconds:
            return f"its communication watchdog is not used (watchdog_s: 0): {STAYS}"
        units = max(1, round(seconds / watchdog.unit_s))
        if isinstance(watchdog, SilenceTimer):
            await self._force(Setting(watchdog.register, units, "the relays must open in silence"))
        else:
            try:
                state = await self._start(watchdog, units)
            except ModbusExceptionReply as error:
                return f"its communication watchdog does not start ({error.what}): {STAYS}"
            if state != watchdog.running:
                said = f"0x{watchdog.state:04X} reads {state}"
                return f"its communication watchdog does not start ({said}): {STAYS}"
        self.watchdog_s = seconds
        return ""

    async def _start(self, watchdog: CouplerWatchdog, units: int) -> int:
        """Set a coupler's watchdog up and start it; returns its state."""
        if await self._read(watchdog.state):
            await self._write(watchdog.stop, watchdog.stop_word)
        await self._write(watchdog.time, units)
        await self._write(watchdog.mask, watchdog.every_function)
        before = await self._read(watchdog.trigger)
        await self._write(watchdog.trigger, 2 if before == 1 else 1)
        return await self._read(watchdog.state)

    async def _look_at(self, watchdog: ForeignWatchdog) -> str:
        """What is known of a watchdog that only its maker's tool sets."""
        tool = f"set it with {watchdog.tool}"
        if watchdog.enabled is None:
            return f"its communication watchdog cannot be seen from here; {tool}"
        try:
            if await self._read(watchdog.enabled) == 1:
                return "its communication watchdog is on, its time cannot be read"
        except ModbusExceptionReply as error:
            return f"its communication watchdog cannot be read ({error.what}); {tool}"
        return f"its communication watchdog is off: {STAYS}; {tool}"

    async def _identify(self) -> None:
        rule = self._dialect.version
        if rule is None:
            return
        try:
            version = await self._read(rule.register)
        except ModbusExceptionReply as error:
            raise NotSupported(
                self._name,
                f"no firmware version at 0x{rule.register:04X} (exception {error.code}); "
                f"this is not a {self._dialect.model}, or {rule.refusal}",
                hint="check the dialect in the bench file against the board's label",
            ) from error
        if version < rule.minimum:
            raise NotSupported(
                self._name,
                f"firmware V{version / 100:.2f}: {rule.refusal}",
                hint="use a board with newer firmware",
            )

    async def _force(self, setting: Setting) -> None:
        wrong = await self._wrong(setting)
        for register in wrong:
            await self._write(register, setting.value)
        if wrong and (still := await self._wrong(setting)):
            register, now = still.popitem()
            raise BadReply(
                self._name,
                f"holding register 0x{register:04X} reads {now}, must be "
                f"{setting.value}: {setting.why}",
            )

    async def _wrong(self, setting: Setting) -> dict[int, int]:
        """Registers of a setting that have another value, and which."""
        found = await self._bus.read_registers(
            self._name, self._unit, setting.register, setting.count
        )
        return {
            register: value
            for register, value in enumerate(found, setting.register)
            if value != setting.value
        }

    async def _silence_inputs(self) -> None:
        """Force the input linkage off: else a wire on an input moves relays behind our back."""
        base, count = self._dialect.linkage_base, self._dialect.input_count
        if base is None:
            return
        try:
            modes = await self._bus.read_registers(self._name, self._unit, base, count)
        except ModbusExceptionReply as error:
            if error.code == ILLEGAL_DATA_ADDRESS:
                return  # a model without inputs
            raise
        for n, mode in enumerate(modes):
            if mode:
                await self._write(base + n, 0)
        if any(modes) and any(await self._bus.read_registers(self._name, self._unit, base, count)):
            raise BadReply(self._name, "the board does not let its input linkage be switched off")

    async def _read(self, register: int) -> int:
        (value,) = await self._bus.read_registers(self._name, self._unit, register, 1)
        return value

    async def _write(self, register: int, value: int) -> None:
        await self._bus.write_register(self._name, self._unit, register, value)
