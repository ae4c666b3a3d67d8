"""A bench with a simulated dongle: from the bench file to the orders of the bench."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from drivers.ports import AccessTechnology, TechnologyLock
from rig.bench import Bench
from rig.bench.modem import meets_limit
from rig.clock import Clock
from rig.config.bench_file import load_bench
from rig.errors import BenchError
from rig.events import Event, EventBus
from tests.unit.drivers.fake_board import Person

BENCH = """
bench: radio
time_scale: 50
virtual: {{seed: 1}}
devices:
  dongle: {{kind: modem, {face}}}
  mains: {{kind: manual_mains_switch}}
cards: {{}}
"""
FACES = {
    "e3372h": 'backend: e3372h, port: "mock:modem-at"',
    "hilink": 'backend: hilink, url: "mock:modem-web"',
}


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture(params=FACES)
async def bench(
    request: pytest.FixtureRequest, tmp_path: Path, events: list[Event]
) -> AsyncIterator[Bench]:
    file = tmp_path / "bench.yaml"
    file.write_text(BENCH.format(face=FACES[request.param]))
    clock = Clock(50)
    bus = EventBus(clock)
    bench = Bench(
        load_bench(file), bus, clock, Person(), csms_url="ws://127.0.0.1:9/x", state_dir=tmp_path
    )
    with bus.listen(events.append):
        async with bench:
            yield bench


async def test_orders_reach_the_dongle_and_are_on_record(bench: Bench, events: list[Event]) -> None:
    seen = await bench.modem.set_lock(TechnologyLock.UMTS)
    assert seen.access_technology is AccessTechnology.UMTS
    watched = await bench.modem.watch(10, 2)
    assert watched.readings == 6
    rssi = watched.spreads["rssi_dbm"]
    assert rssi is not None
    assert meets_limit(rssi.median) is True
    told = [event for event in events if event.kind == "modem"]
    assert {event.source for event in told} == {"mock+dongle"}
    assert [e.data["step"] for e in told if e.data["step"] == "signal"] == ["signal"] * 6


async def test_a_technology_that_is_not_there_does_not_condemn_the_bench(bench: Bench) -> None:
    assert bench.virtual is not None
    await bench.virtual.control("radio", technology="2g", present=False)
    with pytest.raises(BenchError, match="no network on 2g"):
        await bench.modem.set_lock(TechnologyLock.GSM)
    assert bench.quarantine is None
    await bench.safe()
    assert (await bench.modem.status()).lock is TechnologyLock.AUTO


async def test_a_dongle_that_is_pulled_condemns_the_bench_until_it_is_back(bench: Bench) -> None:
    assert bench.virtual is not None
    await bench.virtual.control("unplug_modem")
    await bench.quarantined.wait()
    assert bench.quarantine is not None
    assert bench.quarantine.device == "dongle"
    await bench.recover()
    assert (await bench.modem.identity()).model == "E3372"


@pytest.mark.parametrize(
    ("level", "ok"), [(-81, True), (-81.5, False), (-51, True), (-82, False), (None, None)]
)
def test_limit_of_the_procedure(level: float | None, ok: bool | None) -> None:
    assert meets_limit(level) is ok
