"""`python -m firmware_mocks central-system`."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from firmware_mocks.central_system.central_system import CentralSystemMock
from firmware_mocks.clock import MockClock
from firmware_mocks.control import Control
from firmware_mocks.process import serve_until_stopped


async def serve(args: argparse.Namespace) -> None:
    """Serve a Central System."""
    async with central_system(args, MockClock(args.time_scale, args.epoch)) as ready:
        await serve_until_stopped(ready, args.follow_stdin)


@asynccontextmanager
async def central_system(
    args: argparse.Namespace, clock: MockClock
) -> AsyncIterator[dict[str, object]]:
    """A Central System, for the length of a block; its ready line.

    Args:
        args: options of the command line.
        clock: lab time.
    """
    control = Control()
    mock = CentralSystemMock(args.bind, clock, args.defect)
    mock.register(control)
    async with control, mock.server:
        yield {"kind": "central-system", "url": mock.server.url, "control": control.address}
