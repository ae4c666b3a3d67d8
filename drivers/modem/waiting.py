"""Waiting for the radio: look, wait for a report or the next look, until it is so or too late."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def wait_until(
    look: Callable[[], Awaitable[T]],
    good: Callable[[T], bool],
    *,
    timeout_s: float,
    poll_s: float,
    stir: asyncio.Event,
) -> tuple[T, bool]:
    """Look until `good`; returns what was seen last, and whether it was good.

    At least two looks are taken, so that a short deadline cannot pass unlooked.

    Args:
        look: asks the modem; what it raises ends the wait.
        good: whether to stop.
        timeout_s: real seconds until it is given up.
        poll_s: longest pause between two looks, in real seconds.
        stir: set by a report of the modem; ends a pause early.
    """
    deadline = time.monotonic() + timeout_s
    seen = await look()
    while not good(seen):
        left = deadline - time.monotonic()
        stir.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, min(poll_s, left))):
                await stir.wait()
        seen = await look()
        if left <= 0:
            break
    return seen, good(seen)
