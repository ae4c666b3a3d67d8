"""A long night: thirteen cases of two thousand messages each."""

from __future__ import annotations

import time

import pytest

from rig.report import build, html
from rig.report.diagram import ROW_LIMIT, choose
from rig.report.html import FRAME_LIMIT, shown_frames
from rig.report.model import ReportModel, TimelineRow
from rig.runs import RunStore
from tests.unit.report.page import Page
from tests.unit.report.story import Story, check

CASES, MESSAGES = 13, 2000


@pytest.fixture
def model(store: RunStore) -> ReportModel:
    story = Story(store)
    for number in range(CASES):
        first = story.phase(f"{number:03d}", "steps")
        for n in range(MESSAGES // 2):
            story.call("in", "StatusNotification",
                       {"connectorId": n % 3, "errorCode": "NoError", "status": "Available"},
                       str(n))  # fmt: skip
            story.result("out", {}, str(n))
        late = story.seq - 5
        checks = [check("late", False, late), check("held", True, story.seq - 1)]
        story.case(f"{number:03d}", "FAIL", first, checks)
    return build(story.told())


def test_it_stays_a_page_that_opens_and_keeps_the_evidence(model: ReportModel) -> None:
    begin_s = time.process_time()
    rendered = html.render(model)
    assert time.process_time() - begin_s < 5
    assert len(rendered) < 5_000_000
    page = Page(rendered)
    assert page.text.count("more messages are in wire.jsonl") == CASES
    for case in model.cases:
        assert len(case.frames) == MESSAGES
        shown = shown_frames(case.frames)
        assert len(shown) == FRAME_LIMIT + 2
        assert {f.seq for f in case.frames if f.cited} <= {f.seq for f in shown}
        places = [place.anchor for c in case.checks for place in c.evidence]
        assert set(places) <= set(page.ids)
        rows = [row for row in choose(case.rows) if isinstance(row, TimelineRow)]
        assert len(rows) == ROW_LIMIT
        assert any(row.marks for row in rows)
