"""One run, as hostile as a device can make it, in every form of the report."""

from __future__ import annotations

import json as stdlib_json
import re
from xml.etree import ElementTree as ET

import pytest

from rig.clock import Clock
from rig.conformance.evidence import Evidence
from rig.events import EventBus, Kind
from rig.report import build, html, json, junit
from rig.report.model import ReportModel
from rig.runs import CaseRecord, CheckRecord, FindingRecord, RunMeta, RunStore, SelectionRecord
from tests.unit.report.page import Page

EVIL = "</script><img src=x onerror=alert(1)>&\"'\x1b[31m\u202e"
SECRET = "c0ffee00c0ffee00"  # noqa: S105
FRAMES = [
    ("in", stdlib_json.dumps([2, "1", "BootNotification", {"chargePointVendor": EVIL}]), "CALL"),
    ("out", '[3,"1",{"status":"Accepted","interval":30,"currentTime":"2026-01-01T00:00:00Z"}]',
     "CALLRESULT"),
    ("out", f'[2,"2","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{SECRET}"}}]',
     "CALL"),
    ("in", '[4,"2","InternalError","",{}]', "CALLERROR"),
    ("in", '[2,"oops"', "malformed"),
]  # fmt: skip


def check(
    name: str, ok: bool, *seqs: int, severity: str = "error", kind: str = "tool"
) -> CheckRecord:
    return CheckRecord(name, f"rule {EVIL}", ok, severity, EVIL, EVIL, seqs, 1.0, kind)


def make(store: RunStore, run_id: str, *verdicts: str, dut: str = "station") -> str:
    """A run with one case per verdict; each has every kind of event."""
    clock = Clock(10)
    bus = EventBus(clock)
    meta = RunMeta(
        run_id, dut, EVIL, "2026-11-23T10:00:00.000Z", 10.0, "0.1.0", True, (),
        (SelectionRecord("099", EVIL, "C", False, EVIL),
         SelectionRecord("098", "x", "M", True, "")),
    )  # fmt: skip
    with store.create(meta) as writer, bus.listen(writer.event):
        writer.identity({"vendor": EVIL, "model": "M", "identity": "CP"})
        for number, verdict in enumerate(verdicts, 1):
            writer.case(_case(bus, clock, f"{number:03d}", verdict, dut))
        writer.finish(cause=EVIL)
    return run_id


def _case(bus: EventBus, clock: Clock, octt_id: str, verdict: str, dut: str) -> CaseRecord:
    evidence = Evidence(octt_id, bus, clock)
    first = bus.last_seq + 1
    start_s = clock.now()
    bus.publish(Kind.RELAY, "mock+relay", board="b", coil=0, closed=True, role="plug-1.cp")
    bus.publish(Kind.PILOT, "mock+plug-1", plug="plug-1", cp_state="B")
    bus.publish(Kind.INPUT, "mock+plug-1", plug="plug-1", name="voltage", value=True)
    bus.publish(Kind.CARD, "mock+reader", card="accepted", action="presented", id_tag=EVIL)
    bus.publish(Kind.MAINS, "mock+mains", on=False)
    bus.publish(Kind.TRANSPORT, "dut", what="refused", connection=1, detail={"reason": EVIL})
    bus.publish(Kind.STEP, "tool", octt_id=octt_id, text=EVIL, state="waiting")
    bus.publish(Kind.PROMPT, "tool", id="p1", state="asked", question=EVIL, choices=["a"])
    bus.publish(Kind.BENCH, "b", state="quarantined", device="x", cause=EVIL)
    seqs = []
    for direction, raw, kind in FRAMES:
        parsed = kind != "malformed" and stdlib_json.loads(raw, strict=False)
        data = {"type": kind, "id": parsed[1], "action": parsed[2] if kind == "CALL" else ""} \
            if parsed else {"type": kind, "reason": "not JSON", "rule": "M2.9"}  # fmt: skip
        event = bus.publish(Kind.FRAME, "dut", direction=direction, connection=1, raw=raw, **data)
        seqs.append(event.seq)
    failed = verdict == "FAIL"
    return CaseRecord(
        octt_id, EVIL, dut, "smart_charging", "M", verdict, verdict, "failed" if failed else "",
        "" if verdict == "PASS" else EVIL, "2026-11-23T10:00:00.000Z", start_s, clock.now(),
        first, evidence.seq,
        (check("first", not failed, seqs[0]), check("second", False, severity="warn"),
         check("third", True, kind="manual")),
        (FindingRecord("D2", "fail" if failed else "warn", EVIL, (seqs[4],), 1.0),),
    )  # fmt: skip


ALL = ("PASS", "FAIL", "INCONCLUSIVE", "ABORTED", "ERROR")


