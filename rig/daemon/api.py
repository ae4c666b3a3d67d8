"""HTTP/JSON and server-sent events: the application, and how errors are told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from drivers.ports import OperatorUnavailable
from rig.client.errors import OF_KIND, ExitCode
from rig.conformance.catalogue import UnknownCase
from rig.daemon.owner import HEADER, OWNER
from rig.daemon.prompts import PromptClosed, UnknownPrompt
from rig.daemon.routes import bench, csms, devices, events, pics, runs
from rig.daemon.routes.answers import SERVICE, answer
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

log = structlog.get_logger()
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ROUTES = (*bench.ROUTES, *devices.ROUTES, *csms.ROUTES, *pics.ROUTES, *runs.ROUTES, *events.ROUTES)


def application(service: RigService) -> web.Application:
    """The API over `service`."""
    app = web.Application(middlewares=[_errors])
    app[SERVICE] = service
    app.add_routes(ROUTES)
    return app


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
        return answer({"error": text, "kind": "not-found", "problems": []}, refused.status)
    except Exception as error:
        said = told(error)
        if said["kind"] == "internal":
            log.exception("request failed", method=request.method, path=request.path)
        return answer(said, _HTTP_OF_KIND.get(str(said["kind"]), 500))
