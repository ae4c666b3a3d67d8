"""A tester with its own controller that misbehaves: the documented error in time, and recovery."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from drivers.errors import (
    BadReply,
    DeviceGone,
    DeviceTimeout,
    DriverError,
    NotSupported,
    ReadbackMismatch,
)
from drivers.evse_tester.plug import PlugDriver
from drivers.evse_tester.register_circuit import RegisterCircuit
from drivers.ports import CpState, PlugFault
from drivers.relay.modbus_bus import ModbusBus, ModbusExceptionReply
from tests.contract.evse_tester_contract import FAST, UNPLUGGED, Seen, driver
from tests.contract.opponents import becomes, running_mock
from tests.contract.tester_mocks import TIMEOUT_S, RegisterTester, register_tester
from tests.unit.drivers.fake_board import Notes

SLACK_S = 5.0
"""A busy machine; the deadline itself is in the error's text."""


@pytest.fixture(scope="module", params=["rtu", "tcp"])
def shared(request: pytest.FixtureRequest) -> Iterator[RegisterTester]:
    with register_tester(request.param) as tester:
        yield tester


@pytest.fixture
async def tester(shared: RegisterTester) -> AsyncIterator[RegisterTester]:
    yield shared
    await shared.mock.control("clear")
    await shared.mock.control("tester", name="emergency_stop", on=False)
    await shared.energise(False)


@pytest.mark.parametrize(
    ("fault", "value", "error", "word"),
    [
        ("mute", True, DeviceTimeout, "no answer on"),
        ("late_s", TIMEOUT_S * 1.5, DeviceTimeout, "no answer on"),
        ("garble", True, BadReply, "answer not understood"),
        ("foreign_unit", True, BadReply, "answer not understood"),
        ("exception", 4, ModbusExceptionReply, "server device failure"),
        ("exception", 6, ModbusExceptionReply, "server device busy"),
        ("stuck", 0, ReadbackMismatch, "contacts did not follow"),
    ],
)
async def test_a_fault_is_reported_and_the_driver_works_again(
    tester: RegisterTester,
    fault: str,
    value: bool | float | int,
    error: type[DriverError],
    word: str,
) -> None:
    loop = asyncio.get_running_loop()
    async with driver(tester) as plug:
        await tester.mock.control("fault", name=fault, value=value)
        began_s = loop.time()
        with pytest.raises(error, match=word):
            await plug.plug_in()
        assert loop.time() - began_s < 8 * TIMEOUT_S + SLACK_S
        await tester.mock.control("clear")
        await plug.plug_in()
        assert await tester.seen() == Seen("B", "32A")


@pytest.mark.parametrize("fault", ["split", "double"])
async def test_what_is_odd_but_right_is_understood(tester: RegisterTester, fault: str) -> None:
    await tester.mock.control("fault", name=fault, value=True)
    async with driver(tester) as plug:
        await plug.plug_in()
        assert (await plug.read()).cp_state is CpState.B


async def test_a_failing_contact_has_everything_opened(tester: RegisterTester) -> None:
    async with driver(tester) as plug:
        await plug.plug_in()
        await tester.mock.control("fault", name="stuck", value=2)
        with pytest.raises(ReadbackMismatch, match=r"fault cp-pe-short.*fault None"):
            await plug.inject(PlugFault.CP_PE_SHORT, 60.0)
        assert await tester.seen() == UNPLUGGED


async def test_the_emergency_stop_opens_everything_and_is_learnt(tester: RegisterTester) -> None:
    notes = Notes()
    async with driver(tester, notes) as plug:
        await plug.plug_in()
        await tester.mock.control("tester", name="emergency_stop", on=True)
        assert (await plug.read()).cp_state is CpState.A
    assert ("emergency_stop", True) in [
        (data["name"], data["value"]) for kind, _, data in notes.seen if kind == "input"
    ]


