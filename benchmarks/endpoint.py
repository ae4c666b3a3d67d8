"""Validated OCPP messages per second: our endpoint, bare websockets + orjson, `ocpp` package.

One client sends MeterValues with four sampled values over loopback WebSockets in this one
process and waits for each answer; they take turns, several rounds, so that a machine that speeds
up or slows down hurts all alike. Compare the ratios, not the numbers.

*station* is what the budget is about: an emulated station measures, makes and sends the values, our
server checks them and answers, the station checks the answer. *ours* is the endpoint alone, with
both schemas at both ends; *bare* encodes and decodes JSON, and that is all.

    python -m benchmarks.endpoint [--messages N] [--rounds N] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import orjson
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as ws_connect
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as ws_serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.clock import MockClock
from firmware_mocks.fleet.fleet import Fleet, FleetOptions
from rig.ocppj.dialling import connect
from rig.ocppj.endpoint import Result
from rig.ocppj.frames import Payload
from rig.ocppj.handshake import Accept, Handshake
from rig.ocppj.link import Link
from rig.ocppj.server import Server

BUDGET = 0.65
SAMPLED = "Energy.Active.Import.Register,Power.Offered,Current.Offered,Frequency"
"""Four sampled values in each message."""
SUBPROTOCOLS = [Subprotocol("ocpp1.6")]


def meter_values() -> Payload:
    """A MeterValues request with four sampled values."""
    measurands = (
        ("Energy.Active.Import.Register", "Wh"), ("Power.Active.Import", "W"),
        ("Current.Import", "A"), ("Voltage", "V"),
    )  # fmt: skip
    return {
        "connectorId": 1,
        "transactionId": 1234,
        "meterValue": [
            {
                "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "sampledValue": [
                    {"value": "1234.5", "measurand": name, "unit": unit,
                     "context": "Sample.Periodic", "location": "Outlet"}
                    for name, unit in measurands
                ],
            }
        ],
    }  # fmt: skip


@asynccontextmanager
async def bare() -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Websockets + orjson, nothing checked: the limit."""

    async def handler(ws: ServerConnection) -> None:
        async for message in ws:
            frame = orjson.loads(message)
            await ws.send(orjson.dumps([3, frame[1], {}]).decode())

    async with ws_serve(handler, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        port = server.sockets[0].getsockname()[1]
        async with _client(port) as ws:
            payload, number = meter_values(), 0

            async def once() -> None:
                nonlocal number
                number += 1
                await ws.send(orjson.dumps([2, f"b-{number}", "MeterValues", payload]).decode())
                orjson.loads(await ws.recv())

            yield once


def listening(handler: Callable[[Link, Handshake], Awaitable[None]]) -> Server:
    """Our server, for anybody."""
    return Server("127.0.0.1", 0, "/ocpp", lambda _: Accept(), handler, now=time.monotonic)


@asynccontextmanager
async def station() -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """An emulated station in a transaction, our link as its Central System."""
    answers: dict[str, Payload] = {
        "BootNotification": {
            "status": "Accepted", "currentTime": "2026-01-01T00:00:00Z", "interval": 86400,
        },
        "Authorize": {"idTagInfo": {"status": "Accepted"}},
        "StartTransaction": {"transactionId": 1, "idTagInfo": {"status": "Accepted"}},
    }  # fmt: skip
    charging = asyncio.Event()

    async def handler(link: Link, _: Handshake) -> None:
        async for call in link.calls():
            await link.reply(call.id, answers.get(call.action, {}))
            if call.payload.get("status") == "Charging":
                charging.set()

    async with listening(handler) as server:
        persona = Persona(connectors=1, boot_time_s=0.1)
        options = FleetOptions(server.url, 1, persona, pause_s=0.0, stay_s=1e6)
        async with Fleet(options, MockClock()) as fleet:
            controller = fleet.stations[0].controller
            controller.board.configuration.change("MeterValueSampleInterval", "0")
            controller.board.configuration.change("MeterValuesSampledData", SAMPLED)
            await charging.wait()
            socket = controller.sockets[1]
            yield lambda: controller.sampler.send_triggered(socket)


@asynccontextmanager
async def ours() -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Our link at both ends: ids, deadlines, both schemas at both ends."""

    async def handler(link: Link, _: Handshake) -> None:
        async for call in link.calls():
            await link.reply(call.id, {})

    async with listening(handler) as server:
        link = await connect(server.url, "CP", now=time.monotonic)
        async with link:
            payload = meter_values()

            async def once() -> None:
                if not isinstance(await link.call("MeterValues", payload, 30), Result):
                    raise RuntimeError("no answer")

            yield once


class _PackageCentralSystem(ChargePoint):
    @on("MeterValues")
    def on_meter_values(self, **_: object) -> call_result.MeterValues:
        return call_result.MeterValues()


@asynccontextmanager
async def package() -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """ChargePoint of the `ocpp` package as Central System, a bare client."""

    async def handler(ws: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            await _PackageCentralSystem("CP", ws).start()

    async with ws_serve(
        handler, "127.0.0.1", 0, compression=None, ping_interval=None, subprotocols=SUBPROTOCOLS
    ) as server:
        port = server.sockets[0].getsockname()[1]
        async with _client(port) as ws:
            payload, number = meter_values(), 0

            async def once() -> None:
                nonlocal number
                number += 1
                await ws.send(orjson.dumps([2, f"p-{number}", "MeterValues", payload]).decode())
                orjson.loads(await ws.recv())

            yield once


@asynccontextmanager
async def _client(port: int) -> AsyncIterator[ClientConnection]:
    async with ws_connect(
        f"ws://127.0.0.1:{port}/CP", compression=None, ping_interval=None, proxy=None,
        subprotocols=SUBPROTOCOLS,
    ) as ws:  # fmt: skip
        yield ws


async def rate(once: Callable[[], Awaitable[None]], messages: int) -> float:
    """Messages per second."""
    start = time.perf_counter()
    for _ in range(messages):
        await once()
    return messages / (time.perf_counter() - start)


async def measure(messages: int, rounds: int) -> dict[str, float]:
    """Median rates of each, and our ratios."""
    rates: dict[str, list[float]] = {"bare": [], "station": [], "ours": [], "package": []}
    async with bare() as b, station() as s, ours() as o, package() as p:
        contenders = {"bare": b, "station": s, "ours": o, "package": p}
        for once in contenders.values():
            await rate(once, 200)
        for _ in range(rounds):
            for name, once in contenders.items():
                rates[name].append(await rate(once, messages))
    median = {name: statistics.median(values) for name, values in rates.items()}

    def ratio(one: str, other: str) -> float:
        return statistics.median(a / b for a, b in zip(rates[one], rates[other], strict=True))

    pairs = [("station", "bare"), ("ours", "bare"), ("ours", "package")]
    return median | {f"{one}/{other}": ratio(one, other) for one, other in pairs}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--messages", type=int, default=2000, help="per contender and round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    result = asyncio.run(measure(args.messages, args.rounds))
    if args.json:
        print(json.dumps(result))
        return
    for name in ("bare", "station", "ours", "package"):
        print(f"{name:12} {result[name]:9.0f} messages/s")
    within = "within" if result["station/bare"] >= BUDGET else "BELOW"
    print(f"{'station/bare':12} {result['station/bare']:9.2f}   {within} the budget of {BUDGET}")
    print(f"{'ours/bare':12} {result['ours/bare']:9.2f}")
    print(f"{'ours/package':12} {result['ours/package']:9.2f}")


if __name__ == "__main__":
    main()
