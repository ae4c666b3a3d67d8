"""The modem over the API of the daemon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from rig.daemon.api import application
from tests.api_client import ApiClient

from .conftest import BENCH, FakeEngine, opened


@pytest.fixture
async def with_modem(engine: FakeEngine, tmp_path: Path) -> AsyncIterator[ApiClient]:
    file = tmp_path / "modem.yaml"
    file.write_text(BENCH.replace("cards:\n", "  m: {kind: manual_modem}\ncards:\n"))
    async with opened(engine, file) as service:
        async with TestClient(TestServer(application(service))) as client:
            yield client
            service.ring.close()


async def test_orders_reach_the_modem(with_modem: ApiClient) -> None:
    said = await (await with_modem.post("/v1/modem/lock/3g")).json()
    assert (said["name"], said["lock"], said["access_technology"]) == ("m", "3g", "3g")
    said = await (await with_modem.post("/v1/modem/data/on")).json()
    assert said["data_connected"] is True
    said = await (await with_modem.get("/v1/modem")).json()
    assert (said["lock"], said["sim"]) == ("3g", None)
    said = await (await with_modem.get("/v1/modem/signal")).json()
    assert (said["rssi_dbm"], said["limit_rssi_dbm"], said["meets_limit"]) == (-51, -81, True)
    said = await (await with_modem.post("/v1/modem/watch", json={"duration_s": 0})).json()
    assert (said["readings"], said["rssi_dbm"]["median"], said["rsrp_dbm"]) == (1, -51, None)


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("lock/5g", {}, "no mode '5g'; there are: auto, 2g, 3g, 4g"),
        ("data/maybe", {}, "there are: on, off"),
        ("watch", {"duration_s": 1000}, "at most"),
        ("watch", {"duration_s": 1, "interval_s": 0.001}, "at least"),
        ("watch", {}, "duration_s"),
    ],
)
async def test_what_cannot_be_is_a_usage_error(
    with_modem: ApiClient, path: str, body: dict[str, float], problem: str
) -> None:
    answer = await with_modem.post(f"/v1/modem/{path}", json=body)
    said = await answer.json()
    assert (answer.status, said["kind"]) == (400, "config")
    assert problem in said["error"]


async def test_a_bench_without_modem_says_so(api: ApiClient) -> None:
    answer = await api.get("/v1/modem")
    said = await answer.json()
    assert (answer.status, said["kind"]) == (503, "bench")
    assert "no modem" in said["error"]
