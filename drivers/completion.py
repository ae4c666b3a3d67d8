"""Finishing what must not be left half done."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


async def to_completion(work: Coroutine[object, object, T]) -> T:
    """Run `work` to its end, however often the caller is cancelled meanwhile.

    A cancellation that arrives is raised after the work is done.

    Raises:
        asyncio.CancelledError: the caller was cancelled while waiting.
        Exception: what `work` raised.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        task.exception()  # looked at: the cancellation is what the caller must see
        raise cancelled
    return task.result()
