"""The card writer over the API of the daemon, worked by an operator who says yes to everything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from rig.daemon.api import application
from tests.api_client import ApiClient

from .conftest import BENCH, FakeEngine, opened

PLASTIC = (
    "cards:\n"
    "  label: {id_tag: L, status: Accepted, physical: {uid: 04A1B2C3D4E5F6, text: hello}}\n"
    "  plain: {id_tag: P, status: Invalid, physical: {uid: DEADBEEF}}\n"
)


@pytest.fixture
async def with_writer(engine: FakeEngine, tmp_path: Path) -> AsyncIterator[ApiClient]:
    file = tmp_path / "cards.yaml"
    file.write_text(BENCH.replace("cards:\n", f"  w: {{kind: manual_card_writer}}\n{PLASTIC}"))
    async with opened(engine, file) as service:
        async with TestClient(TestServer(application(service))) as client:
            yield client
            service.ring.close()


async def ended(client: ApiClient) -> dict[str, Any]:
    """The job, once its last event is on the stream."""
    async with client.get("/v1/events?after=0") as events:
        async for line in events.content:
            if b'"action":"closed"' in line:
                break
    said: dict[str, Any] = await (await client.get("/v1/card-writer/job")).json()
    return said


async def test_a_set_is_prepared(with_writer: ApiClient) -> None:
    none = await (await with_writer.get("/v1/card-writer/job")).json()
    assert (none["job_id"], none["names"]) == ("", [])
    answer = await with_writer.post("/v1/card-writer/job", json={})
    started = await answer.json()
    assert answer.status == 201
    assert (started["state"], started["names"]) == ("running", ["label", "plain"])
    done = await ended(with_writer)
    assert (done["state"], done["cause"]) == ("finished", "")
    assert [(c["name"], c["outcome"], c["detail"]) for c in done["cards"]] == [
        ("label", "written", "text"),
        ("plain", "right", ""),
    ]


async def test_a_card_is_read(with_writer: ApiClient) -> None:
    said = await (await with_writer.get("/v1/card-writer/card?card=plain")).json()
    assert (said["name"], said["uid"], said["text"]) == ("plain", "DEADBEEF", None)
    assert said["id_tags"][0] == {"id_tag": "DEADBEEF", "rule": "hex, upper case, as-read"}
    said = await (await with_writer.get("/v1/card-writer/card?card=plain&seen=EFBEADDE")).json()
    assert said["id_tags"][0]["rule"] == "hex, upper case, reversed"
    said = await (await with_writer.get("/v1/card-writer/card?card=plain&seen=CAFE")).json()
    assert said["id_tags"] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "problem"),
    [
        ("GET", "card", {}, 503, "can compare a UID but not type it in"),
        ("GET", "card?card=nobody", {}, 400, "plastic of card 'nobody'; there are: label, plain"),
        ("POST", "job", {"cards": ["nobody"]}, 400, "plastic of card 'nobody'"),
        ("POST", "job", {"card": 1}, 400, "card"),
    ],
)
async def test_what_cannot_be(
    with_writer: ApiClient,
    method: str,
    path: str,
    body: dict[str, Any],
    status: int,
    problem: str,
) -> None:
    answer = await with_writer.request(method, f"/v1/card-writer/{path}", json=body)
    assert answer.status == status
    assert problem in (await answer.json())["error"]


async def test_a_bench_without_writer_says_so(api: ApiClient) -> None:
    for answer in (await api.get("/v1/card-writer/card"), await api.post("/v1/card-writer/job")):
        said = await answer.json()
        assert (answer.status, said["kind"]) == (503, "bench")
        assert "no card writer" in said["error"]


async def test_an_aborted_job_withdraws_its_question_and_frees_the_writer(
    engine: FakeEngine, tmp_path: Path
) -> None:
    file = tmp_path / "cards.yaml"
    file.write_text(BENCH.replace("cards:\n", f"  w: {{kind: manual_card_writer}}\n{PLASTIC}"))
    async with opened(engine, file) as service:
        service.desk.answer = lambda *_: None  # type: ignore[assignment, method-assign]
        async with TestClient(TestServer(application(service))) as client:
            await client.post("/v1/card-writer/job", json={})
            async with client.get("/v1/events?after=0") as events:
                async for line in events.content:
                    if b"lay card label" in line:
                        break
            busy = await client.post("/v1/card-writer/job", json={})
            assert busy.status == 409
            run = await client.post("/v1/runs", json={"dut": "station", "all": True})
            assert run.status == 409
            said = await (await client.post("/v1/card-writer/job/abort")).json()
            assert (said["state"], said["cards"]) == ("aborted", [])
            assert [p.state for p in service.desk.prompts()] == ["withdrawn"]
            service.ring.close()
