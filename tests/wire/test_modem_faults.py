"""The modem driver against a stick that misbehaves: the documented error, in time, and recovery."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from drivers.errors import (
    BadReply,
    DeviceGone,
    DeviceTimeout,
    DriverError,
    InterlockError,
    NotSupported,
    RadioUnavailable,
)
from drivers.modem.e3372h import E3372hModem
from drivers.ports import AccessTechnology, SimState, TechnologyLock
from drivers.serial_link import SerialLink, SerialSettings
from tests.contract.dongle_mocks import FAST, DongleMock, dongle_mock
from tests.unit.drivers.fake_board import Notes

SHORT = replace(FAST, reply_s=1.0, open_s=1.0, config_s=1.0)
LATE_S = 1.4
SLACK_S = 5.0
"""A busy machine; the deadline itself is what the error's text names."""


@pytest.fixture(scope="module")
def shared() -> Iterator[DongleMock]:
    with dongle_mock("e3372h") as mock:
        yield mock


@pytest.fixture
async def dongle(shared: DongleMock) -> AsyncIterator[DongleMock]:
    yield shared
    await shared.control("modem_clear")
    await shared.control("replug_modem")
    await shared.control("sim", state="ready")
    await shared.control("network")


def driver(dongle: DongleMock, notes: Notes | None = None, pin: str | None = None) -> E3372hModem:
    return E3372hModem(
        "modem",
        dongle.port,
        observe=notes or Notes(),
        timings=SHORT,
        pin=None if pin is None else SecretStr(pin),
    )


@pytest.mark.parametrize(
    ("fault", "value", "error", "word"),
    [
        ("mute", True, DeviceTimeout, r"no answer on .* within 1 s"),
        ("late_s", LATE_S, DeviceTimeout, r"no answer on .* within 1 s"),
        ("garble", True, BadReply, "not understood"),
    ],
)
async def test_a_fault_is_reported_in_time_and_the_driver_works_again(
    dongle: DongleMock, fault: str, value: bool | float, error: type[DriverError], word: str
) -> None:
    async with driver(dongle) as modem:
        await modem.set_lock(TechnologyLock.LTE)
        await dongle.control("modem_fault", name=fault, value=value)
        began = time.monotonic()
        with pytest.raises(error, match=word):
            await modem.read_signal()
        assert time.monotonic() - began < SHORT.reply_s + SLACK_S
        await dongle.control("modem_clear")
        assert (await modem.read_signal()).rssi_dbm is not None
        assert (await modem.identity()).imei == "861821030000017"


@pytest.mark.parametrize("fault", ["split", "double", "echo", "storm"])
async def test_what_is_odd_but_right_is_understood(dongle: DongleMock, fault: str) -> None:
    await dongle.control("modem_fault", name=fault, value=True)
    async with driver(dongle) as modem:
        assert (await modem.identity()).imei == "861821030000017"
        seen = await modem.set_lock(TechnologyLock.UMTS)
        assert seen.access_technology is AccessTechnology.UMTS
        assert (await modem.read_signal()).rscp_dbm is not None
        await modem.connect()
        assert (await dongle.state())["data"] == 1


@pytest.mark.parametrize("fault", ["mute", "late_s", "garble"])
async def test_a_port_that_does_not_answer_well_cannot_be_opened(
    dongle: DongleMock, fault: str
) -> None:
    value: bool | float = LATE_S if fault == "late_s" else True
    await dongle.control("modem_fault", name=fault, value=value)
    modem = driver(dongle)
    with pytest.raises((DeviceTimeout, BadReply)):
        await modem.__aenter__()
    await dongle.control("modem_clear")
    async with modem:
        assert "E3372" in await modem.prove()


async def test_another_make_is_refused(dongle: DongleMock) -> None:
    await dongle.control("modem_fault", name="foreign", value=True)
    modem = driver(dongle)
    with pytest.raises(BadReply, match="Quectel, not as a Huawei"):
        await modem.__aenter__()
    await dongle.control("modem_clear")
    async with modem:
        pass


async def test_another_stick_is_refused(dongle: DongleMock) -> None:
    modem = E3372hModem(
        "modem", dongle.port, observe=Notes(), imei="123456789012345", timings=SHORT
    )
    with pytest.raises(BadReply, match="IMEI 861821030000017, the bench file says 123456789012345"):
        await modem.__aenter__()


async def test_a_port_in_use_is_refused_and_free_afterwards(dongle: DongleMock) -> None:
    modem = driver(dongle)
    async with SerialLink("somebody", SerialSettings(dongle.port)):
        with pytest.raises(DeviceGone, match="in use by another program"):
            await modem.__aenter__()
    async with modem:
        assert "E3372" in await modem.prove()