async def test_the_tester_opens_by_itself_when_nobody_speaks(tester: RegisterTester) -> None:
    bus = ModbusBus(tester.address, timeout_s=TIMEOUT_S)
    circuit = RegisterCircuit("plug-1", bus, 1, watchdog_s=0.3)
    plug = PlugDriver(circuit, observe=Notes(), timings=FAST)
    async with plug:
        await plug.plug_in()
        await becomes(tester.mock, "contacts", [0, 0, 0, 0, 0])  # not seen by way of Modbus
        assert (await plug.read()).cp_state is CpState.A


async def test_another_type_of_plug_is_refused(tester: RegisterTester) -> None:
    bus = ModbusBus(tester.address, timeout_s=TIMEOUT_S)
    circuit = RegisterCircuit("plug-1", bus, 1, plug_type="type1")
    with pytest.raises(NotSupported, match="is of type 2, the bench file says type1"):
        await circuit.enter()
    async with driver(tester):
        pass


async def test_another_unit_does_not_answer(tester: RegisterTester) -> None:
    circuit = RegisterCircuit("plug-1", ModbusBus(tester.address, timeout_s=TIMEOUT_S), 9)
    with pytest.raises(DeviceTimeout):
        await circuit.enter()
    async with driver(tester):
        pass


@pytest.mark.parametrize("dialect", ["waveshare-8", "kmtronic-8", "wago-750"])
async def test_a_relay_board_is_no_tester(dialect: str) -> None:
    with running_mock("relay-board", "--dialect", dialect) as mock:
        circuit = RegisterCircuit("plug-1", ModbusBus(mock.rtu, timeout_s=TIMEOUT_S), 1)
        with pytest.raises(NotSupported, match="no EVSE tester that we know"):
            await circuit.enter()


async def test_a_port_in_use_is_refused_and_free_afterwards() -> None:
    with register_tester("rtu") as tester:
        async with driver(tester):
            with pytest.raises(DeviceGone, match="in use by another program"):
                await driver(tester).__aenter__()
        async with driver(tester) as plug:
            await plug.prove()


Act = Callable[[PlugDriver], Awaitable[object]]
OPERATIONS: dict[str, tuple[list[Act], Act]] = {
    "plug_in": ([], lambda p: p.plug_in()),
    "request_energy": ([lambda p: p.plug_in()], lambda p: p.request_energy()),
    "stop_energy": ([lambda p: p.plug_in(), lambda p: p.request_energy()],
                    lambda p: p.stop_energy()),
    "unplug_ev": ([lambda p: p.plug_in()], lambda p: p.unplug_ev()),
    "unplug_station": ([lambda p: p.plug_in(), lambda p: p.unplug_ev()],
                       lambda p: p.unplug_station()),
    "unplug": ([lambda p: p.plug_in()], lambda p: p.unplug()),
    "inject": ([lambda p: p.plug_in()], lambda p: p.inject(PlugFault.PE_OPEN, 60.0)),
    "clear_fault": ([lambda p: p.inject(PlugFault.PE_OPEN, 60.0)], lambda p: p.clear_fault()),
    "set_load": ([lambda p: p.plug_in(), lambda p: p.request_energy()], lambda p: p.set_load(1)),
    "read": ([], lambda p: p.read()),
    "prove": ([], lambda p: p.prove()),
    "safe": ([lambda p: p.plug_in()], lambda p: p.safe()),
}  # fmt: skip


async def three_times(act: Act, plug: PlugDriver) -> None:
    """A short operation has fewer requests than the one at which the plug is pulled."""
    for _ in range(3):
        await act(plug)


@pytest.mark.parametrize("request_number", [1, 2, 4])
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_unplugged_during_an_operation(operation: str, request_number: int) -> None:
    before, act = OPERATIONS[operation]
    with register_tester("tcp") as tester:
        plug = driver(tester)
        await plug.__aenter__()
        for step in before:
            await step(plug)
        if operation == "set_load":
            await tester.energise(True)
        await tester.mock.control("hang_up_at", request=request_number)
        try:
            with pytest.raises(DeviceGone):
                await three_times(act, plug)
        finally:
            await tester.energise(False)
            await tester.mock.control("plug_in")
        await plug.safe()
        assert await tester.seen() == UNPLUGGED
        await plug.plug_in()
        await plug.__aexit__(None, None, None)
        assert await tester.seen() == UNPLUGGED
