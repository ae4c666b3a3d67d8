"""Which messages a defect is about: grammar, fields, numbers."""

from __future__ import annotations

import re

import pytest

from firmware_mocks.charging_station.message_selector import SELECTOR, Counters, Selector, parse
from rig.jsontypes import Json

STATUS: dict[str, Json] = {"connectorId": 1, "status": "Charging", "info": None}
METER: dict[str, Json] = {"meterValue": [{"sampledValue": [{"value": "5"}]}], "ok": True}


@pytest.mark.parametrize(
    ("text", "selector", "rest"),
    [
        ("Reset", Selector("Reset"), ""),
        ("Reset=4", Selector("Reset"), "=4"),
        ("Reset.type=x", Selector("Reset"), ".type=x"),
        ("Reset[type=Soft].type=x", Selector("Reset", (("type", "Soft"),)), ".type=x"),
        ("Reset#2", Selector("Reset", (), 2), ""),
        ("Reset#2+.type", Selector("Reset", (), 2, True), ".type"),
        ("S[a.0.b=,c=1]#12", Selector("S", (("a.0.b", ""), ("c", "1")), 12), ""),
        ("Reset>Heartbeat={}", Selector("Reset"), ">Heartbeat={}"),
    ],
)
def test_a_selector_is_read_off_the_beginning(text: str, selector: Selector, rest: str) -> None:
    assert parse(text) == (selector, rest)
    assert re.fullmatch(SELECTOR, text.removesuffix(rest)) is not None


@pytest.mark.parametrize("text", ["", "[a=1]", "Reset[a]", "Reset[=1]", "1Reset"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"want field=value|does not begin"):
        parse(text)


@pytest.mark.parametrize(
    ("fields", "payload", "fits"),
    [
        ("connectorId=1,status=Charging", STATUS, True),
        ("connectorId=2", STATUS, False),
        ("connectorId=1,status=Available", STATUS, False),
        ("info=", STATUS, True),
        ("vendorId=", STATUS, True),
        ("status=", STATUS, False),
        ("meterValue.0.sampledValue.0.value=5", METER, True),
        ("meterValue.1.sampledValue=5", METER, False),
        ("ok=true", METER, True),
        ("ok.further=true", METER, False),
    ],
)
def test_fields_are_compared_as_text(fields: str, payload: dict[str, Json], fits: bool) -> None:
    assert parse(f"A[{fields}]")[0].fits("A", payload) is fits
    assert not parse(f"A[{fields}]")[0].fits("B", payload)


@pytest.mark.parametrize(
    ("text", "taken"),
    [("A", [1, 2, 3, 4]), ("A#1", [1]), ("A#3", [3]), ("A#3+", [3, 4]), ("B", [])],
)
def test_numbers_count_what_fits(text: str, taken: list[int]) -> None:
    counters, selector = Counters(), parse(text)[0]
    found = [n for n in range(1, 5) if counters.passing([selector, selector], "A", {})]
    assert found == taken


def test_each_selector_counts_for_itself() -> None:
    counters = Counters()
    both = [parse("A#2")[0], parse("A[x=1]#1")[0]]
    assert counters.passing(both, "A", {"x": 2}) == set()
    assert counters.passing(both, "A", {"x": 1}) == set(both)
