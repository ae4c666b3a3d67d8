"""From run records to the model: what each record becomes, and nothing is lost."""

from __future__ import annotations

import pytest

from rig.events import Kind
from rig.jsontypes import Json
from rig.report import build
from rig.report.model import CaseView, Lane, Shape
from rig.runs import RunStore, SelectionRecord
from tests.unit.report.story import Story, check, finding

VERDICTS = ("PASS", "INCONCLUSIVE", "FAIL", "ABORTED", "ERROR", "NOT APPLICABLE")


def only(story: Story) -> CaseView:
    (case,) = build(story.told()).cases
    return case


@pytest.mark.parametrize("verdict", VERDICTS)
def test_one_case_gives_the_run_its_verdict(store: RunStore, verdict: str) -> None:
    story = Story(store)
    first = story.phase("003", "steps")
    story.case("003", verdict, first)
    model = build(story.told(verdict))
    assert model.verdict == verdict
    assert model.counts == ((verdict, 1),)


def test_counts_go_from_worst_to_best_and_the_worst_is_the_verdict(store: RunStore) -> None:
    story = Story(store)
    for n, verdict in enumerate((*VERDICTS, "FAIL")):
        story.case(f"{n}", verdict, story.phase(f"{n}", "steps"))
    model = build(story.told())
    assert model.counts == (
        ("ERROR", 1), ("ABORTED", 1), ("FAIL", 2), ("INCONCLUSIVE", 1), ("PASS", 1),
        ("NOT APPLICABLE", 1),
    )  # fmt: skip
    assert model.verdict == "ERROR"


def test_checks_keep_state_kind_and_evidence(store: RunStore) -> None:
    story = Story(store)
    first = story.call("in", "Heartbeat", {})
    relay = story.event(Kind.RELAY, "relay", board="b", coil=1, closed=True, role="plug-1.cp")
    story.case(
        "003", "FAIL", first,
        [check("held", True, first), check("broken", False, first, relay),
         check("doubtful", False, severity="warn"), check("looked", kind="manual"),
         check("lost", True, 999)],
    )  # fmt: skip
    case = only(story)
    assert [(c.state, c.kind) for c in case.checks] == [
        ("ok", "tool"), ("failed", "tool"), ("warned", "tool"), ("ok", "manual"), ("ok", "tool"),
    ]  # fmt: skip
    assert case.failed_checks == 1
    message, contact = case.checks[1].evidence
    assert message.anchor == case.frames[0].anchor
    assert (contact.text, contact.anchor) == ("+2.000 s relay", "")
    assert case.checks[4].evidence == ()
    (frame,) = case.frames
    assert frame.cited
    assert [(m.kind, m.text, m.anchor) for m in frame.marks] == [
        ("failed", "broken", case.checks[1].anchor)
    ]


def test_findings_mark_their_messages(store: RunStore) -> None:
    story = Story(store)
    first = story.call("in", "StatusNotification", {"connectorId": 1, "status": "Available"})
    story.case("003", "FAIL", first, findings=[finding("D2", first), finding("M7.5", first)])
    case = only(story)
    assert [f.family.split()[0] for f in case.findings] == ["StatusNotification", "message"]
    assert [m.kind for m in case.frames[0].marks] == ["finding", "finding"]


def test_an_answer_takes_the_action_of_its_call(store: RunStore) -> None:
    story = Story(store)
    first = story.call("in", "Authorize", {"idTag": "04A1"}, "a")
    story.call("out", "Reset", {"type": "Hard"}, "a")  # ids are counted per side
    story.error("in", "NotSupported", "no reset", "a")
    story.result("out", {"idTagInfo": {"status": "Accepted"}}, "a")
    story.result("out", {}, "never asked")
    story.case("003", "PASS", first)
    frames = only(story).frames
    assert [(f.kind, f.action) for f in frames] == [
        ("CALL", "Authorize"), ("CALL", "Reset"), ("CALLERROR", "Reset"),
        ("CALLRESULT", "Authorize"), ("CALLRESULT", ""),
    ]  # fmt: skip
    assert [f.summary for f in frames][:4] == [
        "idTag 04A1", "Hard", "NotSupported · no reset", "idTagInfo Accepted",
    ]  # fmt: skip
    assert (frames[0].sender, frames[0].receiver) == (Lane.STATION, Lane.TOOL)


