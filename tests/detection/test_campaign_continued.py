"""A run that is continued stays one run: same record, same report, every execution kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from drivers.ports import CpState
from rig.config.models import BenchConfig, VirtualConfig
from rig.conformance.order import IntakeWish
from rig.conformance.verdict import Verdict
from rig.errors import RunError
from rig.events import Event, Kind
from rig.report import build
from rig.runs import CaseRecord, RunRecord
from rig.runs.configuration import write_configuration
from rig.runs.journal import Journal
from tests.detection import lab
from tests.detection.campaigns import (
    at_site,
    control,
    executions,
    in_case,
    run,
    run_until,
    run_while,
    told,
)
from tests.detection.lab import Laboratory

CASES = ("021", "003", "028")


def judged(case: CaseRecord) -> tuple[object, ...]:
    """What a case has found, but for numbers that differ from run to run."""
    checks = [(c.name, c.requirement, c.ok, c.severity, c.kind) for c in case.checks]
    findings = [(f.rule, f.severity) for f in case.findings]
    return case.octt_id, case.verdict, case.tool_verdict, case.result, checks, findings


def test_a_run_that_died_gives_the_same_results_as_one_that_did_not(tmp_path: Path) -> None:
    async def uninterrupted(at: Laboratory) -> RunRecord:
        return at.store.load((await run(at, *CASES)).run_id)

    async def interrupted(at: Laboratory) -> RunRecord:
        await run_until(at, in_case("003", "started"), *CASES)
        return at.store.load((await run(at, resume="last")).run_id)

    bench = lab.bench("", tmp_path)
    whole = at_site(bench, tmp_path / "whole", uninterrupted)
    parts = at_site(bench, tmp_path / "parts", interrupted)
    assert executions(parts) == [
        ("021", "PASS", 1, ""),
        ("003", "INCONCLUSIVE", 1, ""),
        ("003", "PASS", 2, "resumed"),
        ("028", "PASS", 1, ""),
    ]
    assert list(map(judged, parts.results)) == list(map(judged, whole.results))
    assert (parts.state, parts.verdict, parts.cause) == (whole.state, whole.verdict, whole.cause)
    assert parts.meta.selection == whole.meta.selection
    assert {case.feature for case in parts.cases} == {"core"}, "also of the one cut off"
    assert parts.identity == whole.identity
    assert [s.occasion for s in parts.sessions] == ["", "resumed"]


def test_a_disk_that_fills_up_ends_the_run_and_fails_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(journal: Journal, record: object) -> None:
        raise RunError("events.jsonl: No space left on device; make room")

    async def filled_up(at: Laboratory) -> tuple[RunRecord, RunRecord]:
        def hear(event: Event) -> None:
            if in_case("003", "started")(event):
                patch.setattr(Journal, "append", refuse)

        with monkeypatch.context() as patch, at.bus.listen(hear):
            outcome = await run(at, *CASES)
        assert outcome.verdict is Verdict.INCONCLUSIVE
        assert at.csms.stations()[0].connected
        full = at.store.load(outcome.run_id)
        return full, at.store.load((await run(at, resume="last")).run_id)

    full, whole = at_site(lab.bench("", tmp_path), tmp_path, filled_up)
    assert executions(full) == [("021", "PASS", 1, "")]
    assert (full.verdict, "make room" in full.cause) == ("INCONCLUSIVE", True)
    assert (whole.run_id, whole.verdict) == (full.run_id, "PASS")


def test_a_run_that_is_aborted_gives_the_station_back_and_can_go_on(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> tuple[RunRecord, RunRecord]:
        running = asyncio.ensure_future(run(at, *CASES))

        def hear(event: Event) -> None:
            if in_case("003")(event):
                running.cancel()

        with at.bus.listen(hear), pytest.raises(asyncio.CancelledError):
            await running
        aborted = at.store.load("last")
        return aborted, at.store.load((await run(at, resume="last")).run_id)

    aborted, resumed = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    assert (aborted.verdict, executions(aborted)[-1]) == ("ABORTED", ("003", "ABORTED", 1, ""))
    assert aborted.configuration is not None
    assert aborted.configuration.restored_utc
    assert executions(resumed)[1:] == [
        ("003", "ABORTED", 1, ""), ("003", "PASS", 2, "resumed"), ("028", "PASS", 1, ""),
    ]  # fmt: skip
    assert resumed.verdict == "PASS"


def test_a_station_just_given_power_is_asked_again_once_it_has_booted(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        await run(at, "021")
        await at.bench.mains.off()
        return at.store.load((await run(at, "021")).run_id)

    bench = lab.bench("", tmp_path, "delay:BootNotification=3")
    record = at_site(bench, tmp_path, scenario)
    frames = [e.data for e in record.events() if e.kind == Kind.FRAME]
    assert any("not registered yet" in str(f["raw"]) for f in frames), "asked too early, once"
    assert record.configuration is not None
    assert record.configuration.keys
    assert record.verdict == "PASS"


def test_the_time_line_of_every_session_is_in_the_report(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        await run_until(at, in_case("003", "started"), *CASES, intake=IntakeWish.ALWAYS)
        return at.store.load((await run(at, resume="last", intake=IntakeWish.AUTO)).run_id)

    record = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    numbers = [event.seq for event in record.events()]
    assert numbers == sorted(set(numbers)), "each number once, in order"
    times = [event.t_s for event in record.events()]
    assert times == sorted(times)
    (view,) = build(record).runs
    assert len(view.intake) == 1, "an intake that was passed is not made again"
    assert all(case.frames and case.rows for case in view.results)
    for case in record.cases:
        frames = {e.seq for e in record.frames()}
        assert all(case.first_seq <= seq <= case.last_seq for c in case.checks for seq in c.seqs)
        assert {seq for c in case.checks for seq in c.seqs if c.kind == "tool"} <= frames


def test_a_run_that_has_ended_well_has_nothing_to_go_on_with(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        await run(at, "021")
        return at.store.load((await run(at, resume="last")).run_id)

    record = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    assert (record.verdict, executions(record)) == ("PASS", [("021", "PASS", 1, "")])


# --- what was written is given back ---------------------------------------------------------------


async def value(at: Laboratory, key: str) -> str:
    """Value of a key inside the station."""
    listed = await control(at, "configuration")
    assert isinstance(listed, list)
    (found,) = [e for e in listed if isinstance(e, dict) and e["key"] == key]
    return str(found["value"])


def test_a_run_gives_the_station_back_as_it_came(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> tuple[str, str]:
        await control(at, "configure", key="MeterValueSampleInterval", value="33")
        await control(at, "configure", key="LocalPreAuthorize", value="true")
        await run(at, "003")
        return await value(at, "MeterValueSampleInterval"), await value(at, "LocalPreAuthorize")

    assert at_site(lab.bench("", tmp_path), tmp_path, scenario) == ("33", "true")


def test_what_a_dead_daemon_has_left_is_given_back_by_the_next_run(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> tuple[str, RunRecord]:
        await control(at, "configure", key="MeterValueSampleInterval", value="33")
        died = at.store.load((await run(at, "003")).run_id)
        assert died.configuration is not None
        assert died.configuration.restored_utc
        # As if it had not lived to do that.
        write_configuration(died.folder.configuration, died.configuration.restored(""))
        await control(at, "configure", key="MeterValueSampleInterval", value="0")
        await run(at, "021")
        return await value(at, "MeterValueSampleInterval"), at.store.load(died.run_id)

    after, died = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    assert after == "33"
    assert died.configuration is not None
    assert died.configuration.restored_utc


def test_an_abort_does_not_wait_for_a_station_that_is_mute(tmp_path: Path) -> None:
    """The relays are to be safe soon: what cannot be given back at once is left to the next run."""

    async def scenario(at: Laboratory) -> tuple[float, bool, RunRecord]:
        running = asyncio.ensure_future(run(at, "003"))
        began: list[float] = []

        async def mute() -> None:
            await control(at, "defect", name="no-answer:GetConfiguration")
            began.append(at.clock.real(at.clock.now()))
            running.cancel()

        async with asyncio.TaskGroup() as group:

            def hear(event: Event) -> None:
                if in_case("003")(event):
                    group.create_task(mute())

            with at.bus.listen(hear), pytest.raises(asyncio.CancelledError):
                await running
        took_s = at.clock.real(at.clock.now()) - began[0]
        return took_s, at.bench.mains.is_on, at.store.load("last")

    took_s, is_on, record = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    assert took_s < 2
    assert not is_on
    assert record.configuration is not None
    assert record.configuration.restored_utc == ""


def test_a_station_that_is_away_in_the_end_is_given_back_later(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        async def away() -> None:
            await control(at, "network", up=False)

        return await run_while(at, in_case("021", "cleanup"), away, "021")

    record = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    assert record.configuration is not None
    assert record.configuration.restored_utc == ""


# --- only with the same device --------------------------------------------------------------------


def other_station(bench: BenchConfig, folder: Path, persona: str) -> BenchConfig:
    file = folder / "other.yaml"
    file.write_text(persona)
    return bench.model_copy(update={"virtual": VirtualConfig(persona=file)})


def continued(bench: BenchConfig, other: BenchConfig, folder: Path, accept: bool) -> RunRecord:
    """A run that has died, continued by a laboratory with another station."""

    async def first(at: Laboratory) -> None:
        await run_until(at, in_case("028", "started"), "021", "028", intake=IntakeWish.ALWAYS)

    async def second(at: Laboratory) -> RunRecord:
        return at.store.load((await run(at, resume="last", accept_changes=accept)).run_id)

    at_site(bench, folder, first)
    return at_site(other, folder, second)


@pytest.mark.parametrize(
    ("persona", "difference"),
    [
        ("firmware_version: 9.9.9\n", "firmwareVersion was "),
        ("model: OTHER\n", "chargePointModel was "),
        ("configuration: {ConnectionTimeOut: '99'}\n", "ConnectionTimeOut was '60', is '99'"),
    ],
)
def test_a_run_does_not_go_on_with_another_device(
    persona: str, difference: str, tmp_path: Path
) -> None:
    bench = lab.bench("", tmp_path)
    other = other_station(bench, tmp_path, persona)
    record = continued(bench, other, tmp_path, accept=False)
    assert difference in record.cause
    assert "start a new run, or go on all the same with --accept-changes" in record.cause
    assert record.verdict == "INCONCLUSIVE"
    assert [c.octt_id for c in record.results if c.verdict == "PASS"] == ["021"]


def test_another_device_can_be_accepted_and_it_is_recorded(tmp_path: Path) -> None:
    bench = lab.bench("", tmp_path)
    other = other_station(bench, tmp_path, "firmware_version: 9.9.9\n")
    record = continued(bench, other, tmp_path, accept=True)
    assert (record.verdict, told(record)) == (
        "PASS", [("identity", "when the run was to go on", True)],
    )  # fmt: skip


def test_other_pics_are_refused_before_anything_happens(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> None:
        await run_until(at, in_case("028", "started"), "021", "028")
        pics = tmp_path / "pics.yaml"
        pics.write_text("general: {model: other}\n")
        with pytest.raises(RunError, match="PICS is not the one of the run"):
            await run(at, resume="last", pics=pics)
        assert at.store.load("last").state == "interrupted"

    at_site(lab.bench("", tmp_path), tmp_path, scenario)


def test_a_run_keeps_its_edition(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        await run_until(at, in_case("003", "started"), "021", "003", edition="2024")
        return at.store.load((await run(at, resume="last")).run_id)

    record = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    assert (record.meta.edition, record.verdict) == ("2024", "PASS")
    names = [check.name for check in record.results[-1].checks]
    assert "StopTransaction received" not in names, "that is how 2020 ends"


# --- retests --------------------------------------------------------------------------------------


def test_a_retest_is_kept_beside_what_it_repeats(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        await run(at, "021", "028")
        return at.store.load((await run(at, "028", retest="last")).run_id)

    record = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    assert executions(record) == [
        ("021", "PASS", 1, ""), ("028", "PASS", 1, ""), ("028", "PASS", 2, "retest"),
    ]  # fmt: skip
    assert [(s.occasion, s.asked) for s in record.sessions] == [("", ()), ("retest", ("028",))]
    assert record.meta.requested == ("021", "028")


def test_a_retest_takes_nothing_back_from_a_validation_that_failed(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        await control(at, "defect", name="rejects-remote-stop")
        first = at.store.load((await run(at, "012")).run_id)
        assert [(c.verdict, c.failed_as) for c in first.cases] == [("FAIL", "validation failed")]
        await control(at, "defect", name="rejects-remote-stop", on=False)
        return at.store.load((await run(at, "012", retest="last")).run_id)

    record = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    assert executions(record) == [("012", "FAIL", 1, ""), ("012", "PASS", 2, "retest")]
    assert (record.verdict, [c.attempt for c in record.results]) == ("FAIL", [1])


def test_a_retest_decides_what_the_bench_has_spoilt(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> RunRecord:
        record = await run_until(at, in_case("021", "started"), "021")
        assert record.results == ()
        return at.store.load((await run(at, "021", retest="last")).run_id)

    record = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    assert executions(record) == [("021", "INCONCLUSIVE", 1, ""), ("021", "PASS", 2, "retest")]
    assert record.verdict == "PASS"


# --- editions and pace ----------------------------------------------------------------------------


def test_the_edition_is_recorded_and_decides_what_a_case_does(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> list[RunRecord]:
        await run(at, "003")
        await run(at, "003", edition="2024")
        await run(at, "007", edition="2025")
        return [at.store.load(s.run_id) for s in at.store.list()]

    later, short, seed = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    assert [r.meta.edition for r in (seed, short, later)] == ["2020", "2024", "2025"]
    assert {r.verdict: r.cases[0].cause for r in (seed, short, later)} == {"PASS": ""}
    checks = [{c.name for c in r.cases[0].checks} for r in (seed, short)]
    assert "StopTransaction received" in checks[0] - checks[1]
    resets = [e for e in later.frames() if '"Reset"' in str(e.data["raw"])]
    assert len(resets) == 1, "000_RESET of 2025 ends with a hard reset"
    assert [r.cases[0].edition_id for r in (seed, short, later)] == ["", "", "007_1"]


def test_a_second_campaign_knows_how_long_its_cases_take(tmp_path: Path) -> None:
    async def scenario(at: Laboratory) -> tuple[float, float]:
        await run(at, "003")
        first = at.store.load("last")
        await run(at, "003")
        (began,) = [
            e for e in at.store.load("last").events()
            if e.kind == Kind.CASE and e.data.get("phase") == "started"
        ]  # fmt: skip
        expected = began.data["expected_s"]
        assert isinstance(expected, float)
        return expected, at.clock.real(first.cases[0].duration_s)

    expected, took = at_site(lab.bench("", tmp_path), tmp_path, scenario)
    assert expected == pytest.approx(took, abs=0.1)


def test_a_run_that_crashes_leaves_the_bench_safe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(at: Laboratory) -> CpState:
        (plug,) = at.bench.plugs.values()

        async def crash(*_: object) -> None:
            await plug.insert()
            raise ZeroDivisionError

        monkeypatch.setattr("rig.conformance.conduct.Conduct.run", crash)
        with pytest.raises(ZeroDivisionError):
            await run(at, *CASES)
        return plug.known().cp_state

    assert at_site(lab.bench("", tmp_path), tmp_path, scenario) is CpState.A
