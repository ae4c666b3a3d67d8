"""Every operation of the relay board driver, for the tables of faults and of unplugging."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from drivers.relay.board import RelayBoard
from drivers.relay.dialects import WAVESHARE_8
from drivers.relay.modbus_bus import ModbusBus
from drivers.serial_link import SerialSettings
from tests.contract.opponents import MockProcess, relay_mock
from tests.unit.drivers.fake_board import Notes

TIMEOUT_S = 0.2
DEADLINE_S = 4.0  # two attempts and the silence after each take a fifth of that

Operation = Callable[[RelayBoard], Awaitable[object]]

# With the number of exchanges that each has on the wire.
ON_OPEN: dict[str, tuple[int, Operation]] = {
    "set_coil": (2, lambda board: board.set_coil(2, True)),
    "set_coils": (3, lambda board: board.set_coils({0: True, 5: True})),
    "read_coils": (1, lambda board: board.read_coils()),
    "read_inputs": (1, lambda board: board.read_inputs()),
    "pulse": (4, lambda board: board.pulse(3, 0.5)),
    "prove": (1, lambda board: board.prove()),
    "safe": (2, lambda board: board.safe()),
}
ENTER_EXCHANGES = 3
FACES = ("rtu", "tcp", "rtu over tcp")


class Faces:
    """A board behind each kind of line; the pty has a name that survives unplugging."""

    def __init__(self, plain: MockProcess, converter: MockProcess) -> None:
        self._plain, self._converter = plain, converter

    def mock(self, face: str) -> MockProcess:
        return self._converter if face == "rtu over tcp" else self._plain

    def driver(self, face: str) -> RelayBoard:
        mock = self.mock(face)
        address: object = SerialSettings(mock.ready["rtu"]["path"]) if face == "rtu" else mock.tcp
        if face == "rtu over tcp":
            address = replace(mock.tcp, framing="rtu")
        bus = ModbusBus(address, timeout_s=TIMEOUT_S)  # type: ignore[arg-type]  # one of both
        return RelayBoard("relay-left", bus, 1, WAVESHARE_8, observe=Notes())


@contextmanager
def faces(folder: Path) -> Iterator[Faces]:
    """Start the boards."""
    with (
        relay_mock("--link", str(folder / "by-id-relay")) as plain,
        relay_mock("--rtu-over-tcp") as converter,
    ):
        yield Faces(plain, converter)


async def works(board: RelayBoard, mock: MockProcess) -> None:
    """The driver does all that it did before."""
    await board.safe()
    await board.set_coil(2, True)
    assert await mock.coils() == [n == 2 for n in range(8)]
    assert len(await board.read_inputs()) == 8
    await board.prove()
