"""What the shipped rules make of the prompts of other tools."""

from __future__ import annotations

import pytest

from rig.config.bridge_rules import default_rules, load_rules
from rig.daemon.bridge_plan import LONGEST_TEXT, Lab, Plan, plan
from rig.errors import ConfigError

RULES = load_rules(default_rules())
LAB = Lab(
    {1: "plug-1", 2: "plug-2"},
    {"04a1": ("accepted", "04A1"), "04ba": ("invalid", "04BA")},
    1,
)


def read(text: str, lab: Lab = LAB) -> Plan:
    return plan(RULES, lab, text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Plug in the cable on EV side", "plug plug-1: connect-ev, then energy"),
        ("Please plug in the cable on the EV side.", "plug plug-1: connect-ev, then energy"),
        ("Plug in the cable on EV side of connector 2", "plug plug-2: connect-ev, then energy"),
        ("Plug in the cable on Charging Station side", "plug plug-1: connect-station"),
        ("Please, connect the cable to the Charge Point, then press OK",
         "plug plug-1: connect-station"),
        ("Plug in cable", "plug plug-1: plug-in, then energy"),
        ("Connect the charging cable on connectorId 2", "plug plug-2: plug-in, then energy"),
        ("Unplug the cable on EV side", "plug plug-1: unplug-ev"),
        ("Disconnect the EV", "plug plug-1: unplug-ev"),
        ("Unplug the cable on Charging Station side", "plug plug-1: unplug-station"),
        ("Unplug the cable from both sides", "plug plug-1: unplug"),
        ("Remove the cable", "plug plug-1: unplug"),
        ("Present idTag 04A1 on connector 2", "card accepted (04A1): present"),
        ("Present idTag '04ba'", "card invalid (04BA): present"),
        ("Authorise the transaction with idTag 04A1 on connectorId 1",
         "card accepted (04A1): present"),
        ("Authorize transaction with idTag \"04A1\"", "card accepted (04A1): present"),
        ("Please swipe the RFID card with idTag 04A1 and press OK when ready",
         "card accepted (04A1): present"),
        ("Power-cycle the charging station", "mains: cycle"),
        ("POWER CYCLE CHARGE POINT", "mains: cycle"),
        ("Turn the power off and on again", "mains: cycle"),
        ("Turn off the power of the station", "mains: off"),
        ("Restore the power", "mains: on"),
        ("Disconnect the network connection", "network: down"),
        ("Reconnect the network cable of the Charging Station", "network: up"),
    ],
)  # fmt: skip
def test_known_phrases(text: str, what: str) -> None:
    assert [deed.what for deed in read(text).deeds] == [what]


@pytest.mark.parametrize(
    "text",
    [
        "Do not plug in the cable on EV side",
        "Press OK when the Charging Station is Available",
        "Plug in the cable on EV side, wait 10 seconds and unplug it",
        "Is the cable plugged in on EV side?",
        "Never turn off the power",
        "Verify that the power is off",
    ],
)
def test_what_is_not_quite_that_is_for_a_person(text: str) -> None:
    assert read(text) == Plan("", ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("x" * (LONGEST_TEXT + 1), f"{LONGEST_TEXT} at most"),
        ("Unplug the cable on EV side of connector 7", "no tester plug on connector 7; this bench "
         "has: 1, 2"),
        ("Present idTag 0815", "no card with idTag '0815'; this bench has: 04A1 (accepted), "
         "04BA (invalid); write one with"),
    ],
)  # fmt: skip
def test_what_the_bench_has_not(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as told:
        read(text)
    assert problem in str(told.value)


def test_one_plug_is_the_one_and_none_is_said() -> None:
    assert read("Disconnect the EV", Lab({3: "only"}, {}, 1)).deeds[0].name == "only"
    with pytest.raises(ConfigError, match="no tester plug"):
        read("Disconnect the EV", Lab({}, {}, 1))
