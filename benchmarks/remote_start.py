"""How fast a station obeys: RemoteStartTransaction.req to .conf, and to StartTransaction.req.

The stations are in a process of their own, plugged in and waiting; a Central System of bare
`websockets` sends and takes the time. One after the other first, each once, then as many again all
at the same moment. A bare answer over the same kind of connection, in the same run, is the limit.

    python -m benchmarks.remote_start [--stations N] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from contextlib import suppress

import orjson
from websockets.asyncio.client import connect as ws_connect
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as ws_serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.clock import MockClock
from firmware_mocks.fleet.fleet import Fleet, FleetOptions, relax_collector
from rig.ocppj.frames import Payload

SUBPROTOCOLS = [Subprotocol("ocpp1.6")]
BUDGET_CONF_MS, BUDGET_START_MS, BUDGET_AT_ONCE_MS = 0.5, 0.8, 12.0
BARE = "/BARE"
CALM_S = 0.02
PATIENCE_S = 60.0


class Station:
    """One connection, as the Central System sees it; instants of `time.perf_counter`."""

    def __init__(self, ws: ServerConnection) -> None:
        self.ws = ws
        self.plugged = asyncio.Event()
        self.conf: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.start: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def serve(self) -> None:
        """Answer everything."""
        with suppress(ConnectionClosed):
            async for message in self.ws:
                now, frame = time.perf_counter(), orjson.loads(message)
                self._take(frame, now)
                if frame[0] == 2:
                    await self._answer(frame)

    def _take(self, frame: list[object], now: float) -> None:
        if frame[0] == 3 and not self.conf.done():
            self.conf.set_result(now)
        elif frame[0] == 2 and frame[2] == "StartTransaction":
            self.start.set_result(now)
        elif frame[0] == 2 and "Preparing" in str(frame[3]):
            self.plugged.set()

    async def _answer(self, frame: list[object]) -> None:
        body: Payload = {}
        if frame[2] == "BootNotification":
            body = {"status": "Accepted", "interval": 86400, "currentTime": "2026-01-01T00:00:00Z"}
        elif frame[2] == "StartTransaction":
            body = {"transactionId": 1, "idTagInfo": {"status": "Accepted"}}
        await self.ws.send(orjson.dumps([3, frame[1], body]).decode())

    async def remote_start(self) -> tuple[float, float]:
        """Milliseconds to the answer, and to the transaction (the same on a bare connection)."""
        began = time.perf_counter()
        body = {"connectorId": 1, "idTag": "CARD"}
        await self.ws.send(orjson.dumps([2, "remote", "RemoteStartTransaction", body]).decode())
        answered = await self.conf
        started = await self.start if self.plugged.is_set() else answered
        return 1e3 * (answered - began), 1e3 * (started - began)


async def be_the_stations(url: str, many: int) -> None:
    """The other process: stations with a cable and an EV, and bare connections."""
    options = FleetOptions(
        url, many, Persona(connectors=1, boot_time_s=0.1), ramp_per_s=1000.0, stay_s=0.0
    )
    fleet = Fleet(options, MockClock())
    for station, plug in zip(fleet.stations, fleet.plugs, strict=True):
        station.controller.board.configuration.change("AuthorizeRemoteTxRequests", "false")
        plug.plug_in(1)

    async def bare() -> None:
        async with ws_connect(
            url + BARE, compression=None, ping_interval=None, proxy=None, subprotocols=SUBPROTOCOLS
        ) as ws:
            async for message in ws:
                frame = orjson.loads(message)
                await ws.send(orjson.dumps([3, frame[1], {"status": "Accepted"}]).decode())

    relax_collector()
    async with fleet, asyncio.TaskGroup() as group:
        for _ in range(many // 2):
            group.create_task(bare())


async def one_by_one(stations: list[Station]) -> list[tuple[float, float]]:
    """Each after the one before, when that has calmed down."""
    taken = []
    for station in stations:
        taken.append(await station.remote_start())
        await asyncio.sleep(CALM_S)
    return taken


async def measure(many: int) -> dict[str, float]:
    """Everything in one run; `many` stations alone, as many at once, as many bare connections."""
    stations: list[Station] = []
    bare: list[Station] = []

    async def handler(ws: ServerConnection) -> None:
        station = Station(ws)
        is_bare = ws.request is not None and ws.request.path.endswith(BARE)
        (bare if is_bare else stations).append(station)
        await station.serve()

    async with ws_serve(
        handler, "127.0.0.1", 0, compression=None, ping_interval=None, subprotocols=SUBPROTOCOLS
    ) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        process = subprocess.Popen(  # noqa: ASYNC220  # ourselves, before anything is measured
            [sys.executable, "-m", "benchmarks.remote_start", "--be", url, "--stations", str(many)]
        )
        try:
            async with asyncio.timeout(PATIENCE_S):
                while len(stations) < 2 * many or len(bare) < many:  # noqa: ASYNC110  # ready soon
                    await asyncio.sleep(CALM_S)
                for station in stations:
                    await station.plugged.wait()
                await asyncio.sleep(1)
                limit = await one_by_one(bare)
                alone = await one_by_one(stations[:many])
                rest = stations[many:]
                at_once = await asyncio.gather(*(station.remote_start() for station in rest))
        finally:
            process.kill()
            process.wait()
    return {
        "stations": many,
        "bare_ms": statistics.median(conf for conf, _ in limit),
        "conf_ms": statistics.median(conf for conf, _ in alone),
        "start_ms": statistics.median(start for _, start in alone),
        "at_once_p95_ms": statistics.quantiles((start for _, start in at_once), n=20)[-1],
        "at_once_conf_p95_ms": statistics.quantiles((conf for conf, _ in at_once), n=20)[-1],
    }


def report(r: dict[str, float]) -> str:
    """The result for people."""
    return "\n".join(
        (
            f"bare answer                 p50 {r['bare_ms']:6.2f} ms",
            f"to the .conf                p50 {r['conf_ms']:6.2f} ms  budget {BUDGET_CONF_MS} ms",
            f"to StartTransaction.req     p50 {r['start_ms']:6.2f} ms  budget {BUDGET_START_MS} ms",
            f"{r['stations']:.0f} at once, to the .conf    p95 {r['at_once_conf_p95_ms']:6.2f} ms",
            f"... to StartTransaction.req p95 {r['at_once_p95_ms']:6.2f} ms"
            f"  budget {BUDGET_AT_ONCE_MS:.0f} ms for 100",
        )
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stations", type=int, default=100, help="of either kind of round")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--be", metavar="URL", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.be:
        asyncio.run(be_the_stations(args.be, 2 * args.stations))
        return
    result = asyncio.run(measure(args.stations))
    print(json.dumps(result) if args.json else report(result))


if __name__ == "__main__":
    main()
