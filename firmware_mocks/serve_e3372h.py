"""`python -m firmware_mocks e3372h`."""

from __future__ import annotations

import argparse

from firmware_mocks.clock import MockClock
from firmware_mocks.control import Control
from firmware_mocks.modem import control as surroundings
from firmware_mocks.modem.at_firmware import AtFirmware
from firmware_mocks.modem.at_port import AtPort
from firmware_mocks.modem.dongle import Dongle
from firmware_mocks.process import serve_until_stopped


def make_dongle(args: argparse.Namespace, clock: MockClock) -> Dongle:
    """The dongle that the options describe."""
    dongle = Dongle(clock.now, seed=args.seed, sim=args.sim, order=args.order)
    for technology in args.without:
        dongle.radio.set_cell(technology, present=False)
    for technology in args.denied:
        dongle.radio.set_cell(technology, denied=True)
    return dongle


async def serve(args: argparse.Namespace) -> None:
    """Serve a dongle with stick firmware."""
    clock = MockClock(args.time_scale, args.epoch)
    dongle = make_dongle(args, clock)
    port = AtPort(AtFirmware(dongle, args.firmware), clock, args.link)
    control = Control()
    surroundings.register(dongle, control)
    port.register(control)
    for fault in args.fault:
        port.faults.set(fault, True)
    async with control, port:
        ready = {"kind": "e3372h", "path": port.path, "control": control.address}
        await serve_until_stopped(ready, args.follow_stdin)
