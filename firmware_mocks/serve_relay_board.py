"""`python -m firmware_mocks relay-board`."""

from __future__ import annotations

import argparse

from firmware_mocks.control import Control
from firmware_mocks.process import serve_until_stopped
from firmware_mocks.relay_board.board import RelayBoardMock


async def serve(args: argparse.Namespace) -> None:
    """Serve one board."""
    control = Control()
    board = RelayBoardMock(
        args.unit,
        lambda coil, closed: control.publish("relay", coil=coil, closed=closed),
        dialect=args.dialect,
        rtu=args.transport in ("rtu", "both"),
        tcp=args.transport in ("tcp", "both"),
        rtu_over_tcp=args.rtu_over_tcp,
        bind=args.bind,
    )
    board.register(control)
    async with control, board:
        ready = {"kind": "relay-board", **board.addresses, "control": control.address}
        await serve_until_stopped(ready, args.follow_stdin)
