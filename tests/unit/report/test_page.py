"""The HTML report: one file, whole, honest about foreign text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rig.events import Kind
from rig.report import build, html, junit
from rig.report import json as json_form
from rig.report.messages import PRETTY_LIMIT
from rig.report.model import ReportModel
from rig.runs import RunStore, SelectionRecord
from tests.unit.report.page import Page
from tests.unit.report.story import Story, check, finding

EVIL = "</script></title></style><img src=x onerror=alert(1)>\"'`&\x1b[2J\u202e\u200b"
LONE = "\ud800"
SECRET = "0123456789abcdef0123"  # noqa: S105


def everything(store: RunStore, text: str, run_id: str = "20261123-100000-aaaa") -> ReportModel:
    """A run in which a device says `text` wherever it can."""
    row = SelectionRecord("059", text, "C", False, text)
    asked = SelectionRecord("060", text, "M", True, text)
    story = Story(store, run_id, selection=(row, asked))
    story.writer.identity({"vendor": text, "model": text, "identity": text, text: text})
    story.call("in", text, {"connectorId": text}, text)
    first = story.phase("003", "steps")
    seqs = [
        story.call("in", text, {"idTag": text, "status": text, "key": [text]}, text),
        story.result("out", {"idTagInfo": {"status": text}, "reason": text}, text),
        story.error("in", text, text, text),
        story.malformed(text, text, text),
        story.frame("in", text, "CALL", text, text),
    ]
    story.event(Kind.STEP, "tool", octt_id="003", text=text, state="failed")
    story.event(Kind.RELAY, text, board=text, coil=1, closed=True, role="plug-1.cp")
    story.event(Kind.PILOT, text, plug=text, cp_state=text)
    story.event(Kind.INPUT, text, plug=text, name=text, value=text)
    story.event(Kind.CARD, text, card=text, action=text, id_tag=text)
    story.event(Kind.MODEM, text, step=text, text=text)
    story.event(Kind.MODEM, text, step="signal", access_technology=text, rssi_dbm=text)
    story.event(Kind.TRANSPORT, what=text, connection=1, detail={text: text})
    story.event(Kind.PROMPT, "tool", id="p", question=text, state=text, answer=text, by=text)
    story.event(Kind.BENCH, "b", state="unsafe", device=text, cause=text)
    story.event(Kind.BENCH, text, state=text, device=text, cause=text)
    checks = [check(text, ok, *seqs, seen=text, expected=text) for ok in (True, False)]
    checks.append(check(text, False, seqs[0], severity="warn"))
    story.case("003", "FAIL", first, checks, [finding("D2", *seqs, detail=text)], text,
               attempt=2, title=text, variant=text, feature=text)  # fmt: skip
    return build(story.told("FAIL", text))


@pytest.mark.parametrize(("severity", "bad"), [("fail", True), ("warn", False), ("info", False)])
def test_only_findings_that_fail_a_case_are_red(store: RunStore, severity: str, bad: bool) -> None:
    story = Story(store)
    first = story.phase("003", "steps")
    story.case("003", "PASS", first, [], [finding("D2-a", first, severity=severity)])
    text = html.render(build(story.told("PASS")))
    assert ('<b class="bad">1</b>' in text) is bad


@pytest.fixture
def page(store: RunStore) -> Page:
    return Page(html.render(everything(store, EVIL)))


def test_what_a_device_says_is_text_and_nothing_else(page: Page) -> None:
    names = [name for name, _ in page.tags]
    assert (names.count("script"), names.count("style"), names.count("title") > 0) == (1, 1, True)
    assert not {"img", "iframe", "object", "embed", "link", "base", "form", "input"} & set(names)
    handlers = [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert handlers == []
    assert "alert(1)" not in page.inside["script"] + page.inside["style"]
    assert page.text.count("alert(1)") > 40


def test_what_cannot_be_seen_is_made_visible(page: Page) -> None:
    everything_shown = page.text + "".join(
        v or "" for _, attrs in page.tags for v in attrs.values()
    )
    assert not re.search("[\x1b\u202e\u200b]", everything_shown)
    assert "␛[2J⟨U+202E⟩⟨U+200B⟩" in page.text


def test_links_lead_to_unique_places_in_the_page(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    assert {href for href in page.attributes("href") if href[1:] not in page.ids} == set()
    assert all(href.startswith("#") for href in page.attributes("href"))


def test_nothing_is_loaded(page: Page) -> None:
    assert list(page.attributes("src")) == list(page.attributes("srcset")) == []
    assert not re.search(r"url\(|@import|@font-face", page.inside["style"])
    assert not re.search(r"fetch|import|XMLHttp|https?:", page.inside["script"])
    assert not [v for v in page.attributes("style") if "url" in v]


@pytest.mark.parametrize(
    "text",
    [LONE, "\x00\ufffe\uffff", "漢字" * 300, "x" * 5000, "\r\n\t"],
    ids=["lone surrogate", "no characters", "wide", "long", "blank"],
)
def test_odd_text_can_be_written_in_every_form(store: RunStore, tmp_path: Path, text: str) -> None:
    model = everything(store, text)
    for form in (html.render, junit.render, json_form.render):
        (tmp_path / "file").write_text(form(model), encoding="utf-8")
    Page(html.render(model))
    assert json.loads(json_form.render(model))["runs"][0]["cases"][0]["title"] == text


def secretive(store: RunStore) -> ReportModel:
    """The secret is set once, and then turns up in every other place."""
    story = Story(store)
    basic = f"wss://lab:{SECRET}@csms.example/ocpp"
    first = story.call("out", "ChangeConfiguration", {"key": "AuthorizationKey", "value": SECRET})
    story.result("in", {"configurationKey": [{"key": "AuthorizationKey", "value": SECRET}]})
    story.malformed(f'[2,"1","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{SECRET}"')
    story.call("out", "UpdateFirmware", {"location": basic})
    story.event(Kind.TRANSPORT, what="connect", connection=1,
                detail={"authorization": f"Basic {SECRET}", "password": SECRET})  # fmt: skip
    story.event(Kind.STEP, "tool", octt_id="003", text=f"AuthorizationKey = {SECRET}",
                state="failed")  # fmt: skip
    story.writer.identity({"url": basic, "serial": SECRET, "password": SECRET})
    said = f"AuthorizationKey={SECRET}"
    story.case("003", "FAIL", first, [check(said, False, first, seen=SECRET, expected=basic)],
               [finding("M1", first, detail=SECRET)], said)  # fmt: skip
    return build(story.told("FAIL", said))


def test_no_form_shows_a_secret(store: RunStore) -> None:
    model = secretive(store)
    for form in (html.render, junit.render, json_form.render):
        text = form(model)
        assert SECRET not in text
        assert "***" in text
    assert any("masked as ***" in limit for limit in model.limits)


def test_secrets_in_a_log_of_an_older_tool_are_masked_on_reading(store: RunStore) -> None:
    story = Story(store)
    first = story.call("out", "ChangeConfiguration", {"key": "AuthorizationKey", "value": "***"})
    story.case("003", "PASS", first, [check("the key", seen="***")])
    record = story.told()
    events = record.folder.events
    events.write_text(events.read_text().replace("***", SECRET))
    cases = record.folder.cases
    cases.write_text(cases.read_text().replace("***", SECRET))
    model = build(store.load(record.run_id))
    for form in (html.render, junit.render, json_form.render):
        assert SECRET not in form(model)


def test_a_case_that_passed_is_closed_and_any_other_is_open(store: RunStore) -> None:
    story = Story(store)
    for verdict in ("PASS", "FAIL", "INCONCLUSIVE", "ABORTED", "ERROR"):
        story.case("003", verdict, story.phase("003", "steps"))
    page = Page(html.render(build(story.told())))
    cases = [a for tag, a in page.tags if tag == "details" and "-c" in (a.get("id") or "")]
    assert ["open" in attrs for attrs in cases] == [False, True, True, True, True]
    for word in ("✓ PASS", "✗ FAIL", "? INCONCLUSIVE", "■ ABORTED", "! ERROR"):
        assert page.text.count(word) >= 2


def test_checks_say_their_state_without_colour(store: RunStore) -> None:
    story = Story(store)
    first = story.call("in", "Heartbeat", {})
    checks = [
        check("held"),
        check("broken", False, first),
        check("doubtful", False, first, severity="warn"),
        check("looked", kind="manual"),
    ]
    story.case("003", "FAIL", first, checks)
    text = " ".join(Page(html.render(build(story.told()))).text.split())
    assert "✗ broken ⚠ doubtful" in text  # beside the message
    for said in ("✓ held", "✗ broken", "⚠ doubtful", "✓ looked manual", "1 failed of 4"):
        assert said in text


def test_each_run_has_its_results_and_its_way_back(store: RunStore) -> None:
    stories = [
        Story(store, f"20261123-1{n}0000-aaaa", dut) for n, dut in enumerate(("station", "csms"))
    ]
    for story in stories:
        story.case("003", "FAIL", story.call("in", "Heartbeat", {}))
    page = Page(html.render(build(*(story.told() for story in stories))))
    assert {"run-1", "run-2"} <= set(page.ids)
    assert {"#run-1", "#run-2"} <= set(page.attributes("href"))


def test_a_message_with_odd_layout_is_also_shown_as_it_was(store: RunStore) -> None:
    story = Story(store)
    raw = '[2, "1","Heartbeat" ,{"a":1,"a":2}]'
    first = story.frame("in", raw, "CALL", "1", "Heartbeat")
    story.call("in", "Heartbeat", {}, "2")
    story.case("003", "PASS", first)
    text = Page(html.render(build(story.told()))).text
    assert raw in text
    assert text.count("as on the wire") == 1


@pytest.mark.parametrize("space", [" ", ""], ids=["odd layout", "plain"])
def test_a_huge_message_is_cut_and_says_so(store: RunStore, space: str) -> None:
    story = Story(store)
    raw = f'[2,"1","DataTransfer",{space}{{"data":"{"x" * 2 * PRETTY_LIMIT}"}}]'
    story.case("003", "PASS", story.frame("in", raw, "CALL", "1", "DataTransfer"))
    rendered = html.render(build(story.told()))
    assert "more characters; wire.jsonl of the run has them" in rendered
    assert rendered.count("x" * PRETTY_LIMIT) == 0
    assert len(rendered) < 4 * PRETTY_LIMIT


@pytest.mark.parametrize("depth", [50, 400, 5000, 200_000])
def test_a_deeply_nested_message_is_shown(store: RunStore, depth: int) -> None:
    story = Story(store)
    raw = f'[2,"1","Reset",{{"key":{"[" * depth}{"]" * depth}}}]'
    story.case("003", "PASS", story.frame("in", raw, "CALL", "1", "Reset"))
    Page(html.render(build(story.told())))


def test_a_number_too_long_to_read_is_shown(store: RunStore) -> None:
    story = Story(store)
    raw = f'[2,"1","Reset",{{"interval":{"9" * 5000}}}]'
    story.case("003", "PASS", story.frame("in", raw, "CALL", "1", "Reset"))
    assert "9" * 5000 in Page(html.render(build(story.told()))).text


def test_paper_is_white_and_has_the_wide_layout(page: Page) -> None:
    rules = re.findall(r"@media ([^{]*) {", page.inside["style"])
    assert rules == [
        "screen and (prefers-color-scheme: dark)", "screen and (max-width: 720px)", "print",
    ]  # fmt: skip


def test_every_colour_has_a_value_for_light_and_for_dark(page: Page) -> None:
    style = page.inside["style"]
    light, dark = (
        set(re.findall(r"(--[\w-]+):", block))
        for block in re.findall(r":root {(.*?)}", style, re.DOTALL)
    )
    assert light == dark
    used = set(re.findall(r"var\((--[\w-]+)", style)) - {"--v"}
    assert used == light
