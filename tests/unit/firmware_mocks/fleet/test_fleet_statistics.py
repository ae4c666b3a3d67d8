"""Counting what passes by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_mocks.fleet.statistics import FleetStatistics, Latencies


@given(st.lists(st.floats(0.02, 1e5), min_size=1), st.sampled_from([0.5, 0.95, 1.0]))
def test_percentiles_are_good_to_ten_percent(durations: list[float], share: float) -> None:
    latencies = Latencies()
    for ms in durations:
        latencies.add(ms)
    ranked = sorted(durations)
    rank = next(i for i in range(len(ranked)) if i + 1 >= share * len(ranked) - 1e-9)
    assert ranked[rank] / 1.01 <= latencies.percentile_ms(share) <= ranked[rank] * 1.11
    assert latencies.count == len(durations)


def test_nothing_counted_is_nothing() -> None:
    assert Latencies().summary() == {"count": 0, "p50_ms": 0, "p95_ms": 0, "max_ms": 0}


def test_calls_and_answers_are_matched_by_connection() -> None:
    now = [0.0]
    statistics = FleetStatistics(lambda: now[0])
    statistics.transport("connect", 1, {})
    statistics.frame("out", 1, '[2,"a","Heartbeat",{}]')
    statistics.frame("out", 2, '[2,"b","Authorize",{"idTag":"X"}]')
    now[0] = 0.010
    statistics.frame("in", 2, '[4,"b","InternalError","",{}]')
    statistics.frame("in", 1, '[3,"a",{}]')
    statistics.frame("in", 1, '[2,"c","Reset",{"type":"Soft"}]')
    statistics.frame("out", 1, '[3,"c",{"status":"Accepted"}]')
    statistics.transport("close", 1, {"code": 1000})
    summary = statistics.summary()
    assert {k: summary[k] for k in ("calls", "results", "errors", "commands")} == {
        "calls": 2, "results": 1, "errors": 1, "commands": 1,
    }  # fmt: skip
    assert (summary["connects"], summary["closed"]) == (1, 1)
    assert statistics.latencies["Heartbeat"].summary()["max_ms"] == pytest.approx(10)
    assert set(statistics.latencies) == {"Heartbeat", "Authorize"}


def test_answer_after_the_end_of_a_connection_counts_for_nobody() -> None:
    statistics = FleetStatistics(lambda: 0.0)
    statistics.frame("out", 1, '[2,"a","Heartbeat",{}]')
    statistics.transport("close", 1, {})
    statistics.frame("in", 1, b'[3,"a",{}]')
    assert statistics.latencies == {}
