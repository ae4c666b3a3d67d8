from __future__ import annotations

import pytest

from rig.clock import Clock
from rig.events import EventBus
from rig.ocppj.wirelog import WireLog

CALL, ANSWER, ERROR = '[2,"1","Heartbeat",{}]', '[3,"1",{}]', '[4,"1","InternalError","",{}]'


@pytest.fixture
def log() -> WireLog:
    return WireLog(EventBus(Clock(1)), "dut")


@pytest.mark.parametrize("answer", [ANSWER, ERROR])
def test_the_answer_is_on_the_same_connection_and_the_other_way(log: WireLog, answer: str) -> None:
    log.frame("in", 1, CALL)
    log.frame("out", 2, answer)
    log.frame("in", 1, answer)
    assert log.answer_to(log.entries[0]) is None
    log.frame("out", 1, answer)
    assert log.answer_to(log.entries[0]) is log.entries[3]


def test_an_id_used_twice_has_an_answer_each(log: WireLog) -> None:
    for _ in range(2):
        log.frame("in", 1, CALL)
        log.frame("out", 1, ANSWER)
    assert [log.answer_to(log.entries[n]) for n in (0, 2)] == [log.entries[1], log.entries[3]]


def test_only_a_call_has_an_answer(log: WireLog) -> None:
    log.frame("out", 1, ANSWER)
    assert log.answer_to(log.entries[0]) is None


async def test_it_is_told_of_growth(log: WireLog) -> None:
    log.frame("in", 1, b"\xff\x00")
    await log.grow(0)
    assert (log.entries[0].raw, log.entries[0].call) == ("ff00", None)
