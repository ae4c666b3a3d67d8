"""A connector at run time: contactor, pilot and lock follow pilot state and transaction."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_mocks.charging_station.defects import Defects
from firmware_mocks.charging_station.meter import Meter
from firmware_mocks.charging_station.socket import Socket
from firmware_mocks.charging_station.transaction import Session, Transaction
from firmware_mocks.clock import MockClock
from firmware_mocks.electrical import ConnectorOutputs, Generator, PilotSignal, PlugInputs

FAST = 1e6  # debouncing and contactor are over with the next turn of the loop
LOOSE = PlugInputs(12.0, 12.0, None)
CABLE = PlugInputs(12.0, 12.0, 220.0)
STATE_B = PlugInputs(9.0, -12.0, 220.0)
STATE_C = PlugInputs(6.0, -12.0, 220.0)
ACTIONS = st.sampled_from(
    ["loose", "cable", "B", "C", "start", "stop", "suspend", "fault", "clear", "turn", "block"]
)


class Bench:
    """A socket whose station only drives it after every change."""

    def __init__(self, *, fixed_cable: bool = False) -> None:
        self.seen: list[ConnectorOutputs] = []
        self.changed = asyncio.Event()
        self.clock = MockClock(FAST)
        self.socket = Socket(
            1, Meter(self.clock.now, 0.0, 3), self.clock, Defects(),
            fixed_cable=fixed_cable, max_current_a=32,
            changed=self._drive, output=self._output,
        )  # fmt: skip

    def _drive(self, socket: Socket) -> None:
        socket.drive()
        self.changed.set()

    def _output(self, _: int, outputs: ConnectorOutputs) -> None:
        self.seen.append(outputs)
        self.changed.set()

    async def until(self, **wanted: bool) -> None:
        """Return once the outputs are as wanted."""
        async with asyncio.timeout(5):
            while any(getattr(self.socket.outputs, k) != v for k, v in wanted.items()):
                self.changed.clear()
                await self.changed.wait()

    @property
    def pilot(self) -> PilotSignal:
        return self.socket.outputs.pilot

    def start(self) -> None:
        self.socket.transaction = Transaction(1, "TAG", None, 0, 0.0, 0.0)
        self.socket.drive()

    def do(self, action: str) -> None:
        socket = self.socket
        inputs = {"loose": LOOSE, "cable": CABLE, "B": STATE_B, "C": STATE_C}
        if action in inputs:
            socket.apply(inputs[action])
        elif action == "start":
            self.start()
        elif action == "stop":
            socket.transaction = None
        elif action == "suspend" and socket.transaction is not None:
            socket.transaction.offering = False
        elif action in ("fault", "clear"):
            socket.error_code = "GroundFailure" if action == "fault" else None
        elif action == "block":
            socket.lock_blocked = not socket.lock_blocked
        socket.drive()


async def test_contactor_closes_in_state_c_and_opens_in_b() -> None:
    bench = Bench()
    bench.socket.apply(STATE_B)
    bench.start()
    assert not bench.socket.outputs.contactor_closed
    bench.socket.apply(STATE_C)
    await bench.until(contactor_closed=True)
    assert bench.socket.meter.power_w == 3 * 230 * 16
    bench.socket.apply(STATE_B)
    await bench.until(contactor_closed=False)
    assert bench.socket.meter.power_w == 0
    bench.socket.stop()


async def test_glitch_shorter_than_the_debouncing_changes_nothing() -> None:
    bench = Bench()
    bench.socket.apply(STATE_C)
    bench.start()
    await bench.until(contactor_closed=True)
    calls = len(bench.seen)
    bench.socket.apply(STATE_B)
    bench.socket.apply(STATE_C)  # back before the loop turns
    bench.changed.clear()
    await bench.changed.wait()
    assert len(bench.seen) == calls
    assert bench.socket.outputs.contactor_closed
    bench.socket.stop()


async def test_pilot_offers_the_supply_only_in_a_transaction() -> None:
    bench = Bench()
    bench.socket.apply(STATE_B)
    bench.socket.session = Session("TAG", None)
    bench.socket.drive()
    assert bench.pilot == PilotSignal(Generator.STEADY)
    bench.start()
    assert bench.pilot == PilotSignal(Generator.PWM, 53.3)  # 32 A / 0.6
    bench.do("suspend")
    assert bench.pilot == PilotSignal(Generator.STEADY)
    bench.do("fault")
    assert bench.pilot == PilotSignal(Generator.FAULT)
    bench.socket.stop()


async def test_fixed_cable_has_no_lock_and_is_plugged_when_the_pilot_says_so() -> None:
    bench = Bench(fixed_cable=True)
    assert not bench.socket.cable
    bench.socket.apply(PlugInputs(9.0, 9.0, None))
    assert bench.socket.cable
    bench.start()
    assert not bench.socket.outputs.plug_locked
    bench.socket.stop()


async def test_lock_that_is_held_stays_where_it_is() -> None:
    bench = Bench()
    bench.socket.apply(STATE_B)
    bench.start()
    assert bench.socket.outputs.plug_locked
    bench.do("block")
    bench.do("stop")
    assert not bench.socket.try_unlock()
    bench.do("block")
    assert bench.socket.try_unlock()
    bench.socket.stop()


@settings(max_examples=150)
@given(st.lists(ACTIONS, max_size=25), st.booleans())
def test_whatever_happens_energy_flows_only_where_it_may(
    actions: list[str], fixed_cable: bool
) -> None:
    async def play() -> None:
        bench = Bench(fixed_cable=fixed_cable)
        socket = bench.socket
        for action in actions:
            bench.do(action)
            if action == "turn":
                await asyncio.sleep(0)
            outputs = socket.outputs
            if outputs.contactor_closed:
                assert socket.transaction is not None
                assert socket.transaction.offering
                assert socket.cp in "CD"
                assert socket.connected_to_ev
                assert socket.error_code is None
            if outputs.plug_locked and not socket.lock_blocked:
                assert socket.cable
                assert not fixed_cable
            assert (socket.meter.power_w > 0) is outputs.contactor_closed
        socket.stop()
        assert socket.meter.power_w == 0

    asyncio.run(play())