def test_malformed_messages_say_what_is_wrong(store: RunStore) -> None:
    story = Story(store)
    first = story.malformed("[2,", "ends in the middle")
    story.malformed("x", "not JSON", "")
    story.case("003", "FAIL", first)
    assert [f.problem for f in only(story).frames] == [
        "ends in the middle (rule M2.9)", "not JSON",
    ]  # fmt: skip


def test_the_time_line_has_physical_events_and_failed_checks_in_order(store: RunStore) -> None:
    story = Story(store)
    first = story.phase("003", "steps")
    story.event(Kind.STEP, "tool", octt_id="003", text="plug in", state="waiting")
    story.event(Kind.STEP, "tool", octt_id="003", text="plug in", state="done")
    story.event(Kind.RELAY, "relay", board="b", coil=1, closed=True, role="plug-1.cp")
    story.event(Kind.RELAY, "relay", board="b", coil=9, closed=True, role="station.mains")
    story.event(Kind.PILOT, "plug", plug="plug-1", cp_state="B")
    story.event(Kind.INPUT, "plug", plug="plug-1", name="locked", value=True)
    story.event(Kind.INPUT, "plug", plug="plug-1", name="duty_percent", value=53)
    story.event(Kind.MAINS, "mains", on=True)
    story.event(Kind.CARD, "reader", card="visitor", action="presented", id_tag="04A1")
    story.call("in", "Heartbeat", {})
    story.event(Kind.TRANSPORT, what="close", connection=1,
                detail={"code": 1006, "reason": "", "subprotocols": ["ocpp1.6", "x"]})  # fmt: skip
    story.event(
        Kind.PROMPT, "tool", id="p", question="Look!", state="answered", answer="ok", by="N"
    )
    story.event(Kind.BENCH, "b", state="quarantined", device="relay", cause="gone")
    story.event(Kind.BENCH, "b", state="safe")
    story.event("of another version", "b", what="ever")
    story.case("003", "FAIL", first, [check("heard", False, t_s=110.5, seen="silence")])
    rows = only(story).rows
    assert [row.shape for row in rows] == [
        Shape.PHASE, Shape.STEP, Shape.PHYSICAL, Shape.PHYSICAL, Shape.PHYSICAL, Shape.PHYSICAL,
        Shape.PHYSICAL, Shape.PHYSICAL, Shape.ALERT, Shape.CALL, Shape.NOTE, Shape.NOTE,
        Shape.ALERT, Shape.NOTE,
    ]  # fmt: skip
    told = [row.full for row in rows]
    assert any("relay gone" in text.replace(":", "") for text in told)
    assert "pilot state B" in told[3]
    assert told[2] == "plug-1.cp closed (b coil 1)"
    assert told[4] == "plug locked"
    assert told[7] == "card “visitor” presented 04A1"
    assert "WebSocket closed code 1006, subprotocols ocpp1.6/x" in told
    assert "operator answered by N: ok" in told
    assert "seen silence" in told[8]