async def test_a_command_of_another_program_on_the_port_is_noticed(dongle: DongleMock) -> None:
    async with driver(dongle) as modem:
        await dongle.control("modem_fault", name="mute", value=True)
        asking = asyncio.create_task(modem.read_signal())
        await asyncio.sleep(0)
        await dongle.control("modem_says", text="AT+CGDCONT?\r\r\n")
        with pytest.raises(BadReply, match="another program sends commands") as caught:
            await asking
        assert "ModemManager" in caught.value.hint
        await dongle.control("modem_clear")
        assert "E3372" in await modem.prove()


async def test_unplug_while_waiting_for_the_network_is_device_gone(dongle: DongleMock) -> None:
    waiting = asyncio.Event()

    def observe(_kind: str, _source: str, data: object) -> None:
        if isinstance(data, dict) and data["step"] == "register":
            waiting.set()

    await dongle.control("radio", technology="2g", present=False)
    try:
        modem = E3372hModem("modem", dongle.port, observe=observe, timings=SHORT)
        await modem.__aenter__()
        switching = asyncio.create_task(modem.set_lock(TechnologyLock.GSM))
        await waiting.wait()
        await dongle.control("unplug_modem")
        with pytest.raises(DeviceGone):
            await switching
        with contextlib.suppress(DeviceGone):
            await modem.__aexit__(None, None, None)
        assert (await dongle.state())["order"] == "01"  # stored in the stick
        await dongle.control("replug_modem")
        async with modem:
            await modem.safe()
            assert (await dongle.state())["order"] == "00"
    finally:
        await dongle.control("radio", technology="2g", present=True)


async def test_a_late_answer_is_not_taken_for_the_next(dongle: DongleMock) -> None:
    async with driver(dongle) as modem:
        await dongle.control("modem_fault", name="late_s", value=LATE_S)
        with pytest.raises(DeviceTimeout):
            await modem.prove()
        await dongle.control("modem_clear")
        seen = await modem.status()
        assert seen.lock is TechnologyLock.AUTO
        assert seen.sim is SimState.READY


class TestPin:
    """The SIM's PIN: sent once, never as the last try, never told."""

    async def test_the_right_pin_unlocks(self, dongle: DongleMock) -> None:
        await dongle.control("sim", state="pin", pin="4321")
        notes = Notes()
        async with driver(dongle, notes, pin="4321") as modem:
            assert (await modem.status()).sim is SimState.READY
            await modem.set_lock(TechnologyLock.LTE)
        assert "4321" not in repr(notes.seen)

    async def test_a_wrong_pin_is_sent_once_in_the_life_of_the_driver(
        self, dongle: DongleMock
    ) -> None:
        await dongle.control("sim", state="pin", pin="4321")
        modem = driver(dongle, pin="9999")
        with pytest.raises(InterlockError, match="refused the PIN") as caught:
            await modem.__aenter__()
        assert "9999" not in f"{caught.value!r} {caught.value} {caught.value.hint}"
        with pytest.raises(InterlockError, match="wrong before"):
            await modem.__aenter__()
        assert (await dongle.state())["pin_tries"] == 2

    async def test_the_last_try_is_the_owners(self, dongle: DongleMock) -> None:
        await dongle.control("sim", state="pin", pin="4321", tries=1)
        with pytest.raises(InterlockError, match="not sent: tries left: 1"):
            await driver(dongle, pin="4321").__aenter__()
        assert (await dongle.state())["pin_tries"] == 1
        await dongle.control("sim", state="pin", pin="4321", tries=2)
        async with driver(dongle, pin="4321"):
            pass

    async def test_no_error_tells_the_pin(self, dongle: DongleMock) -> None:
        await dongle.control("sim", state="pin", pin="4321")
        await dongle.control("modem_fault", name="mute_on", value="AT+CPIN=")
        with pytest.raises(DeviceTimeout, match=r"AT\+CPIN=\.\.\.: no answer") as caught:
            await driver(dongle, pin="4321").__aenter__()
        assert "4321" not in f"{caught.value!r} {caught.value.hint}"


async def test_nothing_forbidden_was_ever_sent(dongle: DongleMock) -> None:
    async with driver(dongle) as modem:
        for lock in TechnologyLock:
            await modem.set_lock(lock)
        await modem.connect()
        await modem.disconnect()
        await modem.safe()
    assert await dongle.control("modem_forbidden") == []


async def test_data_that_the_network_refuses_is_a_finding(dongle: DongleMock) -> None:
    await dongle.control("network", data_refused=True)
    modem = E3372hModem("modem", dongle.port, observe=Notes(), timings=replace(SHORT, data_s=0.3))
    async with modem:
        await modem.set_lock(TechnologyLock.LTE)
        with pytest.raises(RadioUnavailable, match="no data session"):
            await modem.connect()


async def test_old_firmware_locks_what_it_can() -> None:
    with dongle_mock("e3372h", "--firmware", "11.001") as mock:
        async with driver(mock) as modem:
            assert (await modem.set_lock(TechnologyLock.UMTS)).lock is TechnologyLock.UMTS
            assert (await modem.read_signal()).csq is not None
            with pytest.raises(NotSupported, match="cannot be locked to 4g"):
                await modem.set_lock(TechnologyLock.LTE)
