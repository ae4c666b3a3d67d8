"""`python -m firmware_mocks world`: everything that a bench without hardware needs."""

from __future__ import annotations

import argparse

from firmware_mocks.charging_station.control import StationControl
from firmware_mocks.control import Control
from firmware_mocks.modem.faces import ModemFaces
from firmware_mocks.pn532.desk import NfcDesk
from firmware_mocks.process import serve_until_stopped
from firmware_mocks.relay_board.board import RelayBoardMock
from firmware_mocks.serve_charging_station import make_station
from firmware_mocks.wiring import Wiring


async def serve(args: argparse.Namespace) -> None:
    """Serve a world; the station is dark until the mains relay closes."""
    control = Control()
    station = None if args.no_station else make_station(args, control)
    wiring = Wiring(station)

    def moved(coil: int, closed: bool) -> None:
        control.publish("relay", coil=coil, closed=closed)
        wiring.coil_moved(coil, closed)

    board = RelayBoardMock(args.unit, moved)
    board.register(control)
    modem = ModemFaces(args, control)
    desk = NfcDesk(args, control)

    def state() -> dict[str, object]:
        station_state = None if station is None else StationControl(station).state()
        return {"station": station_state, **wiring.state()}

    control.register("state", state)
    async with control, board, modem, desk:
        wiring.attach(board)
        ready = {
            "kind": "world",
            "relay": board.addresses,
            "modem": modem.addresses,
            **desk.addresses,
            "control": control.address,
        }
        try:
            await serve_until_stopped(ready, args.follow_stdin)
        finally:
            if station is not None:
                await station.aclose()
