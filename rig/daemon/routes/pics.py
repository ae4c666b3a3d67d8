"""What is declared about the station, and what it says."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from rig.daemon.routes.answers import SERVICE, many


async def _differences(request: web.Request) -> web.Response:
    pics = request.query.get("pics")
    found = await request.app[SERVICE].pics_differences(Path(pics) if pics else None)
    return many("differences", found)


ROUTES = (web.get("/v1/pics/differences", _differences),)
