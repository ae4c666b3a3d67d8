"""The card writer against a reader that misbehaves: the documented error, in time, and recovery."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import serial

from drivers.errors import (
    BadReply,
    DeviceGone,
    DeviceTimeout,
    DriverError,
    NoCard,
    NotSupported,
)
from drivers.nfc.line import plain_path
from drivers.nfc.nfcpy_reader import NfcpyReader
from drivers.nfc.timings import NfcTimings
from drivers.nfc.writer import NfcCardWriter
from drivers.ports import SectorKey
from tests.contract.nfc_mocks import NfcMock, nfc_mock
from tests.unit.drivers.fake_board import Notes

KEY = SectorKey()
SLACK_S = 5.0
"""A busy machine; what counts is that the driver does not wait for ever."""


@pytest.fixture(scope="module")
def shared() -> Iterator[NfcMock]:
    with nfc_mock() as mock:
        yield mock


@pytest.fixture
async def reader(shared: NfcMock) -> AsyncIterator[NfcMock]:
    yield shared
    await shared.control("nfc_clear")
    await shared.control("nfc_replug")
    await shared.control("nfc_take")


def driver(reader: NfcMock, timings: NfcTimings | None = None) -> NfcCardWriter:
    return NfcCardWriter("writer", "pn532", reader.port, observe=Notes(), timings=timings)


TABLE = [
    ("mute", True, DeviceTimeout, "no answer from a PN532"),
    ("late_ack_s", 0.8, DeviceTimeout, "no answer from a PN532"),
    ("garble", True, BadReply, "not understood"),
    ("nack", True, BadReply, "not understood"),
    ("error_frame", True, BadReply, "does not understand us"),
]


@pytest.mark.parametrize(("fault", "value", "error", "word"), TABLE, ids=[t[0] for t in TABLE])
async def test_a_fault_is_reported_in_time_and_the_driver_works_again(
    reader: NfcMock, fault: str, value: bool | float, error: type[DriverError], word: str
) -> None:
    uid = await reader.lay("classic:DEADBEEF")
    async with driver(reader) as writer:
        await reader.control("nfc_fault", name=fault, value=value)
        began = time.monotonic()
        with pytest.raises(error, match=word):
            await writer.find_card()
        with pytest.raises(DriverError):
            await writer.prove()
        assert time.monotonic() - began < 5 + SLACK_S
        await reader.control("nfc_clear")
        seen = await writer.find_card()
        assert seen is not None
        assert seen.uid == uid
        await writer.write_block(uid, 4, bytes(16), KEY)


async def test_a_response_that_is_late_is_waited_for(reader: NfcMock) -> None:
    await reader.lay("classic:DEADBEEF")
    async with driver(reader) as writer:
        await reader.control("nfc_fault", name="late_s", value=0.05)
        assert await writer.find_card() is not None


@pytest.mark.parametrize(
    ("fault", "error", "word"),
    [
        ("mute", DeviceTimeout, "no answer from a PN532"),
        ("garble", BadReply, "."),
        ("nack", BadReply, "."),
        ("foreign", BadReply, "is no PN532"),
    ],
)
async def test_a_reader_that_does_not_answer_well_cannot_be_opened(
    reader: NfcMock, fault: str, error: type[DriverError], word: str
) -> None:
    await reader.control("nfc_fault", name=fault, value=True)
    writer = driver(reader)
    with pytest.raises(error, match=word):
        await writer.__aenter__()
    await reader.control("nfc_clear")
    async with writer:
        assert await writer.prove() == "PN532 v1.6"


async def test_a_port_in_use_is_said_so(reader: NfcMock) -> None:
    with serial.Serial(reader.port, exclusive=True):
        with pytest.raises(DeviceGone, match="in use by another program"):
            await driver(reader).__aenter__()
    async with driver(reader):
        with pytest.raises(serial.SerialException, match="exclusively lock"):
            serial.Serial(reader.port, exclusive=True)


async def test_a_port_that_is_not_there(tmp_path: Path) -> None:
    writer = NfcCardWriter("writer", "pn532", str(tmp_path / "none"), observe=Notes())
    with pytest.raises(DeviceGone, match="no such port"):
        await writer.__aenter__()


@pytest.mark.parametrize("name", ["a b", "a;b", "$(x)", "a'b"])
def test_no_odd_path_reaches_a_shell(tmp_path: Path, name: str) -> None:
    odd = tmp_path / name
    odd.touch()
    link = tmp_path / "plain"
    link.symlink_to(odd)
    for path in (odd, link):
        with pytest.raises(NotSupported, match="not safe to use"):
            plain_path("writer", str(path))


@pytest.mark.parametrize("path", ["tty:USB0:pn532", "udp", "usb:1:2:3", "usb; x"])
async def test_other_chips_are_on_usb_only(path: str) -> None:
    writer = NfcCardWriter("writer", "acr122u", path, observe=Notes())
    with pytest.raises(NotSupported, match="no path of a reader on USB"):
        await writer.__aenter__()


async def test_a_chip_left_at_the_high_speed_is_fetched_back() -> None:
    with nfc_mock("--card", "classic:DEADBEEF", "--baudrate", "921600") as left:
        async with driver(left) as writer:
            assert await writer.find_card() is not None
        # closing brings it back to the speed at which everybody begins
        assert (await left.control("nfc_state"))["baudrate"] == 115200  # type: ignore[index, call-overload]


@pytest.mark.parametrize("writes", [1, 2, 5])
async def test_a_card_taken_away_while_it_is_written(reader: NfcMock, writes: int) -> None:
    uid = await reader.lay("ntag216:04A1B2C3D4E5F6")
    async with driver(reader) as writer:
        await writer.write_text(uid, "before")
        await reader.control("nfc_leave_after", writes=writes)
        with pytest.raises(NoCard):
            await writer.write_text(uid, "a longer text than before, of several pages")
        assert await writer.find_card() is None
        await reader.control("nfc_lay", name="card")
        assert await writer.read_text(uid) in (None, "before")  # never half a text
        await writer.write_text(uid, "after")
        assert await writer.read_text(uid) == "after"


async def test_a_blank_card_taken_away_while_it_is_formatted_is_still_blank(
    reader: NfcMock,
) -> None:
    uid = await reader.lay("blank-ntag213:04A1B2C3D4E5F6")
    async with driver(reader) as writer:
        await reader.control("nfc_leave_after", writes=1)
        with pytest.raises(NoCard):
            await writer.write_text(uid, "text", format_blank=True)
        await reader.control("nfc_lay", name="card")
        assert await reader.block(3, 4) == "00000000"
        await writer.write_text(uid, "text", format_blank=True)
        assert await writer.read_text(uid) == "text"


async def test_an_order_that_takes_too_long_is_given_up(reader: NfcMock) -> None:
    await reader.lay("ntag216:04A1B2C3D4E5F6")
    async with driver(reader, NfcTimings(job_s=0.3)) as writer:
        await reader.control("nfc_fault", name="late_s", value=0.09)
        with pytest.raises(DeviceTimeout, match=r"not done within 0\.3 s"):
            await writer.read_text(bytes.fromhex("04A1B2C3D4E5F6"))
        await reader.control("nfc_clear")
        assert await writer.find_card() is not None


async def test_reading_is_cancelled_and_writing_is_finished(reader: NfcMock) -> None:
    uid = await reader.lay("ntag216:04A1B2C3D4E5F6")
    async with driver(reader) as writer:
        await writer.write_text(uid, "old")
        await reader.control("nfc_fault", name="late_s", value=0.02)
        for order in (writer.read_text(uid), writer.write_text(uid, "new")):
            running = asyncio.ensure_future(order)
            await asyncio.sleep(0)  # it has begun
            await reader.control("nfc_state")
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            assert running.cancelled()
        await reader.control("nfc_clear")
        assert await writer.read_text(uid) == "new"


def test_a_closed_reader_says_so() -> None:
    import threading

    reader = NfcpyReader("writer", "pn532", "/dev/none", threading.Event())
    with pytest.raises(DeviceGone, match="closed"):
        reader.firmware()
    reader.close()


async def test_a_writer_that_is_not_open_says_so(reader: NfcMock) -> None:
    with pytest.raises(DeviceGone, match="not open"):
        await driver(reader).prove()
