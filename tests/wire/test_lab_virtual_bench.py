"""The fully equipped virtual bench: what the plugs do, the station notices, and the other way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from drivers.ports import CableCode, CpState, PlugFault, PlugReading
from rig.bench import Bench
from rig.bench.plug import Plug
from rig.clock import Clock
from rig.config.bench_file import load_bench
from rig.config.models import BenchConfig
from rig.conformance.evidence import Evidence
from rig.conformance.outage import Outage
from rig.conformance.steps import StationCase
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

    def __init__(
        self, bench: Bench, csms: CentralSystem, clock: Clock, events: list[Event]
    ) -> None:
        self.bench = bench
        self.csms = csms
        self.clock = clock
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


@asynccontextmanager
async def opened(config: BenchConfig, tmp_path: Path) -> AsyncIterator[LabBench]:
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
        lab = LabBench(bench, csms, clock, events)
        await lab.status(1, "Available")
        await lab.status(2, "Available")
        yield lab


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[LabBench]:
    async with opened(load_bench(FILE), tmp_path) as lab:
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


async def notices(csms: CentralSystem) -> None:
    """Return once the Central System has lost the station."""
    async with asyncio.timeout(DEADLINE_S):
        await csms.wait_gone()


async def coil_0(bench: Bench) -> bool:
    assert bench.virtual is not None
    state = cast("dict[str, Any]", await bench.virtual.control("state"))
    return bool(state["coils"][0])


async def test_a_relay_cuts_the_network_until_the_bench_is_safe(lab: LabBench) -> None:
    await lab.bench.network.off()
    await notices(lab.csms)
    assert await coil_0(lab.bench)
    await lab.bench.safe()  # mains go as well: the station boots anew
    assert not await coil_0(lab.bench)
    await lab.bench.ready()
    async with asyncio.timeout(DEADLINE_S):
        await lab.csms.wait_connected()
    assert [e.data["up"] for e in lab.events if e.kind == Kind.NETWORK] == [False, True]


async def test_the_world_cuts_the_network_where_the_bench_file_names_no_switch(
    tmp_path: Path,
) -> None:
    config = load_bench(FILE)
    devices = {name: d for name, d in config.devices.items() if name != "network"}
    async with opened(config.model_copy(update={"devices": devices}), tmp_path) as lab:
        await lab.bench.network.off()
        await notices(lab.csms)
        assert not await coil_0(lab.bench)
        await lab.bench.network.on()
        async with asyncio.timeout(DEADLINE_S):
            await lab.csms.wait_connected()
        await lab.bench.network.off()
    told = [(e.source, e.data["up"]) for e in lab.events if e.kind == Kind.NETWORK]
    assert told == [("mock+virtual network", up) for up in (False, True, False, True)]


def outage_of(lab: LabBench) -> Outage:
    config = load_bench(FILE)
    evidence = Evidence("036", EventBus(lab.clock), lab.clock)
    return Outage(
        StationCase(
            lab.bench, lab.csms, lab.clock, evidence, config.parameters, config.edition,
            connectors=2, facts={}, files=config.files,
        )
    )  # fmt: skip


async def test_an_outage_of_a_case_is_made_by_the_switch_of_the_bench(lab: LabBench) -> None:
    outage = outage_of(lab)
    await outage.begin()
    assert (lab.csms.connected, lab.bench.network.is_on) == (False, False)
    await outage.end()
    assert (lab.csms.connected, lab.bench.network.is_on) == (True, True)
    assert not lab.csms.refusals()


async def test_a_switch_that_cuts_nothing_is_a_fault_of_the_bench(lab: LabBench) -> None:
    outage = outage_of(lab)
    await outage.begin()
    assert lab.bench.virtual is not None
    await lab.bench.virtual.control("network", up=True)  # it has another way
    async with asyncio.timeout(DEADLINE_S):
        await lab.csms.wait_connected()
    with pytest.raises(BenchError, match="has connected although its network was down"):
        await outage.end()
    assert lab.bench.network.is_on
