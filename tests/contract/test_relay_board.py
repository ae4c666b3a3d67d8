"""The contract of relay boards on every mock, and on a server that we did not write."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest

from drivers.relay.dialects import DIALECTS
from tests.contract.opponents import ForeignServer, MockFace, MockProcess, Opponent, relay_mock
from tests.contract.relay_board_contract import RelayBoardContract

FACES = {  # how the makers sell them
    "waveshare-8": ("rtu", "tcp", "rtu over tcp"),
    "waveshare-16": ("rtu",),
    "waveshare-32": ("rtu",),
    "r4d8a08": ("rtu",),
    "kmtronic-8": ("rtu",),
    "denkovi-16": ("tcp",),
    "wirenboard-6": ("rtu",),
    "adam-6060": ("tcp",),
    "adam-4068": ("rtu",),
    "wago-750": ("tcp",),
}
BOARDS = [f"{dialect} on {face}" for dialect, faces in FACES.items() for face in faces]


class Mocks:
    """Processes of mocks, one per kind of board, started when first asked for."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._running: dict[tuple[str, bool], MockProcess] = {}

    def get(self, dialect: str, rtu_over_tcp: bool) -> MockProcess:
        key = dialect, rtu_over_tcp
        if key not in self._running:
            options = ["--rtu-over-tcp"] if rtu_over_tcp else []
            mock = self._stack.enter_context(relay_mock(*options, dialect=dialect))
            self._running[key] = mock
        return self._running[key]


@pytest.fixture(scope="module")
def mocks() -> Iterator[Mocks]:
    with ExitStack() as stack:
        yield Mocks(stack)


@pytest.fixture(params=[*BOARDS, "pymodbus server on tcp", "pymodbus server on rtu over tcp"])
async def opponent(request: pytest.FixtureRequest, mocks: Mocks) -> AsyncIterator[Opponent]:
    dialect, _, face = request.param.partition(" on ")
    if dialect == "pymodbus server":
        server = ForeignServer("tcp" if face == "tcp" else "rtu")
        await server.start()
        yield server
        await server.stop()
    else:
        yield MockFace(mocks.get(dialect, face == "rtu over tcp"), face, DIALECTS[dialect])


class TestRelayBoard(RelayBoardContract):
    """All of them."""


def test_every_dialect_is_under_contract() -> None:
    assert FACES.keys() == DIALECTS.keys()