@pytest.fixture
def model(store: RunStore) -> ReportModel:
    run = store.load(make(store, "20261123-100000-aaaa", *ALL))
    more = store.load(make(store, "20261123-100000-bbbb", "PASS", dut="csms"))
    return build(run, more)


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing_of_the_device(
    model: ReportModel,
) -> None:
    page = Page(html.render(model))
    outside = [a for n in ("src", "href", "xlink:href") for a in page.attributes(n) if a[0] != "#"]
    assert outside == []
    assert "img" not in {tag for tag, _ in page.tags}
    assert not [a for _, attrs in page.tags for a in attrs if a.startswith("on")]
    assert "\x1b" not in page.text
    assert "\u202e" not in page.text
    assert "alert(1)" in page.text


def test_every_link_of_the_page_leads_somewhere_and_every_id_is_unique(model: ReportModel) -> None:
    page = Page(html.render(model))
    ids = list(page.attributes("id"))
    assert len(ids) == len(set(ids))
    links = {href[1:] for href in page.attributes("href")}
    assert links <= set(ids)
    assert any(link.startswith("r1-e") for link in links)


def test_every_diagram_is_well_formed_and_inside_its_box(model: ReportModel) -> None:
    drawings = re.findall(r"<svg.*?</svg>", html.render(model), re.DOTALL)
    assert len(drawings) == len(model.cases)
    for drawing in drawings:
        root = ET.fromstring(drawing)  # noqa: S314  # our own
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        for element in root.iter():
            assert 0 <= float(element.get("y", 0)) <= height
            assert 0 <= float(element.get("x", 0)) <= width


def test_secrets_are_in_no_form(model: ReportModel) -> None:
    for text in (html.render(model), junit.render(model), json.render(model)):
        assert SECRET not in text
    assert "masked" in " ".join(model.limits)


def parsed_junit(model: ReportModel) -> ET.Element:
    return ET.fromstring(junit.render(model).partition("\n")[2])  # noqa: S314  # our own


def test_junit_counts_what_happened(model: ReportModel) -> None:
    root = parsed_junit(model)
    first, second = root.findall("testsuite")
    assert {k: first.get(k) for k in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6", "failures": "1", "errors": "3", "skipped": "1",
    }  # fmt: skip
    assert (second.get("tests"), second.get("failures")) == ("2", "0")
    assert root.get("tests") == "8"
    (failure,) = first.iter("failure")
    assert "first: expected" in (failure.text or "")
    assert "D2 (fail)" in (failure.text or "")


def test_json_is_the_whole_model(model: ReportModel) -> None:
    said = stdlib_json.loads(json.render(model))
    assert (said["format"], said["verdict"]) == (1, "ERROR")
    assert [case["verdict"] for case in said["runs"][0]["cases"]] == list(ALL)
    assert said["runs"][0]["cases"][1]["checks"][0]["state"] == "failed"


def test_limits_say_what_was_simulated_and_what_has_no_result(model: ReportModel) -> None:
    told = " ".join(model.limits)
    assert "Devices were simulated" in told
    assert "10 times as fast" in told
    assert "1 case that applies to" in told


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({"made": False}, "none since the bench was opened"),
        ({"made": True, "ok": True, "utc": "2026-11-23T09:00:00Z", "steps": ["a", "b"]},
         "passed, 2 steps, 2026-11-23 09:00:00 UTC"),
    ],
)  # fmt: skip
def test_the_report_says_whether_the_bench_was_tested(
    store: RunStore, known: dict[str, object], told: str
) -> None:
    bus = EventBus(Clock(1))
    meta = RunMeta("20261123-100000-dddd", "station", "b", "", 1.0, "0.1.0", False, (), ())
    with store.create(meta) as writer, bus.listen(writer.event):
        bus.publish(Kind.BENCH, "b", state="self-test-known", **known)  # type: ignore[arg-type]
        writer.finish("NOT APPLICABLE")
    facts = dict(build(store.load(meta.run_id)).runs[0].facts)
    assert facts["Self-test of the bench"] == told


def test_what_the_bench_cannot_do_for_safety_is_a_limit_of_the_report(store: RunStore) -> None:
    bus = EventBus(Clock(1))
    meta = RunMeta("20261123-100000-eeee", "station", "b", "", 1.0, "0.1.0", False, (), ())
    with store.create(meta) as writer, bus.listen(writer.event):
        for _ in range(2):
            bus.publish(Kind.BENCH, "b", state="warning", device="left", cause="no watchdog")
        writer.finish("NOT APPLICABLE")
    limits = build(store.load(meta.run_id)).limits
    assert [text for text in limits if "watchdog" in text] == ["Bench: left: no watchdog."]


@pytest.mark.parametrize("verdicts", [(), ("PASS",)])
def test_a_run_without_a_verdict_of_its_own_still_renders(
    store: RunStore, verdicts: tuple[str, ...]
) -> None:
    model = build(store.load(make(store, "20261123-100000-cccc", *verdicts)))
    assert "</html>" in html.render(model)
    parsed_junit(model)
