"""The bench tries itself: on the virtual world, sound and with a relay that is stuck."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from rig.bench import Bench
from rig.bench.self_test import SelfTestStep
from rig.clock import Clock
from rig.config.bench_file import default_bench, load_bench
from rig.errors import Quarantined
from rig.events import EventBus


class Nobody:
    async def ask(self, question: str, choices: Sequence[str], timeout_s: float) -> str:
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
        *[("reader", f"antenna of card {name}", True)
          for name in ("accepted", "invalid", "blocked", "expired")],
        ("mains", "on, read back", True),
    ]  # fmt: skip
    assert report.steps[1].detail == "7 of 8 coils follow"
    assert (bench.mains.is_on, bench.quarantine) == (True, None)
    assert bench.last_self_test is report
    await bench.prove()


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
