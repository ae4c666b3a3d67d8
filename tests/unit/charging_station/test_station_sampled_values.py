"""Readings of an EVSE as sampled values."""

from __future__ import annotations

from typing import cast

import pytest

from firmware_mocks.charging_station.sampled_values import UNITS, Reading, joined, measurands_of
from rig.jsontypes import Json
from rig.ocppj.schemas import request_problems

ONE_OF_THREE = Reading(100.4, 7, 16.0, 1, 3, 32.0, 3, 55.5)
SINGLE_PHASE = Reading(100.4, 7, 16.0, 1, 1, 32.0, 1)


def written(reading: Reading, measurand: str) -> list[tuple[str, str | None, str | None]]:
    """Value, phase and unit of each sampled value."""
    items = [cast("dict[str, str]", i) for i in reading.values((measurand,), "Trigger")]
    assert all(item["context"] == "Trigger" for item in items)
    assert {item["measurand"] for item in items} <= {measurand.removesuffix(".L2")}
    return [(item["value"], item.get("phase"), item.get("unit")) for item in items]


@pytest.mark.parametrize(
    ("measurand", "expected"),
    [
        ("Energy.Active.Import.Register", [("100", None, "Wh")]),
        ("Energy.Active.Import.Interval", [("7", None, "Wh")]),
        (
            "Power.Active.Import",
            [("3680.0", None, "W"), ("3680.0", "L1", "W"), ("0.0", "L2", "W"), ("0.0", "L3", "W")],
        ),
        ("Power.Offered", [("22080.0", None, "W")]),
        ("Power.Factor", [("1.0", None, None)]),
        ("Current.Import", [("16.0", "L1", "A"), ("0.0", "L2", "A"), ("0.0", "L3", "A")]),
        ("Current.Offered", [("32.0", None, "A")]),
        ("Voltage", [("230.0", f"L{n}-N", "V") for n in (1, 2, 3)]),
        ("Frequency", [("50.0", None, None)]),
        ("Temperature", [("33.0", None, "Celcius")]),
        ("SoC", [("55.5", None, "Percent")]),
        ("Current.Import.L2", [("0.0", "L2", "A")]),
        ("Voltage.L2", [("230.0", "L2-N", "V")]),
        ("Power.Active.Import.L2", [("0.0", "L2", "W")]),
    ],
)
def test_three_phases(measurand: str, expected: list[tuple[str, str | None, str | None]]) -> None:
    assert written(ONE_OF_THREE, measurand) == expected


@pytest.mark.parametrize(
    ("measurand", "expected"),
    [
        ("Power.Active.Import", [("3680.0", None, "W")]),
        ("Current.Import", [("16.0", "L1", "A")]),
        ("Voltage", [("230.0", "L1-N", "V")]),
        ("Voltage.L2", []),
        ("SoC", []),
    ],
)
def test_one_phase(measurand: str, expected: list[tuple[str, str | None, str | None]]) -> None:
    assert written(SINGLE_PHASE, measurand) == expected


@pytest.mark.parametrize("context", ["Sample.Periodic", "Sample.Clock", "Trigger"])
def test_samples_of_everything_keep_the_schema(context: str) -> None:
    values = ONE_OF_THREE.values(tuple(measurands_of(3, soc=True)), context)
    req: dict[str, Json] = {
        "connectorId": 1,
        "meterValue": [{"timestamp": "2026-01-01T00:00:00.000Z", "sampledValue": values}],
    }
    assert request_problems("MeterValues", req) == ()


def test_phases_add_up() -> None:
    watts = [float(value) for value, *_ in written(ONE_OF_THREE, "Power.Active.Import")]
    assert watts[0] == sum(watts[1:])


def test_what_a_station_can_measure() -> None:
    assert set(measurands_of(1, soc=True)) - set(measurands_of(1, soc=False)) == {"SoC"}
    assert "Voltage.L3" in measurands_of(3, soc=False)
    assert "Voltage.L2" not in measurands_of(1, soc=False)
    assert set(UNITS) <= set(measurands_of(1, soc=True))


def test_list_of_measurands() -> None:
    assert joined(" Voltage , SoC,", ("Voltage", "SoC"), 2) == "Voltage,SoC"
    for text, most in (("Voltage,SoC", 1), ("Voltage,RPM", 5)):
        with pytest.raises(ValueError, match=text):
            joined(text, ("Voltage", "SoC"), most)
