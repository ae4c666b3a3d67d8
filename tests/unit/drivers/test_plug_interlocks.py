"""The interlocks: each test tries to break one rule; one tries everything."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ContactorClosed, DriverError, InterlockError, PlugLocked
from drivers.evse_tester.circuit import AT_REST, S2, Positions, Senses
from drivers.evse_tester.interlocks import REASONS, Rule, broken_rule
from drivers.ports import CableCode, CpState, PlugFault
from tests.unit.drivers.plug_bench import FullPlug

B = Positions(cp=True, cable=CableCode.A32)
C = replace(B, s2=S2.CHARGE)
D = replace(B, s2=S2.VENTILATE)
LOADED = replace(C, load_phases=1)
LIVE = Senses(voltage=True)
DEAD = Senses(voltage=False)
CABLE_ONLY = Positions(cable=CableCode.A32)


@pytest.mark.parametrize(
    ("rule", "before", "after", "seen"),
    [
        (Rule.ONE_CHANGE, AT_REST, B, DEAD),
        (Rule.ONE_CHANGE, CABLE_ONLY, C, DEAD),
        (Rule.ONE_CHANGE, C, replace(C, load_phases=2), LIVE),
        (Rule.BREAK_BEFORE_MAKE, C, D, DEAD),
        (Rule.BREAK_BEFORE_MAKE, CABLE_ONLY, Positions(cable=CableCode.A13), DEAD),
        (Rule.EV_BEFORE_S2, CABLE_ONLY, replace(CABLE_ONLY, s2=S2.CHARGE), DEAD),
        (Rule.S2_BEFORE_CP, C, replace(C, cp=False), DEAD),
        (Rule.S2_BEFORE_CP, D, replace(D, cp=False), DEAD),
        (Rule.CONTACTOR_BEFORE_CP, B, replace(B, cp=False), LIVE),
        (Rule.CP_BEFORE_PP, B, replace(B, cable=None), DEAD),
        (Rule.CP_BEFORE_PP, Positions(cp=True), B, DEAD),
        (Rule.LOCK_BEFORE_PP, CABLE_ONLY, AT_REST, Senses(locked=True)),
        (Rule.LOAD_NEEDS_CONTACTOR, C, LOADED, DEAD),
        (Rule.LOAD_NEEDS_CONTACTOR, C, LOADED, Senses()),
        (Rule.LOAD_NEEDS_CONTACTOR, B, replace(B, load_phases=1), LIVE),
        (Rule.LOAD_NEEDS_CONTACTOR, AT_REST, Positions(load_phases=1), LIVE),
        (Rule.LOAD_NEEDS_CONTACTOR, replace(C, fault=PlugFault.DIODE_SHORT),
         replace(LOADED, fault=PlugFault.DIODE_SHORT), LIVE),
        (Rule.LOAD_BEFORE_S2, LOADED, replace(LOADED, s2=S2.OPEN), LIVE),
        (Rule.TESTER_SAFE, C, LOADED, replace(LIVE, lid_open=True)),
        (Rule.TESTER_SAFE, C, LOADED, replace(LIVE, emergency_stop=True)),
        (Rule.TESTER_SAFE, C, LOADED, replace(LIVE, too_hot=True)),
        (Rule.FAULT_WITHOUT_LOAD, LOADED, replace(LOADED, fault=PlugFault.CP_OPEN), LIVE),
        (Rule.FAULT_WITHOUT_LOAD, replace(B, fault=PlugFault.CP_PE_SHORT),
         replace(B, fault=PlugFault.DIODE_SHORT), DEAD),
    ],
)  # fmt: skip
def test_a_rule_is_broken(rule: Rule, before: Positions, after: Positions, seen: Senses) -> None:
    assert broken_rule(before, after, seen) is rule
    assert REASONS[rule]


@pytest.mark.parametrize(
    ("before", "after", "seen"),
    [
        (AT_REST, CABLE_ONLY, DEAD),
        (CABLE_ONLY, B, DEAD),
        (B, C, DEAD),
        (B, D, DEAD),
        (C, LOADED, LIVE),
        (LOADED, C, LIVE),
        (replace(C, load_phases=3), C, replace(LIVE, emergency_stop=True)),
        (C, B, LIVE),
        (B, CABLE_ONLY, Senses()),
        (CABLE_ONLY, AT_REST, Senses(locked=False)),
        (B, replace(B, fault=PlugFault.CP_PE_SHORT), DEAD),
        (replace(LOADED, fault=PlugFault.CP_PE_SHORT), LOADED, LIVE),
        (B, B, LIVE),
        (B, replace(B, button=True), DEAD),
    ],
)
def test_what_hands_and_evs_do_is_allowed(
    before: Positions, after: Positions, seen: Senses
) -> None:
    assert broken_rule(before, after, seen) is None


async def test_energy_from_c_to_d_opens_s2_in_between() -> None:
    bench = FullPlug()
    await bench.plug.plug_in()
    await bench.plug.request_energy()
    bench.board.writes.clear()
    await bench.plug.request_energy(ventilation=True)
    assert bench.order == [("s2c", False), ("s2d", True)]
    assert bench.plug.cp_state is CpState.D


async def test_a_load_waits_for_the_contactor_and_goes_before_s2() -> None:
    bench = FullPlug()
    await bench.plug.plug_in()
    await bench.plug.request_energy()
    await bench.plug.set_load(3)
    assert {"load1", "load2", "load3", "enable"} <= bench.closed
    bench.board.writes.clear()
    await bench.plug.unplug()
    assert [role for role, _ in bench.order] == [
        "load1", "load2", "load3", "enable", "s2c", "cp", "pp32",
    ]  # fmt: skip


async def test_a_load_without_the_contactor_is_refused() -> None:
    bench = FullPlug()
    bench.follows = False
    await bench.plug.plug_in()
    await bench.plug.request_energy()
    with pytest.raises(InterlockError, match="I8"):
        await bench.plug.set_load(1)
    assert not bench.closed & {"load1", "enable"}


@pytest.mark.parametrize("name", ["lid_open", "emergency_stop", "too_hot"])
async def test_the_tester_forbids_a_load_and_takes_it_off(name: str) -> None:
    bench = FullPlug()
    await bench.plug.plug_in()
    await bench.plug.request_energy()
    await bench.plug.set_load(2)
    bench.see(name, True)
    assert (await bench.plug.read()).load_phases == 0
    assert not bench.closed & {"load1", "load2", "enable"}
    assert "alarm" in bench.notes.of("input", "name")
    with pytest.raises(InterlockError, match="I10"):
        await bench.plug.set_load(1)


async def test_a_load_goes_off_when_the_station_opens_its_contactor() -> None:
    bench = FullPlug()
    await bench.plug.plug_in()
    await bench.plug.request_energy()
    await bench.plug.set_load(1)
    bench.see("voltage", False)
    assert (await bench.plug.read()).load_phases == 0


async def test_a_welded_contactor_stops_the_unplugging() -> None:
    bench = FullPlug()
    await bench.plug.plug_in()
    await bench.plug.request_energy()
    bench.follows = False
    bench.see("voltage", True)
    with pytest.raises(ContactorClosed):
        await bench.plug.unplug()
    assert bench.closed == {"cp", "pp32"}


async def test_a_locked_plug_is_not_pulled() -> None:
    bench = FullPlug()
    await bench.plug.plug_in()
    bench.follows = False
    bench.see("locked", True)
    with pytest.raises(PlugLocked):
        await bench.plug.unplug()
    assert bench.closed == {"pp32"}


async def test_everything_opens_when_a_relay_does_not_follow() -> None:
    bench = FullPlug()
    await bench.plug.plug_in()
    await bench.plug.request_energy()
    bench.board.stuck = {bench.board.coils.index(False)}  # s2d: will not close
    with pytest.raises(DriverError):
        await bench.plug.request_energy(ventilation=True)
    assert bench.closed == set()


def _violations(bench: FullPlug, before: set[str], changed: dict[str, bool]) -> list[str]:
    """What no write may ever do, said once more and independently of the rules' code."""
    now, wrong = bench.closed, []
    live = bench.board.inputs[0]
    hidden = before & {"e_hard", "e_soft", "diode", "pe", "pp_short"}
    if len(changed) != 1:
        wrong.append(f"several relays in one frame: {changed}")
    if {"s2c", "s2d"} <= now:
        wrong.append("two resistors on the pilot")
    if len([role for role in now if role.startswith("pp")]) > 1:
        wrong.append("two resistors on the proximity")
    for role, on in changed.items():
        if role.startswith("s2") and on and "cp" not in before:
            wrong.append("S2 without an EV")
        if role.startswith("load") and on and not (live and "cp" in before):
            wrong.append("load without contactor")
        if role.startswith("s2") and any(other.startswith("load") for other in before):
            wrong.append("S2 moved under load")
        if (
            role in ("e_hard", "e_soft", "diode", "pe", "pp_short")
            and on
            and (hidden or any(other.startswith("load") for other in before))
        ):
            wrong.append("a fault on top")
    return wrong


