"""What is a change of the device under test, and what is not: tables."""

from __future__ import annotations

import pytest

from rig.conformance.dut_watch import changed_identity, changed_keys
from rig.runs.configuration import Configuration, Key


def keys(**values: str | None) -> Configuration:
    return Configuration("CP-1", {name: Key(value, False) for name, value in values.items()})


@pytest.mark.parametrize(
    ("before", "now", "written"),
    [
        pytest.param({"A": "1"}, {"A": "1"}, {}, id="nothing"),
        pytest.param({"A": "1"}, {"A": "2"}, {"a": {"2"}}, id="a case has written it"),
        pytest.param({"A": "1"}, {"A": "1"}, {"a": {"2"}}, id="and given it back"),
        pytest.param({"A": "true"}, {"A": "True"}, {}, id="another spelling"),
        pytest.param({"A": "x,y"}, {"A": "x, y"}, {}, id="blanks in a list"),
        pytest.param({"A": "1"}, {"a": "1"}, {}, id="another spelling of the key"),
        pytest.param({"HeartbeatInterval": "1"}, {"HeartbeatInterval": "2"}, {}, id="interval"),
        pytest.param({"AuthorizationKey": "1"}, {"AuthorizationKey": "2"}, {}, id="secret"),
        pytest.param({"Counter": "1"}, {"Counter": "2"}, {}, id="in the bench file"),
    ],
)
def test_no_change(
    before: dict[str, str], now: dict[str, str], written: dict[str, set[str]]
) -> None:
    assert changed_keys(keys(**before), keys(**now), written, ["counter"]) == []


@pytest.mark.parametrize(
    ("before", "now", "written", "said"),
    [
        pytest.param({"A": "1"}, {"A": "2"}, {}, "A was '1', is '2'", id="a value"),
        pytest.param({"A": "1"}, {"A": "3"}, {"a": {"2"}}, "A was '1', is '3'", id="a third"),
        pytest.param({"A": "1", "B": "1"}, {"B": "1"}, {}, "A is gone", id="a key is gone"),
        pytest.param({"A": "1", "B": "1"}, {}, {}, "it tells no configuration any more", id="all"),
        pytest.param({}, {"A": "1"}, {}, "A is new", id="a key is new"),
        pytest.param({"A": "1"}, {"A": None}, {}, "A was '1', is None", id="told no more"),
    ],
)
def test_a_change(
    before: dict[str, str], now: dict[str, str], written: dict[str, set[str]], said: str
) -> None:
    assert changed_keys(keys(**before), keys(**now), written) == [said]


def test_a_state_of_the_vendors_own_may_change_and_a_limit_of_ocpp_may_not() -> None:
    def station(value: str) -> Configuration:
        state, limit = Key(value, True), Key(value, True)
        return Configuration("CP-1", {"LastBoot": state, "NumberOfConnectors": limit})

    assert changed_keys(station("1"), station("2"), {}) == ["NumberOfConnectors was '1', is '2'"]


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ({"firmwareVersion": "1"}, {"firmwareVersion": "1"}, []),
        ({"firmwareVersion": "1"}, {"firmwareVersion": "2"}, ["firmwareVersion was '1', is '2'"]),
        ({"firmwareVersion": "1"}, {}, []),  # it has not booted yet since we listen
        ({}, {"firmwareVersion": "1"}, []),
        ({"iccid": "1"}, {"iccid": "2"}, []),  # a card is no part of the device
    ],
)
def test_identity(before: dict[str, str], now: dict[str, str], said: list[str]) -> None:
    assert changed_identity({**before}, {**now}) == said
