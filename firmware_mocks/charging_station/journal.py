"""What has happened at a station, as numbered events: frames, connections. The newest are kept.

A reader has a number of its own and pulls; one that is too slow misses events and is told how
many. Nobody who reads can hold up the station.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable

from firmware_mocks.clock import MockClock
from rig.jsontypes import Json
from rig.ocppj.flag import Flag
from rig.ocppj.frames import Call, CallError, CallResult, parse, serialise

KEPT = 10_000
KEPT_CHARACTERS = 16_000_000
"""Of frames: some are long."""
REMEMBERED_CALLS = 256
MASK = "***"
SECRET = "authorizationkey"  # noqa: S105  # name of the key

Event = dict[str, Json]


class Journal:
    """Events of a station, and its observer of the wire.

    Args:
        clock: lab time.
        kept: number of events.
        characters: of their frames.

    Attributes:
        last: number of the newest event, 0 before the first.
        listeners: told of each event at once.
    """

    def __init__(
        self, clock: MockClock, kept: int = KEPT, characters: int = KEPT_CHARACTERS
    ) -> None:
        self.last = 0
        self.listeners: list[Callable[[Event], None]] = []
        self._clock = clock
        self._kept = kept
        self._characters = characters
        self._held = 0
        self._events: deque[Event] = deque()
        self._news = Flag()
        self._actions: OrderedDict[str, str] = OrderedDict()

    def frame(self, direction: str, connection: int, raw: str | bytes) -> None:
        """Take a frame; a password in it is masked."""
        told, shown = self._read(raw)
        self._append(
            {"event": "frame", "direction": direction, "connection": connection, **told,
             "raw": shown}
        )  # fmt: skip

    def transport(self, what: str, connection: int, detail: dict[str, object]) -> None:
        """Take an event of the connection."""
        plain: Json = json.loads(json.dumps(detail, default=str))
        self._append(
            {"event": "transport", "what": what, "connection": connection, "detail": plain}
        )

    def note(self, what: str, **data: Json) -> None:
        """Take something else: `what` is the name of the event."""
        self._append({"event": what, **data})

    def _append(self, event: Event) -> None:
        self.last += 1
        numbered: Event = {"id": self.last, "at": self._clock.stamp(), **event}
        self._events.append(numbered)
        self._held += _size(numbered)
        while len(self._events) > self._kept or (
            self._held > self._characters and len(self._events) > 1
        ):
            self._held -= _size(self._events.popleft())
        for listener in self.listeners:
            listener(numbered)
        news, self._news = self._news, Flag()
        news.set()

    def since(self, after: int) -> tuple[int, list[Event]]:
        """Events with a number above `after` that are still kept, and how many are not."""
        if after >= self.last or not self._events:
            return 0, []
        oldest = int(str(self._events[0]["id"]))
        skip = max(0, after + 1 - oldest)
        return max(0, oldest - after - 1), [self._events[i] for i in range(skip, len(self._events))]

    async def changed(self) -> None:
        """Return at the next event."""
        await self._news.wait()

    async def follow(
        self, after: int, keep_alive_s: float
    ) -> AsyncGenerator[Event | int | None, None]:
        """Events above a number, then those to come.

        Yields:
            An event; before it the number of events that were missed, if any; None when nothing
            happened for so many real seconds.
        """
        if after > self.last:
            after = 0  # a number of an earlier process: everything is new to this reader
        while True:
            missed, events = self.since(after)
            if missed:
                yield missed
            for event in events:
                after = int(str(event["id"]))
                yield event
            if after < self.last:
                continue
            try:
                async with asyncio.timeout(keep_alive_s):
                    await self.changed()
            except TimeoutError:
                yield None

    # --- frames -----------------------------------------------------------------------------

    def _read(self, raw: str | bytes) -> tuple[Event, str]:
        text = raw if isinstance(raw, str) else raw.hex()
        frame = parse(raw)
        secret = SECRET in text.casefold()
        if isinstance(frame, Call):
            self._actions[frame.id] = frame.action
            if len(self._actions) > REMEMBERED_CALLS:
                self._actions.popitem(last=False)
            payload = masked(frame.payload) if secret else frame.payload
            if secret:
                text = serialise(Call(frame.id, frame.action, payload))
            told: Event = {"kind": "call", "action": frame.action, "message_id": frame.id}
            return {**told, "payload": payload}, text
        if isinstance(frame, CallResult):
            payload = masked(frame.payload) if secret else frame.payload
            if secret:
                text = serialise(CallResult(frame.id, payload))
            return {**self._answer("result", frame.id), "payload": payload}, text
        if isinstance(frame, CallError):
            error: Event = {
                "code": frame.code, "description": MASK if secret else frame.description,
            }  # fmt: skip
            return {**self._answer("error", frame.id), **error}, MASK if secret else text
        return {"kind": "malformed", "reason": frame.reason}, MASK if secret else text

    def _answer(self, kind: str, message_id: str) -> Event:
        action = self._actions.get(message_id)
        return {"kind": kind, "action": action, "message_id": message_id}


def _size(event: Event) -> int:
    return len(str(event.get("raw", "")))


def masked(value: dict[str, Json]) -> dict[str, Json]:
    """The same without the value of an AuthorizationKey: in a request, or in a list of keys."""
    if str(value.get("key", "")).casefold() == SECRET and "value" in value:
        return {**value, "value": MASK}
    return {
        name: [masked(item) if isinstance(item, dict) else item for item in inner]
        if isinstance(inner, list)
        else inner
        for name, inner in value.items()
    }
