"""The prompt bridge over a bench of manual devices: done, refused, handed to the operator."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from rig.bench.faults import Quarantine
from rig.daemon.service import RigService
from rig.events import Event, Kind
from tests.api_client import ApiClient

from .conftest import FakeEngine, opened

OWNER = {"X-Rig-Owner": "official-tool"}


async def prompt(api: ApiClient, text: str, **more: Any) -> tuple[int, Any]:
    answer = await api.post("/v1/bridge/prompt", json={"text": text} | more, headers=OWNER)
    return answer.status, await answer.json()


async def asked(service: RigService) -> str:
    """Id of the question that is open for the operator."""
    async with asyncio.timeout(10):
        while True:
            for seen in service.desk.prompts():
                if seen.state == "asked":
                    return seen.id
            await asyncio.sleep(0.005)


async def test_both_ends_of_a_cable_in_either_order(api: ApiClient) -> None:
    status, said = await prompt(api, "Plug in the cable on EV side")
    assert (status, said["state"], said["dismiss"]) == (200, "done", True)
    assert "remembered" in said["steps"][0]["detail"]
    _, said = await prompt(api, "Plug in the cable on Charging Station side")
    assert said["steps"][0]["detail"] == "pilot state C, cable in the station"
    _, said = await prompt(api, "Unplug the cable on Charging Station side")
    assert said["steps"][0]["detail"] == "pilot state A, cable out of the station"
    _, said = await prompt(api, "Plug in the cable on Charging Station side")
    assert said["steps"][0]["detail"] == "pilot state B, cable in the station"
    _, said = await prompt(api, "Unplug the cable on both sides")
    _, said = await prompt(api, "Plug in the cable on Charging Station side")
    assert said["steps"][0]["detail"] == "pilot state A, cable in the station"
    _, said = await prompt(api, "Plug in the cable on EV side")
    assert said["steps"][0]["detail"] == "pilot state C, cable in the station"


async def test_cards_and_mains(api: ApiClient, service: RigService) -> None:
    service.clock.scale = 1000
    seen: list[Event] = []
    with service.bus.listen(seen.append):
        _, said = await prompt(api, "Present idTag 04a1 on connector 1")
        assert said["detail"] == "card good (04A1): present: held to the reader, idTag 04A1"
        _, said = await prompt(api, "Power-cycle the Charging Station")
        assert (said["rule"], said["state"]) == ("power-cycle", "done")
    told = [e.data for e in seen if e.kind in (Kind.CARD, Kind.MAINS)]
    assert [d.get("action", d.get("on")) for d in told] == ["presented", "removed", False, True]
    states = [e.data["state"] for e in seen if e.kind == Kind.BRIDGE]
    assert states == ["working", "done", "working", "done"]


async def test_network_of_a_real_bench_is_a_persons(api: ApiClient, service: RigService) -> None:
    task = asyncio.create_task(prompt(api, "Disconnect the network"))
    number = await asked(service)
    assert service.desk.prompts()[0].question == "Disconnect the charging station's network."
    service.desk.answer(number, "done", "ann", "tui")
    _, said = await task
    assert said["detail"] == "network: down: disconnected by the operator"


async def test_a_dry_run_says_it_and_leaves_nothing_behind(
    api: ApiClient, service: RigService
) -> None:
    status, said = await prompt(api, "Plug in the cable", dry_run=True)
    assert (status, said["state"], said["dismiss"], said["id"]) == (200, "planned", False, "")
    assert said["steps"] == [
        {"what": "plug plug-1: plug-in, then energy", "state": "planned", "detail": ""}
    ]
    _, said = await prompt(api, "Make coffee", dry_run=True)
    assert "the operator of this bench would be asked" in said["detail"]
    await api.post("/v1/lease/take", json={"reason": "calibration"}, headers={"X-Rig-Owner": "a"})
    _, said = await prompt(api, "Plug in the cable", dry_run=True)
    assert "would be refused now: by-hand: held by a" in said["detail"]
    assert (await (await api.get("/v1/bridge/prompts")).json()) == {"prompts": []}
    assert service.hands.plugs()[0].cp_state == "A"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "text: empty"),
        ("Present idTag 0815", "no card with idTag '0815'"),
        ("Unplug the cable on EV side of connector 4", "no tester plug on connector 4"),
    ],
)
async def test_nonsense_is_refused_and_logged(api: ApiClient, text: str, words: str) -> None:
    status, said = await prompt(api, text)
    assert (status, said["state"], said["kind"], said["dismiss"]) == (
        400, "refused", "config", False
    )  # fmt: skip
    assert words in said["error"]
    (line,) = (await (await api.get("/v1/bridge/prompts")).json())["prompts"]
    assert (line["text"], line["by"], words in line["detail"]) == (text, "official-tool", True)


async def test_refused_while_the_bench_is_not_to_be_had(
    api: ApiClient, service: RigService
) -> None:
    await api.post("/v1/lease/take", json={"reason": "mine"}, headers={"X-Rig-Owner": "ann"})
    status, said = await prompt(api, "Plug in the cable")
    assert (status, said["kind"], "held by ann" in said["error"]) == (409, "busy", True)
    await api.post("/v1/lease/release", headers={"X-Rig-Owner": "ann"})

    await api.post("/v1/runs", json={"dut": "station", "all": True})
    status, said = await prompt(api, "Plug in the cable")
    assert (status, said["kind"], "in progress" in said["error"]) == (409, "busy", True)
    await api.post("/v1/runs/last/abort")

    assert service._bench is not None
    service._bench._desk.quarantine = Quarantine("plug-1", "no answer", "t")
    status, said = await prompt(api, "Plug in the cable")
    assert (status, said["kind"], said["state"]) == (503, "bench", "refused")
    assert "rig bench recover" in said["error"]
    service._bench._desk.quarantine = None


async def test_an_order_that_the_bench_refuses_has_failed(api: ApiClient) -> None:
    await prompt(api, "Plug in the cable")
    status, said = await prompt(api, "Plug in the cable")
    assert (status, said["state"], said["kind"], said["dismiss"]) == (503, "failed", "bench", False)
    assert [step["state"] for step in said["steps"]] == ["failed"]
    assert "it is charging" in said["error"]


async def test_what_no_rule_fits_is_put_to_the_operator(
    api: ApiClient, service: RigService
) -> None:
    text = "Press OK when the LED is green"
    task = asyncio.create_task(prompt(api, text))
    number = await asked(service)
    question = service.desk.prompts()[0]
    assert (question.question, question.kind) == (f"official-tool asks: {text}", "confirm")
    service.desk.answer(number, "done", "ann", "cli")
    status, said = await task
    assert (status, said["state"], said["dismiss"], said["rule"]) == (200, "answered", True, "")

    task = asyncio.create_task(prompt(api, text))
    service.desk.answer(await asked(service), "cannot", "ann", "cli")
    status, said = await task
    assert (status, said["kind"], said["dismiss"]) == (504, "operator", False)
    assert f"could not do it: official-tool asks: {text}" in said["error"]


async def test_a_person_takes_longer_than_a_request_and_the_tool_may_give_up(
    api: ApiClient, service: RigService
) -> None:
    status, said = await prompt(api, "Look at the LED", wait_s=0)
    assert (status, said["state"]) == (202, "working")
    path = f"/v1/bridge/prompts/{said['id']}"
    waiting = asyncio.create_task(api.get(f"{path}?wait_s=60"))
    service.desk.answer(await asked(service), "done", "ann", "cli")
    assert (await (await waiting).json())["state"] == "answered"
    assert (await (await api.delete(path)).json())["state"] == "answered"

    _, said = await prompt(api, "Look at the LED", wait_s=0)
    question = await asked(service)
    gone = await (await api.delete(f"/v1/bridge/prompts/{said['id']}")).json()
    assert (gone["state"], gone["dismiss"]) == ("withdrawn", False)
    assert {p.id: p.state for p in service.desk.prompts()}[question] == "withdrawn"
    assert (await api.get("/v1/bridge/prompts/b99")).status == 404


async def test_the_end_of_the_bench_withdraws_what_is_open(
    api: ApiClient, service: RigService
) -> None:
    await prompt(api, "Look at the LED", wait_s=0)
    await asked(service)
    await service.close_bench()
    assert [line.state for line in service.bridge.log(10)] == ["withdrawn"]


@pytest.fixture
def bench_with_switch(bench_file: Path) -> Path:
    switch = "  way: {kind: manual_network_switch}\n"
    bench_file.write_text(bench_file.read_text().replace("cards:\n", switch + "cards:\n"))
    return bench_file


async def test_the_network_is_cut_by_the_switch_of_the_bench(
    engine: FakeEngine, bench_with_switch: Path
) -> None:
    seen: list[Event] = []
    async with opened(engine, bench_with_switch) as service:
        with service.bus.listen(seen.append):
            said = await service.bridge.prompt("Disconnect the network", 10.0)
            assert (said.state, said.detail) == ("done", "network: down: network down")
            assert service.bench_info().network == "down"
            said = await service.bridge.prompt("Restore the network", 10.0)
            assert service.bench_info().network == "up"
    assert [e.data["up"] for e in seen if e.kind == Kind.NETWORK] == [False, True]
    (asked, _) = [e.data for e in seen if e.kind == Kind.PROMPT and e.data["state"] == "asked"]
    assert "disconnect the network of the charging station" in str(asked["question"])
