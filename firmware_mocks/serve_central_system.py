"""`python -m firmware_mocks central-system`."""

from __future__ import annotations

import argparse

from firmware_mocks.central_system.central_system import CentralSystemMock
from firmware_mocks.clock import MockClock
from firmware_mocks.control import Control
from firmware_mocks.process import serve_until_stopped


async def serve(args: argparse.Namespace) -> None:
    """Serve a Central System."""
    control = Control()
    mock = CentralSystemMock(args.bind, MockClock(args.time_scale, args.epoch), args.defect)
    mock.register(control)
    async with control, mock.server:
        ready = {"kind": "central-system", "url": mock.server.url, "control": control.address}
        await serve_until_stopped(ready, args.follow_stdin)
