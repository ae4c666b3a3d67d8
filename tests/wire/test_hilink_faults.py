"""The HiLink backend against a device that misbehaves."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from drivers.errors import (
    BadReply,
    DeviceTimeout,
    DriverError,
    InterlockError,
    RadioUnavailable,
)
from drivers.modem.hilink import HilinkModem
from drivers.ports import SimState, TechnologyLock
from tests.contract.dongle_mocks import FAST, DongleMock, dongle_mock
from tests.unit.drivers.fake_board import Notes

SHORT = replace(FAST, reply_s=1.0)
SLACK_S = 5.0


@pytest.fixture(scope="module")
def shared() -> Iterator[DongleMock]:
    with dongle_mock("hilink") as mock:
        yield mock


@pytest.fixture
async def dongle(shared: DongleMock) -> AsyncIterator[DongleMock]:
    yield shared
    await shared.control("modem_clear")
    await shared.control("replug_modem")
    await shared.control("sim", state="ready")


def driver(dongle: DongleMock, pin: str | None = None) -> HilinkModem:
    secret = None if pin is None else SecretStr(pin)
    return HilinkModem("modem", dongle.url, observe=Notes(), pin=secret, timings=SHORT)


@pytest.mark.parametrize(
    ("fault", "value", "error", "word"),
    [
        ("mute", True, DeviceTimeout, "no answer from .* within 1 s"),
        ("late_s", 1.4, DeviceTimeout, "no answer from .* within 1 s"),
        ("garble", True, BadReply, "not understood"),
        ("foreign", True, BadReply, "not understood|does not say what it is"),
    ],
)
async def test_a_fault_is_reported_in_time_and_the_driver_works_again(
    dongle: DongleMock, fault: str, value: bool | float, error: type[DriverError], word: str
) -> None:
    async with driver(dongle) as modem:
        await dongle.control("modem_fault", name=fault, value=value)
        began = time.monotonic()
        with pytest.raises(error, match=word):
            await modem.identity()
        assert time.monotonic() - began < SHORT.reply_s + SLACK_S
        await dongle.control("modem_clear")
        assert (await modem.identity()).model == "E3372"


async def test_a_session_that_ended_is_renewed(dongle: DongleMock) -> None:
    async with driver(dongle) as modem:
        for lock in (TechnologyLock.UMTS, TechnologyLock.AUTO):
            await dongle.control("end_session")
            assert (await modem.set_lock(lock)).lock is lock


@pytest.mark.parametrize("page", ["webserver/SesTokInfo", "net/net-mode-list", "pin/status"])
async def test_a_page_that_a_firmware_does_not_have(dongle: DongleMock, page: str) -> None:
    await dongle.control("hide_page", page=page)
    await dongle.control("end_session")
    async with driver(dongle) as modem:
        assert (await modem.identity()).imei == "861821030000017"
        if page == "pin/status":
            assert (await modem.status()).sim is None
            with pytest.raises(RadioUnavailable, match="state unknown"):
                await modem.set_lock(TechnologyLock.UMTS)
        else:
            await modem.set_lock(TechnologyLock.UMTS)
            assert (await dongle.state())["order"] == "02"


async def test_another_modem_is_refused(dongle: DongleMock) -> None:
    modem = HilinkModem("modem", dongle.url, observe=Notes(), imei="1" * 15, timings=SHORT)
    with pytest.raises(BadReply, match="the bench file says 111"):
        await modem.__aenter__()


async def test_the_login_is_made_when_it_is_wanted() -> None:
    def modem(password: str | None) -> HilinkModem:
        secret = None if password is None else SecretStr(password)
        return HilinkModem("modem", mock.url, observe=Notes(), password=secret, timings=SHORT)

    with dongle_mock("hilink", "--login", "admin:sesame") as mock:
        async with modem("sesame") as opened:
            await opened.set_lock(TechnologyLock.UMTS)
            await mock.control("end_session")
            await opened.set_lock(TechnologyLock.LTE)
        for password, word in ((None, "login required"), ("wrong", "wrong user or password")):
            with pytest.raises(BadReply, match=word) as caught:
                await modem(password).__aenter__()
            assert "sesame" not in repr(caught.value)


async def test_the_pin_is_sent_once_and_never_as_the_last_try(dongle: DongleMock) -> None:
    await dongle.control("sim", state="pin", pin="4321", tries=1)
    with pytest.raises(InterlockError, match="tries left: 1"):
        await driver(dongle, "4321").__aenter__()
    await dongle.control("sim", state="pin", pin="4321")
    modem = driver(dongle, "1111")
    for _ in range(2):
        with pytest.raises(InterlockError, match=r"refused the PIN|wrong before") as caught:
            await modem.__aenter__()
        assert "1111" not in f"{caught.value!r}{caught.value.hint}"
    assert (await dongle.state())["pin_tries"] == 2
    async with driver(dongle, "4321") as unlocked:
        assert (await unlocked.status()).sim is SimState.READY
