"""`python -m firmware_mocks evse-tester`."""

from __future__ import annotations

import argparse

from firmware_mocks.control import Control
from firmware_mocks.evse_tester.firmware import TesterKind
from firmware_mocks.evse_tester.tester import EvseTesterMock
from firmware_mocks.process import serve_until_stopped

KINDS = {
    "type2": TesterKind(),
    "type1": TesterKind(plug_type=1, faults=0b0011111, cables=0, features=0b01111),
}
"""Type 1 has no proximity of its own, and a hand for the release button."""


async def serve(args: argparse.Namespace) -> None:
    """Serve one tester whose cable ends in the air; the control channel plays the socket."""
    control = Control()
    tester = EvseTesterMock(
        KINDS[args.type],
        args.unit,
        seed=args.seed,
        rtu=args.transport in ("rtu", "both"),
        tcp=args.transport in ("tcp", "both"),
        bind=args.bind,
    )
    for text in args.fault:
        for unit in tester.units.values():
            unit.fault_text(text)
    tester.register(control)
    async with control, tester:
        ready = {"kind": "evse-tester", **tester.addresses, "control": control.address}
        await serve_until_stopped(ready, args.follow_stdin)
