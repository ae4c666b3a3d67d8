"""Each fault in each operation on both backends: documented error, in time, then well again.

What one backend alone can do wrong is in `test_modem_faults.py` and `test_hilink_faults.py`. An
answer that comes twice exists on a serial line only: TCP gives every byte once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace

import pytest

from drivers.errors import (
    BadReply,
    DeviceGone,
    DeviceTimeout,
    DriverError,
    RadioUnavailable,
    ReadbackMismatch,
)
from drivers.modem.e3372h import E3372hModem
from drivers.modem.hilink import HilinkModem
from drivers.ports import TechnologyLock
from rig.jsontypes import Json
from tests.contract.dongle_mocks import FAST, DongleMock, dongle_mock
from tests.unit.drivers.fake_board import Notes

AnyModem = E3372hModem | HilinkModem
Operation = Callable[[AnyModem], Awaitable[object]]
SHORT = replace(FAST, reply_s=1.0, open_s=1.0, config_s=1.0, sim_s=0.3, data_s=0.3)
"""For faults: what is missed is missed soon."""
LATE_S = 1.4
DEADLINE_S = 20.0
"""A busy machine; the deadline itself is what the error's text names."""

OPERATIONS: dict[str, Operation] = {
    "prove": lambda m: m.prove(),
    "identity": lambda m: m.identity(),
    "status": lambda m: m.status(),
    "signal": lambda m: m.read_signal(),
    "lock": lambda m: m.set_lock(TechnologyLock.UMTS),
    "connect": lambda m: m.connect(),
    "disconnect": lambda m: m.disconnect(),
    "safe": lambda m: m.safe(),
}
ENDS_A_SESSION = ("disconnect", "safe")
Errors = tuple[type[DriverError], ...]
TABLE: dict[str, tuple[str, Json, Errors]] = {
    "mute": ("mute", True, (DeviceTimeout,)),
    "late": ("late_s", LATE_S, (DeviceTimeout,)),
    "garbled": ("garble", True, (BadReply,)),
    "busy": ("busy", True, (BadReply,)),
    "split": ("split", True, ()),
    "duplicated": ("double", True, ()),
    "wrong device": ("foreign", True, (BadReply,)),
}
# A stick answers who it is while its SIM is busy, and says so of the SIM where that is asked.
EXCEPTIONS: dict[tuple[str, str, str], Errors] = {
    ("e3372h", "busy", "identity"): (),
    ("e3372h", "busy", "lock"): (RadioUnavailable,),
    ("e3372h", "busy", "connect"): (RadioUnavailable,),
    ("e3372h", "busy", "disconnect"): (ReadbackMismatch,),
    ("e3372h", "busy", "safe"): (ReadbackMismatch,),
    # Another make is told by its name, so only where the name is asked.
    **{("e3372h", "wrong device", name): () for name in OPERATIONS if name != "identity"},
}


@pytest.fixture(scope="module", params=["e3372h", "hilink"])
def shared(request: pytest.FixtureRequest) -> Iterator[tuple[str, DongleMock]]:
    with dongle_mock(request.param) as mock:
        yield request.param, mock


@pytest.fixture
def backend(shared: tuple[str, DongleMock]) -> str:
    return shared[0]


@pytest.fixture
async def dongle(shared: tuple[str, DongleMock]) -> AsyncIterator[DongleMock]:
    mock = shared[1]
    yield mock
    await mock.control("modem_clear")
    await mock.control("replug_modem")


def driver(backend: str, dongle: DongleMock, *, patient: bool = False) -> AnyModem:
    times = FAST if patient else SHORT
    if backend == "hilink":
        return HilinkModem("modem", dongle.url, observe=Notes(), timings=times)
    return E3372hModem("modem", dongle.port, observe=Notes(), timings=times)


async def prepare(dongle: DongleMock, operation: str) -> None:
    """A network for what begins a session, and a session for what ends one."""
    while (await dongle.state())["serving"] is None:
        pass
    if operation in ENDS_A_SESSION:
        assert await dongle.control("dial", up=True)


