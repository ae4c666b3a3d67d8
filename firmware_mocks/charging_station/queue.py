"""Transaction-related messages: delivered in order, kept over power loss, retried as told.

Source: OCPP 1.6, 3.7 (transaction-related messages), TransactionMessageAttempts and
TransactionMessageRetryInterval; errata v4.0 3.18 (transactionId -1); rules M9; station
behaviour 7.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from firmware_mocks.charging_station.configuration import Configuration
from firmware_mocks.charging_station.defects import Defects
from firmware_mocks.charging_station.storage import Json, StoredMessage
from firmware_mocks.clock import MockClock
from rig.ocppj.endpoint import Lost, Outcome, Result
from rig.ocppj.flag import Flag

NEVER_ANSWERED = -1
NEVER_THINNED = ("StartTransaction", "StopTransaction")


class TransactionQueue:
    """StartTransaction, StopTransaction and MeterValues on their way.

    Args:
        stored: messages from the disk.
        clock, configuration: for the retries.
        send: sends one message.
        answered: told the answer to a message; None for one that is given up.
        changed: told when the content must be saved.
        defects: of the station.
        capacity: messages that there is memory for; StartTransaction and StopTransaction are kept
            beyond it.
    """

    __slots__ = (
        "_answered",
        "_busy",
        "_capacity",
        "_changed",
        "_clock",
        "_configuration",
        "_defects",
        "_empty",
        "_on_its_way",
        "_online",
        "_send",
        "_spawn",
        "messages",
    )

    def __init__(
        self,
        stored: list[StoredMessage],
        clock: MockClock,
        configuration: Configuration,
        send: Callable[[str, dict[str, Json]], Awaitable[Outcome]],
        answered: Callable[[StoredMessage, dict[str, Json] | None], None],
        changed: Callable[[], None],
        defects: Defects | None = None,
        capacity: int = 1000,
    ) -> None:
        self.messages = stored
        self._defects = Defects() if defects is None else defects
        self._clock = clock
        self._configuration = configuration
        self._send = send
        self._answered = answered
        self._changed = changed
        self._capacity = capacity
        self._on_its_way: StoredMessage | None = None
        self._online = Flag()
        self._spawn: Callable[[Awaitable[None]], object] | None = None
        self._busy = False
        self._empty = Flag(not stored)

    def put(self, action: str, payload: dict[str, Json], local_id: int) -> None:
        """Append a message. When there is no more memory, samples are thinned out for it."""
        if len(self.messages) >= self._capacity:
            self._thin_out()
        if action in NEVER_THINNED or len(self.messages) < self._capacity:
            self.messages.append(
                StoredMessage(action=action, payload=payload, local_id=local_id, attempts=0)
            )
        self._empty.clear()
        self._changed()
        self.wake()

    def _thin_out(self) -> None:
        """Drop every second sample that waits; one that was sent already is not touched."""
        waiting = [
            message
            for message in self.messages
            if message["action"] not in NEVER_THINNED
            and message is not self._on_its_way
            and not message["attempts"]
        ]
        dropped = {id(message) for message in waiting[1::2]}
        self.messages[:] = [m for m in self.messages if id(m) not in dropped]

    def assign(self, local_id: int, transaction_id: int) -> None:
        """The transactionId has become known: fill it into what waits."""
        for message in self.messages:
            if message["local_id"] == local_id and message["action"] != "StartTransaction":
                message["payload"]["transactionId"] = transaction_id

    async def drained(self) -> None:
        """Return once nothing waits."""
        await self._empty.wait()

    def start(self, online: Flag, spawn: Callable[[Awaitable[None]], object]) -> None:
        """Deliver from now on whenever there is something and `online` is set."""
        self._online, self._spawn = online, spawn
        self.wake()

    def wake(self) -> None:
        """There may be something to do: a message, or a connection."""
        if self._spawn is None or self._busy or not self.messages or not self._online.is_set():
            return
        self._busy = True
        self._spawn(self._deliver())

    async def _deliver(self) -> None:
        """One at a time."""
        try:
            while self.messages and self._online.is_set():
                await self._deliver_first()
        finally:
            self._busy = False

    async def _deliver_first(self) -> None:
        newest_first = self._defects.has("queue-out-of-order")
        message = self.messages[-1 if newest_first else 0]
        self._on_its_way = message
        outcome = await self._send(message["action"], dict(message["payload"]))
        if isinstance(outcome, Lost):
            if self._defects.has("forgets-lost-messages"):
                self._done(message)
            await asyncio.sleep(0)  # offline is no attempt; `online` is clear by now
            return
        if isinstance(outcome, Result) and not outcome.problems:
            self._answered(message, outcome.payload)
            self._done(message)
            return
        message["attempts"] += 1
        self._changed()
        at_most = self._configuration.number("TransactionMessageAttempts")
        if self._defects.has("never-gives-up"):
            await self._clock.sleep(1.0)
            return
        if message["attempts"] >= at_most:
            self._answered(message, None)
            self._done(message)
            return
        if self._defects.has("retry-at-once"):
            return
        interval_s = self._configuration.number("TransactionMessageRetryInterval")
        await self._clock.sleep(interval_s * message["attempts"])

    def _done(self, message: StoredMessage) -> None:
        self._on_its_way = None
        self.messages.remove(message)
        self._changed()
        if not self.messages:
            self._empty.set()
