"""Daemon, bench and lease."""

from __future__ import annotations

from aiohttp import web

from rig.daemon.bodies import BreakBody, LeaseBody, read_body
from rig.daemon.routes.answers import SERVICE, answer, many, one


async def _status(request: web.Request) -> web.Response:
    return one(request.app[SERVICE].status())


async def _shutdown(request: web.Request) -> web.Response:
    request.app[SERVICE].stopping.set()
    return answer({"stopping": True})


async def _bench(request: web.Request) -> web.Response:
    return one(request.app[SERVICE].bench_info())


async def _bench_check(request: web.Request) -> web.Response:
    return many("devices", await request.app[SERVICE].check())


async def _bench_self_test(request: web.Request) -> web.Response:
    return many("steps", await request.app[SERVICE].self_test())


async def _bench_suggest(request: web.Request) -> web.Response:
    return many("suggestions", await request.app[SERVICE].suggest())


async def _bench_safe(request: web.Request) -> web.Response:
    return one(await request.app[SERVICE].safe())


async def _bench_recover(request: web.Request) -> web.Response:
    return one(await request.app[SERVICE].recover())


async def _lease(request: web.Request) -> web.Response:
    return one(request.app[SERVICE].leases.show())


async def _lease_take(request: web.Request) -> web.Response:
    body = await read_body(request, LeaseBody)
    taken = await request.app[SERVICE].leases.take(body.reason, body.ttl_s, body.wait_s)
    return one(taken)


async def _lease_release(request: web.Request) -> web.Response:
    return one(request.app[SERVICE].leases.release())


async def _lease_break(request: web.Request) -> web.Response:
    body = await read_body(request, BreakBody)
    return one(await request.app[SERVICE].leases.break_(body.reason))


ROUTES = (
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
)
