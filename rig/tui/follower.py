"""Keeps a mirror of the daemon up to date: connects, follows, resumes, and finds it again.

The socket of the event stream is watched by the event loop itself; whatever may block (connecting,
requests) happens in a thread of its own, which never keeps the process from ending.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from rig.client.api import RigClient
from rig.client.errors import ClientError, DaemonGone, NoDaemon
from rig.client.results import Status
from rig.client.stream import SILENCE_S, EventStream, RigEvent

T = TypeVar("T")

REPLAY = 3000
"""Events of the past that are read on arrival: more than a run of a dozen cases has."""

RETRY_S = 1.0
"""Real seconds between two attempts to find the daemon."""


class Audience(Protocol):
    """Who is told."""

    @property
    def last_seq(self) -> int:
        """Number of the newest event it knows."""

    def met(self, status: Status, *, anew: bool) -> None:
        """A daemon answers; `anew` when it is another one than before."""

    def lost(self, why: ClientError) -> None:
        """No daemon answers, for `why`."""

    def happened(self, events: list[RigEvent], missed: int) -> None:
        """Events came; `missed` more were lost before them."""


async def in_thread(call: Callable[[], T], name: str) -> T:
    """The result of a call that blocks, from a thread that dies with the process."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def deliver(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # a T when there is no error

    def work() -> None:
        result, failed = None, None
        try:
            result = call()
        except BaseException as error:
            failed = error
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(deliver, result, failed)

    threading.Thread(target=work, name=name, daemon=True).start()
    return await future


async def follow(client: RigClient, audience: Audience) -> None:
    """Tell `audience` everything, until cancelled."""
    known: tuple[int, str] | None = None
    while True:
        try:
            status = await in_thread(client.status, "status")
            who = (status.daemon.pid, status.daemon.started_utc)
            anew, known = who != known, who
            after = max(0, status.daemon.last_seq - REPLAY) if anew else audience.last_seq
            stream = client.events(after)
            await in_thread(stream.__enter__, "connect")
            try:
                audience.met(status, anew=anew)
                await _read(stream, audience)
            finally:
                stream.__exit__(None, None, None)
        except NoDaemon as error:
            audience.lost(error)
        except ClientError as error:
            audience.lost(error)
        await asyncio.sleep(RETRY_S)


async def _read(stream: EventStream, audience: Audience) -> None:
    """Read until the daemon hangs up.

    Raises:
        DaemonGone: always.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[str] = loop.create_future()
    last = loop.time()

    def readable() -> None:
        nonlocal last
        last = loop.time()
        try:
            alive = stream.pump()
        except ClientError as error:
            _finish(ended, str(error))
            return
        _hand_over(stream, audience)
        if not alive:
            _finish(ended, "the daemon has ended")

    _hand_over(stream, audience)  # what came with the head of the answer
    loop.add_reader(stream.fileno(), readable)
    try:
        while not ended.done():
            left = last + SILENCE_S - loop.time()
            if left <= 0:
                raise DaemonGone(f"the daemon has been silent for {SILENCE_S:g} s")
            await asyncio.wait({ended}, timeout=left)
        raise DaemonGone(ended.result())
    finally:
        loop.remove_reader(stream.fileno())


def _finish(ended: asyncio.Future[str], why: str) -> None:
    if not ended.done():
        ended.set_result(why)


def _hand_over(stream: EventStream, audience: Audience) -> None:
    events: list[RigEvent] = []
    while (event := stream.pop()) is not None:
        events.append(event)
    missed, stream.missed = stream.missed, 0
    if events or missed:
        audience.happened(events, missed)
