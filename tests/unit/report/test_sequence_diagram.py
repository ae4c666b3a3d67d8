"""The sequence diagram: well-formed, inside its box, rows that do not run into each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from rig.events import Kind
from rig.report import build, diagram
from rig.report.model import CaseView, Shape, TimelineRow
from rig.runs import RunStore
from tests.unit.report.story import Story, check
from tests.unit.report.test_page import everything

SVG = "{http://www.w3.org/2000/svg}"


def drawn(case: CaseView, shown: frozenset[str] = frozenset()) -> ET.Element:
    return ET.fromstring(str(diagram.draw(case, shown)))  # noqa: S314  # our own


def texts(svg: ET.Element, kind: str = "") -> list[str]:
    found = [
        e for e in svg.iter(f"{SVG}text") if kind in (e.get("class") or "").split() or not kind
    ]
    return ["".join(e.itertext()) for e in found]


def heights(svg: ET.Element) -> list[float]:
    """Every y in the drawing that is absolute."""
    found = [float(e.get("y", 0)) + float(e.get("height", 0)) for e in svg.iter() if e.get("y")]
    found += [float(e.get("cy", 0)) for e in svg.iter()]
    for path in svg.iter(f"{SVG}path"):
        found += [float(y) for y in re.findall(r"M\S+ (\S+?)[HVlL]", path.get("d", ""))]
        found += [float(y) for y in re.findall(r"V(\S+)", path.get("d", ""))]
    return found


@pytest.mark.parametrize("text", ["", "x", "long words " * 60, "漢" * 400, "W" * 400, "<&>\"'\x00"])
@pytest.mark.parametrize("dut", ["station", "csms"])
def test_it_stays_in_its_box(store: RunStore, text: str, dut: str) -> None:
    for case in everything(store, text, f"20261123-100000-{dut[:4]}").cases:
        svg = drawn(case)
        _, _, width, height = map(float, svg.attrib["viewBox"].split())
        assert max(heights(svg)) <= height
        assert min(heights(svg)) >= 0
        for element in svg.iter():
            assert 0 <= float(element.get("x", 0)) <= width
            assert float(element.get("x", 0)) + float(element.get("width", 0)) <= width


def test_rows_follow_each_other_downwards_without_touching(store: RunStore) -> None:
    case = everything(store, "some words").cases[0]
    lines = [float(e.get("y", 0)) for e in drawn(case).iter(f"{SVG}text")
             if e.get("class") == "clock"]  # fmt: skip
    assert lines == sorted(lines)
    assert min(b - a for a, b in pairwise(lines)) >= 16


def test_only_what_the_page_has_is_linked(store: RunStore) -> None:
    story = Story(store)
    first = story.call("in", "Heartbeat", {})
    story.result("out", {"currentTime": "now"})
    story.case("003", "PASS", first)
    (case,) = build(story.told()).cases
    shown = case.frames[0].anchor
    links = [e.get("href") for e in drawn(case, frozenset({shown})).iter(f"{SVG}a")]
    assert links == [f"#{shown}"]


def test_idle_time_is_one_row_that_says_how_long(store: RunStore) -> None:
    story = Story(store)
    first = story.call("in", "Heartbeat", {})
    story.pass_time(299)
    story.call("in", "Heartbeat", {})
    story.case("003", "PASS", first)
    (case,) = build(story.told()).cases
    assert texts(drawn(case), "gap") == ["⋮ 5 min 00 s without an event ⋮"]


def test_failed_checks_are_written_out_at_their_time(store: RunStore) -> None:
    story = Story(store)
    first = story.call("in", "Heartbeat", {})
    story.case("003", "FAIL", first, [check("a boot", False, seen="nothing but " * 40, t_s=200)])
    (case,) = build(story.told()).cases
    alerts = texts(drawn(case), "alertt")
    assert alerts[0].startswith("✗ check failed: a boot — expected expected, seen nothing but")
    assert len(alerts) == 3
    assert alerts[-1].endswith("…")


def row(shape: Shape, at_s: float, text: str = "") -> TimelineRow:
    return TimelineRow(at_s, 0, shape, text)


def kept(rows: Sequence[TimelineRow], limit: int) -> list[TimelineRow]:
    return [r for r in diagram.choose(rows, limit) if isinstance(r, TimelineRow)]


def test_what_is_left_out_is_counted() -> None:
    rows = [row(Shape.PHASE, 0, "Steps"), *(row(Shape.CALL, n) for n in range(20)),
            row(Shape.ALERT, 20)]  # fmt: skip
    chosen = diagram.choose(rows, 12)
    assert [r for r in chosen if isinstance(r, int)] == [10]
    assert chosen[-1] == rows[-1]


def test_steps_stay_before_preparation_and_clean_up() -> None:
    rows = [row(Shape.PHASE, 0, "Preparation"), *(row(Shape.CALL, n, "p") for n in range(30)),
            row(Shape.PHASE, 30, "Steps"), *(row(Shape.CALL, n, "s") for n in range(30, 40)),
            row(Shape.PHASE, 40, "Clean-up"), *(row(Shape.CALL, n, "c") for n in range(40, 70)),
            ]  # fmt: skip
    assert [r.text for r in kept(rows, 13)] == ["Preparation", "Steps", *"s" * 10, "Clean-up"]


def test_failures_stay_before_the_rest_but_do_not_burst_the_drawing() -> None:
    rows = [*(row(Shape.CALL, n) for n in range(50)), *(row(Shape.ERROR, n) for n in range(5)),
            *(row(Shape.MALFORMED, n) for n in range(3000))]  # fmt: skip
    chosen = kept(rows, 40)
    assert len(chosen) == 40
    assert {r.shape for r in chosen} == {Shape.ERROR, Shape.MALFORMED}


@pytest.mark.parametrize(
    "text", ["words of usual length " * 9, "WIDE MM " * 30, "漢字" * 80, "iiii" * 80]
)
def test_a_label_stays_between_its_lines(store: RunStore, text: str) -> None:
    story = Story(store)
    first = story.call("in", "DataTransfer", {"idTag": text})
    story.call("in", text, {}, "2")
    story.case("003", "PASS", first)
    svg = drawn(build(story.told()).cases[0])
    room = 772 - 346
    for label in texts(svg, "lbl"):
        assert label.endswith("…")
        wide = sum(11 if ord(c) > 0x2E80 else 5 if c.islower() else 7 for c in label)
        assert wide <= room


def test_warnings_do_not_look_like_failures(store: RunStore) -> None:
    story = Story(store)
    first = story.call("in", "Heartbeat", {})
    both = story.call("in", "Heartbeat", {}, "2")
    checks = [check("slow", False, first, both, severity="warn"), check("lost", False, both)]
    story.case("003", "FAIL", first, checks)
    svg = drawn(build(story.told()).cases[0])
    kinds = [str(e.get("class")) for e in svg.iter() if "alert " in str(e.get("class"))]
    assert sorted(kinds) == ["alert bad", "alert warn"]
    marks = [str(e.get("class")) for e in svg.iter(f"{SVG}text") if "mark" in str(e.get("class"))]
    assert marks == ["mark warn", "mark bad"]


def test_a_failed_step_says_what_was_seen_instead(store: RunStore) -> None:
    story = Story(store)
    text = f"wait for StartTransaction; seen: {'StatusNotification, ' * 9}end"
    first = story.event(Kind.STEP, "tool", octt_id="003", text=text, state="failed")
    story.event(Kind.STEP, "tool", octt_id="003", text=text, state="waiting")
    story.case("003", "FAIL", first)
    svg = drawn(build(story.told()).cases[0])
    assert " ".join(texts(svg, "bad")) == f"step failed: {text}"
    assert len(texts(svg, "bad")) == 3
    assert len(texts(svg, "step")) == 4
