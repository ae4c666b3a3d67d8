"""The bench tries itself: on the virtual world, sound and with a relay that is stuck."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.ports import TechnologyLock
from rig.bench import Bench
from rig.bench.self_test import SelfTestStep
from rig.clock import Clock
from rig.config.bench_file import default_bench, load_bench
from rig.errors import Quarantined
from rig.events import EventBus

BENCHES = Path(__file__).parents[2] / "configs/benches"


class Nobody:
    async def ask(self, question: str, choices: Sequence[str], timeout_s: float, **_: str) -> str:
        raise AssertionError(f"asked {question!r}")


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    config = load_bench(default_bench())
    clock = Clock(config.time_scale)
    async with Bench(
        config,
        EventBus(clock),
        clock,
        Nobody(),
        csms_url="ws://127.0.0.1:9/ocpp",
        state_dir=tmp_path,
    ) as bench:
        yield bench


async def test_a_sound_bench_passes_and_is_ready_for_a_run(bench: Bench) -> None:
    told: list[SelfTestStep] = []
    report = await bench.self_test(told.append)
    assert tuple(told) == report.steps
    assert [(s.device, s.what, s.ok) for s in report.steps] == [
        ("mains", "off, read back", True),
        ("relay-left", "relay walk", True),
        ("plug-1", "loop A-B-C-B-A", True),
        ("plug-1", "cables and faults", True),
        *[("reader", f"antenna of card {name}", True)
          for name in ("accepted", "invalid", "blocked", "expired")],
        ("mains", "on, read back", True),
    ]  # fmt: skip
    assert report.steps[1].detail == "7 of 8 coils follow"
    assert (bench.mains.is_on, bench.quarantine) == (True, None)
    assert bench.last_self_test is report
    await bench.prove()


@asynccontextmanager
async def shipped(name: str, state_dir: Path) -> AsyncIterator[Bench]:
    """A bench that comes with the rig, open."""
    config = load_bench(BENCHES / name)
    clock = Clock(config.time_scale)
    async with Bench(config, EventBus(clock), clock, Nobody(),
                     csms_url="ws://127.0.0.1:9/ocpp", state_dir=state_dir) as bench:  # fmt: skip
        yield bench


async def steps_of(bench: Bench, device: str) -> list[tuple[str, bool, str]]:
    report = await bench.self_test(lambda _: None)
    return [(s.what, s.ok, s.detail) for s in report.steps if s.device == device]


async def test_a_modem_says_who_it_is_and_what_it_hears(tmp_path: Path) -> None:
    async with shipped("virtual-modem.yaml", tmp_path) as bench:
        await bench.modem.set_lock(TechnologyLock.LTE)
        identity, signal = await steps_of(bench, "modem")
        assert identity[:2] == ("identity", True)
        assert re.fullmatch(r"huawei E3372 [\d.]+, IMEI 861821030000017", identity[2])
        assert signal[:2] == ("network and signal", True)
        assert re.fullmatch(r"SIM ready, .*(RSSI -\d+ dBm|no signal)", signal[2])
        assert bench.virtual is not None
        await bench.virtual.control("modem_fault", name="mute_on", value="AT+CGSN")
        identity, signal = await steps_of(bench, "modem")
        assert (identity[1], signal[1]) == (False, True)
        assert "no answer" in identity[2]
        assert bench.quarantine is not None
        assert bench.quarantine.device == "modem"


async def test_a_card_writer_looks_for_a_card_and_says_what_it_sees(tmp_path: Path) -> None:
    async with shipped("virtual-rfid.yaml", tmp_path) as bench:
        look = "field on, look for a card"
        assert bench.virtual is not None
        control = bench.virtual.control
        await control("nfc_take")
        assert await steps_of(bench, "writer") == [
            ("answers", True, "PN532 v1.6"), (look, True, "no card")
        ]  # fmt: skip
        await control("nfc_card", name="one", card="ntag213:04A1B2C3D4E5F6")
        await control("nfc_lay", name="one")
        assert (await steps_of(bench, "writer"))[1] == (look, True, "NTAG213, UID 04A1B2C3D4E5F6")
        await control("nfc_card", name="two", card="classic:DEADBEEF")
        await control("nfc_lay", name="two", alone=False)
        _, (_, ok, detail) = await steps_of(bench, "writer")
        assert ok, "what is the matter with cards is not the writer's fault"
        assert detail.startswith("several cards on the reader: 04A1B2C3D4E5F6 and DEADBEEF")
        assert bench.quarantine is None


async def test_a_stuck_relay_is_found_and_the_bench_is_in_quarantine(bench: Bench) -> None:
    assert bench.virtual is not None
    await bench.virtual.control("fault", name="stuck", value=5)
    report = await bench.self_test(lambda _: None)
    failed = [(s.device, s.what) for s in report.steps if not s.ok]
    assert failed == [("relay-left", "relay walk"), ("reader", "antenna of card invalid")]
    assert "coil 5 did not follow" in report.steps[1].detail
    assert bench.quarantine is not None
    assert bench.quarantine.device == "relay-left"
    with pytest.raises(Quarantined):
        await bench.self_test(lambda _: None)
    await bench.virtual.control("clear")
    await bench.recover()
    assert (await bench.self_test(lambda _: None)).ok
