"""What the cables of the virtual bench do."""

from __future__ import annotations

import pytest

from firmware_mocks.charging_station.connector import cp_state
from firmware_mocks.electrical import ConnectorOutputs, Generator, PilotSignal
from firmware_mocks.relay_board.board import RelayBoardMock
from firmware_mocks.wiring import CARDS, CP, MAINS, NETWORK, PP, S2, Wiring
from tests.unit.firmware_mocks.fake_sockets import FakeSockets


class World:
    """Board, cables and a station without a mind."""

    def __init__(self, connector_id: int = 1, *, plug: bool = True) -> None:
        self.sockets = FakeSockets()
        self.wiring = Wiring(self.sockets, connector_id, plug=plug)
        self.board = RelayBoardMock(1, self.wiring.coil_moved, rtu=False, tcp=False)
        self.wiring.attach(self.board)

    def close(self, *coils: int) -> None:
        for coil in coils:
            self.board.firmware.move(coil, True)

    def open(self, *coils: int) -> None:
        for coil in coils:
            self.board.firmware.move(coil, False)


def test_station_measures_a_loose_plug_from_the_beginning() -> None:
    world = World()
    assert cp_state(world.sockets.inputs[1]) == "A"
    assert world.sockets.inputs[1].pp_ohm is None


@pytest.mark.parametrize(
    ("coils", "state", "pp_ohm"),
    [((PP,), "A", 220.0), ((PP, CP), "B", 220.0), ((CP,), "B", None), ((PP, CP, S2), "C", 220.0)],
)
def test_relays_are_the_plug(coils: tuple[int, ...], state: str, pp_ohm: float | None) -> None:
    world = World()
    world.close(*coils)
    assert cp_state(world.sockets.inputs[1]) == state
    assert world.sockets.inputs[1].pp_ohm == pp_ohm
    world.open(*coils)
    assert cp_state(world.sockets.inputs[1]) == "A"
    assert world.sockets.inputs[1].pp_ohm is None


def test_plug_measures_what_the_station_puts_on_the_line() -> None:
    world = World()
    world.close(PP, CP)
    pilot = PilotSignal(Generator.PWM, 53.3)
    world.sockets.change(1, ConnectorOutputs(pilot, False, True))
    assert world.sockets.inputs[1].cp_low_v == -12.0


def test_contactor_and_lock_come_back_as_inputs_of_the_board() -> None:
    world = World()
    pilot = PilotSignal(Generator.PWM, 53.3)
    world.sockets.change(1, ConnectorOutputs(pilot, True, False))
    assert world.board.firmware.inputs[:2] == [True, False]
    world.sockets.change(1, ConnectorOutputs(pilot, False, True))
    assert world.board.firmware.inputs[:2] == [False, True]


def test_other_connectors_are_not_wired() -> None:
    world = World()
    pilot = PilotSignal(Generator.PWM, 53.3)
    world.sockets.change(2, ConnectorOutputs(pilot, True, True))
    world.close(PP, CP)
    assert world.board.firmware.inputs[:2] == [False, False]
    assert set(world.sockets.inputs) == {1}


def test_plug_belongs_to_the_connector_it_was_made_for() -> None:
    world = World(2)
    world.close(PP, CP, 4)
    assert set(world.sockets.inputs) == {2}
    assert world.sockets.cards == [(2, CARDS[4])]


@pytest.mark.parametrize("coil", CARDS)
def test_card_is_shown_when_its_antenna_closes_and_not_when_it_opens(coil: int) -> None:
    world = World()
    world.close(coil)
    world.open(coil)
    assert world.sockets.cards == [(1, CARDS[coil])]


def test_mains_relay_is_the_power_of_the_station() -> None:
    world = World()
    world.close(MAINS)
    world.open(MAINS)
    assert world.sockets.power == [True, False]


def test_state_for_the_control_channel() -> None:
    world = World()
    world.close(PP, CP, MAINS)
    assert world.wiring.state() == {
        "coils": [True, False, True, True, False, False, False, False],
        "plug": {"cp": True, "s2": False, "pp": True},
        "mains": True,
    }


def test_loose_cables_move_nothing() -> None:
    wiring = Wiring(None)
    board = RelayBoardMock(1, wiring.coil_moved, rtu=False, tcp=False)
    wiring.attach(board)
    for coil in range(8):
        board.firmware.move(coil, True)
    assert board.firmware.inputs == 8 * [False]
    assert wiring.state()["plug"] == {"cp": True, "s2": True, "pp": True}


@pytest.mark.parametrize(("plug", "cuts"), [(True, []), (False, [False, True])])
def test_coil_0_cuts_the_network_where_the_plug_does_not_need_it(
    plug: bool, cuts: list[bool]
) -> None:
    world = World(plug=plug)
    world.close(NETWORK)
    world.open(NETWORK)
    assert world.sockets.network == cuts
