"""Habits of a station: what is legal and unusual, by name. A tester must not mind.

They are no defects: each is permitted by OCPP 1.6, and stations in the field have it.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta, timezone

from firmware_mocks.charging_station.date_times import NAMES, moment
from firmware_mocks.charging_station.storage import Json
from firmware_mocks.clock import MockClock
from rig.ocppj.endpoint import Outcome
from rig.ocppj.flag import Flag

Payload = dict[str, Json]
Send = Callable[[str, Payload, float, str | None], Awaitable[Outcome]]

HABITS = {
    "local-time": "time stamps with an offset of two hours (ISO 8601; OCPP 1.6, 3.8)",
    "full-seconds": "time stamps without fractions of a second (OCPP 1.6, 3.8)",
    "counts-its-messages": "message ids are numbers from 1 on (OCPP-J 1.6, 4.1.4)",
    "statuses-first": "StartTransaction and StopTransaction come a second after what they cause"
    " to be reported (OCPP 1.6, 4.8 to 4.10 ask for no order)",
    "talkative": "a DataTransfer of its vendor after every message (OCPP 1.6, 4.3)",
    "slow": "takes a second and a half for every message and every answer",
    "reconnects": "connects anew every 20 seconds, without a boot (OCPP-J 1.6, 5.4)",
}
LOCAL = timezone(timedelta(hours=2))
LATE_S, SLOW_S, CONNECTED_S = 1.0, 1.5, 20.0
VENDOR_ID = "org.example.habits"


class Habits:
    """The habits of one station.

    Args:
        names: of `HABITS`.
        clock: lab time.

    Raises:
        ValueError: there is no such habit.

    Attributes:
        idle: nothing is being asked or answered.
    """

    def __init__(self, names: Iterable[str], clock: MockClock) -> None:
        self._names = frozenset(names)
        self._clock = clock
        self._ids = itertools.count(1)
        self._under_way = 0
        self.idle = Flag(True)
        if odd := sorted(self._names - HABITS.keys()):
            raise ValueError(f"{odd[0]!r} is no habit; there are {', '.join(HABITS)}")

    def __bool__(self) -> bool:
        return bool(self._names)

    @property
    def connected_s(self) -> float | None:
        """Lab seconds that a connection lasts; None: for ever."""
        return CONNECTED_S if "reconnects" in self._names else None

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Inside the block a message is under way."""
        self._under_way += 1
        self.idle.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self.idle.set()

    async def before_answer(self) -> None:
        """Take its time."""
        if "slow" in self._names:
            await self._clock.sleep(SLOW_S)

    async def call(
        self, send: Send, action: str, payload: Payload, wait_s: float, *, registered: bool
    ) -> Outcome:
        """Send a CALL in its own manner."""
        with self.busy():
            return await self._call(send, action, payload, wait_s, registered)

    async def _call(
        self, send: Send, action: str, payload: Payload, wait_s: float, registered: bool
    ) -> Outcome:
        if "slow" in self._names:
            await self._clock.sleep(SLOW_S)
        if "statuses-first" in self._names and action in ("StartTransaction", "StopTransaction"):
            await self._clock.sleep(LATE_S)
        outcome = await send(action, self._worded(payload), wait_s, self._id())
        if "talkative" in self._names and registered and action != "BootNotification":
            await send("DataTransfer", {"vendorId": VENDOR_ID}, wait_s, self._id())
        return outcome

    def _id(self) -> str | None:
        return str(next(self._ids)) if "counts-its-messages" in self._names else None

    def _worded(self, payload: Payload) -> Payload:
        if not self._names & {"local-time", "full-seconds"}:
            return payload
        return {name: self._told(name, value) for name, value in payload.items()}

    def _told(self, name: str, value: Json) -> Json:
        if isinstance(value, dict):
            return self._worded(value)
        if isinstance(value, list):
            return [self._told(name, item) for item in value]
        if name not in NAMES:
            return value
        at = moment(value)
        if "local-time" in self._names:
            at = at.astimezone(LOCAL)
        precision = "seconds" if "full-seconds" in self._names else "milliseconds"
        return at.isoformat(timespec=precision).replace("+00:00", "Z")