MODEM_WORDS: list[tuple[dict[str, Json], str]] = [
    ({"step": "lock", "text": "allowing 4g only", "lock": "4g"},
     "modem, network mode: allowing 4g only"),
    ({"step": "register", "text": "registration: searching", "lock": "4g"},
     "modem, network: registration: searching"),
    ({"step": "done", "text": "registered: home, LTE, Testnet", "lock": "4g"},
     "modem, network: registered: home, LTE, Testnet"),
    ({"step": "failed", "text": "no network on 2g", "lock": "2g"}, "✗ modem: no network on 2g"),
    ({"step": "connect", "text": "bringing a data session up"},
     "modem, data: bringing a data session up"),
    ({"step": "connected", "text": "data session up"}, "modem, data: data session up"),
    ({"step": "disconnect", "text": "ending the data session"},
     "modem, data: ending the data session"),
    ({"step": "sim", "text": "SIM unlocked"}, "modem: SIM unlocked"),
    ({"step": "signal", "access_technology": "4g", "csq": 23, "rssi_dbm": -67, "rsrp_dbm": -95,
      "rsrq_db": -10.5, "sinr_db": None, "rscp_dbm": None, "ecio_db": None},
     "modem, signal: 4G (LTE), RSSI -67 dBm, RSRP -95 dBm, RSRQ -10.5 dB"),
    ({"step": "signal", "access_technology": None, "rssi_dbm": None}, "modem, signal: no signal"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "words"), MODEM_WORDS, ids=[w for _, w in MODEM_WORDS])
@pytest.mark.parametrize(("dut", "lane"), [("station", Lane.RIG), ("csms", Lane.TOOL)])
def test_the_modem_is_in_the_time_line(
    store: RunStore, data: dict[str, Json], words: str, dut: str, lane: Lane
) -> None:
    story = Story(store, dut=dut)
    story.case("003", "PASS", story.event(Kind.MODEM, "mock+modem", **data))
    (row,) = only(story).rows
    assert (row.shape, row.source, row.target, row.full) == (Shape.NOTE, lane, None, words)


def test_the_card_writer_is_not_at_the_station(store: RunStore) -> None:
    story = Story(store)
    first = story.event(Kind.CARD, "writer", card="fleet", action="text written", id_tag="04A1")
    story.event(Kind.CARD, "reader", card="fleet", action="removed", id_tag="04A1")
    story.case("003", "PASS", first)
    written, removed = only(story).rows
    assert (written.shape, written.source, written.target) == (Shape.NOTE, Lane.RIG, None)
    assert written.full == "card writer: card “fleet” text written 04A1"
    assert (removed.shape, removed.target) == (Shape.PHYSICAL, Lane.STATION)


def test_a_csms_under_test_has_no_plug_in_the_picture(store: RunStore) -> None:
    story = Story(store, dut="csms")
    first = story.event(Kind.PILOT, "plug", plug="plug-1", cp_state="B")
    story.call("in", "Reset", {"type": "Soft"})
    story.case("003", "PASS", first)
    case = only(story)
    assert case.lanes == (Lane.TOOL, Lane.CSMS)
    assert case.rows[0].shape is Shape.NOTE
    assert (case.rows[1].source, case.rows[1].target) == (Lane.CSMS, Lane.TOOL)


def test_an_interrupted_run_shows_the_case_that_was_going_on(store: RunStore) -> None:
    row = SelectionRecord("004_1", "Identification first", "C", True, "mandatory")
    story = Story(store, selection=(row,))
    story.case("003", "PASS", story.phase("003", "steps"))
    story.phase("004_1", "preparation")
    last = story.call("in", "Heartbeat", {})
    model = build(story.broken_off())
    assert model.verdict == "INCONCLUSIVE"
    done, cut = model.cases
    assert (done.verdict, cut.verdict) == ("PASS", "INCONCLUSIVE")
    assert (cut.octt_id, cut.title, cut.attempt) == ("004_1", row.title, 1)
    assert "the daemon ended during this case" in cut.cause
    assert [f.seq for f in cut.frames] == [last]
    assert model.runs[0].not_run == ()
    assert any("was interrupted" in limit for limit in model.limits)


def test_a_run_that_goes_on_has_no_verdict_yet(store: RunStore) -> None:
    story = Story(store)
    story.phase("003", "steps")
    model = build(store.load(story.writer.run_id))
    story.writer.close()
    assert (model.verdict, model.cases) == ("RUNNING", ())
    assert any("still going on" in limit for limit in model.limits)


