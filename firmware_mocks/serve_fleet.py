"""`python -m firmware_mocks fleet`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from contextlib import AsyncExitStack

from firmware_mocks.charging_station.control import StationControl
from firmware_mocks.charging_station.endpoint_url import check_endpoint
from firmware_mocks.charging_station.pem_texts import root_certificates
from firmware_mocks.charging_station.persona_files import load_persona
from firmware_mocks.charging_station.security import Delivered
from firmware_mocks.clock import MockClock
from firmware_mocks.control import Control
from firmware_mocks.fleet.fleet import Fleet, FleetOptions, relax_collector
from firmware_mocks.process import serve_until_stopped
from firmware_mocks.station_options import password_of


async def serve(args: argparse.Namespace) -> None:
    """Serve a fleet; at the end its numbers go to stdout as one line of JSON."""
    check_endpoint(args.csms)
    options = FleetOptions(
        csms_url=args.csms,
        stations=args.stations,
        persona=load_persona(args.persona),
        identity=args.identity,
        id_tag=args.id_tag,
        password=password_of(args),
        defects=tuple(args.defect),
        ramp_per_s=args.ramp,
        pause_s=args.pause,
        stay_s=args.stay,
        seed=args.seed,
        delivered=Delivered(roots=root_certificates(args.root_certificate)),
    )
    fleet = Fleet(options, MockClock(args.time_scale, args.epoch))
    relax_collector()
    control = Control()
    control.register("state", fleet.state)
    control.register("station", lambda identity: _station(fleet, identity))
    ready: dict[str, object] = {"kind": "fleet", "stations": args.stations}
    async with AsyncExitStack() as stack:
        if not args.no_control:
            await stack.enter_async_context(control)
            ready["control"] = control.address
        await stack.enter_async_context(fleet)
        telling = asyncio.create_task(_tell(fleet, args.tell)) if args.tell > 0 else None
        try:
            await serve_until_stopped(ready, args.follow_stdin)
        finally:
            if telling is not None:
                telling.cancel()
    print(json.dumps({"ended": True, **fleet.state()}), flush=True)  # noqa: T201  # the contract


def _station(fleet: Fleet, identity: str) -> dict[str, object]:
    return StationControl(fleet.named([identity])[0]).state()


async def _tell(fleet: Fleet, interval_s: float) -> None:
    """A line of talk now and then."""
    before = 0
    while True:
        await asyncio.sleep(interval_s)
        state, sent = fleet.state(), fleet.statistics.counts["calls"]
        line = (
            f"{state['accepted']} of {state['stations']} accepted, "
            f"{state['transactions']} transactions, {(sent - before) / interval_s:.0f} calls/s, "
            f"{state['errors']} errors, {state['refused']} refused"
            f"{fleet.statistics.last_refusal and ': ' + fleet.statistics.last_refusal}"
        )
        before = sent
        print(line, file=sys.stderr, flush=True)  # noqa: T201  # stderr is talk
