"""`python -m firmware_mocks world`: everything that a bench without hardware needs."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from firmware_mocks.charging_station.control import StationControl, WireEvents
from firmware_mocks.charging_station.station import ChargingStation
from firmware_mocks.clock import MockClock
from firmware_mocks.control import Control
from firmware_mocks.evse_tester.relay_plug import RelayPlug
from firmware_mocks.evse_tester.tester import EvseTesterMock
from firmware_mocks.modem.faces import ModemFaces
from firmware_mocks.pn532.desk import NfcDesk
from firmware_mocks.process import serve_until_stopped
from firmware_mocks.relay_board.board import ModbusLineMock, RelayBoardMock
from firmware_mocks.serve_charging_station import make_station
from firmware_mocks.serve_evse_tester import KINDS
from firmware_mocks.wiring import Wiring


async def serve(args: argparse.Namespace) -> None:
    """Serve a world; the station is dark until the mains relay closes."""
    async with world(args, MockClock(args.time_scale, args.epoch)) as ready:
        await serve_until_stopped(ready, args.follow_stdin)


@asynccontextmanager
async def world(args: argparse.Namespace, clock: MockClock) -> AsyncIterator[dict[str, object]]:
    """A world, for the length of a block; its ready line.

    Args:
        args: options of the command line.
        clock: lab time of the station.
    """
    control = Control()
    station = None
    if not args.no_station:
        station = make_station(args, clock, WireEvents(control))
        StationControl(station).register(control)
    basic = not (args.relay_plug or args.tester)
    wiring = Wiring(station, plug=basic)

    def moved(coil: int, closed: bool) -> None:
        control.publish("relay", coil=coil, closed=closed)
        wiring.coil_moved(coil, closed)

    board = RelayBoardMock(args.unit, moved)
    board.register(control)
    plugs = Plugs(args, station, control)
    modem = ModemFaces(args, control)
    desk = NfcDesk(args, control)

    def state() -> dict[str, object]:
        station_state = None if station is None else StationControl(station).state()
        return {"station": station_state, **wiring.state()}

    control.register("state", state)
    async with control, board, modem, desk, AsyncExitStack() as stack:
        for line in plugs.lines.values():
            await stack.enter_async_context(line)
        wiring.attach(board)
        for link in plugs.links:
            wiring.join(link)
        ready = {
            "kind": "world",
            "relay": board.addresses,
            **{name: line.addresses for name, line in plugs.lines.items()},
            "modem": modem.addresses,
            **desk.addresses,
            "control": control.address,
        }
        try:
            yield ready
        finally:
            if station is not None:
                await station.aclose()


class Plugs:
    """Tester plugs besides the one on the main relay board.

    Attributes:
        lines: by the name of their address.
        links: their cables.
    """

    def __init__(
        self, args: argparse.Namespace, station: ChargingStation | None, control: Control
    ) -> None:
        self.lines: dict[str, ModbusLineMock] = {}
        self.links = []
        if args.relay_plug:
            plug = RelayPlug(station, 1)
            self.lines |= {"plug-relays": plug.relays, "plug-watchdog": plug.watchdog}
            self.links.append(plug.link)
        if args.tester:
            connector = 2 if args.relay_plug else 1
            tester = EvseTesterMock(
                KINDS[args.tester], station=station, connector_id=connector, seed=args.seed
            )
            self.lines["tester"] = tester
            self.links.append(tester.link)
        for name, line in self.lines.items():
            line.register(control, f"{name}.")
