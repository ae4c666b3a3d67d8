"""Playing Central System by hand."""

from __future__ import annotations

from aiohttp import web

from rig.daemon.bodies import CallBody, read_body
from rig.daemon.routes.answers import SERVICE, answer, many, one


async def _actions(request: web.Request) -> web.Response:
    return many("actions", request.app[SERVICE].calls.actions())


async def _schema(request: web.Request) -> web.Response:
    return answer(request.app[SERVICE].calls.schema(request.match_info["action"]))


async def _call(request: web.Request) -> web.Response:
    body = await read_body(request, CallBody)
    calls = request.app[SERVICE].calls
    return one(await calls.call(body.action, body.payload, body.timeout_s, validate=body.validate_))


ROUTES = (
    web.get("/v1/csms/actions", _actions),
    web.get("/v1/csms/actions/{action}/schema", _schema),
    web.post("/v1/csms/call", _call),
)
