"""Routes, shapes and errors of the API."""

from __future__ import annotations

import asyncio

import pytest

from rig.daemon.service import RigService
from rig.daemon.telling import told
from rig.errors import BenchError, BenchUnavailable, ConfigError
from tests.api_client import ApiClient

from .conftest import FakeEngine


async def test_status_has_the_parts_a_front_end_needs(api: ApiClient) -> None:
    said = await (await api.get("/v1/status")).json()
    assert sorted(said) == ["bench", "csms", "daemon", "lease", "prompts", "run"]


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/v1/nothing", 404, "not-found"),
        ("GET", "/v1/bench/check", 405, "not-found"),
        ("POST", "/v1/plugs/none/insert", 400, "config"),
        ("POST", "/v1/mains/dim", 400, "config"),
        ("POST", "/v1/relays/left/1/pulse", 400, "config"),
        ("POST", "/v1/relays/left/first/pulse", 404, "not-found"),
        ("POST", "/v1/cards/none/present", 400, "config"),
        ("GET", "/v1/runs/none", 404, "not-found"),
        ("GET", "/v1/runs/none/report?format=pdf", 400, "config"),
        ("GET", "/v1/cases?dut=toaster", 400, "config"),
        ("POST", "/v1/prompts/p9", 400, "config"),
        ("GET", "/v1/events?after=x", 400, "config"),
    ],
)
async def test_errors_are_json_with_a_kind(
    api: ApiClient, method: str, path: str, status: int, kind: str
) -> None:
    answer = await api.request(method, path)
    said = await answer.json()
    assert (answer.status, said["kind"], sorted(said)) == (
        status, kind, ["error", "kind", "problems"]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("{", "body"),
        ('{"dut": "toaster", "all": true, "colour": 1}', "dut"),
        ('{"dut": "station"}', "say what to run"),
        ('{"dut": "station", "all": true, "cases": ["001"]}', "say what to run"),
    ],
    ids=["torn", "wrong fields", "nothing", "both"],
)
async def test_bad_run_request_is_refused(api: ApiClient, body: str, problem: str) -> None:
    answer = await api.post("/v1/runs", data=body)
    said = await answer.json()
    assert answer.status == 400
    assert problem in said["error"] + " ".join(said["problems"])


async def test_a_pulse_on_a_board_that_is_not_there_names_those_that_are(api: ApiClient) -> None:
    answer = await api.post("/v1/relays/left/1/pulse", json={"seconds": 1})
    said = await answer.json()
    assert (answer.status, said["kind"]) == (503, "bench")
    assert "left: no such relay board; there are: none" in said["error"]


async def test_unknown_case_is_not_found_with_nearest_names(api: ApiClient) -> None:
    answer = await api.post("/v1/runs", json={"dut": "station", "cases": ["999"]})
    said = await answer.json()
    assert (answer.status, said["kind"]) == (404, "unknown-case")
    assert "did you mean 001" in said["error"]


async def test_run_is_created_followed_and_aborted(api: ApiClient) -> None:
    answer = await api.post("/v1/runs", json={"dut": "station", "all": True})
    started = await answer.json()
    assert answer.status == 201
    busy = await api.post("/v1/runs", json={"dut": "station", "all": True})
    assert busy.status == 409
    ended = await (await api.post(f"/v1/runs/{started['run_id']}/abort")).json()
    assert ended["exit_code"] == 130
    listed = await (await api.get("/v1/runs")).json()
    assert [run["verdict"] for run in listed["runs"]] == ["ABORTED"]
    report = await api.get("/v1/runs/last/report?format=html&with=last")
    assert (report.content_type, await report.text()) == ("text/html", "html of last, last")


async def test_events_resume_after_the_last_id(api: ApiClient, service: RigService) -> None:
    last = service.bus.last_seq
    await service.hands.mains("off")
    stream = await api.get("/v1/events", headers={"Last-Event-ID": str(last)})
    text = b""
    while b"off" not in text:
        text += await stream.content.readany()
    stream.close()
    assert f"id: {last + 1}\n".encode() in text
    assert f"id: {last}\n".encode() not in text


