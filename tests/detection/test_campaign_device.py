"""The station must be the same from the first case to the last: test procedure 5.5."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.conformance.order import IntakeWish
from rig.events import Event, Kind
from rig.jsontypes import Json
from rig.runs import RunRecord
from tests.detection import lab
from tests.detection.campaigns import (
    at_site,
    control,
    executions,
    in_case,
    run,
    run_while,
    told,
)
from tests.detection.lab import Laboratory

WITHIN = "in case 021, its preparation or its clean-up"


def test_nothing_is_said_about_a_station_that_stays_as_it_is(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        outcome = await run(at, "021", "013", "002")  # written keys, resets, a refused boot
        return at.store.load(outcome.run_id)

    record = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    assert (record.verdict, record.cause, record.changes) == ("PASS", "", ())


def test_a_key_changed_by_hand_stops_the_campaign(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        async def by_hand() -> Json:
            return await control(at, "configure", key="ConnectionTimeOut", value="77")

        return await run_while(at, in_case("021"), by_hand, "021", "013")

    record = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    assert told(record) == [("configuration", WITHIN, False)]
    assert (record.verdict, executions(record)) == ("INCONCLUSIVE", [("021", "PASS", 1, "")])
    assert "ConnectionTimeOut was '60', is '77'" in record.cause
    assert "5.5: all tests have to be started over again" in record.cause


def test_an_accepted_change_is_recorded_once_and_the_campaign_goes_on(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        async def by_hand() -> Json:
            return await control(at, "configure", key="ConnectionTimeOut", value="77")

        return await run_while(at, in_case("021"), by_hand, "021", "013", accept_changes=True)

    record = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    assert told(record) == [("configuration", WITHIN, True)]
    assert record.verdict == "PASS"
    assert [s.accept_changes for s in record.sessions] == [True]


def test_a_key_that_changes_by_itself_is_none_of_our_business(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        async def by_itself() -> Json:
            return await control(at, "configure", key="ConnectionTimeOut", value="77")

        return await run_while(at, in_case("021"), by_itself, "021", "013")

    bench = lab.bench("", tmp_path)
    csms = bench.csms.model_copy(update={"changing_keys": ("connectiontimeout",)})
    record = at_site(bench.model_copy(update={"csms": csms}), tmp_path, scenario)
    assert (record.verdict, record.changes) == ("PASS", ())


@pytest.mark.parametrize("phase", ["preparation", "steps", "cleanup"])
def test_a_crash_is_seen_in_every_part_of_a_case(phase: str, tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        async def crash() -> Json:
            return await control(at, "restart")

        return await run_while(at, in_case("028", phase), crash, "028", "021")

    record = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    assert [change.kind for change in record.changes] == ["crash"]
    assert (record.verdict, len(record.changes[0].seqs)) == ("FAIL", 1)
    assert record.results[-1].octt_id == "021", "the other cases are run for whoever repairs it"


def test_the_evidence_of_a_crash_is_its_boot_notification(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        async def crash() -> Json:
            return await control(at, "restart")

        return await run_while(at, in_case("021", "cleanup"), crash, "021", "028")

    record = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    (seq,) = record.changes[0].seqs
    (frame,) = [e for e in record.events() if e.seq == seq]
    assert frame.data["action"] == "BootNotification"


def test_new_firmware_of_a_firmware_case_is_noted_and_no_more(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        return at.store.load((await run(at, "044_1", "021")).run_id)

    record = at_site(lab.bench("new-image", tmp_path), tmp_path, scenario)
    where = "in case 044_1, its preparation or its clean-up"
    assert (record.verdict, told(record)) == ("PASS", [("identity", where, True)])


# --- the intake -----------------------------------------------------------------------------------


def test_the_intake_tries_the_station_out_and_has_a_verdict_of_its_own(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        return at.store.load((await run(at, "021", intake=IntakeWish.ALWAYS)).run_id)

    record = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    (intake,) = record.intake
    assert (intake.octt_id, intake.verdict) == ("INTAKE", "PASS")
    assert [c.octt_id for c in record.cases] == ["021"]
    said = {e.data.get("action") for e in record.frames() if e.seq <= intake.last_seq}
    assert {"GetConfiguration", "BootNotification", "StartTransaction", "StopTransaction"} <= said


@pytest.mark.parametrize("setup", lab.SETUPS)
def test_every_kind_of_station_passes_the_intake(setup: str, tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        return at.store.load((await run(at, "019", intake=IntakeWish.ALWAYS)).run_id)

    record = at_site(lab.bench(setup, tmp_path), tmp_path, scenario)
    assert [(i.verdict, i.cause) for i in record.intake] == [("PASS", "")]
    assert (record.verdict, record.changes) == ("PASS", ())


@pytest.mark.parametrize(
    ("defect", "cause"),
    [
        ("skip:BootNotification", "the station is connected and accepted"),
        ("contactor-never-closes", "energy flows at the plug"),
        ("skip:StartTransaction", "StartTransaction"),
        ('answer-field:Reset.status="Rejected"', "Reset"),
    ],
)
def test_a_station_that_does_not_function_is_not_tested(
    defect: str, cause: str, tmp_path: Path
) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        return at.store.load((await run(at, "021", "003", intake=IntakeWish.ALWAYS)).run_id)

    record = at_site(lab.bench("", tmp_path, defect), tmp_path, scenario)
    assert record.cases == ()
    assert record.verdict in ("FAIL", "INCONCLUSIVE")
    assert cause in record.cause or "not connected and accepted" in record.cause


def test_the_intake_says_nothing_about_conformance(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        return at.store.load((await run(at, "021", intake=IntakeWish.ALWAYS)).run_id)

    record = at_site(lab.bench("", tmp_path, "timestamp-wrong-minutes"), tmp_path, scenario)
    assert [i.verdict for i in record.intake] == ["PASS"]
    assert [c.octt_id for c in record.cases] == ["021"]


def test_what_the_vendor_declares_about_milliseconds_is_tried(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        return at.store.load((await run(at, "021", intake=IntakeWish.ALWAYS)).run_id)

    pics = tmp_path / "pics.yaml"
    pics.write_text("general: {milliseconds: false}\n")
    bench = lab.bench("", tmp_path).model_copy(update={"pics": pics})
    (intake,) = at_site(bench, tmp_path, scenario).intake
    (check,) = [c for c in intake.checks if "milliseconds" in c.name]
    assert (intake.verdict, check.ok, check.severity) == ("PASS", False, "warn")


# --- the start state ------------------------------------------------------------------------------


def test_a_station_that_cannot_be_brought_to_rest_stops_the_campaign(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        async def fault() -> Json:
            return await control(at, "fault", connector=1, error_code="GroundFailure")

        def when(event: Event) -> bool:
            return event.kind == Kind.CASE and event.data.get("phase") == "finished"

        return await run_while(at, when, fault, "021", "028", "013")

    record = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    assert [(c.octt_id, c.verdict, c.idle) for c in record.cases] == [
        ("021", "PASS", True), ("028", "FAIL", False),
    ]  # fmt: skip
    assert record.cases[1].cause.startswith("000_RESET")
    assert "000_RESET did not pass before case 028" in record.cause
