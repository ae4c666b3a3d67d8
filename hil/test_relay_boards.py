"""The contract of relay boards, on every relay board of the bench."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import pytest

from drivers.registry import bus_address, dialect_of
from drivers.relay.addresses import TcpAddress
from drivers.relay.dialects import Dialect
from drivers.relay.modbus_bus import ModbusBus
from drivers.serial_link import SerialSettings
from rig.bench.addresses import Addresses
from rig.bench.assembly import plain_sections
from rig.config.models import BenchConfig
from tests.contract.relay_board_contract import RelayBoardContract


class RealBoard:
    """A board of the bench; the driver and this second look share one line."""

    def __init__(self, name: str, section: Mapping[str, object]) -> None:
        self.dialect: Dialect = dialect_of(name, section)
        self.unit = cast("int", section["unit"])
        transport = cast("Mapping[str, object]", section["transport"])
        self.address: SerialSettings | TcpAddress = bus_address(
            name, Addresses(None)(name, transport)
        )
        self._bus = ModbusBus(self.address)

    def bus(self) -> ModbusBus:
        return self._bus

    async def coils(self) -> list[bool]:
        """What the board reads back, without the driver's knowledge of what it ordered."""
        count, commands = self.dialect.coil_count, self.dialect.commands
        await self._bus.acquire("hil")
        try:
            if commands is not None:
                states = await self._bus.read_registers("hil", self.unit, commands.first, count)
                return [state == commands.closed for state in states]
            base = self.dialect.read_base
            first = self.dialect.coil_base if base is None else base
            return await self._bus.read_coils("hil", self.unit, first, count)
        finally:
            await self._bus.release()


@pytest.fixture
def opponent(board_name: str, bench_config: BenchConfig) -> RealBoard:
    return RealBoard(board_name, plain_sections(bench_config)[board_name])


class TestRelayBoard(RelayBoardContract):
    """Every board of the bench."""
