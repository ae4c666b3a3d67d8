"""A plug worked by commands."""

from __future__ import annotations

import pytest

from firmware_mocks.charging_station.connector import cp_state
from firmware_mocks.evse_tester.virtual_plug import VirtualPlug
from tests.unit.firmware_mocks.fake_sockets import FakeControl, FakeSockets


@pytest.mark.parametrize(
    ("commands", "state", "cable"),
    [
        ([], "A", False),
        (["plug_in"], "B", True),
        (["plug_in", "ev_request"], "C", True),
        (["ev_request", "plug_in"], "C", True),
        (["plug_in", "ev_request", "ev_stop"], "B", True),
        (["plug_in", "ev_request", "unplug_ev"], "A", True),
        (["plug_in", "ev_request", "unplug_ev", "plug_in"], "B", True),
        (["plug_in", "unplug_ev", "unplug_station"], "A", False),
        (["plug_in", "ev_request", "unplug"], "A", False),
    ],
)
def test_commands_move_the_plug(commands: list[str], state: str, cable: bool) -> None:
    sockets, control = FakeSockets(), FakeControl()
    plug = VirtualPlug(sockets)
    plug.register(control)
    sockets.change(2)  # any change of the outputs makes the plug measure
    for command in ("unplug", *commands):
        control.do(command, connector=2)
    assert cp_state(sockets.inputs[2]) == state
    assert (sockets.inputs[2].pp_ohm is not None) is cable
    assert 1 not in sockets.inputs


def test_connector_one_is_the_default_and_unknown_ones_are_refused() -> None:
    sockets, control = FakeSockets(), FakeControl()
    VirtualPlug(sockets).register(control)
    control.do("plug_in")
    assert set(sockets.inputs) == {1}
    with pytest.raises(ValueError, match="no connector 3"):
        control.do("plug_in", connector=3)