async def test_events_begin_now_by_default(api: ApiClient, service: RigService) -> None:
    last = service.bus.last_seq
    stream = await api.get("/v1/events")
    await service.hands.mains("off")
    text = b""
    while b"id: " not in text:
        text += await stream.content.readany()
    stream.close()
    assert text.index(f"id: {last + 1}\n".encode()) > 0


async def test_prompt_is_answered_over_the_api(api: ApiClient, service: RigService) -> None:
    question = asyncio.ensure_future(service.desk.ask("Sure?", ["yes", "no"], 60))
    await asyncio.sleep(0)
    prompts = (await (await api.get("/v1/prompts")).json())["prompts"]
    path = f"/v1/prompts/{prompts[0]['id']}"
    assert prompts[0]["question"] == "Sure?"
    assert (await api.post(path, json={"choice": "maybe"})).status == 400
    assert (await api.post(path, json={"choice": "yes", "by": "ann"})).status == 200
    assert await question == "yes"
    assert (await api.post(path, json={"choice": "no"})).status == 409


async def test_hand_work_on_the_bench(api: ApiClient, service: RigService) -> None:
    service.clock.scale = 1000
    plug = await (await api.post("/v1/plugs/plug-1/insert")).json()
    assert plug["cp_state"] == "B"
    assert (await (await api.get("/v1/plugs/plug-1")).json()) == plug
    assert (await (await api.get("/v1/plugs")).json()) == {"plugs": [plug]}
    assert (await (await api.post("/v1/cards/good/present")).json())["id_tag"] == "04A1"
    assert (await (await api.post("/v1/mains/off")).json())["mains"] == "off"
    said = await api.post("/v1/network/down")
    assert (said.status, (await said.json())["kind"]) == (503, "bench")
    assert "no network switch; add a device of kind network_switch" in (await said.json())["error"]
    assert (await api.post("/v1/network/sideways")).status == 400
    assert (await (await api.get("/v1/bench")).json())["network"] == "none"
    assert len((await (await api.post("/v1/bench/check")).json())["devices"]) == 3
    assert (await (await api.post("/v1/bench/safe")).json())["state"] == "open"
    assert (await (await api.post("/v1/bench/recover")).json())["state"] == "open"
    assert (await (await api.get("/v1/bench")).json())["name"] == "by-hand"


async def test_cases_of_both_roles(api: ApiClient) -> None:
    said = await (await api.get("/v1/cases?dut=csms&pics=/p")).json()
    assert said["cases"][0]["title"] == "csms /p"
    assert (await (await api.get("/v1/cases/001")).json()) == {"octt_id": "001", "dut": ""}


async def test_crash_in_a_handler_is_internal_and_says_so(
    api: ApiClient, engine: FakeEngine
) -> None:
    engine.describe = lambda *_: 1 / 0  # type: ignore[assignment, method-assign]
    answer = await api.get("/v1/cases/001")
    assert (answer.status, (await answer.json())["kind"]) == (500, "internal")


async def test_shutdown_is_a_request(api: ApiClient, service: RigService) -> None:
    await api.post("/v1/shutdown")
    assert service.stopping.is_set()


def test_every_problem_is_told() -> None:
    gone = BenchUnavailable(BenchError("a", "gone", "look"), BenchError("b", "gone"))
    assert told(gone) == {
        "error": "2 devices of the bench cannot be used",
        "kind": "bench",
        "problems": ["a: gone; look", "b: gone"],
    }
    assert told(ConfigError("x", "y"))["problems"] == ["x", "y"]
    assert told(ConfigError("x")) == {"error": "x", "kind": "config", "problems": []}
    assert told(ValueError("oops"))["kind"] == "internal"
