"""The interlocks of the Type 2 plug: each test tries to break one rule."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from drivers.errors import (
    ContactorClosed,
    DeviceGone,
    InterlockError,
    NotSupported,
    PlugLocked,
    ReadbackMismatch,
)
from drivers.evse_tester.plug import PlugDriver
from drivers.evse_tester.relay_circuit import RelayCircuit
from drivers.evse_tester.timings import PlugTimings
from drivers.ports import CableCode, CpState, EvseTester
from tests.unit.drivers.fake_board import FakeBoard, Notes
from tests.unit.drivers.plug_bench import wire

CP, S2C, PP = 0, 1, 2
VOLTAGE, LOCKED = 0, 1
QUICK = PlugTimings(
    pp_to_cp_s=0.004, cp_to_pp_s=0.003, hold_s=0.002, contactor_s=0.05, unlock_s=0.05, poll_s=0.001
)
COILS = {"cp": CP, "s2c": S2C}
CABLE = {CableCode.A32: PP}
INPUTS = {"voltage": VOLTAGE, "locked": LOCKED}


def make_plug(
    board: FakeBoard,
    notes: Notes,
    *,
    inputs: Mapping[str, int] = INPUTS,
    timings: PlugTimings = QUICK,
    fixed_cable: bool = False,
) -> PlugDriver:
    wiring = wire(board, COILS, {} if fixed_cable else CABLE, inputs)
    circuit = RelayCircuit("plug-1", wiring, break_s=0.001)
    return PlugDriver(circuit, observe=notes, timings=timings, fixed_cable=fixed_cable)


def order(board: FakeBoard) -> list[tuple[int, bool]]:
    """Every coil that was written, in order."""
    return [item for write in board.writes for item in write.items()]


def station_follows(board: FakeBoard) -> None:
    """A good station: contactor follows state C, lock follows the pilot."""

    def follow() -> None:
        board.inputs[VOLTAGE] = board.coils[CP] and board.coils[S2C]
        board.inputs[LOCKED] = board.coils[CP]

    board.rule = follow


@pytest.fixture
def board() -> FakeBoard:
    board = FakeBoard()
    station_follows(board)
    return board


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def plug(board: FakeBoard, notes: Notes) -> PlugDriver:
    return make_plug(board, notes)


def test_is_an_evse_tester(plug: PlugDriver) -> None:
    assert isinstance(plug, EvseTester)


async def test_plugging_makes_proximity_before_the_pilot(
    plug: PlugDriver, board: FakeBoard
) -> None:
    await plug.plug_in()
    assert order(board) == [(PP, True), (CP, True)]


async def test_proximity_and_pilot_are_apart_by_the_time_a_hand_needs(
    plug: PlugDriver, board: FakeBoard
) -> None:
    loop = asyncio.get_running_loop()
    moments: list[float] = []
    board.rule = lambda: moments.append(loop.time())
    await plug.plug_in()
    assert moments[1] - moments[0] >= QUICK.pp_to_cp_s


async def test_pilot_states_are_reported_in_order(plug: PlugDriver, notes: Notes) -> None:
    await plug.plug_in()
    await plug.request_energy()
    await plug.unplug()
    assert notes.of("pilot", "cp_state") == ["B", "C", "B", "A"]


async def test_energy_is_refused_without_an_ev(plug: PlugDriver, board: FakeBoard) -> None:
    with pytest.raises(InterlockError, match="state A"):
        await plug.request_energy()
    assert board.writes == []


async def test_energy_is_refused_after_the_ev_left(plug: PlugDriver, board: FakeBoard) -> None:
    await plug.plug_in()
    await plug.unplug_ev()
    with pytest.raises(InterlockError):
        await plug.request_energy()
    assert not board.coils[S2C]


async def test_plugging_in_while_charging_is_refused(plug: PlugDriver) -> None:
    await plug.plug_in()
    await plug.request_energy()
    with pytest.raises(InterlockError, match="state C"):
        await plug.plug_in()


async def test_unplugging_opens_s2_then_pilot_then_proximity(
    plug: PlugDriver, board: FakeBoard
) -> None:
    await plug.plug_in()
    await plug.request_energy()
    board.writes.clear()
    await plug.unplug()
    assert order(board) == [(S2C, False), (CP, False), (PP, False)]


async def test_ev_side_leaves_the_cable_in_the_station(plug: PlugDriver) -> None:
    await plug.plug_in()
    await plug.request_energy()
    await plug.unplug_ev()
    reading = await plug.read()
    assert (reading.cp_state, reading.cable_in_station) == (CpState.A, True)


async def test_ev_side_comes_back_without_touching_proximity(
    plug: PlugDriver, board: FakeBoard
) -> None:
    await plug.plug_in()
    await plug.unplug_ev()
    board.writes.clear()
    await plug.plug_in()
    assert order(board) == [(CP, True)]


async def test_pilot_stays_closed_while_the_contactor_is(
    plug: PlugDriver, board: FakeBoard
) -> None:
    await plug.plug_in()
    await plug.request_energy()

    def welded() -> None:
        board.inputs[VOLTAGE] = True

    board.rule = welded
    with pytest.raises(ContactorClosed, match="voltage still present"):
        await plug.unplug_ev()
    assert (board.coils[S2C], board.coils[CP]) == (False, True)


async def test_pilot_opens_as_soon_as_a_slow_contactor_does(
    plug: PlugDriver, board: FakeBoard
) -> None:
    await plug.plug_in()
    await plug.request_energy()
    loop = asyncio.get_running_loop()

    def slow() -> None:
        if not board.coils[S2C]:
            loop.call_later(0.01, board.inputs.__setitem__, VOLTAGE, False)

    board.rule = slow
    await plug.unplug_ev()
    assert not board.coils[CP]


async def test_without_voltage_input_the_contactor_gets_its_time(
    board: FakeBoard, notes: Notes
) -> None:
    plug = make_plug(board, notes, inputs={})
    await plug.plug_in()
    await plug.request_energy()
    loop = asyncio.get_running_loop()
    started = loop.time()
    await plug.unplug_ev()
    assert loop.time() - started >= QUICK.contactor_s
    assert (await plug.read()).voltage_present is None


async def test_cable_cannot_be_pulled_with_the_ev_connected(
    plug: PlugDriver, board: FakeBoard
) -> None:
    await plug.plug_in()
    with pytest.raises(InterlockError, match="state B"):
        await plug.unplug_station()
    assert board.coils[PP]


async def test_cable_cannot_be_pulled_while_locked(plug: PlugDriver, board: FakeBoard) -> None:
    await plug.plug_in()
    await plug.unplug_ev()
    board.inputs[LOCKED] = True
    with pytest.raises(PlugLocked, match="locked"):
        await plug.unplug_station()
    assert board.coils[PP]


async def test_a_late_unlock_is_waited_for(plug: PlugDriver, board: FakeBoard) -> None:
    await plug.plug_in()
    await plug.unplug_ev()
    board.inputs[LOCKED] = True
    asyncio.get_running_loop().call_later(0.01, board.inputs.__setitem__, LOCKED, False)
    await plug.unplug_station()
    assert not board.coils[PP]


async def test_orders_are_idempotent(plug: PlugDriver, board: FakeBoard) -> None:
    await plug.plug_in()
    await plug.plug_in()
    await plug.request_energy()
    await plug.request_energy()
    await plug.unplug()
    count = len(board.writes)
    await plug.stop_energy()
    await plug.unplug()
    await plug.unplug_station()
    assert len(board.writes) == count


async def test_a_pilot_state_is_held_long_enough_to_be_seen(board: FakeBoard, notes: Notes) -> None:
    timings = PlugTimings(0.0, 0.0, hold_s=0.03, contactor_s=0.05, unlock_s=0.05, poll_s=0.001)
    plug = make_plug(board, notes, timings=timings)
    loop = asyncio.get_running_loop()
    await plug.plug_in()
    started = loop.time()
    await plug.request_energy()
    assert loop.time() - started >= 0.029


async def test_safe_opens_everything_in_order(plug: PlugDriver, board: FakeBoard) -> None:
    await plug.plug_in()
    await plug.request_energy()
    board.writes.clear()
    await plug.safe()
    assert order(board) == [(S2C, False), (CP, False), (PP, False)]
    assert plug.cp_state is CpState.A


async def test_safe_is_reached_although_contactor_and_lock_hold(
    plug: PlugDriver, board: FakeBoard, notes: Notes
) -> None:
    await plug.plug_in()
    board.rule = lambda: None
    board.inputs[VOLTAGE] = board.inputs[LOCKED] = True
    await plug.safe()
    assert not any(board.coils)
    assert "alarm" in notes.of("input", "name")


async def test_leaving_makes_safe(plug: PlugDriver, board: FakeBoard) -> None:
    async with plug:
        await plug.plug_in()
        await plug.request_energy()
    assert not any(board.coils)


async def test_entering_learns_the_state_of_the_coils(plug: PlugDriver, board: FakeBoard) -> None:
    board.coils[CP] = board.coils[S2C] = board.coils[PP] = True
    async with plug:
        assert plug.cp_state is CpState.C


async def test_a_stuck_relay_ends_the_order(plug: PlugDriver, board: FakeBoard) -> None:
    board.stuck = {CP}
    with pytest.raises(ReadbackMismatch):
        await plug.plug_in()
    assert plug.cp_state is CpState.A


async def test_a_dead_board_is_passed_on(plug: PlugDriver, board: FakeBoard) -> None:
    board.fail = DeviceGone(board.name, "hang-up")
    with pytest.raises(DeviceGone):
        await plug.read()


async def test_orders_wait_for_each_other(plug: PlugDriver, board: FakeBoard) -> None:
    await plug.plug_in()
    await asyncio.gather(plug.request_energy(), plug.unplug())
    assert not any(board.coils)


async def test_inputs_are_reported_when_they_change(plug: PlugDriver, notes: Notes) -> None:
    await plug.plug_in()
    await plug.request_energy()
    await plug.read()
    await plug.read()
    assert sorted(map(str, notes.of("input", "name"))) == ["locked", "voltage"]


async def test_prove_tells_the_state(plug: PlugDriver) -> None:
    await plug.plug_in()
    assert await plug.prove() == "type2 plug, state B, cable in the station"


async def test_fixed_cable_has_no_station_side(board: FakeBoard, notes: Notes) -> None:
    plug = make_plug(board, notes, inputs={"voltage": VOLTAGE}, fixed_cable=True)
    await plug.plug_in()
    assert order(board) == [(CP, True)]
    await plug.unplug()
    assert not (await plug.read()).cable_in_station
    with pytest.raises(NotSupported, match="fixed cable"):
        await plug.unplug_station()
    await plug.safe()


async def test_an_input_that_the_board_lacks_is_named(board: FakeBoard, notes: Notes) -> None:
    board.inputs = []
    plug = make_plug(board, notes)
    with pytest.raises(NotSupported, match="no input 0"):
        await plug.read()


def test_timings_scale_but_bus_time_does_not() -> None:
    scaled = PlugTimings().scaled(lambda lab_s: lab_s / 10)
    assert (scaled.hold_s, scaled.poll_s) == (0.05, PlugTimings().poll_s)
