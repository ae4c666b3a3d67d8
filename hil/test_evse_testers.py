"""The contract of tester plugs, on every plug of the bench that no person works.

Nobody plays the station: no voltage comes, so no load is switched on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from drivers.evse_tester.circuit import PlugCircuit
from drivers.evse_tester.plug import PlugDriver
from drivers.evse_tester.timings import PlugTimings
from drivers.ports import PlugFault
from rig.bench.addresses import Addresses
from rig.bench.assembly import Assembled, assemble, plain_sections
from rig.clock import Clock
from rig.config.models import BenchConfig
from tests.contract.evse_tester_contract import EvseTesterContract, Seen
from tests.unit.drivers.fake_board import Person

LETTERS = {PlugFault.CP_PE_SHORT_AFTER_DIODE: "e"}


class RealPlug:
    """A plug of the bench; a fresh look at its contacts is the second opinion."""

    loads = 0
    plays_station = False
    complete = False

    def __init__(self, driver: PlugDriver) -> None:
        self.plug_type = driver.plug_type
        self.timings = PlugTimings()
        self._circuit = driver.circuit

    def circuit(self) -> PlugCircuit:
        return self._circuit

    async def seen(self) -> Seen:
        await self._circuit.enter()  # shared with the driver, or alone after it has left
        try:
            now = await self._circuit.positions()
        finally:
            await self._circuit.leave()
        cut = now.fault in (PlugFault.PE_OPEN, PlugFault.PP_OPEN) or now.cable is None
        pp = "short" if now.fault is PlugFault.PP_SHORT else "open" if cut else str(now.cable)
        cp = LETTERS.get(now.fault, str(now.cp_state)) if now.fault else str(now.cp_state)
        return Seen(cp, pp, now.load_phases, diode=now.fault is not PlugFault.DIODE_SHORT)

    async def energise(self, on: bool) -> None:
        raise AssertionError("nobody plays the station")

    async def lid(self, is_open: bool) -> None:
        raise AssertionError("nobody is at the lid")


def _made(config: BenchConfig) -> Assembled:
    sections = plain_sections(config)
    made = assemble(sections, Person(), lambda *_: None, Clock(), Addresses(None))
    if made.errors:
        raise made.errors[0]
    return made


@pytest.fixture
async def opponent(plug_name: str, bench_config: BenchConfig) -> AsyncIterator[RealPlug]:
    made = _made(bench_config)
    plug = made.others[plug_name]
    assert isinstance(plug, PlugDriver)
    async with AsyncExitStack() as stack:
        for board in sorted(made.boards_of(plug_name)):
            await stack.enter_async_context(made.boards[board])
        yield RealPlug(plug)


class TestEvseTester(EvseTesterContract):
    """Every plug of the bench."""
