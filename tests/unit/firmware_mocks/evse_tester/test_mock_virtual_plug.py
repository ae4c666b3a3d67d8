"""A plug worked by commands."""

from __future__ import annotations

import pytest

from firmware_mocks.charging_station.connector import cp_state
from firmware_mocks.clock import MockClock
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
        (["plug_in", "ev_request", "unplug_station"], "A", False),  # the pilot is in the plug
    ],
)
def test_commands_move_the_plug(commands: list[str], state: str, cable: bool) -> None:
    sockets, control = FakeSockets(), FakeControl()
    plug = VirtualPlug(sockets, MockClock())
    plug.register(control)
    sockets.change(2)  # any change of the outputs makes the plug measure
    for command in ("unplug", *commands):
        control.do(command, connector=2)
    assert cp_state(sockets.inputs[2]) == state
    assert (sockets.inputs[2].pp_ohm is not None) is cable
    assert 1 not in sockets.inputs


def test_connector_one_is_the_default_and_unknown_ones_are_refused() -> None:
    sockets, control = FakeSockets(), FakeControl()
    VirtualPlug(sockets, MockClock()).register(control)
    control.do("plug_in")
    assert set(sockets.inputs) == {1}
    with pytest.raises(ValueError, match="no connector 3"):
        control.do("plug_in", connector=3)


def test_a_vehicle_is_described_by_what_is_said_and_what_was_known() -> None:
    sockets, control = FakeSockets(), FakeControl()
    VirtualPlug(sockets, MockClock()).register(control)
    assert control.do("ev") == {"soc": 20.0, "wants_a": 16.0}
    assert control.do("ev", soc=90.0, max_current_a=32.0) == {"soc": 90.0, "wants_a": 16.0}
    assert control.do("ev", phases=1) == {"soc": 90.0, "wants_a": 16.0}
    for wrong in ({"soc": 101.0}, {"battery_wh": 0.0}, {"max_current_a": 5.0}, {"phases": 4}):
        with pytest.raises(ValueError, match=" to "):
            control.do("ev", **wrong)


def test_a_full_battery_opens_s2() -> None:
    sockets, control = FakeSockets(), FakeControl()
    VirtualPlug(sockets, MockClock()).register(control)
    control.do("plug_in")
    control.do("ev_request")
    assert cp_state(sockets.inputs[1]) == "C"
    control.do("ev", soc=100.0)
    assert cp_state(sockets.inputs[1]) == "B"
