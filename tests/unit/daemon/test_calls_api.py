"""Playing Central System by hand: every outcome of a CALL, with a station that is one socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from rig.daemon.service import RigService
from rig.ocppj.schemas import FROM_CENTRAL_SYSTEM
from tests.api_client import ApiClient

Answer = Callable[[ClientConnection, str], Awaitable[None]]


@asynccontextmanager
async def station(service: RigService, answer: Answer) -> AsyncIterator[None]:
    """A station that deals with each CALL by `answer`."""
    assert service._csms is not None
    url = f"{service._csms.url}/CP-1"
    async with connect(url, subprotocols=["ocpp1.6"]) as socket:  # type: ignore[list-item]

        async def serve() -> None:
            async for text in socket:
                await answer(socket, str(json.loads(text)[1]))

        task = asyncio.create_task(serve())
        await service._csms.wait_connected()
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})


async def call(api: ApiClient, **body: Any) -> Any:
    answer = await api.post("/v1/csms/call", json={"action": "ClearCache", "payload": {}} | body)
    return await answer.json()


async def test_a_result_with_its_payload_and_what_is_wrong_in_it(
    api: ApiClient, service: RigService
) -> None:
    async def fine(socket: ClientConnection, number: str) -> None:
        await socket.send(json.dumps([3, number, {"status": "Accepted"}]))

    async def odd(socket: ClientConnection, number: str) -> None:
        await socket.send(json.dumps([3, number, {"status": "Perhaps"}]))

    async with station(service, fine):
        said = await call(api)
    assert (said["outcome"], said["payload"], said["problems"]) == (
        "result", {"status": "Accepted"}, []
    )  # fmt: skip
    assert said["id"]
    assert said["took_s"] < 10
    async with station(service, odd):
        said = await call(api)
    assert said["outcome"] == "result"
    assert "status" in said["problems"][0]


async def test_a_callerror_is_told_with_code_and_description(
    api: ApiClient, service: RigService
) -> None:
    async def refuse(socket: ClientConnection, number: str) -> None:
        await socket.send(json.dumps([4, number, "NotSupported", "no cache", {"a": 1}]))

    async with station(service, refuse):
        said = await call(api)
    assert (said["outcome"], said["code"], said["description"], said["payload"]) == (
        "error", "NotSupported", "no cache", {"a": 1}
    )  # fmt: skip


async def test_an_answer_that_is_no_frame(api: ApiClient, service: RigService) -> None:
    async def broken(socket: ClientConnection, number: str) -> None:
        await socket.send(json.dumps([3, number]))

    async with station(service, broken):
        said = await call(api)
    assert (said["outcome"], said["payload"]) == ("bad-answer", None)
    assert "elements" in said["description"]


async def test_silence(api: ApiClient, service: RigService) -> None:
    async def silent(_socket: ClientConnection, _number: str) -> None:
        pass

    async with station(service, silent):
        said = await call(api, timeout_s=0.05)
    assert (said["outcome"], said["description"]) == ("no-answer", "no answer within 0.05 s")


async def test_a_station_that_is_away_or_goes_away(api: ApiClient, service: RigService) -> None:
    said = await call(api)
    assert (said["outcome"], said["description"]) == ("lost", "the station is not connected")

    async def leave(socket: ClientConnection, _number: str) -> None:
        socket.transport.abort()

    async with station(service, leave):
        said = await call(api)
    assert (said["outcome"], said["description"]) == ("lost", "the connection was lost")


async def test_what_breaks_the_schema_is_refused_unless_it_is_meant(
    api: ApiClient, service: RigService
) -> None:
    seen: list[str] = []

    async def refuse(socket: ClientConnection, number: str) -> None:
        seen.append(number)
        await socket.send(json.dumps([4, number, "FormationViolation", "", {}]))

    wrong = {"action": "Reset", "payload": {"type": "Warm", "colour": "red"}}
    async with station(service, refuse):
        said = await call(api, **wrong)
        assert (said["kind"], len(said["problems"]), seen) == ("config", 2, [])
        said = await call(api, **wrong, validate=False)
        assert (said["outcome"], len(seen)) == ("error", 1)
        said = await call(api, action="MakeCoffee", validate=False)
        assert (said["outcome"], len(seen)) == ("error", 2)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"action": "Rest"}, "did you mean Reset"),
        ({"action": "Authorize"}, "a Central System sends no 'Authorize'"),
        ({"timeout_s": 3600}, "90 real seconds"),
        ({"payload": [1]}, "payload"),
    ],
)
async def test_nonsense_is_refused(api: ApiClient, body: dict[str, Any], words: str) -> None:
    said = await call(api, **body)
    assert said["kind"] == "config"
    assert words in said["error"]


async def test_refused_while_a_run_or_somebody_else_has_the_bench(
    api: ApiClient, service: RigService
) -> None:
    taken = await api.post("/v1/lease/take", json={"reason": "mine"}, headers={"X-Rig-Owner": "a"})
    assert taken.status == 200
    said = await call(api)
    assert (said["kind"], "held by a" in said["error"]) == ("busy", True)
    await api.post("/v1/lease/release", headers={"X-Rig-Owner": "a"})
    await api.post("/v1/runs", json={"dut": "station", "all": True})
    said = await call(api)
    assert (said["kind"], "in progress" in said["error"]) == ("busy", True)
    await api.post("/v1/runs/last/abort")


async def test_every_action_has_a_profile_and_a_schema(api: ApiClient) -> None:
    listed = (await (await api.get("/v1/csms/actions")).json())["actions"]
    assert {line["name"] for line in listed} == FROM_CENTRAL_SYSTEM
    assert {line["profile"] for line in listed if line["name"] == "ReserveNow"} == {"Reservation"}
    for line in listed:
        schema = await (await api.get(f"/v1/csms/actions/{line['name']}/schema")).json()
        assert schema["type"] == "object"
    missing = await api.get("/v1/csms/actions/Authorize/schema")
    assert missing.status == 400