async def works(modem: AnyModem) -> None:
    assert (await modem.identity()).imei == "861821030000017"
    await modem.safe()
    seen = await modem.status()
    assert (seen.lock, seen.data_connected) == (TechnologyLock.AUTO, False)


@pytest.mark.parametrize("kind", TABLE)
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_operation(dongle: DongleMock, backend: str, operation: str, kind: str) -> None:
    if (backend, kind) == ("hilink", "duplicated"):
        pytest.skip("TCP gives every byte once")
    name, value, usual = TABLE[kind]
    errors = EXCEPTIONS.get((backend, kind, operation), usual)
    act = OPERATIONS[operation]
    async with driver(backend, dongle, patient=not errors) as modem:
        await prepare(dongle, operation)
        await dongle.control("modem_fault", name=name, value=value)
        async with asyncio.timeout(DEADLINE_S):
            if errors:
                with pytest.raises(errors) as caught:
                    await act(modem)
                assert caught.value.device == "modem"
            else:
                await act(modem)
        await dongle.control("modem_clear")
        assert (await modem.identity()).imei == "861821030000017"
    async with driver(backend, dongle, patient=True) as modem:
        await prepare(dongle, operation)
        await act(modem)
        await works(modem)


@pytest.mark.parametrize("kind", TABLE)
async def test_enter(dongle: DongleMock, backend: str, kind: str) -> None:
    name, value, errors = TABLE[kind]
    if (backend, kind) == ("e3372h", "busy"):
        errors = ()  # a SIM that is busy is asked again when it is wanted
    await dongle.control("modem_fault", name=name, value=value)
    modem = driver(backend, dongle)
    async with asyncio.timeout(DEADLINE_S):
        if errors:
            with pytest.raises(errors):
                await modem.__aenter__()
        else:
            await modem.__aenter__()
            await dongle.control("modem_clear")
            await modem.__aexit__(None, None, None)
    await dongle.control("modem_clear")
    async with driver(backend, dongle, patient=True) as modem:
        await works(modem)


@pytest.mark.parametrize("operation", ["enter", *OPERATIONS])
async def test_unplugged_before_an_operation(
    dongle: DongleMock, backend: str, operation: str
) -> None:
    modem = driver(backend, dongle, patient=True)
    if operation != "enter":
        await modem.__aenter__()
    await dongle.control("unplug_modem")
    with pytest.raises(DeviceGone):
        await (modem.__aenter__() if operation == "enter" else OPERATIONS[operation](modem))
    await back_again(modem, dongle, operation)


@pytest.mark.parametrize("operation", ["enter", *OPERATIONS])
async def test_unplugged_during_an_operation(
    dongle: DongleMock, backend: str, operation: str
) -> None:
    modem = driver(backend, dongle, patient=True)
    if operation != "enter":
        await modem.__aenter__()
        await prepare(dongle, operation)
    await dongle.control("modem_fault", name="mute", value=True)
    before = await dongle.control("modem_heard")
    act = modem.__aenter__() if operation == "enter" else OPERATIONS[operation](modem)
    doing = asyncio.ensure_future(act)
    while await dongle.control("modem_heard") == before:  # it asks, and waits for the answer
        assert not doing.done()
    await dongle.control("unplug_modem")
    async with asyncio.timeout(DEADLINE_S):
        with pytest.raises(DeviceGone) as caught:
            await doing
    assert caught.value.device == "modem"
    await back_again(modem, dongle, operation)


async def back_again(modem: AnyModem, dongle: DongleMock, operation: str) -> None:
    """Closed, plugged in and opened anew, it does what it could not do before."""
    with pytest.raises(DeviceGone):
        await modem.prove()
    with contextlib.suppress(DeviceGone):
        await modem.__aexit__(None, None, None)
    await dongle.control("modem_clear")
    await dongle.control("replug_modem")
    async with modem:
        if operation != "enter":
            await prepare(dongle, operation)
            await OPERATIONS[operation](modem)
        await works(modem)