ORDERS: dict[str, Callable[[FullPlug], Awaitable[None]]] = {
    "in": lambda b: b.plug.plug_in(),
    "in 13 A": lambda b: b.plug.plug_in(CableCode.A13),
    "energy": lambda b: b.plug.request_energy(),
    "ventilated": lambda b: b.plug.request_energy(ventilation=True),
    "stop": lambda b: b.plug.stop_energy(),
    "ev out": lambda b: b.plug.unplug_ev(),
    "station out": lambda b: b.plug.unplug_station(),
    "out": lambda b: b.plug.unplug(),
    "load 3": lambda b: b.plug.set_load(3),
    "load 1": lambda b: b.plug.set_load(1),
    "load 0": lambda b: b.plug.set_load(0),
    "clear": lambda b: b.plug.clear_fault(),
    "safe": lambda b: b.plug.safe(),
    **{f"fault {f}": lambda b, f=f: b.plug.inject(f, 60.0) for f in PlugFault},  # type: ignore[misc]
}


def stays(bench: FullPlug, voltage: bool) -> None:
    """The contactor does not follow the pilot any more."""
    bench.follows = False
    bench.see("voltage", voltage)


EVENTS: dict[str, Callable[[FullPlug], None]] = {
    "welded": lambda b: stays(b, True),
    "dead": lambda b: stays(b, False),
    "locked": lambda b: b.see("locked", True),
    "lid": lambda b: b.see("lid_open", True),
    "good again": lambda b: setattr(b, "follows", True),
    "cable relay sticks": lambda b: b.board.stuck.add(9),
    "relay well again": lambda b: b.board.stuck.clear(),
}


BEGINNINGS: tuple[list[str], ...] = (
    [],
    ["in"],
    ["in", "energy"],
    ["in", "energy", "load 3"],
    ["in", "ventilated"],
)


@given(st.sampled_from(BEGINNINGS), st.lists(st.sampled_from([*ORDERS, *EVENTS]), max_size=15))
def test_no_order_of_orders_breaks_a_rule(beginning: list[str], names: list[str]) -> None:
    async def act() -> None:
        bench = FullPlug()
        station, wrong = bench.board.rule, []
        before: set[str] = set()

        def watch() -> None:
            nonlocal before
            changed = dict(bench.order[-len(bench.board.writes[-1]) :])
            wrong.extend(_violations(bench, before, changed))
            before = bench.closed
            station()

        bench.board.rule = watch
        for name in [*beginning, *names]:
            if name in EVENTS:
                EVENTS[name](bench)
            else:
                with contextlib.suppress(DriverError):
                    await ORDERS[name](bench)
            assert wrong == [], name
        bench.board.stuck.clear()
        await bench.plug.safe()
        assert bench.closed == set()
        assert wrong == []

    asyncio.run(act())
