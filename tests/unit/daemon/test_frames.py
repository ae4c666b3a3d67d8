"""Frames in pages: which case, which action, which fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.client.evidence import FrameLine
from rig.clock import Clock
from rig.daemon.frames import FrameQuery, page
from rig.daemon.ring import EventRing
from rig.daemon.service import RigService
from rig.events import Event, EventBus, Kind
from rig.runs import RunStore
from tests.api_client import ApiClient
from tests.unit.report.story import Story


@pytest.fixture
def events(tmp_path: Path) -> list[Event]:
    """A boot, then a case with a session, then a message after it."""
    story = Story(RunStore(tmp_path / "store"))
    story.call("in", "BootNotification", {"chargePointVendor": "Acme"}, "b1")
    story.result("out", {"status": "Accepted"}, "b1")
    story.event(Kind.CASE, "tool", octt_id="003", phase="started", index=1, total=1)
    story.phase("003", "steps")
    story.call("in", "Authorize", {"idTag": "04A1"}, "7")
    story.result("out", {"idTagInfo": {"status": "Accepted"}}, "7")
    story.malformed("[2, oops", "not JSON")
    story.error("in", "GenericError", "no", "9")
    story.event(Kind.CASE, "tool", octt_id="003", phase="finished", verdict="PASS", index=1)
    story.call("in", "Heartbeat", {}, "h1")
    return list(story.told().events())


def test_frames_know_their_case_and_an_answer_its_call(events: list[Event]) -> None:
    told = [(f.direction, f.type, f.action, f.octt_id) for f in page(events, FrameQuery()).frames]
    assert told == [
        ("in", "CALL", "BootNotification", ""),
        ("out", "CALLRESULT", "BootNotification", ""),
        ("in", "CALL", "Authorize", "003"),
        ("out", "CALLRESULT", "Authorize", "003"),
        ("in", "malformed", "", "003"),
        ("in", "CALLERROR", "", "003"),
        ("in", "CALL", "Heartbeat", ""),
    ]
    malformed = page(events, FrameQuery()).frames[4]
    assert (malformed.raw, malformed.problem) == ("[2, oops", "not JSON (rule M2.9)")


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("out", [1, 3]),
        ("in call", [0, 2, 6]),
        ("authorize", [2, 3]),
        ("authorize out", [3]),
        ("04a1", [2]),
        ("b1", [0, 1]),
        ("malformed", [4]),
        ("nothing", []),
    ],
)
def test_every_word_of_a_filter_must_fit(
    events: list[Event], words: str, numbers: list[int]
) -> None:
    everything = [f.seq for f in page(events, FrameQuery()).frames]
    found = page(events, FrameQuery(words=tuple(words.split())))
    assert [everything.index(f.seq) for f in found.frames] == numbers


def test_of_one_case_only(events: list[Event]) -> None:
    assert {f.octt_id for f in page(events, FrameQuery(octt_id="003")).frames} == {"003"}
    assert page(events, FrameQuery(octt_id="999")).frames == ()


def test_pages_join_without_a_gap_and_still_know_the_call(events: list[Event]) -> None:
    whole, after = page(events, FrameQuery()), 0
    found: list[FrameLine] = []
    while True:
        part = page(events, FrameQuery(after=after, limit=3))
        found += part.frames
        after = part.last_seq
        if not part.more:
            break
    assert tuple(found) == whole.frames
    assert page(events, FrameQuery(after=after)).last_seq == after


def test_the_newest(events: list[Event]) -> None:
    whole = page(events, FrameQuery())
    last = page(events, FrameQuery(limit=2, newest=True))
    assert (last.frames, last.more) == (whole.frames[-2:], True)
    assert page(events, FrameQuery(limit=7, newest=True)) == whole


async def test_live_frames_are_there_and_free_of_secrets(
    api: ApiClient, service: RigService
) -> None:
    raw = '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"0123456789abcdef"}]'
    service.bus.publish(Kind.FRAME, "tool", direction="out", connection=1, raw=raw, type="CALL",
                        id="1", action="ChangeConfiguration")  # fmt: skip
    said = await (await api.get("/v1/frames?filter=change&newest=1")).json()
    assert [f["action"] for f in said["frames"]] == ["ChangeConfiguration"]
    assert "0123456789abcdef" not in said["frames"][0]["raw"]
    assert "***" in said["frames"][0]["raw"]


def test_the_ring_masks_what_was_a_secret_before() -> None:
    bus, ring = EventBus(Clock()), EventRing()
    with ring.recording(bus):
        bus.publish(Kind.CHECK, "tool", name="key", password="0123456789abcdef")  # noqa: S106
        bus.publish(Kind.CHECK, "tool", seen="the station sent 0123456789abcdef")
    assert [e.data.get("seen", e.data.get("password")) for e in ring.events()] == [
        "***", "the station sent ***"
    ]  # fmt: skip


@pytest.mark.parametrize("query", ["limit=0", "limit=9999", "after=x", "after=-1"])
async def test_nonsense_is_refused(api: ApiClient, query: str) -> None:
    assert (await api.get(f"/v1/frames?{query}")).status == 400
