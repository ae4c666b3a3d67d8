"""Every rule on logs that keep it and logs that break it, also just so."""

from __future__ import annotations

import pytest

from rig.conformance.rules.registry import rules
from tests.unit.conformance.rules import (
    rows_commands,
    rows_connection,
    rows_frames,
    rows_statuses,
    rows_transactions,
)
from tests.unit.conformance.rules.story import Row, judge, log

ROWS: list[Row] = [
    *rows_frames.ROWS,
    *rows_connection.ROWS,
    *rows_transactions.ROWS,
    *rows_commands.ROWS,
    *rows_statuses.ROWS,
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_rule(row: Row) -> None:
    found = [b for b in judge(row.log, row.role, **row.scope) if b.rule == row.rule]
    assert tuple(b.severity for b in found) == row.severities, found
    places = {e.seq for e in row.log.entries} | {a.seq for a in row.log.acts}
    assert all(set(b.seqs) <= places and b.seqs and b.detail for b in found)


@pytest.mark.parametrize("id", rules())
def test_each_rule_is_kept_by_a_log_and_broken_by_another(id: str) -> None:
    assert {bool(row.severities) for row in ROWS if row.rule == id} == {True, False}


def test_an_empty_log_breaks_nothing() -> None:
    assert judge(log()) == ()
    story = log()
    story.entries.clear()
    assert judge(story) == ()
