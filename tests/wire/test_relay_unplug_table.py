"""A relay board is unplugged at each exchange of each operation, on each kind of line."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from drivers.errors import DeviceGone
from tests.wire.relay_operations import (
    DEADLINE_S,
    ENTER_EXCHANGES,
    FACES,
    ON_OPEN,
    Faces,
    faces,
    works,
)

EXCHANGES = [
    pytest.param(name, number, id=f"{name} {number} of {count}")
    for name, (count, _) in ON_OPEN.items()
    for number in range(1, count + 1)
]


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faces]:
    with faces(tmp_path_factory.mktemp("line")) as found:
        yield found


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(("operation", "exchange"), EXCHANGES)
async def test_unplug_during_an_operation_is_device_gone_and_replug_heals(
    boards: Faces, face: str, operation: str, exchange: int
) -> None:
    mock = boards.mock(face)
    async with boards.driver(face) as board:
        await mock.control("hang_up_at", request=exchange)
        async with asyncio.timeout(DEADLINE_S):
            with pytest.raises(DeviceGone, match="hang-up while waiting") as caught:
                await ON_OPEN[operation][1](board)
            assert caught.value.device == "relay-left"
            with pytest.raises(DeviceGone):  # still unplugged
                await ON_OPEN[operation][1](board)
        await mock.control("plug_in")
        await works(board, mock)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("exchange", range(1, ENTER_EXCHANGES + 1))
async def test_unplug_while_entering(boards: Faces, face: str, exchange: int) -> None:
    mock, board = boards.mock(face), boards.driver(face)
    await mock.control("hang_up_at", request=exchange)
    with pytest.raises(DeviceGone):
        await board.__aenter__()
    with pytest.raises(DeviceGone):
        await board.__aenter__()
    await mock.control("plug_in")
    async with board:
        await works(board, mock)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("exchange", [1, 2])
async def test_unplug_while_leaving(boards: Faces, face: str, exchange: int) -> None:
    mock, board = boards.mock(face), boards.driver(face)
    await board.__aenter__()
    await board.set_coil(1, True)
    await mock.control("hang_up_at", request=exchange)
    with pytest.raises(DeviceGone):
        await board.__aexit__()
    await mock.control("plug_in")
    async with board:
        await works(board, mock)


@pytest.mark.parametrize("operation", ON_OPEN)
async def test_the_table_has_every_exchange(boards: Faces, operation: str) -> None:
    count, act = ON_OPEN[operation]
    async with boards.driver("tcp") as board:
        before = await boards.mock("tcp").control("requests")
        await act(board)
        after = await boards.mock("tcp").control("requests")
    made = int(str(after)) - int(str(before))
    # a pulse is looked at until it has ended, which may take more than one look
    assert made >= count if operation == "pulse" else made == count
