"""The HTTP interface of the emulated station, as test authors use it."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path
from typing import cast

import aiohttp
import pytest

from rig.jsontypes import Json
from rig.ocppj.endpoint import Error
from tests.wire.emulated_station import GOOD, laboratory
from tests.wire.station_api import SCALE, Api, api, options, process, ready_line

TOKEN = "a-token-of-the-test-author"  # noqa: S105  # of this test


async def test_a_session_by_resources_and_waits(tmp_path: Path) -> None:
    async with api(tmp_path) as station:
        for verb in ("plug_in", "ev_request"):
            assert await station.send("POST", f"/connectors/2/{verb}") == (200, {"result": None})
        await station.send("POST", "/connectors/2/card", id_tag=GOOD)
        state: Json = {"connectors": {"2": {"status": "Charging", "charging_for": GOOD}}}
        await station.do("wait_state", state=state)
        start = await station.do("wait_frame", action="StartTransaction", after=0)
        assert cast("dict[str, Json]", start)["payload"] == {
            **(await station.lab.next("StartTransaction")), "connectorId": 2,
        }  # fmt: skip
        connector = cast("dict[str, Json]", await station.get("/connectors/2"))
        assert connector["locked"] is True
        assert connector["transaction_id"] == station.lab.transaction_id


async def test_wrong_requests_say_what_where_and_what_now(tmp_path: Path) -> None:
    async with api(tmp_path) as station:
        cases: list[tuple[tuple[int, dict[str, Json]], int, str]] = [
            (await station.raw("POST", "/v1/connectors/1/card", "{"), 400, "no JSON"),
            (await station.raw("POST", "/v1/connectors/1/card", "[]"), 400, "no JSON object"),
            (await station.send("POST", "/connectors/1/card"), 400, "id_tag is missing"),
            (await station.send("POST", "/connectors/one/plug_in"), 400, "not of type"),
            (await station.send("PUT", "/defects/nonsense"), 400, "no defect 'nonsense'"),
            (await station.send("POST", "/connect", url="http://x"), 400, "want ws:// or wss://"),
            (await station.send("GET", "/connectors/3"), 404, "no connector 3"),
            (await station.send("POST", "/do/dance"), 404, "no operation 'dance'; there are"),
            (await station.send("GET", "/nothing"), 404, "/openapi.json"),
            (await station.send("GET", "/power"), 405, "takes POST"),
        ]
        for (status, body), wanted, words in cases:
            assert status == wanted, body
            assert words in str(body["detail"])
            assert body["instance"]
        two = await station.send("POST", "/connectors/1/plug_in", cable_a=14, colour="red")
        assert len(cast("list[Json]", two[1]["problems"])) == 2


async def test_nothing_that_the_schema_forbids_is_sent_by_mistake(tmp_path: Path) -> None:
    async with api(tmp_path) as station:
        answers = [
            (await station.send(method, path, **arguments), words)
            for method, path, arguments, words in (
                ("POST", "/connectors/1/card", {"id_tag": "x" * 21}, "longer than 20"),
                ("POST", "/connectors/1/card", {"id_tag": ""}, "shorter than 1"),
                ("POST", "/connectors/1/fault", {"error_code": "Bogus"}, "want one of Connector"),
                ("POST", "/connectors/1/warning", {"error_code": "NoError"}, "WeakSignal, null"),
                ("POST", "/data-transfer", {"vendor_id": "x" * 256}, "longer than 255"),
                ("POST", "/connect", {"url": station.lab.url, "profile": 9}, "maximum of 3"),
                ("POST", "/wait/frame", {"kind": "reply"}, "want one of call, result"),
                ("POST", "/call", {"action": "A", "payload": {}, "timeout_s": -1}, "minimum of 0"),
                ("POST", "/certificates/roots", {"certificate": "x"}, "certificate: cannot be"),
                ("POST", "/certificates/revoked", {"crl": "x"}, "crl: Unable to load PEM"),
            )
        ]
        for (status, body), words in answers:
            assert (status, words in str(body["detail"])) == (400, True), body
        assert not station.lab.calls("Authorize", "DataTransfer")
        assert all(e.call and "Bogus" not in str(e.call.payload) for e in station.lab.calls())


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("RemoteStartTransactoin", "did you mean 'RemoteStartTransaction'?"),
        ("StatusNotification", "a Central System sends no 'StatusNotification'"),
        ("x", "there are CancelReservation, "),
    ],
)
async def test_an_answer_to_what_nobody_asks_is_refused(
    tmp_path: Path, action: str, words: str
) -> None:
    async with api(tmp_path) as station:
        status, body = await station.send("POST", "/answers", action=action, nothing=True)
        assert (status, words in str(body["detail"])) == (400, True), body
        assert await station.get("/answers") == []


async def test_everything_that_is_not_there_is_the_same_kind_of_problem(tmp_path: Path) -> None:
    async with api(tmp_path) as station:
        for path in ("/nonsense", "/connectors/9", "/do/nonsense"):
            method = "POST" if path.startswith("/do") else "GET"
            status, body = await station.raw(method, f"/v1{path}")
            assert (status, body["type"]) == (404, "urn:evse-rig:no-such-thing"), body


async def test_a_fixed_cable_has_no_plug_to_pull(tmp_path: Path) -> None:
    persona = tmp_path / "fixed.yaml"
    persona.write_text("fixed_cable: true\nboot_time_s: 0.5\n")
    async with api(tmp_path, "--persona", str(persona)) as station:
        await station.send("POST", "/connectors/1/plug_in")
        status, body = await station.send("POST", "/connectors/1/unplug_station")
        assert (status, "unplug_ev" in str(body["detail"])) == (409, True), body
        status, _ = await station.send("POST", "/connectors/1/unplug_ev")
        assert status == 200


async def test_an_error_code_is_enough_for_a_callerror(tmp_path: Path) -> None:
    async with api(tmp_path) as station:
        await station.do("answer", action="ClearCache", error="InternalError")
        outcome = await station.lab.csms.call("ClearCache", {}, 20)
        assert isinstance(outcome, Error)
        assert outcome.code == "InternalError"


async def test_what_the_state_forbids_is_a_conflict(tmp_path: Path) -> None:
    async with api(tmp_path) as station:
        for verb in ("plug_in", "ev_request"):
            await station.send("POST", f"/connectors/1/{verb}")
        await station.send("POST", "/connectors/1/card", id_tag=GOOD)
        await station.do("wait_state", state={"connectors": {"1": {"locked": True}}})
        status, body = await station.send("POST", "/connectors/1/unplug_station")
        assert (status, "locked in connector 1" in str(body["detail"])) == (409, True)
        for method, path in (("POST", "/tamper"), ("GET", "/security-log")):
            status, body = await station.raw(method, f"/v1{path}")
            assert (status, "security_extension: true" in str(body["detail"])) == (409, True)
        await station.do("power", on=False)
        status, body = await station.send("POST", "/connectors/1/card", id_tag=GOOD)
        assert (status, "switch it on first" in str(body["detail"])) == (409, True)


async def test_a_wait_in_vain_says_what_was_seen(tmp_path: Path) -> None:
    async with api(tmp_path) as station:
        status, body = await station.send(
            "POST", "/wait/frame", action="DataTransfer", after=0, timeout_s=2
        )
        assert status == 408
        assert "sent call BootNotification" in str(body["detail"])


async def test_a_raw_call_returns_its_outcome(tmp_path: Path) -> None:
    async with api(tmp_path) as station:
        heartbeat = cast("dict[str, dict[str, Json]]", await station.do(
            "call", action="Heartbeat", payload={}
        ))  # fmt: skip
        assert "currentTime" in heartbeat["result"]
        odd = cast("dict[str, dict[str, Json]]", await station.do(
            "call", action="Dance", payload={"speed": 3}
        ))  # fmt: skip
        assert odd["error"]["code"] == "NotImplemented"


async def test_a_technician_reads_and_writes_the_configuration(tmp_path: Path) -> None:
    async with api(tmp_path) as station:
        written = await station.send("PUT", "/configuration/heartbeatinterval", value="77")
        assert written == (200, {"result": "Accepted"})
        listed = cast("list[dict[str, Json]]", await station.get("/configuration"))
        entry = next(item for item in listed if item["key"] == "HeartbeatInterval")
        assert entry == {"key": "HeartbeatInterval", "access": "RW", "value": "77"}
        assert await station.lab.read("HeartbeatInterval") == "77"


async def test_the_stream_goes_on_after_the_last_event_that_was_seen(tmp_path: Path) -> None:
    async with api(tmp_path) as station:
        first = await events(station, 3, {"Last-Event-ID": "0"})
        assert [event["id"] for event in first] == [1, 2, 3]
        assert first[1]["action"] == "BootNotification"
        again = await events(station, 2, {"Last-Event-ID": "2"})
        assert [event["id"] for event in again] == [3, 4]
        bad = await station.raw("GET", "/v1/events", **{"Last-Event-ID": "x"})
        assert bad[0] == 400


async def events(station: Api, count: int, headers: dict[str, str]) -> list[dict[str, Json]]:
    """So many events of a new stream."""
    found: list[dict[str, Json]] = []
    async with asyncio.timeout(10), station.session.get("/v1/events", headers=headers) as stream:
        async for line in stream.content:
            if line.startswith(b"data: "):
                found.append(json.loads(line[6:]))
            if len(found) == count:
                return found
    return found


async def test_a_reader_that_does_not_read_holds_nobody_up(tmp_path: Path) -> None:
    async with api(tmp_path) as station:
        async with station.session.get("/v1/events") as stream:
            noise = "x" * 60_000
            for _ in range(120):  # more than the sockets between us take
                await station.do("call", action="DataTransfer", payload={"vendorId": noise})
            assert (await station.raw("GET", "/v1/state"))[0] == 200
            assert stream.status == 200


async def test_a_socket_is_for_its_owner_only_and_needs_no_token(tmp_path: Path) -> None:
    async with api(tmp_path) as station:
        assert stat.S_IMODE((tmp_path / "api").stat().st_mode) == 0o600
        assert station.ready["api"] == {"path": str(tmp_path / "api")}
    assert not (tmp_path / "api").exists()


async def test_on_tcp_every_request_needs_the_token(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab:
        async with process(options(lab, "--api", "0")) as running:
            where = cast("dict[str, str]", (await ready_line(running))["api"])
            async with aiohttp.ClientSession(where["url"]) as session:
                for value in (None, "", "Bearer", "Bearer wrong", f"Basic {where['token']}"):
                    headers = {} if value is None else {"Authorization": value}
                    for path in ("/v1/state", "/openapi.json", "/v1/events", "/nothing"):
                        async with session.get(path, headers=headers) as refused:
                            assert refused.status == 401
                            assert refused.headers["WWW-Authenticate"] == "Bearer"
                headers = {"Authorization": f"Bearer {where['token']}"}
                async with session.get("/v1/state", headers=headers) as let_in:
                    assert let_in.status == 200


async def test_a_token_that_is_given_is_used_and_not_printed(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab:
        async with process(options(lab, "--api", "0"), RIG_STATION_TOKEN=TOKEN) as running:
            where = cast("dict[str, str]", (await ready_line(running))["api"])
            assert "token" not in where
            headers = {"Authorization": f"Bearer {TOKEN}"}
            async with aiohttp.ClientSession(where["url"], headers=headers) as session:
                async with session.get("/v1/state") as response:
                    assert response.status == 200


@pytest.mark.parametrize(
    ("more", "words", "code"),
    [
        (["--api", "0.0.0.0:0"], "other computers could reach it; give a token", 2),
        (["--api", "lots"], "want PORT, HOST:PORT or unix:PATH", 2),
        (["--api", "unix:"], "has no path", 2),
        (["--api", "unix:/nowhere/at/all"], "/nowhere/at/all: ", 4),
        (["--api", "BUSY"], "choose another port", 4),
        (["--csms", "http://x/"], "want ws:// or wss://", 2),
        (["--csms", "ws://"], "no host", 2),
        (["--csms", "ws://u:p@host/"], "a password has no place in the URL", 2),
        (["--persona", "nonesuch"], "nonesuch: no such persona file; shipped ones are", 2),
        (["--defect", "nonsense"], "no defect 'nonsense'", 2),
    ],
)
async def test_what_cannot_be_is_told_at_the_start(
    tmp_path: Path, more: list[str], words: str, code: int
) -> None:
    async with laboratory(tmp_path, SCALE) as lab:
        taken = str(lab.url.rpartition(":")[2].partition("/")[0])
        given = [taken if word == "BUSY" else word for word in more]
        async with process(options(lab, *given)) as running:
            assert running.stderr is not None
            async with asyncio.timeout(20):
                said = (await running.stderr.read()).decode()
                assert await running.wait() == code
    assert words in said
    assert "Traceback" not in said
    assert ":p@" not in said
