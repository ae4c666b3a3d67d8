"""Each fault in each operation on each kind of line: documented error, in time, then well again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from drivers.errors import BadReply, DeviceGone, DeviceTimeout, DriverError, NotSupported
from drivers.relay.board import RelayBoard
from drivers.relay.dialects import DIALECTS
from drivers.relay.modbus_bus import ModbusBus, ModbusExceptionReply
from tests.contract.opponents import MockProcess, relay_mock
from tests.unit.drivers.fake_board import Notes
from tests.wire.relay_operations import (
    DEADLINE_S,
    FACES,
    ON_OPEN,
    TIMEOUT_S,
    Faces,
    faces,
    works,
)

# fault of the board, its value, the error of an operation, and of entering where that differs
TABLE: dict[str, tuple[str, object, type[DriverError] | None, type[DriverError] | None]] = {
    "mute": ("mute", True, DeviceTimeout, DeviceTimeout),
    "late": ("late_s", 1.5 * TIMEOUT_S, DeviceTimeout, DeviceTimeout),
    "garbled": ("garble", True, BadReply, BadReply),
    "noise": ("noise", True, BadReply, BadReply),
    "split": ("split", True, None, None),
    "duplicated": ("double", True, None, None),
    "busy": ("exception", 6, ModbusExceptionReply, NotSupported),
    "wrong unit": ("foreign_unit", True, BadReply, BadReply),
    "wrong device": ("exception", 1, ModbusExceptionReply, NotSupported),
    "hang-up": ("", None, DeviceGone, DeviceGone),
}


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faces]:
    with faces(tmp_path_factory.mktemp("line")) as found:
        yield found


@pytest.fixture(params=FACES)
def face(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def fault(mock: MockProcess, kind: str) -> AsyncIterator[None]:
    """A fault in the body."""
    name, value, _, _ = TABLE[kind]
    if kind == "hang-up":
        await mock.control("hang_up_at", request=1)
    else:
        await mock.control("fault", name=name, value=value)  # type: ignore[arg-type]  # JSON
    try:
        yield
    finally:
        await mock.control("plug_in" if kind == "hang-up" else "clear")


@pytest.mark.parametrize("kind", TABLE)
@pytest.mark.parametrize("operation", ON_OPEN)
async def test_operation(boards: Faces, face: str, operation: str, kind: str) -> None:
    mock, error = boards.mock(face), TABLE[kind][2]
    _, act = ON_OPEN[operation]
    async with boards.driver(face) as board:
        async with fault(mock, kind), asyncio.timeout(DEADLINE_S):
            if error is None:
                await act(board)
            else:
                with pytest.raises(error) as caught:
                    await act(board)
                assert caught.value.device == "relay-left"
        await works(board, mock)


@pytest.mark.parametrize("kind", TABLE)
async def test_enter(boards: Faces, face: str, kind: str) -> None:
    mock, error = boards.mock(face), TABLE[kind][3]
    board = boards.driver(face)
    async with fault(mock, kind), asyncio.timeout(DEADLINE_S):
        if error is None:
            await board.__aenter__()
            await board.__aexit__()
        else:
            with pytest.raises(error):
                await board.__aenter__()
    async with board:
        await works(board, mock)


# Real boards that a dialect cannot tell from its own: coils at the same place, as many or more,
# and nothing else to ask for. docs/limits.md says so.
ALIKE = {
    "waveshare-8": {"waveshare-16", "waveshare-32"},
    "waveshare-16": {"waveshare-32"},
    "waveshare-32": set[str](),
    "r4d8a08": set[str](),
    "kmtronic-8": {"waveshare-8", "waveshare-16", "waveshare-32", "denkovi-16"},
    "denkovi-16": set[str](),
    "wirenboard-6": set[str](),
    "adam-6060": {"adam-4068", "waveshare-32"},
    "adam-4068": {"waveshare-32"},
    "wago-750": set[str](),
}


@pytest.mark.parametrize("real", DIALECTS)
async def test_a_board_of_another_make_is_refused_where_it_can_be_told_apart(real: str) -> None:
    with relay_mock(dialect=real) as mock:
        taken = set()
        for name, dialect in DIALECTS.items():
            if name == real:
                continue
            bus = ModbusBus(mock.tcp)
            board = RelayBoard("left", bus, 1, dialect, observe=Notes())
            try:
                await board.__aenter__()
            except DriverError:
                continue
            taken.add(name)
            await board.__aexit__()
        assert taken == {name for name, alike in ALIKE.items() if real in alike}
