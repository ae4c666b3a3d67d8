"""Prompts of other test tools: each is an object that is made, looked at and withdrawn."""

from __future__ import annotations

import asyncio

from aiohttp import web

from rig.client.bridge import BridgeInfo
from rig.client.results import to_json
from rig.daemon.bodies import BridgeBody, read_body
from rig.daemon.routes.answers import SERVICE, answer, many, number, one
from rig.daemon.telling import HTTP_OF_KIND
from rig.jsontypes import Json

LONGEST_WAIT_S = 100.0
"""Real seconds for which an answer is held back."""
MOST_LINES = 5000


async def _prompt(request: web.Request) -> web.Response:
    body = await read_body(request, BridgeBody)
    desk = request.app[SERVICE].bridge
    if body.dry_run:
        return one(desk.dry_run(body.text))
    return _told(await desk.prompt(body.text, body.wait_s))


async def _get(request: web.Request) -> web.Response:
    wait_s = min(float(number(request, "wait_s", 0)), LONGEST_WAIT_S)
    return _told(await request.app[SERVICE].bridge.get(request.match_info["id"], wait_s))


async def _withdraw(request: web.Request) -> web.Response:
    return one(await request.app[SERVICE].bridge.withdraw(request.match_info["id"]))


async def _log(request: web.Request) -> web.Response:
    limit = min(number(request, "limit", 100), MOST_LINES)
    return many("prompts", await asyncio.to_thread(request.app[SERVICE].bridge.log, limit))


def _told(info: BridgeInfo) -> web.Response:
    """The record; with an error's status and words when what was asked for did not happen."""
    if info.kind:
        said: dict[str, Json] = {"error": info.detail, "kind": info.kind, "problems": []}
        return answer(to_json(info) | said, HTTP_OF_KIND.get(info.kind, 500))
    return one(info, 202 if info.state == "working" else 200)


ROUTES = (
    web.post("/v1/bridge/prompt", _prompt),
    web.get("/v1/bridge/prompts", _log),
    web.get("/v1/bridge/prompts/{id}", _get),
    web.delete("/v1/bridge/prompts/{id}", _withdraw),
)
