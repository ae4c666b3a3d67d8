"""Cases, runs and reports."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web

from rig.daemon.bodies import RunBody, read_body
from rig.daemon.frames import FrameQuery, page
from rig.daemon.routes.answers import SERVICE, answer, many, number, one
from rig.errors import ConfigError

MOST_FRAMES = 5000
"""Frames in one answer; stored runs are read in a thread, so that the bench is not kept waiting."""


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _dut(request: web.Request, default: str) -> str:
    dut = request.query.get("dut", default)
    if dut not in {"station", "csms", default}:
        raise ConfigError(f"dut={dut}: there are station and csms")
    return dut


async def _cases(request: web.Request) -> web.Response:
    pics = _path(request.query.get("pics"))
    return many("cases", await request.app[SERVICE].cases(_dut(request, "station"), pics))


async def _case(request: web.Request) -> web.Response:
    return answer(request.app[SERVICE].describe(request.match_info["id"], _dut(request, "")))


async def _start(request: web.Request) -> web.Response:
    body = await read_body(request, RunBody)
    return one(await request.app[SERVICE].start(body.order()), 201)


async def _runs(request: web.Request) -> web.Response:
    return many("runs", request.app[SERVICE].runs())


async def _run(request: web.Request) -> web.Response:
    return one(request.app[SERVICE].run(request.match_info["id"]))


async def _abort(request: web.Request) -> web.Response:
    return one(await request.app[SERVICE].abort(request.match_info["id"]))


_MIME = {"html": "text/html", "junit": "application/xml", "json": "application/json"}


async def _report(request: web.Request) -> web.Response:
    form = request.query.get("format", "json")
    names = [request.match_info["id"], *request.query.getall("with", [])]
    text = await asyncio.to_thread(request.app[SERVICE].report, names, form)
    return web.Response(text=text, content_type=_MIME[form])


def _query(request: web.Request) -> FrameQuery:
    said = request.query
    limit = number(request, "limit", 500)
    if not 1 <= limit <= MOST_FRAMES:
        raise ConfigError(f"limit={limit}: 1 to {MOST_FRAMES}")
    return FrameQuery(
        number(request, "after", 0),
        limit,
        tuple(said.get("filter", "").split()),
        said.get("octt_id", ""),
        said.get("newest", "") in ("1", "true"),
    )


async def _live_frames(request: web.Request) -> web.Response:
    events = request.app[SERVICE].ring.events()
    return one(await asyncio.to_thread(page, events, _query(request)))


async def _frames(request: web.Request) -> web.Response:
    archive, run_id = request.app[SERVICE].archive, request.match_info["id"]
    return one(await asyncio.to_thread(archive.frames, run_id, _query(request)))


async def _timeline(request: web.Request) -> web.Response:
    archive, run_id = request.app[SERVICE].archive, request.match_info["id"]
    octt_id = request.query.get("octt_id", "")
    if not octt_id:
        raise ConfigError("say which case: octt_id=003")
    attempt = number(request, "attempt", 0) or None
    return one(await asyncio.to_thread(archive.timeline, run_id, octt_id, attempt))


async def _compare(request: web.Request) -> web.Response:
    archive, where = request.app[SERVICE].archive, request.match_info
    return one(await asyncio.to_thread(archive.compare, where["id"], where["other"]))


ROUTES = (
    web.get("/v1/frames", _live_frames),
    web.get("/v1/runs/{id}/frames", _frames),
    web.get("/v1/runs/{id}/timeline", _timeline),
    web.get("/v1/runs/{id}/compare/{other}", _compare),
    web.get("/v1/cases", _cases),
    web.get("/v1/cases/{id}", _case),
    web.post("/v1/runs", _start),
    web.get("/v1/runs", _runs),
    web.get("/v1/runs/{id}", _run),
    web.post("/v1/runs/{id}/abort", _abort),
    web.get("/v1/runs/{id}/report", _report),
)
