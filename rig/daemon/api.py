"""HTTP/JSON and server-sent events: the application, and how errors are told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from rig.daemon.listening import is_allowed
from rig.daemon.owner import HEADER, OWNER
from rig.daemon.routes import bench, bridge, csms, devices, events, pics, runs
from rig.daemon.routes.answers import SERVICE, answer
from rig.daemon.service import RigService
from rig.daemon.telling import HTTP_OF_KIND, told
from rig.jsontypes import Json

log = structlog.get_logger()
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ROUTES = (
    *bench.ROUTES,
    *devices.ROUTES,
    *csms.ROUTES,
    *pics.ROUTES,
    *runs.ROUTES,
    *events.ROUTES,
    *bridge.ROUTES,
)


def application(service: RigService, token: str = "") -> web.Application:
    """The API over `service`; requests that do not come by the Unix socket must show `token`."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if is_allowed(request, token):
            return await handler(request)
        said: dict[str, Json] = {
            "error": "the token is missing or wrong; send it as: Authorization: Bearer TOKEN",
            "kind": "denied",
            "problems": [],
        }
        return web.json_response(said, status=401, headers={"WWW-Authenticate": "Bearer"})

    app = web.Application(middlewares=[guard, _errors] if token else [_errors])
    app[SERVICE] = service
    app.add_routes(ROUTES)
    return app


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    OWNER.set(request.headers.get(HEADER, "somebody"))
    try:
        return await handler(request)
    except web.HTTPException as refused:
        text = f"{request.method} {request.path}: {refused.reason}"
        return answer({"error": text, "kind": "not-found", "problems": []}, refused.status)
    except Exception as error:
        said = told(error)
        if said["kind"] == "internal":
            log.exception("request failed", method=request.method, path=request.path)
        return answer(said, HTTP_OF_KIND.get(str(said["kind"]), 500))
