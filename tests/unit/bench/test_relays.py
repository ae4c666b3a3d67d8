"""Pulses by hand: which coils, which boards, and what a refusal means for the bench."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from drivers.errors import DeviceTimeout, NotSupported
from drivers.ports import Device
from rig.bench.faults import FaultDesk
from rig.bench.relays import Relays
from rig.clock import Clock
from rig.errors import BenchError, Quarantined
from rig.events import EventBus
from tests.unit.drivers.fake_board import FakeBoard


class PulsingFake(FakeBoard):
    """Notes the pulses that it is told to make."""

    warnings = ("has no watchdog",)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.pulses: list[tuple[int, float]] = []
        self.refuse: Exception | None = None

    async def pulse(self, coil: int, seconds: float) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.pulses.append((coil, seconds))


async def nobody() -> None:
    return None


@pytest.fixture
def board() -> PulsingFake:
    return PulsingFake("left")


@pytest.fixture
def desk() -> FaultDesk:
    clock = Clock()
    return FaultDesk("lab", EventBus(clock), clock, nobody)


@pytest.fixture
def relays(board: PulsingFake, desk: FaultDesk) -> Relays:
    devices: Mapping[str, Device] = {"left": board, "plain": FakeBoard("plain")}
    roles = {("left", 0): "plug-1.cp"}
    return Relays(devices.get, lambda: tuple(devices.values()), roles, desk)


async def test_a_free_coil_is_pulsed(relays: Relays, board: PulsingFake) -> None:
    await relays.pulse("left", 6, 1.5)
    assert board.pulses == [(6, 1.5)]


@pytest.mark.parametrize(
    ("name", "coil", "words"),
    [
        ("left", 0, r"coil 0 is plug-1\.cp"),
        ("right", 1, "no such relay board; there are: left, plain"),
        ("plain", 1, "cannot time a pulse"),
    ],
)
async def test_what_is_refused_is_no_reason_to_mistrust_the_bench(
    relays: Relays, desk: FaultDesk, board: PulsingFake, name: str, coil: int, words: str
) -> None:
    with pytest.raises(BenchError, match=words):
        await relays.pulse(name, coil, 1.0)
    assert (board.pulses, desk.quarantine) == ([], None)


async def test_a_board_that_has_no_such_pulse_is_well(
    relays: Relays, desk: FaultDesk, board: PulsingFake
) -> None:
    board.refuse = NotSupported("left", "no pulse of 0.25 s", hint="order another")
    with pytest.raises(BenchError, match=r"no pulse of 0\.25 s; order another"):
        await relays.pulse("left", 6, 0.25)
    assert desk.quarantine is None


async def test_a_board_that_fails_is_in_quarantine(
    relays: Relays, desk: FaultDesk, board: PulsingFake
) -> None:
    board.refuse = DeviceTimeout("left", "no answer")
    with pytest.raises(BenchError, match="no answer"):
        await relays.pulse("left", 6, 1.0)
    with pytest.raises(Quarantined):
        await relays.pulse("left", 6, 1.0)


def test_warnings_are_those_of_the_boards_that_have_some(relays: Relays) -> None:
    assert relays.warnings() == [("left", "has no watchdog")]
