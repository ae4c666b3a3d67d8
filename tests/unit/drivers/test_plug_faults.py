"""Faults, cable codes, Type 1 and timings of a relay-switched plug."""

from __future__ import annotations

import asyncio

import pytest

from drivers.errors import DeviceGone, InterlockError, NotSupported
from drivers.evse_tester.relay_circuit import RelayCircuit
from drivers.ports import CableCode, CpState, Latch, PlugFault
from tests.unit.drivers.fake_board import FakeBoard
from tests.unit.drivers.plug_bench import COILS, FullPlug, wire

LONG_S = 60.0

CLOSED_IN_B = {
    PlugFault.CP_PE_SHORT: {"cp", "pp32", "e_hard", "enable"},
    PlugFault.CP_PE_SHORT_AFTER_DIODE: {"cp", "pp32", "e_soft", "enable"},
    PlugFault.DIODE_SHORT: {"cp", "pp32", "diode", "enable"},
    PlugFault.PE_OPEN: {"cp", "pp32", "pe"},
    PlugFault.CP_OPEN: {"pp32"},
    PlugFault.PP_OPEN: {"cp"},
    PlugFault.PP_SHORT: {"cp", "pp_short"},
}
STATES = {
    PlugFault.CP_PE_SHORT: CpState.E,
    PlugFault.CP_PE_SHORT_AFTER_DIODE: CpState.E,
    PlugFault.PE_OPEN: CpState.A,
    PlugFault.CP_OPEN: CpState.A,
}


@pytest.mark.parametrize("fault", list(PlugFault))
async def test_a_fault_goes_in_and_out(fault: PlugFault) -> None:
    bench = FullPlug()
    await bench.plug.plug_in()
    await bench.plug.inject(fault, LONG_S)
    reading = await bench.plug.read()
    assert bench.closed == CLOSED_IN_B[fault]
    assert (reading.fault, reading.cp_state) == (fault, STATES.get(fault, CpState.B))
    assert reading.cable is CableCode.A32
    await bench.plug.clear_fault()
    assert bench.closed == {"cp", "pp32"}
    assert (await bench.plug.read()).fault is None


@pytest.mark.parametrize("fault", list(PlugFault))
async def test_unplugging_takes_the_fault_out(fault: PlugFault) -> None:
    bench = FullPlug()
    await bench.plug.plug_in()
    await bench.plug.request_energy()
    await bench.plug.inject(fault, LONG_S)
    await bench.plug.unplug()
    assert bench.closed == set()
    assert (await bench.plug.read()).fault is None


@pytest.mark.parametrize("fault", list(PlugFault))
async def test_safe_takes_the_fault_out(fault: PlugFault) -> None:
    bench = FullPlug()
    await bench.plug.plug_in()
    await bench.plug.inject(fault, LONG_S)
    await bench.plug.safe()
    assert bench.closed == set()


async def test_a_fault_ends_by_itself() -> None:
    bench = FullPlug()
    await bench.plug.plug_in()
    cleared = asyncio.Event()
    bench.board.rule = lambda: None if bench.is_closed("e_hard") else cleared.set()
    await bench.plug.inject(PlugFault.CP_PE_SHORT, 0.01)
    cleared.clear()
    async with asyncio.timeout(5.0):
        await cleared.wait()
    assert (await bench.plug.read()).fault is None


async def test_a_fault_that_was_taken_out_does_not_end_the_next_one() -> None:
    bench = FullPlug()
    await bench.plug.plug_in()
    await bench.plug.inject(PlugFault.CP_PE_SHORT, 0.02)
    await bench.plug.clear_fault()
    await bench.plug.inject(PlugFault.CP_OPEN, LONG_S)
    await asyncio.sleep(0.05)
    assert (await bench.plug.read()).fault is PlugFault.CP_OPEN


async def test_a_fault_that_ends_on_a_dead_board_is_nobodys_crash() -> None:
    bench = FullPlug()
    await bench.plug.inject(PlugFault.CP_PE_SHORT, 0.005)
    bench.board.fail = DeviceGone("relay-left", "hang-up")
    await asyncio.sleep(0.02)
    bench.board.fail = None
    assert (await bench.plug.read()).fault is PlugFault.CP_PE_SHORT
    await bench.plug.safe()


async def test_orders_of_an_ev_wait_until_the_fault_is_out() -> None:
    bench = FullPlug()
    await bench.plug.inject(PlugFault.PE_OPEN, LONG_S)
    with pytest.raises(InterlockError, match="pe-open is put in"):
        await bench.plug.plug_in()
    with pytest.raises(InterlockError) as refused:
        await bench.plug.request_energy()
    assert refused.value.hint == "take the fault out first"


async def test_the_pilot_event_tells_the_fault() -> None:
    bench = FullPlug()
    await bench.plug.plug_in()
    await bench.plug.inject(PlugFault.DIODE_SHORT, LONG_S)
    last = [data for kind, _, data in bench.notes.seen if kind == "pilot"][-1]
    assert last == {"plug": "plug-1", "cp_state": "B", "fault": "diode-short"}


