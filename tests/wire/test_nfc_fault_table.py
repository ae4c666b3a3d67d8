"""Each fault in each order to a card writer: documented error, in time, then well again.

A PN532 has no word for "busy": a port that another program holds is in `test_nfc_faults.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from drivers.errors import BadReply, DeviceGone, DeviceTimeout, DriverError
from drivers.nfc.writer import NfcCardWriter
from drivers.ports import SectorKey
from rig.jsontypes import Json
from tests.contract.nfc_mocks import NfcMock, nfc_mock
from tests.unit.drivers.fake_board import Notes

KEY = SectorKey()
TRAILER = b"\xff" * 6 + bytes.fromhex("ff078069") + b"\xff" * 6
DEADLINE_S = 20.0
"""A busy machine; what counts is that the driver does not wait for ever."""
Order = Callable[[NfcCardWriter, bytes], Awaitable[object]]

ORDERS: dict[str, tuple[str, Order]] = {
    "prove": ("classic:DEADBEEF", lambda w, _: w.prove()),
    "find_card": ("classic:DEADBEEF", lambda w, _: w.find_card()),
    "read_text": ("ntag216:04A1B2C3D4E5F6", lambda w, uid: w.read_text(uid)),
    "write_text": ("ntag216:04A1B2C3D4E5F6", lambda w, uid: w.write_text(uid, "x" * 400)),
    "read_block": ("classic:DEADBEEF", lambda w, uid: w.read_block(uid, 4, KEY)),
    "write_block": ("classic:DEADBEEF", lambda w, uid: w.write_block(uid, 4, bytes(16), KEY)),
    "write_trailer": ("classic:DEADBEEF", lambda w, uid: w.write_trailer(uid, 1, TRAILER, KEY)),
    "set_uid": ("gen2:DEADBEEF", lambda w, uid: w.set_uid(uid, b"\x01\x02\x03\x04")),
}
TABLE: dict[str, tuple[str, Json, type[DriverError] | None]] = {
    "mute": ("mute", True, DeviceTimeout),
    "late": ("late_ack_s", 0.8, DeviceTimeout),
    "late answer": ("late_s", 3.0, DeviceTimeout),
    "garbled": ("garble", True, BadReply),
    "refused": ("nack", True, BadReply),
    "not understood": ("error_frame", True, BadReply),
    "split": ("split", True, None),
    "duplicated": ("double", True, None),
    "noise": ("noise", True, None),
    "wrong device": ("foreign", True, None),  # it is told when it is opened
}


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


def driver(reader: NfcMock) -> NfcCardWriter:
    return NfcCardWriter("writer", "pn532", reader.port, observe=Notes())


@pytest.mark.parametrize("kind", TABLE)
@pytest.mark.parametrize("order", ORDERS)
async def test_order(reader: NfcMock, order: str, kind: str) -> None:
    card, give = ORDERS[order]
    name, value, error = TABLE[kind]
    uid = await reader.lay(card)
    async with driver(reader) as writer:
        await reader.control("nfc_fault", name=name, value=value)
        async with asyncio.timeout(DEADLINE_S):
            if error is None:
                await give(writer, uid)
            else:
                with pytest.raises(error) as caught:
                    await give(writer, uid)
                assert caught.value.device == "writer"
        await reader.control("nfc_clear")
        uid = await reader.lay(card)
        await give(writer, uid)
        assert await writer.prove() == "PN532 v1.6"


@pytest.mark.parametrize("order", ["enter", *ORDERS])
async def test_unplugged_before_an_order(reader: NfcMock, order: str) -> None:
    card, give = ORDERS.get(order, ORDERS["find_card"])
    uid = await reader.lay(card)
    writer = driver(reader)
    if order != "enter":
        await writer.__aenter__()
    await reader.control("nfc_unplug")
    with pytest.raises(DeviceGone):
        await (writer.__aenter__() if order == "enter" else give(writer, uid))
    await back_again(reader, writer, order)


FIRST, AT_THE_CARD = "", "40 42"
"""When the plug is pulled: with the first command, or with the first to the card itself."""
CARD_ORDERS = [order for order in ORDERS if order not in ("prove", "find_card")]
MOMENTS = [*((order, FIRST) for order in ("enter", *ORDERS)),
           *((order, AT_THE_CARD) for order in CARD_ORDERS)]  # fmt: skip


@pytest.mark.parametrize(("order", "moment"), MOMENTS)
async def test_unplugged_during_an_order(reader: NfcMock, order: str, moment: str) -> None:
    card, give = ORDERS.get(order, ORDERS["find_card"])
    uid = await reader.lay(card)
    writer = driver(reader)
    if order != "enter":
        await writer.__aenter__()
        await writer.find_card()
    before = await reader.control("nfc_state")
    await reader.control("nfc_fault", name="only", value=moment)
    await reader.control("nfc_fault", name="pull", value=True)
    async with asyncio.timeout(DEADLINE_S):
        with pytest.raises(DeviceGone) as caught:
            await (writer.__aenter__() if order == "enter" else give(writer, uid))
    assert await reader.control("nfc_state") != before, "it had been asked"
    assert caught.value.device == "writer"
    await back_again(reader, writer, order)


async def back_again(reader: NfcMock, writer: NfcCardWriter, order: str) -> None:
    """Plugged in again it does what it could not do, without being opened anew."""
    card, give = ORDERS.get(order, ORDERS["find_card"])
    with pytest.raises(DeviceGone):
        await writer.prove()
    await reader.control("nfc_clear")
    await reader.control("nfc_replug")
    if order == "enter":
        await writer.__aenter__()
    assert await writer.prove() == "PN532 v1.6"
    await give(writer, await reader.lay(card))
    await writer.__aexit__(None, None, None)


async def test_the_safe_state_needs_no_reader(reader: NfcMock) -> None:
    async with driver(reader) as writer:
        await reader.control("nfc_unplug")
        await writer.safe()  # the field is on during an order only
