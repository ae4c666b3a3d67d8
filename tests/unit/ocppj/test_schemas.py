"""Compiled schemas with the corrections of errata v4.0."""

from __future__ import annotations

import pytest

from rig.ocppj.frames import Payload
from rig.ocppj.schemas import (
    KNOWN_ACTIONS,
    request_problems,
    response_problems,
)

STOP: Payload = {"meterStop": 5, "timestamp": "2026-01-01T00:00:00Z", "transactionId": 1}


@pytest.mark.parametrize("action", sorted(KNOWN_ACTIONS))
def test_every_action_has_both_schemas(action: str) -> None:
    unknown: Payload = {"noSuchField": 1}
    assert request_problems(action, unknown)
    assert response_problems(action, unknown)


def test_reason_of_stop_transaction_is_optional() -> None:
    assert request_problems("StopTransaction", dict(STOP)) == ()


@pytest.mark.parametrize("unit", ["Celsius", "Celcius"])
def test_both_spellings_of_celsius_are_units(unit: str) -> None:
    value: Payload = {"value": "21.5", "measurand": "Temperature", "unit": unit}
    meter: Payload = {"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [value]}
    assert request_problems("MeterValues", {"connectorId": 1, "meterValue": [meter]}) == ()
    assert request_problems("StopTransaction", {**STOP, "transactionData": [meter]}) == ()


def test_interval_of_boot_is_an_integer() -> None:
    conf: Payload = {"status": "Accepted", "currentTime": "2026-01-01T00:00:00Z", "interval": 1.5}
    assert [p.path for p in response_problems("BootNotification", conf)] == ["interval"]


def test_no_additional_properties_on_any_level() -> None:
    req: Payload = {"connectorId": 1, "meterValue": [
        {"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [{"value": "1", "extra": 1}]}
    ]}  # fmt: skip
    (problem,) = request_problems("MeterValues", req)
    assert problem.code == "FormationViolation"
    assert problem.path == "meterValue[0].sampledValue[0]"


def test_too_long_id_tag_is_a_problem() -> None:
    (problem,) = request_problems("Authorize", {"idTag": "x" * 21})
    assert problem.code == "PropertyConstraintViolation"


def test_empty_list_where_one_element_is_required() -> None:
    (problem,) = request_problems("MeterValues", {"connectorId": 1, "meterValue": []})
    assert problem.code == "OccurenceConstraintViolation"


def test_unknown_action_has_no_schema() -> None:
    with pytest.raises(KeyError):
        request_problems("Heartbeet", {})
