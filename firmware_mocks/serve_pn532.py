"""`python -m firmware_mocks pn532`."""

from __future__ import annotations

import argparse

from firmware_mocks.control import Control
from firmware_mocks.pn532.chip import Pn532Chip
from firmware_mocks.pn532.control import CardTable
from firmware_mocks.pn532.port import Pn532Port
from firmware_mocks.process import serve_until_stopped


async def serve(args: argparse.Namespace) -> None:
    """Serve one reader; the cards given on the command line lie on it."""
    port = Pn532Port(Pn532Chip(), args.link)
    table = CardTable(port)
    control = Control()
    table.register(control)
    for number, card in enumerate(args.card):
        table.put(f"card-{number}", card)
        table.lay(f"card-{number}", alone=False)
    for fault in args.fault:
        port.faults.set(fault, True)
    async with control, port:
        port.chip.baudrate = args.baudrate
        ready = {"kind": "pn532", "path": port.path, "control": control.address}
        await serve_until_stopped(ready, args.follow_stdin)
