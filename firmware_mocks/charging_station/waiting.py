"""Waits of test authors, done at the station: nobody has to ask again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Literal

from firmware_mocks.charging_station.answer_rules import contains
from firmware_mocks.charging_station.journal import Event, Journal
from firmware_mocks.clock import MockClock
from firmware_mocks.operations import Operation, Range
from rig.jsontypes import Json

LOOK_AGAIN_S = 0.05
"""Real seconds; registers and timers of the station change without an event."""
TOLD = 12


class NotSeen(TimeoutError):
    """A wait in vain; says what was seen instead."""


class Waiting:
    """The operations that wait, and the one that reads what has been.

    Args:
        journal: of the station.
        state: the station as the operation `state` tells it.
        clock: lab time.
    """

    def __init__(
        self, journal: Journal, state: Callable[[], dict[str, object]], clock: MockClock
    ) -> None:
        self._journal = journal
        self._state = state
        self._clock = clock

    def operations(self) -> list[Operation]:
        """The operations."""
        return [
            Operation("events", self.events, "GET /events/past"),
            Operation("wait_frame", self.wait_frame, "POST /wait/frame"),
            Operation("wait_state", self.wait_state, "POST /wait/state"),
        ]

    def events(
        self,
        after: Annotated[int, Range(0)] = 0,
        limit: Annotated[int, Range(1)] = 1000,
    ) -> dict[str, object]:
        """What has happened: frames and events of the connection, the oldest first.

        The result has "events", "last" (number of the newest one there is) and "missed" (how many
        after `after` are not kept any more).

        Args:
            after: number of the event to go on after.
            limit: at most so many.
        """
        missed, events = self._journal.since(after)
        return {"events": events[:limit], "missed": missed, "last": self._journal.last}

    async def wait_frame(
        self,
        action: str | None = None,
        direction: Literal["in", "out"] | None = None,
        kind: Literal["call", "result", "error", "malformed"] | None = "call",
        payload: dict[str, Json] | None = None,
        after: Annotated[int, Range(0)] | None = None,
        timeout_s: Annotated[float, Range(0)] = 60.0,
    ) -> dict[str, Json]:
        """Return the next frame that has all that is given, as its event.

        Args:
            action: of the CALL, or of the CALL that is answered.
            direction: "out" is what the station sends, "in" what it receives.
            kind: of frame; null for any.
            payload: fields that it has, at any depth; it may have more.
            after: number of the event to go on after; null for from now on.
            timeout_s: lab seconds.
        """
        wanted = {"event": "frame", "action": action, "direction": direction, "kind": kind}
        wanted = {name: value for name, value in wanted.items() if value is not None}
        start = self._journal.last if after is None else after
        position = start
        try:
            async with asyncio.timeout(self._clock.real(timeout_s)):
                while True:
                    for event in self._journal.since(position)[1]:
                        position = int(str(event["id"]))
                        if contains(event, wanted) and contains(event.get("payload"), payload):
                            return event
                    await self._journal.changed()
        except TimeoutError:
            pass
        seen = [_short(event) for event in self._journal.since(start)[1]]
        what = " ".join(
            [*(f"{name}={value}" for name, value in wanted.items()), str(payload or "")]
        )
        told = "; ".join(seen[-TOLD:]) or "nothing"
        raise NotSeen(f"no frame with {what} within {timeout_s:g} s; seen: {told}")

    async def wait_state(
        self, state: dict[str, Json], timeout_s: Annotated[float, Range(0)] = 60.0
    ) -> dict[str, object]:
        """Return the state as soon as it has all that is given, at any depth.

        Args:
            state: e.g. {"connectors": {"1": {"status": "Charging"}}}.
            timeout_s: lab seconds.
        """
        try:
            async with asyncio.timeout(self._clock.real(timeout_s)):
                while not contains(present := self._state(), state):
                    try:
                        async with asyncio.timeout(LOOK_AGAIN_S):
                            await self._journal.changed()
                    except TimeoutError:
                        pass
                return present
        except TimeoutError:
            pass
        is_now = _part(self._state(), state)
        raise NotSeen(f"not {state} within {timeout_s:g} s; it is {is_now}")


def _part(value: object, wanted: object) -> object:
    """What the members that were wanted are."""
    if isinstance(wanted, dict) and isinstance(value, dict):
        return {name: _part(value.get(name), inner) for name, inner in wanted.items()}
    return value


def _short(event: Event) -> str:
    if event["event"] == "frame":
        way = "sent" if event["direction"] == "out" else "received"
        return f"{way} {event['kind']} {event.get('action') or ''}".rstrip()
    return f"{event['event']} {event.get('what', '')}".rstrip()
