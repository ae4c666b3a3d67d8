"""A bench with a simulated card writer: from the card set file to the cards on the table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from rig.bench import Bench
from rig.bench.preparation import Ledger, Preparation, VirtualHand
from rig.clock import Clock
from rig.config.bench_file import load_bench
from rig.events import Event, EventBus
from tests.unit.drivers.fake_board import Person

ROOT = Path(__file__).parents[2]
BENCH = f"""
bench: cards
time_scale: 10
virtual: {{seed: 1}}
devices:
  writer: {{kind: card_writer, port: "mock:nfc"}}
  mains: {{kind: manual_mains_switch}}
cards: {{}}
card_set: {ROOT / "configs/cards/lab.yaml"}
"""


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
async def bench(tmp_path: Path, events: list[Event]) -> AsyncIterator[Bench]:
    file = tmp_path / "bench.yaml"
    file.write_text(BENCH)
    clock = Clock(10)
    bus = EventBus(clock)
    bench = Bench(
        load_bench(file), bus, clock, Person(), csms_url="ws://127.0.0.1:9/x", state_dir=tmp_path
    )
    with bus.listen(events.append):
        async with bench:
            yield bench


def preparation(bench: Bench) -> Preparation:
    assert bench.virtual is not None
    hand = VirtualHand(bench.virtual.control)
    return Preparation(bench.writer, hand, Ledger(None), lambda *_: None)


async def test_the_shipped_set_is_prepared_and_right_afterwards(
    bench: Bench, events: list[Event]
) -> None:
    names = list(bench.writer.plastic)
    first = await preparation(bench).run(names, again=False)
    assert {c.name: c.outcome.value for c in first} == {
        "accepted": "written", "fleet-a": "written", "fleet-b": "written", "invalid": "written",
        "blocked": "written", "expired": "right", "busy": "right",
    }  # fmt: skip
    second = await preparation(bench).run(names, again=False)
    assert {c.outcome.value for c in second} == {"right"}
    assert bench.virtual is not None
    state = cast("dict[str, Any]", await bench.virtual.control("nfc_state"))
    content = {name: bytes.fromhex(card["content"]) for name, card in state["cards"].items()}
    assert b"EVSE test card: fleet B" in content["fleet-b"]
    assert content["blocked"][64:80] == b"EVSE-TEST".ljust(16, b"\0")
    assert state["cards"]["invalid"]["uid"] == "badbad01"
    told = [e for e in events if e.kind == "card"]
    assert {e.source for e in told} == {"mock+writer"}
    assert [(e.data["card"], e.data["id_tag"], e.data["action"]) for e in told][:1] == [
        ("accepted", "04A1B2C3D4E5F6", "text written")
    ]


async def test_a_reader_that_is_pulled_condemns_the_bench_until_it_is_back(bench: Bench) -> None:
    assert bench.virtual is not None
    await bench.virtual.control("nfc_unplug")
    await bench.quarantined.wait()
    assert bench.quarantine is not None
    assert bench.quarantine.device == "writer"
    await bench.recover()
    done = await preparation(bench).run(["accepted"], again=False)
    assert [card.outcome.value for card in done] == ["written"]
