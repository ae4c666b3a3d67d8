"""Questions to the operator in the report: who answered, from where, when."""

from __future__ import annotations

import json

from rig.events import Kind
from rig.jsontypes import Json
from rig.report import build, html
from rig.report import json as json_form
from rig.report.model import PromptView
from rig.runs import RunRecord, RunStore
from tests.unit.report.story import START_UTC, Story

from .page import Page

ASKED: dict[str, Json] = {
    "id": "p1", "question": "plug-1: plug in", "kind": "physical", "step": "plug in",
    "state": "asked", "asked_utc": START_UTC,
}  # fmt: skip
ANSWERED: dict[str, Json] = {
    "state": "answered", "answer": "done", "by": "ann@lab", "via": "tui",
    "answered_utc": "2026-11-23T10:00:09.500Z",
}  # fmt: skip


def told(store: RunStore) -> RunRecord:
    story = Story(store)
    first = story.phase("003", "steps")
    story.event(Kind.PROMPT, "tool", **ASKED)
    story.event(Kind.PROMPT, "tool", **ASKED | ANSWERED)
    story.event(Kind.PROMPT, "tool", **ASKED | {"id": "p2", "question": "look"})
    story.event(Kind.PROMPT, "tool", **ASKED | {"id": "p2", "state": "expired"})
    story.case("003", "INCONCLUSIVE", first)
    return story.told()


def test_the_last_word_of_each_question_counts(store: RunStore) -> None:
    first, second = build(told(store)).cases[0].prompts
    assert first == PromptView(
        2.0, "plug-1: plug in", "physical", "plug in", "answered", "done", "ann@lab", "tui",
        START_UTC, "2026-11-23T10:00:09.500Z",
    )  # fmt: skip
    assert (second.at_s, second.state, second.by) == (4.0, "expired", "")


def test_every_form_says_who_from_where_and_when(store: RunStore) -> None:
    model = build(told(store))
    page = Page(html.render(model))
    for words in ("Asked of the operator", "ann@lab", "tui", "2026-11-23 10:00:09 UTC", "expired"):
        assert words in page.text, words
    said = json.loads(json_form.render(model))["runs"][0]["cases"][0]["prompts"][0]
    assert (said["by"], said["via"], said["answered_utc"]) == (
        "ann@lab", "tui", "2026-11-23T10:00:09.500Z"
    )  # fmt: skip
    assert "operator answered by ann@lab (tui):" in {r.bold for r in model.cases[0].rows}
