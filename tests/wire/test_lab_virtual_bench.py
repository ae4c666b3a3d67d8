"""The fully equipped virtual bench: what the plugs do, the station notices, and the other way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from drivers.ports import CableCode, CpState, PlugFault, PlugReading
from rig.bench import Bench
from rig.bench.plug import Plug
from rig.clock import Clock
from rig.config.bench_file import load_bench
from rig.csms.cards import IdTagInfo
from rig.csms.server import CentralSystem
from rig.errors import BenchError
from rig.events import Event, EventBus, Kind

FILE = Path(__file__).parents[2] / "configs" / "benches" / "virtual-lab.yaml"
RELAYS, TESTER = "plug-1", "plug-2"
CARD = "04A1B2C3D4E5F6"
DEADLINE_S = 15.0


class Nobody:
    async def ask(self, question: str, choices: Sequence[str], timeout_s: float, **_: str) -> str:
        raise AssertionError(f"asked {question!r}; a virtual bench needs no operator")


class LabBench:
    """The open bench with a station that is connected to a Central System.

    Attributes:
        events: everything on the time line.
    """

    def __init__(self, bench: Bench, csms: CentralSystem, events: list[Event]) -> None:
        self.bench = bench
        self.csms = csms
        self.events = events

    def plug(self, name: str) -> Plug:
        return self.bench.plugs[name]

    async def station(self, connector: int) -> dict[str, Any]:
        """A connector as the simulated station sees it."""
        assert self.bench.virtual is not None
        state = cast("dict[str, Any]", await self.bench.virtual.control("station"))
        return cast("dict[str, Any]", state["connectors"][str(connector)])

    async def status(self, connector: int, wanted: str) -> None:
        """Wait until the station has reported a status."""
        log, mark = self.csms.log, 0
        async with asyncio.timeout(DEADLINE_S):
            while True:
                for entry in log.since(mark):
                    mark += 1
                    call = entry.call if entry.direction == "in" else None
                    if (
                        call is not None
                        and call.action == "StatusNotification"
                        and call.payload["connectorId"] == connector
                        and call.payload["status"] == wanted
                    ):
                        return
                await log.grow(mark)

    async def charge(self, name: str, connector: int, cable: CableCode = CableCode.A32) -> Plug:
        """Plug in, ask for energy and start a transaction."""
        plug = self.plug(name)
        await plug.insert(cable)
        await plug.request_energy()
        await self.status(connector, "Preparing")
        assert self.bench.virtual is not None
        await self.bench.virtual.control("card", id_tag=CARD, connector=connector)
        await self.status(connector, "Charging")
        return plug


async def becomes(look: Callable[[], Awaitable[PlugReading]], wanted: Callable[[PlugReading], bool]
                  ) -> PlugReading:  # fmt: skip
    """Read a plug until it is as wanted; each look is a turn on the wire."""
    async with asyncio.timeout(DEADLINE_S):
        while not wanted(seen := await look()):
            pass
    return seen


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[LabBench]:
    config = load_bench(FILE)
    clock = Clock(config.time_scale)
    bus = EventBus(clock)
    events: list[Event] = []
    async with AsyncExitStack() as stack:
        stack.enter_context(bus.listen(events.append))
        csms = await stack.enter_async_context(
            CentralSystem("127.0.0.1", 0, "/ocpp", config.csms.identity, bus=bus, clock=clock)
        )
        csms.cards.put(CARD, IdTagInfo("Accepted"))
        bench = await stack.enter_async_context(
            Bench(config, bus, clock, Nobody(), csms_url=csms.url, state_dir=tmp_path)
        )
        lab = LabBench(bench, csms, events)
        await lab.status(1, "Available")
        await lab.status(2, "Available")
        yield lab


async def test_the_tester_measures_what_the_station_offers(lab: LabBench) -> None:
    plug = await lab.charge(TESTER, 2, CableCode.A20)
    seen = await becomes(plug.read, lambda r: bool(r.voltage_present))
    assert seen.measured is not None
    assert seen.measured.duty_percent == pytest.approx(20 / 0.6, abs=0.1)
    assert seen.measured.cp_high_v == pytest.approx(6.0, abs=0.2)
    assert seen.measured.cp_low_v == pytest.approx(-12.0, abs=0.2)
    assert seen.measured.voltages_v == (230.0, 230.0, 230.0)
    told = [e.data["value"] for e in lab.events if e.data.get("name") == "offered_current_a"]
    assert 20.0 in told


@pytest.mark.parametrize(("name", "connector"), [(RELAYS, 1), (TESTER, 2)])
async def test_the_load_flows_through_the_stations_meter(
    lab: LabBench, name: str, connector: int
) -> None:
    plug = await lab.charge(name, connector)
    before_wh = (await lab.station(connector))["meter_wh"]
    await plug.set_load(2)
    assert (await plug.read()).load_phases == 2
    async with asyncio.timeout(DEADLINE_S):
        while (await lab.station(connector))["meter_wh"] <= before_wh:
            pass
    await plug.unplug()
    assert (await plug.read()).load_phases == 0


@pytest.mark.parametrize(("name", "connector"), [(RELAYS, 1), (TESTER, 2)])
@pytest.mark.parametrize("fault", [PlugFault.CP_PE_SHORT, PlugFault.DIODE_SHORT])
async def test_a_fault_has_the_station_open_its_contactor(
    lab: LabBench, name: str, connector: int, fault: PlugFault
) -> None:
    plug = await lab.charge(name, connector)
    await becomes(plug.read, lambda r: r.voltage_present is True)
    await plug.inject(fault, 60.0)
    await lab.status(connector, "Faulted")
    await becomes(plug.read, lambda r: r.voltage_present is False)
    await plug.unplug()
    assert (await plug.read()).cp_state is CpState.A
    pilots = [e.data for e in lab.events if e.kind == Kind.PILOT and e.data["plug"] == name]
    assert str(fault) in [data.get("fault") for data in pilots]


async def test_a_load_falls_when_the_station_ceases_to_feed(lab: LabBench) -> None:
    plug = await lab.charge(RELAYS, 1)
    await plug.set_load(3)
    assert lab.bench.virtual is not None
    await lab.bench.virtual.control("fault", connector=1, error_code="GroundFailure")
    await becomes(plug.read, lambda r: r.load_phases == 0)
    assert "alarm" in [e.data.get("name") for e in lab.events]


async def test_a_tester_that_is_unplugged_puts_the_bench_into_quarantine(lab: LabBench) -> None:
    assert lab.bench.virtual is not None
    await lab.plug(TESTER).insert()
    await lab.bench.virtual.control("tester.hang_up")
    async with asyncio.timeout(DEADLINE_S):
        await lab.bench.quarantined.wait()
    assert lab.bench.quarantine is not None
    assert lab.bench.quarantine.device == TESTER
    with pytest.raises(BenchError, match="quarantine"):
        await lab.plug(RELAYS).insert()
    await lab.bench.recover()
    await lab.plug(TESTER).insert()
    assert (await lab.plug(TESTER).read()).cp_state is CpState.B


async def test_a_stuck_load_relay_has_everything_opened(lab: LabBench) -> None:
    plug = await lab.charge(RELAYS, 1)
    assert lab.bench.virtual is not None
    await lab.bench.virtual.control("plug-relays.fault", name="stuck", value=13)
    with pytest.raises(BenchError, match="coil 13 did not follow"):
        await plug.set_load(3)
    async with asyncio.timeout(DEADLINE_S):
        while any(cast("list[bool]", await lab.bench.virtual.control("plug-relays.coils"))):
            pass
