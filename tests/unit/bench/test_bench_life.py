"""Opening, watching, recovering and closing a bench."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from drivers.ports import CpState
from drivers.relay.board import RelayBoard
from rig.bench import Bench
from rig.bench.guard_process import GuardProcess
from rig.errors import BenchBusy, BenchError, BenchUnavailable, OperatorAbort, Quarantined
from rig.events import Kind
from tests.unit.bench.lab import ForeignBoard, Lab, Person, bench_config, open_lab


async def test_open_ends_with_everything_safe_and_mains_on(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as (lab, board):
        assert board.coils == [False] * 3 + [True] + [False] * 4
        assert lab.bench.mains.is_on
        assert lab.states() == ["safe", "open", "warning"]


async def test_what_a_board_lacks_is_on_the_time_line(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as (lab, _):
        (warning,) = [e.data for e in lab.events if e.data.get("state") == "warning"]
        assert warning["device"] == "relay-left"
        assert "no communication watchdog" in str(warning["cause"])


async def test_close_leaves_everything_safe(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as (lab, board):
        await lab.bench.plugs["plug-1"].insert()
        await lab.bench.plugs["plug-1"].request_energy()
        assert board.coils[:4] == [True] * 4
    assert not any(board.coils)
    assert lab.states()[-1] == "closed"
    assert not (tmp_path / "guard.log").read_text()


@pytest.mark.parametrize("cut_by", ["closing", "opening"])
async def test_close_leaves_the_network_up(tmp_path: Path, cut_by: str) -> None:
    board = ForeignBoard()
    await board.start()
    config = bench_config(board.port).model_dump()
    network = {"kind": "network_switch", "board": "relay-left", "coil": 6, "cut_by": cut_by}
    config["devices"]["network"] = network
    lab = Lab(type(bench_config(1)).model_validate(config), tmp_path)
    cut = cut_by == "closing"
    async with lab.bench as bench:
        assert board.coils[6] is not cut
        await bench.network.off()
        assert (board.coils[6], bench.network.is_on) == (cut, False)
    assert board.coils == [False] * 6 + [not cut, False]
    assert [e.data["up"] for e in lab.events if e.kind == Kind.NETWORK][-2:] == [False, True]
    await board.stop()


async def test_close_makes_safe_when_the_body_fails(tmp_path: Path) -> None:
    coils: list[bool] = []

    async def fail() -> None:
        async with open_lab(tmp_path) as (lab, board):
            nonlocal coils
            coils = board.coils
            await lab.bench.plugs["plug-1"].insert()
            assert coils[:4] == [True, False, True, True]
            raise RuntimeError("body")

    with pytest.raises(RuntimeError, match="body"):
        await fail()
    assert not any(coils)


async def test_every_unreachable_device_is_named_at_once(tmp_path: Path) -> None:
    config = bench_config(1).model_dump()
    config["devices"]["relay-right"] = {
        "kind": "relay_board",
        "dialect": "waveshare-8",
        "transport": {"kind": "rtu", "port": "/dev/ttyNONE"},
    }
    lab = Lab(type(bench_config(1)).model_validate(config), tmp_path)
    with pytest.raises(BenchUnavailable) as caught:
        async with lab.bench:
            pytest.fail("must not open")
    assert {e.device for e in caught.value.errors} == {"relay-left", "relay-right"}
    text = str(caught.value)
    assert "connection refused at 127.0.0.1:1; check that" in text
    assert "no such port /dev/ttyNONE; check the adapter" in text


async def test_check_of_a_closed_bench_reports_every_device(tmp_path: Path) -> None:
    lab = Lab(bench_config(1), tmp_path)
    reports = {r.device: r for r in await lab.bench.check()}
    assert set(reports) == {"relay-left", "plug-1", "mains", "reader"}
    assert not any(r.ok for r in reports.values())
    assert reports["relay-left"].remedy
    assert "hangs on relay-left" in reports["plug-1"].detail


async def test_check_of_an_open_bench_says_what_it_saw(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as (lab, _):
        reports = await lab.bench.check()
        assert all(r.ok for r in reports)
        assert "coils closed: 3" in reports[0].detail


async def test_check_of_a_closed_but_healthy_bench_opens_it(tmp_path: Path) -> None:
    board = ForeignBoard()
    await board.start()
    lab = Lab(bench_config(board.port), tmp_path)
    assert all(r.ok for r in await lab.bench.check())
    await board.stop()


async def test_old_firmware_is_refused_with_the_reason(tmp_path: Path) -> None:
    board = ForeignBoard(version=100)
    await board.start()
    lab = Lab(bench_config(board.port), tmp_path)
    with pytest.raises(BenchUnavailable, match=r"firmware V1\.00: .* another dialect"):
        async with lab.bench:
            pytest.fail("must not open")
    await board.stop()


async def test_time_line_has_roles_and_cards(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as (lab, _):
        await lab.bench.plugs["plug-1"].insert()
        await lab.bench.cards.present("invalid")
        relays = [e.data["role"] for e in lab.events if e.kind == Kind.RELAY]
        cards = [(e.data["action"], e.data["id_tag"]) for e in lab.events if e.kind == Kind.CARD]
    assert relays == ["mains", "plug-1.pp32A", "plug-1.cp", "reader.red", "reader.red"]
    assert cards == [("presented", "04B1"), ("removed", "04B1")]
    assert {e.source for e in lab.events if e.kind == Kind.RELAY} == {"relay-left"}


async def test_a_dead_board_is_noticed_while_idle(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as (lab, board):
        await board.stop()
        async with asyncio.timeout(5):
            await lab.bench.quarantined.wait()
        assert lab.bench.quarantine is not None
        assert lab.bench.quarantine.device == "relay-left"
        with pytest.raises(Quarantined, match="quarantine since"):
            await lab.bench.plugs["plug-1"].insert()
        with pytest.raises(Quarantined):
            await lab.bench.prove()
        assert not any(r.ok for r in await lab.bench.check())
    assert "unsafe" in lab.states()


async def test_a_coil_that_moves_by_itself_is_noticed_while_idle(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as (lab, board):
        board.moves = {7}
        async with asyncio.timeout(5):
            await lab.bench.quarantined.wait()
        assert lab.bench.quarantine is not None
        assert "coils moved by themselves" in lab.bench.quarantine.cause


async def test_prove_finds_the_failure_before_the_poll_does(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as (lab, board):
        await lab.bench.prove()
        await board.stop()
        with pytest.raises(BenchError, match="relay-left"):
            await lab.bench.prove()
        assert lab.bench.quarantined.is_set()


async def test_recover_needs_the_device_back(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as (lab, board):
        await board.stop()
        with pytest.raises(BenchError):
            await lab.bench.plugs["plug-1"].insert()
        with pytest.raises(BenchUnavailable):
            await lab.bench.recover()
        assert lab.bench.quarantine is not None
        await board.start()
        await lab.bench.recover()
        assert lab.bench.quarantine is None
        assert not lab.bench.quarantined.is_set()
        await lab.bench.plugs["plug-1"].insert()
        assert board.coils[:4] == [True, False, True, True]


async def test_a_refused_order_is_no_reason_for_quarantine(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as (lab, _):
        with pytest.raises(BenchError, match="plug in first"):
            await lab.bench.plugs["plug-1"].request_energy()
        assert lab.bench.quarantine is None


async def test_plug_life(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as (lab, _):
        plug = lab.bench.plugs["plug-1"]
        assert (plug.connector_id, plug.plug_type, plug.fixed_cable) == (1, "type2", False)
        await plug.insert()
        await plug.request_energy()
        assert await plug.energy_flows() is False
        await plug.stop_energy()
        await plug.unplug_ev()
        assert (await plug.read()).cp_state is CpState.A
        await plug.unplug_station()
        assert not (await plug.read()).cable_in_station
        await plug.unplug()


async def test_mains_can_be_switched(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as (lab, board):
        await lab.bench.mains.off()
        assert (lab.bench.mains.is_on, board.coils[3]) == (False, False)
        await lab.bench.ready()
        assert (lab.bench.mains.is_on, board.coils[3]) == (True, True)


async def test_a_broken_lease_makes_the_bench_safe(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as (lab, board):
        lab.bench.lease.take("anna", "run 1")
        await lab.bench.plugs["plug-1"].insert()
        with pytest.raises(BenchBusy, match=r"held by anna since .* \(run 1\)"):
            lab.bench.lease.take("ben", "run 2")
        await lab.bench.lease.break_lease("ben", "anna has left")
        assert not any(board.coils)
        lab.bench.lease.take("ben", "run 2")


async def test_a_watch_that_fails_by_mistake_is_not_overlooked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def mistake(_board: RelayBoard) -> str:
        raise KeyError("mistake")

    monkeypatch.setattr(RelayBoard, "prove", mistake)
    async with open_lab(tmp_path) as (lab, _):
        async with asyncio.timeout(5):
            await lab.bench.quarantined.wait()
        assert lab.bench.quarantine is not None
        assert "internal error: KeyError('mistake')" in lab.bench.quarantine.cause


async def test_the_guard_is_restarted_by_recover_after_it_died(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as (lab, _):
        guard = lab.bench._guard
        assert isinstance(guard, GuardProcess)
        assert guard._process is not None
        guard._process.kill()
        async with asyncio.timeout(5):
            await lab.bench.quarantined.wait()
        assert lab.bench.quarantine is not None
        assert lab.bench.quarantine.device == "guard"
        await lab.bench.recover()
        assert lab.bench._guard is not None
        assert lab.bench._guard.pid is not None


async def test_a_board_that_could_not_be_made_safe_is_left_to_the_guard(tmp_path: Path) -> None:
    async with open_lab(tmp_path) as (lab, board):
        await board.stop()
    entry = json.loads((tmp_path / "guard.log").read_text().splitlines()[0])
    assert (entry["board"], entry["ok"]) == ("relay-left", False)
    assert lab.states()[-2:] == ["unsafe", "closed"]


def manual_bench(tmp_path: Path, operator: Person) -> Bench:
    config = bench_config(1).model_dump()
    config["devices"] = {
        "plug-1": {"kind": "manual_evse_tester"},
        "mains": {"kind": "manual_mains_switch"},
        "reader": {"kind": "manual_card_presenter"},
    }
    return Lab(type(bench_config(1)).model_validate(config), tmp_path, operator).bench


async def test_a_person_alone_is_a_bench(tmp_path: Path) -> None:
    operator = Person()
    async with manual_bench(tmp_path, operator) as bench:
        await bench.plugs["plug-1"].insert()
        await bench.plugs["plug-1"].request_energy()
        assert await bench.plugs["plug-1"].energy_flows() is True
        assert (await bench.cards.present("accepted")).name == "blue"
        assert bench._guard is None
    assert "'blue' (idTag 04A1" in operator.questions[3]


async def test_an_absent_operator_aborts_but_does_not_quarantine(tmp_path: Path) -> None:
    operator = Person(away=True)
    async with manual_bench(tmp_path, operator) as bench:
        with pytest.raises(OperatorAbort, match="nobody is there"):
            await bench.plugs["plug-1"].insert()
        assert bench.quarantine is None