def test_an_aborted_run_keeps_what_was_done(store: RunStore) -> None:
    story = Story(store)
    story.case("003", "PASS", story.phase("003", "steps"))
    first = story.phase("004_1", "steps")
    story.case("004_1", "ABORTED", first, cause="stopped by the operator")
    model = build(story.told("ABORTED", "stopped by the operator"))
    assert (model.verdict, model.runs[0].cause) == ("ABORTED", "stopped by the operator")
    assert model.counts == (("ABORTED", 1), ("PASS", 1))


def test_a_run_without_a_case_says_what_has_no_result(store: RunStore) -> None:
    rows = (
        SelectionRecord("003", "a", "M", True, "mandatory"),
        SelectionRecord("004_1", "b", "C", True, "condition C1 holds"),
        SelectionRecord("059", "c", "C", False, "C30 does not hold"),
    )
    story = Story(store, selection=rows, requested=("003",))
    lonely = story.call("in", "BootNotification", {"chargePointVendor": "V"})
    (run,) = build(story.told("ERROR", "no lease")).runs
    assert run.cases == ()
    assert [row.reason for row in run.not_run] == [
        "applies (mandatory), was not run: no lease",
        "applies (condition C1 holds), was not asked for",
    ]  # fmt: skip
    assert [row.octt_id for row in run.not_applicable] == ["059"]
    assert [f.seq for f in run.outside] == [lonely]


def test_two_runs_in_one_report_do_not_mix(store: RunStore) -> None:
    story = Story(store)
    story.writer.identity({"chargePointVendor": "Wall", "chargePointModel": "Box"})
    story.case("003", "PASS", story.call("in", "Heartbeat", {}))
    other = Story(store, "20261123-110000-bbbb", dut="csms", time_scale=10)
    other.case("003", "FAIL", other.call("in", "Reset", {"type": "Soft"}), title="from the CSMS")
    model = build(story.told(), other.told())
    assert model.title == "Wall Box and CSMS"
    assert model.verdict == "FAIL"
    assert [run.number for run in model.runs] == [1, 2]
    first, second = model.cases
    assert first.anchor != second.anchor
    assert first.frames[0].anchor != second.frames[0].anchor
    assert any("10 times as fast" in limit for limit in model.limits)


def test_identity_prefers_words_that_are_known_and_keeps_the_rest(store: RunStore) -> None:
    story = Story(store)
    story.writer.identity({"iccid": "89", "model": "Box", "vendor": "Wall", "imsi": ""})
    (run,) = build(story.told()).runs
    assert run.identity == (("Vendor", "Wall"), ("Model", "Box"), ("iccid", "89"))


def test_times_of_messages_count_from_their_case(store: RunStore) -> None:
    story = Story(store)
    before = story.call("in", "BootNotification", {})
    story.pass_time(50)
    first = story.call("in", "Heartbeat", {})
    story.case("003", "PASS", first)
    (run,) = build(story.told()).runs
    assert [(f.seq, f.at_s) for f in run.outside] == [(before, 0.0)]
    assert run.cases[0].frames[0].at_s == pytest.approx(1.0)


def test_lines_that_cannot_be_read_are_said_to_be_missing(store: RunStore) -> None:
    story = Story(store)
    story.case("003", "PASS", story.call("in", "Heartbeat", {}))
    record = story.told()
    with record.folder.events.open("ab") as file:
        file.write(b"no JSON\n")
    model = build(record)
    assert any("1 line in the logs" in limit for limit in model.limits)


def test_simulated_devices_are_named(store: RunStore) -> None:
    story = Story(store)
    story.event(Kind.PILOT, "mock+plug-1", plug="plug-1", cp_state="B")
    model = build(story.told("PASS"))
    assert any("simulated (plug-1)" in limit for limit in model.limits)
