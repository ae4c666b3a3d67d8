"""`python -m firmware_mocks hilink`."""

from __future__ import annotations

import argparse

from firmware_mocks.clock import MockClock
from firmware_mocks.control import Control
from firmware_mocks.modem import control as surroundings
from firmware_mocks.modem.web_firmware import WebFirmware
from firmware_mocks.process import serve_until_stopped
from firmware_mocks.serve_e3372h import make_dongle


async def serve(args: argparse.Namespace) -> None:
    """Serve a dongle with HiLink firmware."""
    dongle = make_dongle(args, MockClock(args.time_scale, args.epoch))
    user, _, password = (args.login or "").partition(":")
    web = WebFirmware(dongle, args.bind, (user, password) if args.login else None)
    control = Control()
    surroundings.register(dongle, control)
    web.register(control)
    async with control, web:
        ready = {"kind": "hilink", "url": web.url, "control": control.address}
        await serve_until_stopped(ready, args.follow_stdin)
