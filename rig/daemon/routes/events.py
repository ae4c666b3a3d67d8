"""The time line as it happens, and questions to the operator."""

from __future__ import annotations

import json

import structlog
from aiohttp import web

from rig.daemon.bodies import AnswerBody, read_body
from rig.daemon.owner import OWNER
from rig.daemon.ring import Gap
from rig.daemon.routes.answers import SERVICE, many, one
from rig.errors import ConfigError

KEEP_ALIVE_S = 5.0
"""Real seconds without an event until the stream sends a comment."""

log = structlog.get_logger()


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
    return many("prompts", request.app[SERVICE].desk.prompts())


async def _answer(request: web.Request) -> web.Response:
    body = await read_body(request, AnswerBody)
    prompt = request.app[SERVICE].desk.answer(
        request.match_info["id"], body.choice, body.by or OWNER.get(), body.via
    )
    return one(prompt)


ROUTES = (
    web.get("/v1/events", _events),
    web.get("/v1/prompts", _prompts),
    web.post("/v1/prompts/{id}", _answer),
)
