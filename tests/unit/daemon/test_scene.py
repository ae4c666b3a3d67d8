"""What somebody who is asked learns about the case: where it is, what was seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.daemon.scene import LINES, Scene, scene
from rig.events import Event, Kind
from rig.runs import RunStore
from tests.unit.report.story import Story


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(RunStore(tmp_path / "store"))


def begin(story: Story, octt_id: str) -> None:
    story.event(Kind.CASE, "tool", octt_id=octt_id, phase="started", index=1, total=1)


def end(story: Story, octt_id: str) -> None:
    story.event(Kind.CASE, "tool", octt_id=octt_id, phase="finished", index=1, verdict="PASS")


def events(story: Story) -> list[Event]:
    return list(story.told().events())


def test_the_case_its_innermost_step_and_what_was_seen(story: Story) -> None:
    story.call("in", "Heartbeat", {}, "0")
    begin(story, "003")
    story.phase("003", "steps")
    story.event(Kind.STEP, "tool", octt_id="003", text="boot", state="waiting")
    story.event(Kind.STEP, "tool", octt_id="003", text="boot", state="done")
    story.event(Kind.STEP, "tool", octt_id="003", text="start", state="waiting")
    story.event(Kind.STEP, "tool", octt_id="003", text="plug in", state="waiting")
    story.event(Kind.PILOT, "plug-1", plug="plug-1", cp_state="B")
    story.call("in", "StatusNotification", {"connectorId": 1, "status": "Preparing"}, "1")
    story.result("out", {}, "1")
    assert scene(events(story)) == Scene(
        "003",
        "plug in",
        (
            "6.0 s  Plug→Station: pilot state B (plug-1)",
            "7.0 s  Station→Tool: StatusNotification connectorId 1 · Preparing",
            "8.0 s  Tool→Station: StatusNotification.conf",
        ),
    )


def test_only_the_last_lines(story: Story) -> None:
    begin(story, "003")
    for number in range(LINES + 3):
        story.event(Kind.MAINS, "mains", on=bool(number % 2))
    seen = scene(events(story)).evidence
    assert len(seen) == LINES
    assert seen[-1].startswith(f"{LINES + 3}.0 s")


@pytest.mark.parametrize("after", ["case", "run"])
def test_nothing_of_a_case_that_is_over(story: Story, after: str) -> None:
    begin(story, "003")
    story.event(Kind.MAINS, "mains", on=True)
    if after == "case":
        end(story, "003")
    else:
        story.event(Kind.RUN, "tool", run_id="r", phase="closed")
    story.event(Kind.MAINS, "mains", on=True)
    assert scene(events(story)) == Scene()


def test_nothing_before_the_first() -> None:
    assert scene(()) == Scene()


@pytest.mark.parametrize("up", [True, False])
def test_a_cut_network_is_evidence(story: Story, up: bool) -> None:
    begin(story, "036")
    story.event(Kind.NETWORK, "network", up=up)
    (line,) = scene(events(story)).evidence
    assert line.endswith(f"network {'up' if up else 'down'}")
