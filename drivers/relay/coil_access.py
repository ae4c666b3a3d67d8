"""How the relays of a board are read and switched: the dialect's method, without any judgement.

Used by the driver and by the guard, so that both reach every make of board.
"""

from __future__ import annotations

from collections.abc import Sequence

from drivers.errors import BadReply
from drivers.relay.dialects import Dialect
from drivers.relay.modbus_bus import ModbusBus


class CoilAccess:
    """The coils of one board.

    Args:
        name: of the board, for errors.
        bus: line to the board, open while this is used.
        unit: Modbus unit.
        dialect: register map.
    """

    def __init__(self, name: str, bus: ModbusBus, unit: int, dialect: Dialect) -> None:
        self._name = name
        self._bus = bus
        self._unit = unit
        self._dialect = dialect

    async def read(self) -> tuple[bool, ...]:
        """State of all coil drives.

        Raises:
            BadReply: a relay is neither open nor closed.
        """
        dialect, count = self._dialect, self._dialect.coil_count
        if (commands := dialect.commands) is None:
            base = dialect.coil_base if dialect.read_base is None else dialect.read_base
            return tuple(await self._bus.read_coils(self._name, self._unit, base, count))
        states = await self._bus.read_registers(self._name, self._unit, commands.first, count)
        if strange := set(states) - {0, commands.closed}:
            raise BadReply(self._name, f"a relay reads {strange.pop()}, neither open nor closed")
        return tuple(state == commands.closed for state in states)

    async def write(self, first: int, values: Sequence[bool]) -> None:
        """Write coils; where the board takes them one by one, break comes before make."""
        dialect, base = self._dialect, self._dialect.coil_base
        if dialect.writes_several and dialect.commands is None:
            await self._bus.write_coils(self._name, self._unit, base + first, values)
            return
        for n, closed in sorted(enumerate(values, first), key=lambda pair: pair[1]):
            if (commands := dialect.commands) is None:
                await self._bus.write_coils(self._name, self._unit, base + n, [closed])
            else:
                command = commands.close if closed else commands.open
                await self._bus.write_register(self._name, self._unit, commands.first + n, command)

    async def pulse(self, coil: int, units: int) -> None:
        """Have the board close a coil and open it by itself. Sent once, never repeated."""
        pulse = self._dialect.pulse
        assert pulse is not None  # noqa: S101  # the driver has asked for it
        value = pulse.command + units
        if pulse.function == 5:
            await self._bus.write_timed_coil(self._name, self._unit, pulse.base + coil, value)
        else:
            await self._bus.write_register(
                self._name, self._unit, pulse.base + coil, value, repeat=False
            )
