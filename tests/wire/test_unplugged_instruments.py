"""A modem or card writer pulled out of a bench: quarantine by name, back by replugging."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.ports import TechnologyLock
from rig.bench import Bench
from rig.clock import Clock
from rig.config.bench_file import load_bench
from rig.errors import BenchError, BenchUnavailable, Quarantined
from rig.events import EventBus
from rig.jsontypes import Json
from tests.contract.dongle_mocks import dongle_mock
from tests.contract.nfc_mocks import nfc_mock
from tests.unit.drivers.fake_board import Person

BENCHES = Path(__file__).parents[2] / "configs/benches"
Ask = Callable[..., Awaitable[object]]


@dataclass(frozen=True)
class Instrument:
    """What can be pulled: its name on the bench, the commands of its mock, and an order to it."""

    name: str
    unplug: str
    replug: str
    order: Callable[[Bench], Awaitable[object]]
    stall: tuple[str, str, Json]
    """Control command, fault and value with which an order takes until the plug is pulled."""


MODEM = Instrument("modem", "unplug_modem", "replug_modem", lambda b: b.modem.status(),
                   ("modem_fault", "mute", True))  # fmt: skip
WRITER = Instrument("writer", "nfc_unplug", "nfc_replug", lambda b: b.writer.find(),
                    ("nfc_fault", "pull", True))  # fmt: skip
SHIPPED = {"virtual-modem.yaml": MODEM, "virtual-rfid.yaml": WRITER}


@asynccontextmanager
async def opened(file: Path, state_dir: Path) -> AsyncIterator[Bench]:
    config = load_bench(file)
    clock = Clock(config.time_scale)
    async with Bench(config, EventBus(clock), clock, Person(),
                     csms_url="ws://127.0.0.1:9/x", state_dir=state_dir) as bench:  # fmt: skip
        yield bench


async def condemned(bench: Bench, instrument: Instrument) -> None:
    """The bench rests in its safe state, says whose fault it is, and obeys nobody."""
    await bench.quarantined.wait()
    assert bench.quarantine is not None
    assert bench.quarantine.device == instrument.name
    with pytest.raises(Quarantined) as caught:
        await instrument.order(bench)
    assert caught.value.device == instrument.name
    with pytest.raises(Quarantined):
        await bench.mains.on()


@pytest.mark.parametrize("file", SHIPPED)
async def test_pulled_while_nobody_uses_it(tmp_path: Path, file: str) -> None:
    instrument = SHIPPED[file]
    async with opened(BENCHES / file, tmp_path) as bench:
        assert bench.virtual is not None
        assert bench.mains.is_on
        await bench.virtual.control(instrument.unplug)
        await condemned(bench, instrument)
        await bench.virtual.control(instrument.replug)
        assert bench.quarantine is not None, "it takes a person to trust the bench again"
        await bench.recover()
        assert bench.quarantine is None
        assert bench.mains.is_on
        await instrument.order(bench)


@pytest.mark.parametrize("file", SHIPPED)
async def test_pulled_during_an_order(tmp_path: Path, file: str) -> None:
    instrument = SHIPPED[file]
    async with opened(BENCHES / file, tmp_path) as bench:
        assert bench.virtual is not None
        do, name, value = instrument.stall
        await bench.virtual.control(do, name=name, value=value)
        doing = asyncio.ensure_future(instrument.order(bench))
        await asyncio.sleep(0)  # it is on its way
        if instrument is MODEM:
            await bench.virtual.control(instrument.unplug)
        with pytest.raises(BenchError) as caught:
            await doing
        assert caught.value.device == instrument.name
        await condemned(bench, instrument)
        await bench.recover()
        await instrument.order(bench)


@contextmanager
def plugged_in(kind: str) -> Iterator[tuple[str, Instrument, Ask]]:
    """A device of its own process: its section of a bench file, and its control."""
    if kind == "nfc":
        with nfc_mock() as reader:
            yield f"kind: card_writer, port: {reader.port}", WRITER, reader.control
        return
    with dongle_mock(kind) as dongle:
        where = f"port: {dongle.port}" if kind == "e3372h" else f'url: "{dongle.url}"'
        yield f"kind: modem, backend: {kind}, {where}", MODEM, dongle.control


@pytest.mark.parametrize("kind", ["e3372h", "hilink", "nfc"])
async def test_recovery_waits_for_the_plug(tmp_path: Path, kind: str) -> None:
    with plugged_in(kind) as (section, instrument, control):
        file = tmp_path / "bench.yaml"
        file.write_text(
            f"bench: b\ncards: {{}}\ndevices:\n  {instrument.name}: {{{section}}}\n"
            "  mains: {kind: manual_mains_switch}\n"
        )
        async with opened(file, tmp_path) as bench:
            await control(instrument.unplug)
            await condemned(bench, instrument)
            with pytest.raises(BenchUnavailable, match=instrument.name):
                await bench.recover()
            await condemned(bench, instrument)
            await control(instrument.replug)
            await bench.recover()
            assert bench.quarantine is None
            await instrument.order(bench)


async def test_a_stick_that_was_pulled_while_locked_is_free_after_recovery(tmp_path: Path) -> None:
    with plugged_in("e3372h") as (section, _, control):
        file = tmp_path / "bench.yaml"
        file.write_text(f"bench: b\ncards: {{}}\ndevices:\n  modem: {{{section}}}\n")
        async with opened(file, tmp_path) as bench:
            await bench.modem.set_lock(TechnologyLock.UMTS)
            await control("unplug_modem")
            await bench.quarantined.wait()
            await control("replug_modem")
            await bench.recover()
            assert (await bench.modem.status()).lock is TechnologyLock.AUTO
