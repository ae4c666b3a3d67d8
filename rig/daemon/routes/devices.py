"""Plugs, cards, mains, network, relays and modem."""

from __future__ import annotations

from aiohttp import web

from rig.daemon.bodies import CardJobBody, PlugBody, PulseBody, WatchBody, read_body
from rig.daemon.plugs import PlugOrder
from rig.daemon.routes.answers import SERVICE, answer, many, one


async def _plugs(request: web.Request) -> web.Response:
    return many("plugs", request.app[SERVICE].hands.plugs())


async def _plug(request: web.Request) -> web.Response:
    name, action = request.match_info["name"], request.match_info.get("action", "")
    body = await read_body(request, PlugBody)
    order = PlugOrder(**body.model_dump())
    return one(await request.app[SERVICE].hands.plug(name, action, order))


async def _card(request: web.Request) -> web.Response:
    return one(await request.app[SERVICE].hands.present(request.match_info["name"]))


async def _card_read(request: web.Request) -> web.Response:
    name, seen = request.query.get("card", ""), request.query.get("seen", "")
    return one(await request.app[SERVICE].card_desk.read(name, seen))


async def _card_job(request: web.Request) -> web.Response:
    return one(request.app[SERVICE].card_desk.job())


async def _card_job_start(request: web.Request) -> web.Response:
    body = await read_body(request, CardJobBody)
    desk = request.app[SERVICE].card_desk
    started = await desk.start(body.cards, again=body.again, verify=body.verify)
    return one(started, 201)


async def _card_job_abort(request: web.Request) -> web.Response:
    return one(await request.app[SERVICE].card_desk.abort())


async def _mains(request: web.Request) -> web.Response:
    service = request.app[SERVICE]
    await service.hands.mains(request.match_info["action"])
    return one(service.bench_info())


async def _network(request: web.Request) -> web.Response:
    service = request.app[SERVICE]
    await service.hands.network(request.match_info["action"])
    return one(service.bench_info())


async def _pulse(request: web.Request) -> web.Response:
    where, body = request.match_info, await read_body(request, PulseBody)
    hands = request.app[SERVICE].hands
    await hands.pulse(where["board"], int(where["coil"]), body.seconds)
    return answer({"board": where["board"], "coil": int(where["coil"]), "seconds": body.seconds})


async def _modem(request: web.Request) -> web.Response:
    return one(await request.app[SERVICE].modem.status())


async def _modem_signal(request: web.Request) -> web.Response:
    return one(await request.app[SERVICE].modem.signal())


async def _modem_lock(request: web.Request) -> web.Response:
    lock = request.match_info["lock"]
    return one(await request.app[SERVICE].modem.set_lock(lock))


async def _modem_data(request: web.Request) -> web.Response:
    switch = request.match_info["switch"]
    return one(await request.app[SERVICE].modem.data(switch))


async def _modem_watch(request: web.Request) -> web.Response:
    body = await read_body(request, WatchBody)
    seen = await request.app[SERVICE].modem.watch(body.duration_s, body.interval_s)
    return one(seen)


ROUTES = (
    web.get("/v1/plugs", _plugs),
    web.get("/v1/plugs/{name}", _plug),
    web.post("/v1/plugs/{name}/{action}", _plug),
    web.post("/v1/cards/{name}/present", _card),
    web.get("/v1/card-writer/card", _card_read),
    web.get("/v1/card-writer/job", _card_job),
    web.post("/v1/card-writer/job", _card_job_start),
    web.post("/v1/card-writer/job/abort", _card_job_abort),
    web.post("/v1/mains/{action}", _mains),
    web.post("/v1/network/{action}", _network),
    web.post(r"/v1/relays/{board}/{coil:\d+}/pulse", _pulse),
    web.get("/v1/modem", _modem),
    web.get("/v1/modem/signal", _modem_signal),
    web.post("/v1/modem/lock/{lock}", _modem_lock),
    web.post("/v1/modem/data/{switch}", _modem_data),
    web.post("/v1/modem/watch", _modem_watch),
)
