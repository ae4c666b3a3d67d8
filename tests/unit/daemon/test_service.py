"""One bench, one run at a time, and an orderly end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from rig.conformance.order import RunOrder
from rig.daemon.service import RigService
from rig.errors import BenchBusy, BenchError, ConfigError, Quarantined, RunError
from rig.events import Event, Kind

from .conftest import FakeEngine, opened

ANYTHING = RunOrder("station")


async def test_open_bench_is_seen_in_the_status(service: RigService) -> None:
    seen = service.status()
    assert (seen.bench.state, seen.bench.plugs, seen.bench.mains) == ("open", ("plug-1",), "on")
    assert seen.csms is not None
    assert [s.identity for s in seen.csms.stations] == ["CP-1"]


async def test_plug_goes_from_a_to_c_and_back(service: RigService) -> None:
    states = [
        (await service.hands.plug("plug-1", action)).cp_state
        for action in ("insert", "energy", "stop-energy", "unplug-ev", "unplug-station", "")
    ]
    assert states == ["B", "C", "B", "A", "A", "A"]


async def test_unknown_plug_names_the_known_ones(service: RigService) -> None:
    with pytest.raises(ConfigError, match=r"no plug 'x'.*plug-1"):
        await service.hands.plug("x", "insert")


async def test_unknown_plug_action_names_the_known_ones(service: RigService) -> None:
    with pytest.raises(ConfigError, match="stop-energy"):
        await service.hands.plug("plug-1", "shake")


async def test_mains_cycle_ends_with_power(service: RigService) -> None:
    service.clock.scale = 1000
    await service.hands.mains("off")
    assert service.bench_info().mains == "off"
    await service.hands.mains("cycle")
    assert service.bench_info().mains == "on"
    with pytest.raises(ConfigError, match="on, off, cycle"):
        await service.hands.mains("dim")


async def test_card_is_found_by_role(service: RigService) -> None:
    service.clock.scale = 1000
    assert (await service.hands.present("accepted")).name == "good"


async def test_unknown_card_names_the_known_ones(service: RigService) -> None:
    with pytest.raises(ConfigError, match="no card 'gold'; this bench has: good, bad"):
        await service.hands.present("gold")


async def test_check_reports_every_device(service: RigService) -> None:
    assert {d.device: d.ok for d in await service.check()} == {
        "plug-1": True, "mains": True, "reader": True
    }  # fmt: skip


async def test_second_run_is_refused_while_the_first_goes_on(service: RigService) -> None:
    started = await service.start(RunOrder("station", ("001",)))
    with pytest.raises(BenchBusy, match=f"run {started.run_id} is in progress"):
        await service.start(ANYTHING)
    with pytest.raises(BenchBusy):
        await service.hands.plug("plug-1", "insert")
    progress = service.status().run
    assert progress is not None
    assert (progress.run_id, progress.case, progress.index) == (started.run_id, "001", 1)


async def test_two_starts_at_once_give_one_run(service: RigService) -> None:
    both = await asyncio.gather(
        *(service.start(ANYTHING) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in both) == ["BenchBusy", "RunStarted"]


async def test_run_ends_with_the_engines_exit_code(service: RigService, engine: FakeEngine) -> None:
    started = await service.start(ANYTHING)
    assert service.run(started.run_id).exit_code is None
    engine.go.set()
    async for event in service.ring.follow(started.after_seq, 60):
        if event is not None and getattr(event, "data", {}).get("phase") == "closed":
            break
    ended = service.run("last")
    assert (ended.state, ended.verdict, ended.exit_code) == ("finished", "FAIL", 1)
    assert service.status().run is None


async def test_crash_of_a_run_is_internal_and_leaves_the_daemon_alive(
    service: RigService, engine: FakeEngine
) -> None:
    engine.fail_later = ZeroDivisionError()
    engine.go.set()
    started = await service.start(ANYTHING)
    await service._run.ended()  # type: ignore[union-attr]
    assert service.run(started.run_id).exit_code == 70
    engine.fail_later = None
    await service.start(ANYTHING)


async def test_an_end_for_which_the_disk_had_no_room_is_told_all_the_same(
    service: RigService, engine: FakeEngine
) -> None:
    started = await service.start(RunOrder("station", ("001",)))
    service.bus.publish(
        Kind.RUN, "tool", run_id=started.run_id, phase="finished", verdict="INCONCLUSIVE",
        cause="no space left",
    )  # fmt: skip
    engine.go.set()
    await service._run.ended()  # type: ignore[union-attr]
    engine.runs.put(started.run_id, "interrupted", "", ("001",))
    info = service.run("last")
    assert (info.state, info.verdict, info.cause) == (
        "interrupted", "INCONCLUSIVE", "no space left"
    )  # fmt: skip


async def test_failure_before_the_run_has_an_id_is_told_to_who_started_it(
    service: RigService, engine: FakeEngine
) -> None:
    engine.fail_before_id = ConfigError("disk is full")
    with pytest.raises(ConfigError, match="disk is full"):
        await service.start(ANYTHING)
    engine.fail_before_id = None
    await service.start(ANYTHING)


async def test_abort_returns_once_the_run_has_ended(service: RigService) -> None:
    started = await service.start(ANYTHING)
    ended = await service.abort(started.run_id)
    assert (ended.state, ended.verdict, ended.exit_code) == ("finished", "ABORTED", 130)
    assert (await service.abort(started.run_id)).verdict == "ABORTED"


async def test_abort_of_an_unknown_run_does_not_abort_the_one_in_progress(
    service: RigService,
) -> None:
    await service.start(ANYTHING)
    with pytest.raises(RunError):
        await service.abort("other")
    assert service.status().run is not None


async def test_safe_aborts_the_run(service: RigService) -> None:
    await service.start(ANYTHING)
    await service.safe()
    assert service.run("last").verdict == "ABORTED"


async def test_resume_takes_the_cases_of_the_earlier_run(
    service: RigService, engine: FakeEngine
) -> None:
    engine.runs.put("old", "interrupted", "", ("002",))
    started = await service.start(RunOrder("station", resume="old"))
    assert (started.cases, engine.resumed) == (("002",), "old")


async def test_resume_of_an_unknown_run_is_refused(service: RigService) -> None:
    with pytest.raises(RunError):
        await service.start(RunOrder("station", resume="nothing"))


async def test_quarantined_bench_takes_no_orders_until_it_is_recovered(
    service: RigService,
) -> None:
    service._bench._desk.blame("relay-left", "no answer")  # type: ignore[union-attr]
    await service._bench.quarantined.wait()  # type: ignore[union-attr]
    assert service.status().bench.state == "quarantined"
    with pytest.raises(Quarantined, match=r"relay-left: no answer.*rig bench recover"):
        await service.start(ANYTHING)
    assert (await service.recover()).state == "open"
    await service.start(ANYTHING)


async def test_offline_daemon_has_cases_but_no_bench(engine: FakeEngine, bench_file: Path) -> None:
    async with opened(engine, bench_file, offline=True) as service:
        assert service.status().bench.state == "offline"
        assert await service.cases("csms", None)
        with pytest.raises(BenchError, match="offline; start a daemon with: rig up"):
            await service.start(ANYTHING)
        await service.start(RunOrder("csms"))


async def test_leaving_aborts_the_run_and_closes_the_bench(
    engine: FakeEngine, bench_file: Path
) -> None:
    seen: list[Event] = []
    async with opened(engine, bench_file) as service:
        service.bus._listeners.append(seen.append)
        await service.start(ANYTHING)
    assert engine.runs.runs["run-1"].verdict == "ABORTED"
    assert [e.data["state"] for e in seen if e.kind == Kind.BENCH][-1] == "closed"


async def test_unknown_report_format_names_the_known_ones(service: RigService) -> None:
    with pytest.raises(ConfigError, match="html, junit, json"):
        service.report(["x"], "pdf")
