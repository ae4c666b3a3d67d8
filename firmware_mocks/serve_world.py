"""`python -m firmware_mocks world`: everything that a bench without hardware needs."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from firmware_mocks.charging_station.control import StationControl
from firmware_mocks.charging_station.station import ChargingStation
from firmware_mocks.charging_station.wire_events import WireEvents
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
            testers = [
                EvseTesterMock(
                    KINDS[args.tester], unit, station=station, connector_id=connector,
                    seed=args.seed + number,
                )
                for number, (unit, connector) in enumerate(_places(args.tester_at))
            ]  # fmt: skip
            first, *others = testers
            for tester in others:  # all on the line of the first
                first.units |= tester.units
                tester.register(control, f"tester-{next(iter(tester.units))}.")
            self.lines["tester"] = first
            self.links += [tester.link for tester in testers]
        for name, line in self.lines.items():
            line.register(control, f"{name}.")


def _places(given: list[str]) -> list[tuple[int, int]]:
    """Modbus unit and connector of each tester."""
    places = []
    for text in given or ["1:1"]:
        unit, _, connector = text.partition(":")
        if not (unit.isdecimal() and connector.isdecimal()):
            raise ValueError(f"--tester-at {text}: want UNIT:CONNECTOR, e.g. 2:1")
        places.append((int(unit), int(connector)))
    return places
