"""What a fleet in one process costs: memory of a station, and MeterValues per second.

A Central System in a process of its own answers; it checks nothing, so that the fleet is what is
measured. Bare `websockets` connections in the same process, in the same run, are the limit: for
the memory (a connection that only waits) and for the throughput (a message like ours through
orjson, answer decoded, and nothing else). Rounds take turns. The throughput that has a budget is
that of `benchmarks/endpoint.py`; here what is wanted of the caches of a processor counts, too.

    python -m benchmarks.fleet [--stations N] [--seconds S] [--rounds N] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

import orjson
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as ws_connect
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as ws_serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.station import ChargingStation
from firmware_mocks.clock import MockClock
from firmware_mocks.fleet.fleet import Fleet, FleetOptions, relax_collector

SUBPROTOCOLS = [Subprotocol("ocpp1.6")]
BUDGET_KB, BUDGET_TOTAL_MB = 40.0, 150.0
NOW = "2026-01-01T00:00:00.000Z"
FILES = 8192
SAMPLED = "Energy.Active.Import.Register,Power.Offered,Current.Offered,Frequency"
"""Four sampled values in each message."""


async def serve() -> None:
    """The Central System; prints its port."""
    numbers = iter(range(1, 10**9))

    async def handler(ws: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in ws:
                frame = orjson.loads(message)
                if frame[0] == 2:
                    await ws.send(orjson.dumps([3, frame[1], answer(frame[2])]).decode())

    def answer(action: str) -> dict[str, object]:
        if action == "BootNotification":
            return {"status": "Accepted", "currentTime": NOW, "interval": 86400}
        if action == "Heartbeat":
            return {"currentTime": NOW}
        if action == "StartTransaction":
            return {"transactionId": next(numbers), "idTagInfo": {"status": "Accepted"}}
        return {"idTagInfo": {"status": "Accepted"}} if action == "Authorize" else {}

    async with ws_serve(
        handler, "127.0.0.1", 0, compression=None, ping_interval=None, subprotocols=SUBPROTOCOLS
    ) as server:
        print(server.sockets[0].getsockname()[1], flush=True)  # read by our parent
        await asyncio.get_running_loop().create_future()


@asynccontextmanager
async def central_system() -> AsyncIterator[str]:
    """Run it; gives its URL."""
    process = subprocess.Popen(  # noqa: ASYNC220  # ourselves, and before anything is measured
        [sys.executable, "-m", "benchmarks.fleet", "--serve"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield f"ws://127.0.0.1:{int(process.stdout.readline())}/ocpp"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def resident_kb() -> float:
    """Memory of this process now."""
    gc.collect()
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 1024


@asynccontextmanager
async def bare(url: str, many: int) -> AsyncIterator[list[ClientConnection]]:
    """Connections with nothing around them."""
    connections = [
        await ws_connect(
            f"{url}/BARE{number:05}", compression=None, ping_interval=None, proxy=None,
            subprotocols=SUBPROTOCOLS, user_agent_header=None,
        )
        for number in range(many)
    ]  # fmt: skip
    try:
        yield connections
    finally:
        await asyncio.gather(*(ws.close() for ws in connections))


async def rate(chats: Iterable[Callable[[], Awaitable[None]]], seconds: float) -> float:
    """Exchanges per second when everybody begins the next as soon as the last is over."""
    sent, begun = 0, time.perf_counter()

    async def go_on(once: Callable[[], Awaitable[None]]) -> None:
        nonlocal sent
        while time.perf_counter() < begun + seconds:
            await once()
            sent += 1

    await asyncio.gather(*(go_on(once) for once in chats))
    return sent / (time.perf_counter() - begun)


def chat_of_station(station: ChargingStation) -> Callable[[], Awaitable[None]]:
    """Sample now, send, have it answered."""
    controller = station.controller
    return lambda: controller.sampler.send_triggered(controller.sockets[1])


def chat_of_connection(ws: ClientConnection) -> Callable[[], Awaitable[None]]:
    """Send a message like that, decode the answer."""

    async def once() -> None:
        await ws.send(orjson.dumps([2, "bench-1", "MeterValues", _SAMPLE]).decode())
        orjson.loads(await ws.recv())

    return once


async def until(fleet: Fleet, field: str, reached: int) -> float:
    """Wait for a number of `Fleet.state`; seconds that it took."""
    begun = time.perf_counter()
    while fleet.state()[field] != reached:  # noqa: ASYNC110  # a benchmark has no other interest
        await asyncio.sleep(0.05)
    return time.perf_counter() - begun


async def measure(stations: int, seconds: float, rounds: int) -> dict[str, float]:
    """Everything in one run, with both kinds of connections alive at a time."""
    result: dict[str, float] = {"stations": stations}
    async with central_system() as url:
        base_kb = resident_kb()
        options = FleetOptions(
            url, stations, Persona(connectors=1, boot_time_s=0.1), ramp_per_s=2000.0,
            pause_s=0.0, stay_s=1e6,
        )  # fmt: skip
        fleet = Fleet(options, MockClock())
        for station in fleet.stations:
            configuration = station.controller.board.configuration
            configuration.change("MeterValueSampleInterval", "0")
            configuration.change("MeterValuesSampledData", SAMPLED)
        async with fleet:
            result["boot_s"] = await until(fleet, "accepted", stations)
            result["charging_s"] = await until(fleet, "transactions", stations)
            await until(fleet, "waiting_messages", 0)
            fleet_kb = resident_kb()
            result["station_kb"] = (fleet_kb - base_kb) / stations
            result["total_mb"] = fleet_kb / 1024
            async with bare(url, stations) as connections:
                result["bare_kb"] = (resident_kb() - fleet_kb) / stations
                ours = [chat_of_station(station) for station in fleet.stations]
                theirs = [chat_of_connection(ws) for ws in connections]
                relax_collector()
                pairs = [
                    (await rate(ours, seconds), await rate(theirs, seconds)) for _ in range(rounds)
                ]
    result["messages_per_s"] = statistics.median(own for own, _ in pairs)
    result["bare_per_s"] = statistics.median(limit for _, limit in pairs)
    result["ratio"] = statistics.median(own / limit for own, limit in pairs)
    return result


_SAMPLE = {
    "connectorId": 1,
    "transactionId": 1234,
    "meterValue": [
        {
            "timestamp": NOW,
            "sampledValue": [
                {"value": "1234.5", "measurand": name, "unit": unit, "context": "Trigger"}
                for name, unit in (
                    ("Energy.Active.Import.Register", "Wh"), ("Power.Active.Import", "W"),
                    ("Current.Import", "A"), ("Voltage", "V"),
                )
            ],
        }
    ],
}  # fmt: skip


def report(result: dict[str, float]) -> str:
    """The result for people."""
    within = {True: "within the budget of", False: "OVER the budget of"}
    return "\n".join(
        (
            f"{result['stations']:.0f} stations   connected and accepted after "
            f"{result['boot_s']:.1f} s, all charging {result['charging_s']:.1f} s later",
            f"a station       {result['station_kb']:8.1f} KB  "
            f"{within[result['station_kb'] <= BUDGET_KB]} {BUDGET_KB:.0f} KB; "
            f"a bare connection {result['bare_kb']:.1f} KB",
            f"in all          {result['total_mb']:8.1f} MB  "
            f"{within[result['total_mb'] <= BUDGET_TOTAL_MB]} {BUDGET_TOTAL_MB:.0f} MB",
            f"MeterValues     {result['messages_per_s']:8.0f} /s  "
            f"bare {result['bare_per_s']:.0f} /s",
            f"fleet/bare      {result['ratio']:8.2f}     the values made, sent, answered, judged; "
            "with all of them under way at once",
        )
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stations", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=2.0, help="of a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    )
    if args.serve:
        asyncio.run(serve())
        return
    result = asyncio.run(measure(args.stations, args.seconds, args.rounds))
    print(json.dumps(result) if args.json else report(result))


if __name__ == "__main__":
    main()
