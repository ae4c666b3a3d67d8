"""Transaction-related messages: in order, kept, tried as often as configured."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from firmware_mocks.charging_station.configuration import Configuration
from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.queue import TransactionQueue
from firmware_mocks.charging_station.storage import Json, StoredMessage
from firmware_mocks.clock import MockClock
from rig.ocppj.endpoint import Error, Lost, OpenCall, Outcome, Result, TimedOut
from rig.ocppj.flag import Flag

Payload = dict[str, Json]
Reply = Callable[[OpenCall], Outcome]


def accepted(call: OpenCall) -> Outcome:
    if call.action == "StartTransaction":
        return Result(call, {"transactionId": 7, "idTagInfo": {"status": "Accepted"}})
    return Result(call, {})


def refused(call: OpenCall) -> Outcome:
    return Error(call, "InternalError", "", {})


class Pauses(MockClock):
    """A clock whose sleeps are over at once, and written down."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, lab_s: float) -> None:
        self.slept.append(lab_s)
        await asyncio.sleep(0)


class Post:
    """A queue with the other side scripted: one reply per transmission, then acceptance."""

    def __init__(
        self, *replies: Reply, stored: list[StoredMessage] | None = None, capacity: int = 1000
    ) -> None:
        self.sent: list[tuple[str, Payload]] = []
        self.answered: list[tuple[int, Payload | None]] = []
        self.saves = 0
        self.clock = Pauses()
        self.online = Flag()
        self.lost = asyncio.Event()
        self.configuration = Configuration(Persona())
        self._replies = list(replies)
        self.queue = TransactionQueue(
            [] if stored is None else stored, self.clock, self.configuration, self._send,
            self._answered, self._saved, capacity=capacity,
        )  # fmt: skip

    async def _send(self, action: str, payload: Payload) -> Outcome:
        self.sent.append((action, dict(payload)))
        reply = self._replies.pop(0) if self._replies else accepted
        outcome = reply(OpenCall("1", action, 0, 0))
        if isinstance(outcome, Lost):
            self.online.clear()
            self.lost.set()
        return outcome

    def _answered(self, message: StoredMessage, conf: Payload | None) -> None:
        if message["action"] != "StartTransaction":
            return
        self.answered.append((message["local_id"], conf))
        number = -1 if conf is None else conf["transactionId"]
        assert isinstance(number, int)
        self.queue.assign(message["local_id"], number)

    def _saved(self) -> None:
        self.saves += 1

    @asynccontextmanager
    async def delivering(self) -> AsyncIterator[None]:
        tasks: list[asyncio.Future[None]] = []
        self.queue.start(self.online, lambda work: tasks.append(asyncio.ensure_future(work)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def connect(self) -> None:
        """The station is online."""
        self.online.set()
        self.queue.wake()

    async def empty(self) -> None:
        async with asyncio.timeout(5):
            await self.queue.drained()

    @property
    def actions(self) -> list[str]:
        return [action for action, _ in self.sent]


def session(post: Post, local_id: int = 1) -> None:
    """A transaction whose id nobody knows yet."""
    post.queue.put("StartTransaction", {"idTag": "TAG"}, local_id)
    post.queue.put("MeterValues", {"connectorId": 1}, local_id)
    post.queue.put("StopTransaction", {"transactionId": -1}, local_id)


async def test_messages_are_sent_in_the_order_of_their_creation() -> None:
    post = Post()
    session(post, 1)
    session(post, 2)
    post.connect()
    async with post.delivering():
        await post.empty()
    assert post.actions == 2 * ["StartTransaction", "MeterValues", "StopTransaction"]
    assert post.clock.slept == []


async def test_nothing_is_sent_before_the_station_is_online() -> None:
    post = Post()
    session(post)
    async with post.delivering():
        for _ in range(5):
            await asyncio.sleep(0)
        assert post.sent == []
        post.connect()
        await post.empty()
    assert len(post.sent) == 3


async def test_message_that_comes_later_is_sent_as_well() -> None:
    post = Post()
    post.connect()
    async with post.delivering():
        session(post, 1)
        await post.empty()
        session(post, 2)
        await post.empty()
    assert len(post.sent) == 6


async def test_transaction_id_goes_into_everything_that_waits_for_it() -> None:
    post = Post()
    session(post, 1)
    post.queue.put("MeterValues", {"connectorId": 2}, 0)  # of no transaction
    post.connect()
    async with post.delivering():
        await post.empty()
    assert [p.get("transactionId") for _, p in post.sent] == [None, 7, 7, None]
    assert post.answered == [(1, {"transactionId": 7, "idTagInfo": {"status": "Accepted"}})]


@pytest.mark.parametrize("failure", [refused, TimedOut], ids=["CALLERROR", "no answer"])
@pytest.mark.parametrize(
    ("attempts", "interval", "pauses"),
    [(1, 10, []), (2, 10, [10]), (4, 5, [5, 10, 15]), (3, 0, [0, 0])],
)
async def test_failed_message_is_repeated_with_growing_pauses_then_dropped(
    failure: Reply, attempts: int, interval: int, pauses: list[float]
) -> None:
    post = Post(*attempts * [failure])
    post.configuration.change("TransactionMessageAttempts", str(attempts))
    post.configuration.change("TransactionMessageRetryInterval", str(interval))
    post.queue.put("MeterValues", {}, 1)
    post.queue.put("StopTransaction", {}, 1)
    post.connect()
    async with post.delivering():
        await post.empty()
    assert post.actions == [*attempts * ["MeterValues"], "StopTransaction"]
    assert post.clock.slept == pauses


async def test_start_that_was_given_up_leaves_minus_one_to_the_rest() -> None:
    post = Post(refused)
    post.configuration.change("TransactionMessageAttempts", "1")
    session(post, 3)
    post.connect()
    async with post.delivering():
        await post.empty()
    assert post.answered == [(3, None)]
    assert [p["transactionId"] for _, p in post.sent[1:]] == [-1, -1]  # errata v4.0 3.18


async def test_answer_against_the_schema_counts_as_a_failure() -> None:
    def wrong(call: OpenCall) -> Outcome:
        return Result(call, {}, ("no transactionId",))  # type: ignore[arg-type]  # any problem

    post = Post(wrong)
    post.queue.put("StartTransaction", {}, 1)
    post.connect()
    async with post.delivering():
        await post.empty()
    assert post.actions == ["StartTransaction", "StartTransaction"]
    assert len(post.answered) == 1


async def test_lost_connection_is_no_attempt_and_the_message_stays_first() -> None:
    post = Post(*3 * [Lost])
    post.configuration.change("TransactionMessageAttempts", "1")
    session(post)
    async with post.delivering():
        for count in range(1, 4):
            post.connect()
            async with asyncio.timeout(5):
                await post.lost.wait()
            post.lost.clear()
            assert post.actions == count * ["StartTransaction"]
        assert [m["attempts"] for m in post.queue.messages] == [0, 0, 0]
        post.connect()
        await post.empty()
    assert post.actions[3:] == ["StartTransaction", "MeterValues", "StopTransaction"]


async def test_messages_from_the_disk_go_first_and_their_attempts_count() -> None:
    stored: list[StoredMessage] = [
        {"action": "StopTransaction", "payload": {"n": 1}, "local_id": 1, "attempts": 2}
    ]
    post = Post(refused, stored=stored)
    post.queue.put("StartTransaction", {"n": 2}, 2)
    post.connect()
    async with post.delivering():
        await post.empty()
    assert post.actions == ["StopTransaction", "StartTransaction"]  # the third of 3 attempts


async def test_every_change_is_saved() -> None:
    post = Post(refused)
    post.queue.put("MeterValues", {}, 1)
    assert post.saves == 1
    post.connect()
    async with post.delivering():
        await post.empty()
    assert post.saves == 3  # put, first attempt, delivered


def sample(post: Post, wh: int) -> None:
    post.queue.put("MeterValues", {"wh": wh}, 1)


def kept(post: Post) -> list[Json]:
    return [m["payload"].get("wh", m["action"]) for m in post.queue.messages]


def test_full_memory_loses_every_second_sample_and_no_transaction() -> None:
    post = Post(capacity=6)
    post.queue.put("StartTransaction", {}, 1)
    for wh in range(1, 6):
        sample(post, wh)
    sample(post, 6)
    assert kept(post) == ["StartTransaction", 1, 3, 5, 6]
    sample(post, 7)
    post.queue.put("StopTransaction", {}, 1)  # and this is one too many
    assert kept(post) == ["StartTransaction", 1, 5, 7, "StopTransaction"]


def test_transactions_are_kept_beyond_the_memory_and_samples_are_not() -> None:
    post = Post(capacity=3)
    for _ in range(2):
        post.queue.put("StartTransaction", {}, 1)
        sample(post, 1)
        post.queue.put("StopTransaction", {}, 1)
    both = ["StartTransaction", "StopTransaction"]
    assert kept(post) == [both[0], 1, both[1], *both]
    sample(post, 2)
    assert kept(post).count(2) == 0


async def test_sample_that_was_sent_once_is_not_thinned_out() -> None:
    post = Post(Lost, capacity=3)
    sample(post, 1)
    sample(post, 2)
    post.online.set()
    async with post.delivering():
        await post.lost.wait()
        sample(post, 3)
        sample(post, 4)  # full: of those that were never sent, every second goes
        assert kept(post) == [1, 2, 4]
        post.online.set()
        await post.empty()
    assert [p["wh"] for _, p in post.sent] == [1, 1, 2, 4]