@pytest.mark.parametrize("code", list(CableCode))
async def test_each_cable_code(code: CableCode) -> None:
    bench = FullPlug()
    await bench.plug.plug_in(code)
    assert bench.closed == {"cp", f"pp{code[:-1]}"}
    assert (await bench.plug.read()).cable is code
    await bench.plug.plug_in(code)
    await bench.plug.unplug()
    assert bench.closed == set()


async def test_another_cable_needs_unplugging_first() -> None:
    bench = FullPlug()
    await bench.plug.plug_in(CableCode.A13)
    await bench.plug.unplug_ev()
    with pytest.raises(InterlockError, match="a cable of 13A is in the station, 63A was asked"):
        await bench.plug.plug_in(CableCode.A63)
    assert bench.closed == {"pp13"}


@pytest.mark.parametrize(
    ("missing", "order"),
    [
        ("s2d", lambda b: b.plug.request_energy(ventilation=True)),
        ("e_hard", lambda b: b.plug.inject(PlugFault.CP_PE_SHORT, 1.0)),
        ("pp_short", lambda b: b.plug.inject(PlugFault.PP_SHORT, 1.0)),
        ("load2", lambda b: b.plug.set_load(2)),
    ],
)
async def test_what_is_not_wired_is_named(missing: str, order) -> None:  # type: ignore[no-untyped-def]  # a table of orders
    bench = FullPlug(coils={role: coil for role, coil in COILS.items() if role != missing})
    await bench.plug.plug_in()
    await bench.plug.request_energy()
    with pytest.raises(NotSupported, match=f"no coil '{missing}'"):
        await order(bench)


async def test_nonsense_is_refused() -> None:
    bench = FullPlug()
    with pytest.raises(NotSupported, match="0 to 3 phases"):
        await bench.plug.set_load(4)
    with pytest.raises(ValueError, match="cannot last"):
        await bench.plug.inject(PlugFault.CP_OPEN, 0.0)
    with pytest.raises(NotSupported, match="no release button"):
        await bench.plug.press_button(True)


async def test_relays_that_make_no_state_are_opened_on_entering() -> None:
    bench = FullPlug()
    for role in ("cp", "s2c", "s2d", "pp13", "pp32", "load1"):
        bench.board.coils[COILS.get(role, 7)] = True
    bench.board.coils[8] = bench.board.coils[9] = True
    async with bench.plug:
        assert bench.closed == set()


def type1(*, button: bool = True) -> FullPlug:
    coils = {**COILS, "button": 16} if button else COILS
    return FullPlug(coils=coils, plug_type="type1")


async def test_type_1_has_no_proximity_of_its_own() -> None:
    bench = type1()
    await bench.plug.plug_in()
    assert bench.closed == {"cp"}
    assert (await bench.plug.read()).cable_in_station
    with pytest.raises(NotSupported, match="cannot be coded"):
        await bench.plug.plug_in(CableCode.A32)
    with pytest.raises(NotSupported, match="fixed cable"):
        await bench.plug.unplug_station()


async def test_type_1_is_unplugged_with_the_button_pressed() -> None:
    bench = type1()
    await bench.plug.plug_in()
    await bench.plug.request_energy()
    bench.board.writes.clear()
    await bench.plug.unplug()
    assert bench.board.writes == [
        {16: True}, {COILS["s2c"]: False}, {COILS["cp"]: False}, {16: False},
    ]  # fmt: skip


async def test_type_1_without_an_actuator_for_the_button() -> None:
    bench = type1(button=False)
    await bench.plug.plug_in()
    await bench.plug.request_energy()
    await bench.plug.unplug()
    assert bench.closed == set()
    with pytest.raises(NotSupported, match="no coil 'button'"):
        await bench.plug.press_button(True)


async def test_the_button_stops_a_charging_ev_and_keeps_it_from_starting() -> None:
    bench = type1()
    await bench.plug.plug_in()
    await bench.plug.request_energy()
    await bench.plug.set_load(1)
    await bench.plug.press_button(True)
    assert bench.plug.cp_state is CpState.B
    with pytest.raises(InterlockError, match="button is pressed"):
        await bench.plug.request_energy()
    await bench.plug.press_button(False)
    await bench.plug.request_energy()
    assert bench.plug.known.cp_state is CpState.C


@pytest.mark.parametrize(("level", "latch"), [(True, Latch.LATCHED), (False, Latch.PRESSED)])
async def test_the_latch_is_read(level: bool, latch: Latch) -> None:
    board = FakeBoard()
    board.inputs[3] = level
    circuit = RelayCircuit("plug-1", wire(board, {"cp": 0, "s2c": 1}, {}, {"latched": 3}))
    assert (await circuit.sense()).latch is latch


async def test_moves_are_timed() -> None:
    bench = FullPlug()
    assert (await bench.plug.read()).timing is None
    await bench.plug.plug_in()
    await bench.plug.unplug()
    timing = (await bench.plug.read()).timing
    assert timing is not None
    assert timing.moves == 4
    assert timing.readback.least_ms <= timing.readback.median_ms <= timing.readback.most_ms
    assert timing.pilot is None
