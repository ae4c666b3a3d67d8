"""CALLs and their answers in a log."""

from __future__ import annotations

from rig.conformance.exchanges import calls, exchanges
from tests.unit.conformance.wire_script import WireScript


def test_first_answer_after_the_call_on_its_connection_counts() -> None:
    s = WireScript().answers("1", status="Early").tool_asks("1", "ClearCache")
    s.on(2).answers("1", status="Elsewhere").on(1).tool_answers("1", status="Ours")
    s.answers("1", status="Accepted").answers("1", status="Again")
    (exchange,) = exchanges(s.entries, "out", 99)
    assert exchange.answer is s.entries[4]
    assert (exchange.name, exchange.is_accepted, exchange.ended_s) == ("ClearCache", True, 5)


def test_call_without_answer_ends_with_its_connection() -> None:
    s = WireScript().tool_asks("1", "ClearCache").on(2).transport("close").on(1).transport("close")
    (exchange,) = exchanges(s.entries, "out", 99)
    assert (exchange.answer, exchange.ended_s, exchange.is_accepted) == (None, 3, False)


def test_call_without_answer_ends_with_the_log() -> None:
    (exchange,) = exchanges(WireScript().tool_asks("1", "ClearCache").entries, "out", 99)
    assert exchange.ended_s == 99


def test_refusal_is_an_answer_but_not_accepted() -> None:
    (exchange,) = exchanges(
        WireScript().tool_asks("1", "ClearCache").refuses("1", "GenericError").entries, "out", 99
    )
    assert exchange.answer is not None
    assert not exchange.is_accepted


def test_calls_of_one_direction() -> None:
    s = WireScript().asks("1", "Heartbeat").tool_asks("2", "ClearCache").raw("in", "x")
    assert [call.action for _, call in calls(s.entries, "in")] == ["Heartbeat"]
    assert [call.action for _, call in calls(s.entries, "out")] == ["ClearCache"]
