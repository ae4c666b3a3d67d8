"""HTTP/JSON and server-sent events: routes, and how errors are told. No logic of the rig."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import structlog
from aiohttp import web

from drivers.ports import OperatorUnavailable
from rig.client.errors import OF_KIND, ExitCode
from rig.client.results import to_json
from rig.conformance.catalogue import UnknownCase
from rig.daemon.bodies import (
    AnswerBody,
    BreakBody,
    CardJobBody,
    LeaseBody,
    PlugBody,
    PulseBody,
    RunBody,
    WatchBody,
    read_body,
)
from rig.daemon.owner import HEADER, OWNER
from rig.daemon.plugs import PlugOrder
from rig.daemon.prompts import PromptClosed, UnknownPrompt
from rig.daemon.ring import Gap
from rig.daemon.service import RigService
from rig.errors import (
    BenchBusy,
    BenchError,
    BenchUnavailable,
    ConfigError,
    RigError,
    RunError,
)
from rig.jsontypes import Json

KEEP_ALIVE_S = 5.0
"""Real seconds without an event until the stream sends a comment."""

log = structlog.get_logger()
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SERVICE: web.AppKey[RigService] = web.AppKey("service", RigService)


def application(service: RigService) -> web.Application:
    """The API over `service`."""
    app = web.Application(middlewares=[_errors])
    app[SERVICE] = service
    app.add_routes(
        [
            web.get("/v1/status", _status),
            web.post("/v1/shutdown", _shutdown),
            web.get("/v1/bench", _bench),
            web.post("/v1/bench/check", _bench_check),
            web.post("/v1/bench/self-test", _bench_self_test),
            web.get("/v1/bench/suggest", _bench_suggest),
            web.get("/v1/lease", _lease),
            web.post("/v1/lease/take", _lease_take),
            web.post("/v1/lease/release", _lease_release),
            web.post("/v1/lease/break", _lease_break),
            web.post("/v1/bench/safe", _bench_safe),
            web.post("/v1/bench/recover", _bench_recover),
            web.get("/v1/plugs/{name}", _plug),
            web.post("/v1/plugs/{name}/{action}", _plug),
            web.post("/v1/cards/{name}/present", _card),
            web.get("/v1/card-writer/card", _card_read),
            web.get("/v1/card-writer/job", _card_job),
            web.post("/v1/card-writer/job", _card_job_start),
            web.post("/v1/card-writer/job/abort", _card_job_abort),
            web.post("/v1/mains/{action}", _mains),
            web.post(r"/v1/relays/{board}/{coil:\d+}/pulse", _pulse),
            web.get("/v1/modem", _modem),
            web.get("/v1/modem/signal", _modem_signal),
            web.post("/v1/modem/lock/{lock}", _modem_lock),
            web.post("/v1/modem/data/{switch}", _modem_data),
            web.post("/v1/modem/watch", _modem_watch),
            web.get("/v1/cases", _cases),
            web.get("/v1/cases/{id}", _case),
            web.post("/v1/runs", _start),
            web.get("/v1/runs", _runs),
            web.get("/v1/runs/{id}", _run),
            web.post("/v1/runs/{id}/abort", _abort),
            web.get("/v1/runs/{id}/report", _report),
            web.get("/v1/events", _events),
            web.get("/v1/prompts", _prompts),
            web.post("/v1/prompts/{id}", _answer),
        ]
    )
    return app


# -- errors -----------------------------------------------------------------------------

_HTTP_OF_KIND = {
    "config": 400,
    "unknown-case": 404,
    "not-found": 404,
    "busy": 409,
    "operator": 504,
    "bench": 503,
}


def told(error: Exception) -> dict[str, Json]:
    """An error as the API and the ready line tell it: sentence, kind, every problem."""
    kind = kind_of(error)
    if kind == "internal" and not isinstance(error, RigError):
        return {"error": f"internal error: {error!r}", "kind": kind, "problems": []}
    problems: list[Json] = []
    sentence = str(error)
    if isinstance(error, ConfigError) and len(error.problems) > 1:
        sentence, problems = f"{len(error.problems)} problems", [*error.problems]
    elif isinstance(error, BenchUnavailable):
        problems = [str(e) for e in error.errors]
        count = len(problems)
        sentence = f"{count} device{'s' if count > 1 else ''} of the bench cannot be used"
    return {"error": sentence, "kind": kind, "problems": problems}


def kind_of(error: Exception) -> str:
    """A key of `rig.client.errors.OF_KIND`."""
    kinds: list[tuple[type[Exception], str]] = [
        (UnknownCase, "unknown-case"),
        (ConfigError, "config"),
        (UnknownPrompt, "not-found"),
        (PromptClosed, "busy"),
        (BenchBusy, "busy"),
        (BenchError, "bench"),
        (OperatorUnavailable, "operator"),
        (RunError, "not-found"),
    ]
    return next((kind for type_, kind in kinds if isinstance(error, type_)), "internal")


def exit_code_of(error: Exception) -> int:
    """Exit code of a daemon that could not start because of `error`."""
    return OF_KIND.get(kind_of(error), ExitCode.INTERNAL)


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    OWNER.set(request.headers.get(HEADER, "somebody"))
    try:
        return await handler(request)
    except web.HTTPException as refused:
        text = f"{request.method} {request.path}: {refused.reason}"
        return _json({"error": text, "kind": "not-found", "problems": []}, refused.status)
    except Exception as error:
        said = told(error)
        if said["kind"] == "internal":
            log.exception("request failed", method=request.method, path=request.path)
        return _json(said, _HTTP_OF_KIND.get(str(said["kind"]), 500))


def _json(data: dict[str, Json], status: int = 200) -> web.Response:
    return web.json_response(data, status=status)


def _many(key: str, records: Iterable[object]) -> web.Response:
    return _json({key: [to_json(record) for record in records]})


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


# -- daemon and bench -------------------------------------------------------------------


async def _status(request: web.Request) -> web.Response:
    return _json(to_json(request.app[SERVICE].status()))


async def _shutdown(request: web.Request) -> web.Response:
    request.app[SERVICE].stopping.set()
    return _json({"stopping": True})


async def _bench(request: web.Request) -> web.Response:
    return _json(to_json(request.app[SERVICE].bench_info()))


async def _bench_check(request: web.Request) -> web.Response:
    return _many("devices", await request.app[SERVICE].check())


async def _bench_self_test(request: web.Request) -> web.Response:
    return _many("steps", await request.app[SERVICE].self_test())


async def _bench_suggest(request: web.Request) -> web.Response:
    return _many("suggestions", await request.app[SERVICE].suggest())


async def _bench_safe(request: web.Request) -> web.Response:
    return _json(to_json(await request.app[SERVICE].safe()))


async def _bench_recover(request: web.Request) -> web.Response:
    return _json(to_json(await request.app[SERVICE].recover()))


async def _lease(request: web.Request) -> web.Response:
    return _json(to_json(request.app[SERVICE].leases.show()))


async def _lease_take(request: web.Request) -> web.Response:
    body = await read_body(request, LeaseBody)
    taken = await request.app[SERVICE].leases.take(body.reason, body.ttl_s, body.wait_s)
    return _json(to_json(taken))


async def _lease_release(request: web.Request) -> web.Response:
    return _json(to_json(request.app[SERVICE].leases.release()))


async def _lease_break(request: web.Request) -> web.Response:
    body = await read_body(request, BreakBody)
    return _json(to_json(await request.app[SERVICE].leases.break_(body.reason)))


async def _plug(request: web.Request) -> web.Response:
    name, action = request.match_info["name"], request.match_info.get("action", "")
    body = await read_body(request, PlugBody)
    order = PlugOrder(**body.model_dump())
    return _json(to_json(await request.app[SERVICE].hands.plug(name, action, order)))


async def _card(request: web.Request) -> web.Response:
    return _json(to_json(await request.app[SERVICE].hands.present(request.match_info["name"])))


async def _card_read(request: web.Request) -> web.Response:
    name, seen = request.query.get("card", ""), request.query.get("seen", "")
    return _json(to_json(await request.app[SERVICE].card_desk.read(name, seen)))


async def _card_job(request: web.Request) -> web.Response:
    return _json(to_json(request.app[SERVICE].card_desk.job()))


async def _card_job_start(request: web.Request) -> web.Response:
    body = await read_body(request, CardJobBody)
    started = await request.app[SERVICE].card_desk.start(body.cards, again=body.again)
    return _json(to_json(started), 201)


async def _card_job_abort(request: web.Request) -> web.Response:
    return _json(to_json(await request.app[SERVICE].card_desk.abort()))


async def _mains(request: web.Request) -> web.Response:
    service = request.app[SERVICE]
    await service.hands.mains(request.match_info["action"])
    return _json(to_json(service.bench_info()))


async def _pulse(request: web.Request) -> web.Response:
    where, body = request.match_info, await read_body(request, PulseBody)
    hands = request.app[SERVICE].hands
    await hands.pulse(where["board"], int(where["coil"]), body.seconds)
    return _json({"board": where["board"], "coil": int(where["coil"]), "seconds": body.seconds})


async def _modem(request: web.Request) -> web.Response:
    return _json(to_json(await request.app[SERVICE].modem.status()))


async def _modem_signal(request: web.Request) -> web.Response:
    return _json(to_json(await request.app[SERVICE].modem.signal()))


async def _modem_lock(request: web.Request) -> web.Response:
    lock = request.match_info["lock"]
    return _json(to_json(await request.app[SERVICE].modem.set_lock(lock)))


async def _modem_data(request: web.Request) -> web.Response:
    switch = request.match_info["switch"]
    return _json(to_json(await request.app[SERVICE].modem.data(switch)))


async def _modem_watch(request: web.Request) -> web.Response:
    body = await read_body(request, WatchBody)
    seen = await request.app[SERVICE].modem.watch(body.duration_s, body.interval_s)
    return _json(to_json(seen))


# -- cases and runs ---------------------------------------------------------------------


def _dut(request: web.Request, default: str) -> str:
    dut = request.query.get("dut", default)
    if dut not in {"station", "csms", default}:
        raise ConfigError(f"dut={dut}: there are station and csms")
    return dut


async def _cases(request: web.Request) -> web.Response:
    pics = _path(request.query.get("pics"))
    return _many("cases", await request.app[SERVICE].cases(_dut(request, "station"), pics))


async def _case(request: web.Request) -> web.Response:
    return _json(request.app[SERVICE].describe(request.match_info["id"], _dut(request, "")))


async def _start(request: web.Request) -> web.Response:
    body = await read_body(request, RunBody)
    if sum((body.all, bool(body.cases), bool(body.resume))) != 1:
        raise ConfigError("say what to run: cases by name, all of them, or a run to resume")
    cases = body.cases or None
    started = await request.app[SERVICE].start(body.dut, cases, _path(body.pics), body.resume)
    return _json(to_json(started), 201)


async def _runs(request: web.Request) -> web.Response:
    return _many("runs", request.app[SERVICE].runs())


async def _run(request: web.Request) -> web.Response:
    return _json(to_json(request.app[SERVICE].run(request.match_info["id"])))


async def _abort(request: web.Request) -> web.Response:
    return _json(to_json(await request.app[SERVICE].abort(request.match_info["id"])))


_MIME = {"html": "text/html", "junit": "application/xml", "json": "application/json"}


async def _report(request: web.Request) -> web.Response:
    form = request.query.get("format", "json")
    names = [request.match_info["id"], *request.query.getall("with", [])]
    text = request.app[SERVICE].report(names, form)
    return web.Response(text=text, content_type=_MIME[form])


# -- events and prompts -----------------------------------------------------------------


async def _events(request: web.Request) -> web.StreamResponse:
    service = request.app[SERVICE]
    last = request.headers.get("Last-Event-ID", request.query.get("after", ""))
    if last and not last.isdigit():
        raise ConfigError(f"Last-Event-ID {last!r} is not a sequence number")
    after = int(last) if last else service.bus.last_seq
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    try:
        await response.write(b": open\n\n")
        async for item in service.ring.follow(after, KEEP_ALIVE_S):
            if item is None:
                await response.write(b": keep-alive\n\n")
            elif isinstance(item, Gap):
                await response.write(f'event: gap\ndata: {{"missed": {item.missed}}}\n\n'.encode())
            else:
                data = json.dumps(item.to_json(), separators=(",", ":"))
                text = f"id: {item.seq}\nevent: {item.kind}\ndata: {data}\n\n"
                await response.write(text.encode())
    except ConnectionError:
        log.debug("reader of events left")
    return response


async def _prompts(request: web.Request) -> web.Response:
    return _many("prompts", request.app[SERVICE].desk.prompts())


async def _answer(request: web.Request) -> web.Response:
    body = await read_body(request, AnswerBody)
    prompt = request.app[SERVICE].desk.answer(request.match_info["id"], body.choice, body.by)
    return _json(to_json(prompt))
